"""The way of every reply: the prompt is checked, the model answers, the answer is filtered as it comes.

Window and command line go through `moderated` alone. Knows events and requests, no model and no store.
"""

import dataclasses
import functools
import itertools
import threading
from collections.abc import Generator, Iterator

from desktop_llm.core.events import PROMPT, SYSTEM, Delta, End, EndReason, Event, Mark
from desktop_llm.core.messages import Role
from desktop_llm.core.policy import FilterAction, Policy
from desktop_llm.core.ports import Generate, Guard, Watch
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.safety.compiling import compiled
from desktop_llm.safety.guarding import guarded
from desktop_llm.safety.text_filter import Compiled, Passed, TextFilter

HIDING = (FilterAction.MASK, FilterAction.BLOCK)
PIECE = 4096
"""Characters of a long text that are read at once. What is passed is taken from the front of what was
read: a million at once took twenty times as long. Who watches is told after each."""


def moderated(
    generate: Generate,
    request: GenerateRequest,
    cancel: threading.Event,
    policy: Policy,
    guard: Guard | None = None,
    *,
    can_take_back: bool = True,
) -> Iterator[Event]:
    """A reply under a policy. A prompt that the policy refuses is never given to the model.

    The rules are in front of the guard model, which judges what they let through.
    """
    screened = screen(request, policy)
    yield from screened.marks
    if screened.refused:
        yield End(EndReason.BLOCKED)
        return
    events = generate(screened.request, cancel)
    events = filtered(events, compiled(policy, "replies"), already=request.prefix)
    yield from guarded(policy, guard, events, screened.request, cancel, can_take_back=can_take_back)


@dataclasses.dataclass(frozen=True, slots=True)
class Screened:
    """A request as the model may read it, what was found in its last message, and whether it is refused.

    Where the system prompt is what is refused, the marks tell what was found in that.
    """

    request: GenerateRequest
    marks: tuple[Mark, ...] = ()
    refused: bool = False


def screen(request: GenerateRequest, policy: Policy) -> Screened:
    """Check what the person said. What is masked is hidden from the model, in every message.

    Only the last message and the system prompt can be refused: messages before were let through when
    they were said, and are cut off where the policy would refuse them now.
    """
    rules = compiled(policy, "prompts")
    if not rules:
        return Screened(request)
    turns, passed = [], Passed()
    for turn in request.turns:
        if turn.role is Role.USER:
            passed = filter_whole(rules, turn.text)
            if passed.marks:
                turn = Turn(turn.role, passed.text, turn.id)
        turns.append(turn)
    system = filter_whole(rules, request.system_prompt)
    where, place = PROMPT, len(request.prefix)
    if system.blocked:
        passed, where = system, SYSTEM
    marks = tuple(
        dataclasses.replace(mark, start=place, end=place, rule=where + mark.rule)
        for mark in passed.marks
    )
    given = dataclasses.replace(
        request,
        turns=tuple(turns),
        system_prompt=system.text if system.marks else request.system_prompt,
    )
    return Screened(given, marks, passed.blocked)


def filtered(events: Iterator[Event], rules: Compiled, already: str = "") -> Iterator[Event]:
    """The events with their text filtered. `already` is text of the same reply that is out."""
    if not rules:
        yield from events
        return
    try:
        yield from _filtered(events, TextFilter(rules, already))
    finally:
        if isinstance(events, Generator):  # a blocked reply is not made to its end
            events.close()


def _filtered(events: Iterator[Event], text_filter: TextFilter) -> Iterator[Event]:
    for event in events:
        if isinstance(event, Delta):
            passed = text_filter.feed(event.text)
        elif isinstance(event, End):
            passed = text_filter.finish()
        else:
            yield event
            continue
        if passed.text:
            yield Delta(passed.text)
        yield from passed.marks
        if passed.blocked:
            yield End(EndReason.BLOCKED)
            return
        if isinstance(event, End):
            yield event


def filter_text(policy: Policy, text: str, watch: Watch | None = None) -> Passed:
    """What the filter would make of a whole reply: the same as of any stream of its pieces."""
    return filter_whole(compiled(policy, "replies"), text, watch)


@functools.lru_cache(maxsize=256)
def to_hide(policy: Policy, text: str) -> tuple[Mark, ...]:
    """What of a reply's text, as it is shown, must not be: marks over places of that text.

    For what stands behind the filter and changes texts: where Markdown takes signs out of the middle
    of a word, the word stands there though no stream held it. What would end a reply hides the rest.
    """
    passed = filter_text(policy, text)
    marks = [mark for mark in passed.found if mark.action in HIDING]
    if passed.blocked:
        marks[-1] = dataclasses.replace(marks[-1], end=len(text))
    return tuple(marks)


def filter_whole(rules: Compiled, text: str, watch: Watch | None = None) -> Passed:
    """A whole text, filtered; without rules it stays as it is, as the events of a stream do."""
    if not rules:
        return Passed(text)
    text_filter = TextFilter(rules)
    parts = []
    for start in range(0, len(text), PIECE):
        piece = text[start : start + PIECE]
        parts.append(text_filter.feed(piece))
        if watch is not None:
            watch(len(piece))
    return _joined([*parts, text_filter.finish()])


def _joined(parts: list[Passed]) -> Passed:
    """All of them, one after the other. Adding them up one by one would copy a long text each time."""
    return Passed(
        "".join(part.text for part in parts),
        tuple(itertools.chain.from_iterable(part.marks for part in parts)),
        tuple(itertools.chain.from_iterable(part.found for part in parts)),
        any(part.blocked for part in parts),
    )
