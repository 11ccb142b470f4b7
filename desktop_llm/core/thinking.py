"""Splits a reply into what the model thought and what it says. Pure text; knows no model.

Reasoning models write `<think> ... </think>` before the answer; some templates put the opening
tag into the prompt, so that only the closing one appears. Answers may speak of these tags.
"""

import re
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


def split_thinking(text: str) -> Split:
    """The thinking at the start of a reply and the answer after it."""
    body = text.lstrip()
    if body.startswith(OPEN):
        body = body[len(OPEN) :]
        for tag in re.finditer(CLOSE, body):
            if not body.endswith("`", 0, tag.start()):  # thoughts may speak of the tag, too
                return _parted(body, tag)
        return Split(body.strip(), "", open=True)
    end = _end_of_thinking(text) if CLOSE in text else None
    return _parted(text, end) if end else Split("", text)


def _parted(text: str, tag: "re.Match[str]") -> Split:
    return Split(text[: tag.start()].strip(), text[tag.end() :].lstrip("\n"))


def _end_of_thinking(text: str) -> "re.Match[str] | None":
    """The first closing tag that ends thinking, in a text that begins with no tag.

    At the beginning of a line it does, where no block of code is open: so models write it. Elsewhere
    one that has an opening one before it, or stands in code, is spoken of. What comes later does not
    count: a reply that grows would be folded and unfolded.
    """
    in_block = in_line = spoken_of = False
    for sign in _SIGNS.finditer(text):
        found = sign[0]
        if found == CLOSE:
            begins_line = text.endswith("\n", 0, sign.start())
            if not in_block and (begins_line or not (spoken_of or in_line)):
                return sign
        elif found == OPEN:
            spoken_of = True
        elif found.startswith(FENCE):
            in_block, in_line = not in_block, False
        else:
            in_line = (
                found.startswith("`") and not in_line
            )  # a new paragraph ends code in a line, too
    return None


def without_thinking(text: str) -> str:
    """A reply as later turns should read it: templates expect earlier thinking to be gone."""
    return split_thinking(text).answer
