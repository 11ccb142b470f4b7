"""Splits a reply into what the model thought and what it says. Pure text; knows no model.

Reasoning models write `<think> ... </think>` before the answer; some templates put the opening
tag into the prompt, so that only the closing one appears.
"""

from dataclasses import dataclass

OPEN, CLOSE = "<think>", "</think>"
FENCE = "```"


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
    thinking, closed, answer = text.partition(CLOSE)
    if closed and thinking.count(FENCE) % 2 == 0:  # a tag inside a block of code is code
        return Split(thinking.strip(), answer.lstrip("\n"))
    return Split("", text)


def without_thinking(text: str) -> str:
    """A reply as later turns should read it: templates expect earlier thinking to be gone."""
    return split_thinking(text).answer
