"""Splits a reply into what the model thought and what it says. Pure text; knows no model.

Reasoning models write `<think> ... </think>` before the answer; some templates put the opening
tag into the prompt, so that only the closing one appears. Answers may speak of these tags.
"""

import re
from dataclasses import dataclass

OPEN, CLOSE = "<think>", "</think>"
FENCE = "```"
_BACKTICKS = re.compile("`+")


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
            if not body[: tag.start()].endswith("`"):  # thoughts may speak of the tag, too
                return Split(body[: tag.start()].strip(), body[tag.end() :].lstrip("\n"))
        return Split(body.strip(), "", open=True)
    for tag in re.finditer(CLOSE, text):
        if _ends_thinking(text[: tag.start()]):
            return Split(text[: tag.start()].strip(), text[tag.end() :].lstrip("\n"))
    return Split("", text)


def _ends_thinking(before: str) -> bool:
    """Whether a closing tag behind that text, which begins with no tag, ends thinking.

    At the beginning of a line it does, where no block of code is open: so models write it. Elsewhere
    one that has an opening one before it, or stands in code, is spoken of. What comes later does not
    count: a reply that grows would be folded and unfolded.
    """
    if before.endswith("\n") and before.count(FENCE) % 2 == 0:
        return True
    if OPEN in before or before.count(FENCE) % 2:
        return False
    paragraph = before.replace(FENCE, "").rpartition("\n\n")[2]  # code in a line ends with it
    return len(_BACKTICKS.findall(paragraph)) % 2 == 0


def without_thinking(text: str) -> str:
    """A reply as later turns should read it: templates expect earlier thinking to be gone."""
    return split_thinking(text).answer
