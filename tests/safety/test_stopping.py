"""Stopping a reply under a guard model: it ends as stopped, and nothing that was not judged is shown."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from judged_streams import WordGuard, layer, read, stream

from desktop_llm.core.errors import Cancelled, StoreError
from desktop_llm.core.events import Delta, End, EndReason, Event, Mark, Usage
from desktop_llm.core.guards import Exchange, Verdict
from desktop_llm.core.messages import Role
from desktop_llm.core.policy import Level, Policy
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.safety.filter import moderated

REQUEST = GenerateRequest((Turn(Role.USER, "Hello"),), system_prompt="Be brief.")
FIRST = "Flour and water make a dough that rests."
SECOND = " It goes into an oven that is extremely hot."
LAST = " And then a bo"
WHOLE = FIRST + SECOND + LAST


def never_asked(request: GenerateRequest, cancel: threading.Event) -> Iterator[Event]:
    pytest.fail("the model was asked")
    yield End(EndReason.STOP)


def never_judges(exchange: Exchange, cancel: threading.Event) -> Verdict:
    pytest.fail("the guard model was asked")


@dataclass
class StoppedGuard:
    """A guard in front of which the person presses Stop at its call number `at`.

    It still gives its verdict, or, where it is `torn`, hears of it in the middle.
    """

    at: int
    torn: bool = False
    guard: WordGuard = field(default_factory=WordGuard)

    def __call__(self, exchange: Exchange, cancel: threading.Event) -> Verdict:
        verdict = self.guard(exchange, cancel)
        if len(self.guard.asked) == self.at:
            cancel.set()
            if self.torn:
                raise Cancelled
        return verdict


@pytest.mark.parametrize("level", [Level.BALANCED, Level.STRICT])
def test_a_reply_that_was_stopped_before_any_verdict_is_stopped_and_not_refused(
    level: Level,
) -> None:
    stopped = threading.Event()
    stopped.set()
    events = list(moderated(never_asked, REQUEST, stopped, Policy(level), never_judges))
    assert events == [End(EndReason.CANCELLED)]


@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.parametrize("level", [Level.BALANCED, Level.STRICT])
def test_a_stop_while_the_question_is_judged_ends_it_before_the_model_is_asked(
    level: Level, torn: bool
) -> None:
    guard = StoppedGuard(1, torn)
    events = list(moderated(never_asked, REQUEST, threading.Event(), Policy(level), guard))
    assert events == [End(EndReason.CANCELLED)]
    assert [exchange.text for exchange in guard.guard.asked] == ["Be brief."]


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.parametrize("held", [False, True])
def test_what_was_not_judged_when_it_was_stopped_is_not_shown(
    held: bool, torn: bool, size: int
) -> None:
    guard = StoppedGuard(3 if torn else 2, torn)  # the question, the first segment, the second
    events = layer(guard, held=held)(stream(WHOLE, [size] * len(WHOLE)), "Hello?")
    seen = read(events)
    assert seen.text == FIRST
    assert seen.end == End(EndReason.CANCELLED, Usage(new_tokens=3))
    assert seen.checked == (None if held else len(FIRST))
    assert len(guard.guard.asked) == guard.at


@pytest.mark.parametrize("held", [False, True])
def test_the_last_piece_of_a_stopped_reply_is_not_judged(held: bool) -> None:
    guard, cancel = WordGuard(), threading.Event()

    def stopped() -> Iterator[Event]:
        yield Delta(WHOLE)
        cancel.set()
        yield End(EndReason.CANCELLED, Usage(new_tokens=9))

    seen = read(layer(guard, held=held, cancel=cancel)(stopped(), "Hello?"))
    assert seen.text == FIRST + SECOND
    assert seen.end == End(EndReason.CANCELLED, Usage(new_tokens=9))
    assert [exchange.text for exchange in guard.asked] == ["Hello?", FIRST, FIRST + SECOND]


@pytest.mark.parametrize("held", [False, True])
def test_a_reply_all_of_which_was_judged_ends_as_the_model_ended_it(held: bool) -> None:
    guard = StoppedGuard(2)
    seen = read(layer(guard, held=held)(stream(FIRST + "\n", []), "Hello?"))
    assert (seen.text, seen.end) == (FIRST + "\n", End(EndReason.STOP, Usage(new_tokens=3)))


@pytest.mark.parametrize("held", [False, True])
def test_marks_of_what_was_judged_come_and_those_of_what_is_not_shown_do_not(held: bool) -> None:
    first = "Flour and water make a █ that rests overnight."
    masked = first + SECOND + " A █ too"
    inside = Mark(masked.index("█"), masked.index("█") + 1, "own", "own.1", "mask")
    outside = Mark(masked.rindex("█"), masked.rindex("█") + 1, "own", "own.1", "mask")
    events = iter([Delta(masked), inside, outside, End(EndReason.STOP)])
    seen = read(layer(StoppedGuard(2), held=held)(events, "Hello?"))
    assert seen.text == first
    assert seen.marks == [inside]


def test_a_failure_is_told_also_after_a_stop() -> None:
    failed = End(EndReason.FAILED, error=StoreError("The disk is full."))
    seen = read(layer(StoppedGuard(2), held=True)(iter([Delta(WHOLE), failed]), "Hello?"))
    assert (seen.text, seen.end) == (FIRST, failed)
