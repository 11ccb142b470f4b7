"""The streaming filter: text in pieces goes in, only decided text comes out, with its marks.

Every cut of the same text into pieces gives the same output (SAFETY.md 2.2): what is decided
depends on the text alone, and text is let out only left of the oldest start that may still match.
"""

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from desktop_llm.core.events import Delta, End, EndReason, Event, Mark
from desktop_llm.core.policy import FilterAction, Policy
from desktop_llm.safety.automaton import END, Automaton, Matcher
from desktop_llm.safety.fold import MASK, fold
from desktop_llm.safety.rules import own_rules
from desktop_llm.safety.sanitise import Sanitiser


class Filter(Protocol):
    """Stands between the engine's events and everybody who sees them."""

    def __call__(self, events: Iterator[Event], already: str = "") -> Iterator[Event]:
        """The events with their text filtered. `already` is text of the same reply that is out."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Text that may be shown, the marks in it, and whether the reply must end here.

    Marks count code points of everything passed so far.
    """

    text: str = ""
    marks: tuple[Mark, ...] = ()
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class _Held:
    """A character that is not decided yet: its symbols start at `first`. `out`: already shown."""

    char: str
    first: int
    width: int
    out: bool


class TextFilter:
    """Filters one text. Feed it pieces, then `finish` it; after a block it passes nothing.

    `already` is the part of the text that has been shown before: it is read, so that a word
    across the seam is found, but not passed again.
    """

    def __init__(self, automaton: Automaton, already: str = "") -> None:
        self._rules = automaton.rules
        self._matcher = Matcher(automaton)
        self._sanitiser = Sanitiser()
        self._held: deque[_Held] = deque()
        self._symbols = 0
        self._starts: list[tuple[int, int, int]] = []  # heap of decided matches: start, -end, rule
        self._run_end = 0
        self._hiding = self._mask_due = False
        self._passed = len(already)
        self._text: list[str] = []
        self._marks: list[Mark] = []
        self._blocked = False
        self._read(already, out=True)
        self._commit(final=False)

    def feed(self, piece: str) -> Passed:
        """Read a piece of the text; returns what has been decided by it."""
        if not self._blocked:
            self._read(piece, out=False)
        return self._commit(final=False)

    def finish(self) -> Passed:
        """The text has ended, for whatever reason: returns all that was still held back."""
        if not self._blocked:
            self._matcher.feed(END)
        return self._commit(final=True)

    def _read(self, piece: str, out: bool) -> None:
        for char in self._sanitiser.feed(piece):
            symbols = fold(char)
            self._held.append(_Held(char, self._symbols, len(symbols), out))
            for symbol in symbols:
                self._matcher.feed(symbol)
            self._symbols += len(symbols)

    def _commit(self, final: bool) -> Passed:
        for match in self._matcher.found:
            heapq.heappush(self._starts, (match.start, -match.end, match.rule))
        self._matcher.found.clear()
        decided = self._matcher.open_start
        while self._held and not self._blocked:
            held = self._held[0]
            if not final and held.first + held.width > decided:
                break
            self._pass(self._held.popleft())
        passed = Passed("".join(self._text), tuple(self._marks), self._blocked)
        self._text, self._marks = [], []
        return passed

    def _pass(self, held: _Held) -> None:
        while self._starts and self._starts[0][0] < held.first + held.width:
            start, minus_end, rule = heapq.heappop(self._starts)
            if not self._take(start, -minus_end, rule):
                return
        # A code point without symbols (an accent) is drawn over the one before: it shares its fate.
        if held.width and held.first >= self._run_end:
            self._hiding = self._mask_due = False
        if held.out:
            return
        if self._mask_due:
            self._put(MASK)
            self._mask_due = False
        elif not self._hiding:
            self._put(held.char)

    def _take(self, start: int, end: int, rule: int) -> bool:
        """Start or lengthen the hidden run. False where the rule ends the reply."""
        if self._rules[rule].action is FilterAction.BLOCK:
            self._mark(rule, width=0)
            self._blocked = True
            return False
        if start >= self._run_end:
            self._mark(rule, width=1)
            self._hiding = self._mask_due = True
        self._run_end = max(self._run_end, end)
        return True

    def _mark(self, rule: int, width: int) -> None:
        found = self._rules[rule]
        place = self._passed
        self._marks.append(Mark(place, place + width, found.category, found.id, found.action.value))

    def _put(self, char: str) -> None:
        self._text.append(char)
        self._passed += 1


def build_filter(policy: Policy) -> Filter:
    """The filter that the settings ask for; one that changes nothing where it is off or empty."""
    action = policy.action("own", "replies")
    rules = () if action is FilterAction.ALLOW else own_rules(policy.words, action)
    if not rules:
        return _unchanged
    automaton = Automaton(rules)

    def filtered(events: Iterator[Event], already: str = "") -> Iterator[Event]:
        return _filtered(events, TextFilter(automaton, already))

    return filtered


def filter_text(policy: Policy, text: str) -> Passed:
    """What the filter would make of a whole text: the same as of any stream of its pieces."""
    text_filter = TextFilter(Automaton(own_rules(policy.words, policy.action("own", "replies"))))
    first = text_filter.feed(text)
    last = text_filter.finish()
    return Passed(first.text + last.text, first.marks + last.marks, last.blocked)


def _unchanged(events: Iterator[Event], already: str = "") -> Iterator[Event]:
    return events


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
