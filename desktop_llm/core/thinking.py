"""Splits a reply into what the model thought and what it says. Pure text; knows no model.

Reasoning models write `<think> ... </think>` before the answer; some templates put the opening
tag into the prompt, so that only the closing one appears. Thoughts and answers may speak of these
tags. What comes later does not count: a reply that grows would be folded and unfolded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

OPEN, CLOSE = "<think>", "</think>"
FENCE = "```"
_SIGNS = re.compile(rf"`+|\n\n+|{OPEN}|{CLOSE}")
"""What tells whether a closing tag is meant or spoken of."""


@dataclass(frozen=True, slots=True)
class Split:
    """`thinking` is empty where there is none; `open` says it has not ended yet."""

    thinking: str
    answer: str
    open: bool = False


@dataclass(frozen=True, slots=True)
class _Closing:
    """A closing tag: its place, whether code is open there, whether an opening tag stands before it."""

    start: int
    end: int
    in_block: bool
    in_line: bool
    behind_open: bool


def split_thinking(text: str) -> Split:
    """The thinking at the start of a reply and the answer after it."""
    body = text.lstrip()
    begun = body.startswith(OPEN)
    body = body[len(OPEN) :] if begun else text
    ends = _ends_begun if begun else _ends_unbegun
    for tag in _closing_tags(body):
        if ends(body, tag):
            return Split(body[: tag.start].strip(), body[tag.end :].lstrip("\n"))
    return Split(body.strip(), "", open=True) if begun else Split("", text)


def _closing_tags(text: str) -> Iterator[_Closing]:
    """All closing tags, in one reading of the text: a reply may be full of them."""
    if CLOSE not in text:
        return
    in_block = in_line = behind_open = False
    for sign in _SIGNS.finditer(text):
        found = sign[0]
        if found == CLOSE:
            yield _Closing(sign.start(), sign.end(), in_block, in_line, behind_open)
        elif found == OPEN:
            behind_open = True
        elif found.startswith(FENCE):
            in_block, in_line = not in_block, False
        else:  # a new paragraph ends code in a line, too
            in_line = found.startswith("`") and not in_line


def _ends_begun(text: str, tag: _Closing) -> bool:
    """Whether the tag ends thoughts that an opening tag began: not where it is quoted in code.

    It is quoted between backticks, or behind one as long as nothing follows. An odd backtick opens
    code, too, and by itself must not take the answer along.
    """
    in_code = tag.in_block or tag.in_line
    quoted = text.endswith("`", 0, tag.start) and text[tag.end : tag.end + 1] in ("", "`")
    return not (in_code and quoted)


def _ends_unbegun(text: str, tag: _Closing) -> bool:
    """Whether the tag ends thinking in a text that begins with no tag.

    At the beginning of a line it does, where no block of code is open: so models write it. Elsewhere
    one that has an opening one before it, or stands in code, is spoken of.
    """
    begins_line = text.endswith("\n", 0, tag.start)
    return not tag.in_block and (begins_line or not (tag.behind_open or tag.in_line))


def without_thinking(text: str) -> str:
    """A reply as later turns should read it: templates expect earlier thinking to be gone."""
    return split_thinking(text).answer
