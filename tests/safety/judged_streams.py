"""Streams under a guard that knows a few words, and what a reader of the events ends up with."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from desktop_llm.core.events import Checked, Delta, End, EndReason, Event, Mark, Retract, Usage
from desktop_llm.core.guards import Exchange, Finding, Verdict
from desktop_llm.core.policy import FilterAction
from desktop_llm.core.ports import Guard
from desktop_llm.core.sayings import Saying
from desktop_llm.safety.guarding import Layer

ACTIONS = {
    "violence": FilterAction.BLOCK,
    "hate": FilterAction.MASK,
    "drugs": FilterAction.WARN,
    "topics": FilterAction.ALLOW,
}
WORDS = {"bomb": "violence", "scum": "hate", "pills": "drugs", "vote": "topics"}


@dataclass
class WordGuard:
    """Unsafe where a word stands in what is judged; unreadable where "mumble" does."""

    asked: list[Exchange] = field(default_factory=list)

    def __call__(self, exchange: Exchange, cancel: threading.Event) -> Verdict:
        self.asked.append(exchange)
        text = exchange.text
        if "mumble" in text:
            return Verdict(Finding.UNKNOWN, why=(Saying("It mumbled."),))
        found = tuple(category for word, category in WORDS.items() if word in text)
        return Verdict(Finding.UNSAFE if found else Finding.SAFE, found)


def layer(
    guard: Guard, *, held: bool, strict: bool = True, cancel: threading.Event | None = None
) -> Layer:
    """`guard` with the actions of its words."""
    action = ACTIONS.__getitem__
    return Layer(guard, held, strict, action, action, cancel or threading.Event())


@dataclass
class Seen:
    """What a reader of the events ends up with, and the most that was ever taken back."""

    text: str = ""
    marks: list[Mark] = field(default_factory=list)
    end: End | None = None
    taken_back: int = 0
    checked: int | None = None


def read(events: Iterator[Event], already: str = "", final: str | None = None) -> Seen:
    seen = Seen(already)
    for event in events:
        assert seen.end is None
        if isinstance(event, Delta):
            assert event.text
            seen.text += event.text
        elif isinstance(event, Mark):
            seen.marks.append(event)
        elif isinstance(event, Retract):
            assert event.start < len(seen.text)
            # What was out before the reply went on may go with its first segment; else never.
            assert seen.checked in (None, len(already)) or event.start >= seen.checked
            seen.taken_back = max(seen.taken_back, len(seen.text) - event.start)
            seen.text = seen.text[: event.start]
        elif isinstance(event, Checked):
            assert event.end <= len(seen.text)
            assert seen.checked is None or event.end >= seen.checked
            seen.checked = event.end
            assert final is None or final.startswith(seen.text[: event.end])
        elif isinstance(event, End):
            seen.end = event
    assert seen.end is not None
    return seen


def stream(text: str, sizes: list[int]) -> Iterator[Event]:
    place = 0
    for size in sizes:
        if text[place : place + size]:
            yield Delta(text[place : place + size])
        place += size
    if text[place:]:
        yield Delta(text[place:])
    yield End(EndReason.STOP, Usage(new_tokens=3))
