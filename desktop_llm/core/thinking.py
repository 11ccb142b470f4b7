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
        thinking, closed, answer = body[len(OPEN) :].partition(CLOSE)
        return Split(thinking.strip(), answer.lstrip("\n"), open=not closed)
    for tag in re.finditer(CLOSE, text):
        if _ends_thinking(text[: tag.start()]):
            return Split(text[: tag.start()].strip(), text[tag.end() :].lstrip("\n"))
    return Split("", text)


def _ends_thinking(before: str) -> bool:
    """Whether a closing tag behind that text, which begins with no tag, ends thinking.

    One that has an opening one before it, or stands in code, is spoken of. What comes later does
    not count: a reply that grows would be folded and unfolded.
    """
    if OPEN in before or before.count(FENCE) % 2:
        return False
    paragraph = before.replace(FENCE, "").rpartition("\n\n")[2]  # code in a line ends with it
    return len(_BACKTICKS.findall(paragraph)) % 2 == 0


def without_thinking(text: str) -> str:
    """A reply as later turns should read it: templates expect earlier thinking to be gone."""
    return split_thinking(text).answer
