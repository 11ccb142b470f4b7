"""Finds every match of every rule in a stream of folded symbols. Knows symbols, not text or marks.

All patterns make one Thompson NFA that is determinised as it is needed. One thread lives for each
start that may still match; for each start and rule the longest valid end counts (SAFETY.md 2.2).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from desktop_llm.safety.fold import is_word
from desktop_llm.safety.rules import Rule

# A place in a pattern: (rule, pattern, step, repeats of that step already read).
_Place = tuple[int, int, int, int]
END = ""
"""The symbol after the last one: no word character, in no class."""


@dataclass(frozen=True, slots=True)
class Match:
    """Symbols [start, end) match a rule, given by its place in the list of rules."""

    start: int
    end: int
    rule: int


class _State:
    """A set of places, with its moves found so far."""

    __slots__ = ("accepts", "moves", "places")

    def __init__(self, places: frozenset[_Place], accepts: tuple[int, ...]) -> None:
        self.places, self.accepts = places, accepts
        self.moves: dict[str, _State | None] = {}


class _Thread:
    __slots__ = ("ends", "start", "state")

    def __init__(self, start: int, state: _State) -> None:
        self.start, self.state = start, state
        self.ends: dict[int, int] = {}


class Automaton:
    """The rules, compiled; shared by all the texts that are matched against them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._states: dict[frozenset[_Place], _State] = {}
        everything = [
            (r, p, 0, 0) for r, rule in enumerate(self.rules) for p in range(len(rule.patterns))
        ]
        inside = [place for place in everything if not self.rules[place[0]].whole_word]
        self.after_word = self._state(inside)
        self.after_gap = self._state(everything)

    def _state(self, places: Iterable[_Place]) -> _State:
        closed = frozenset(reached for place in places for reached in self._skips(place))
        if closed not in self._states:
            self._states[closed] = _State(closed, self._accepts(closed))
        return self._states[closed]

    def _skips(self, place: _Place) -> list[_Place]:
        """The place, and those reached from it by leaving out steps that may be left out."""
        rule, pattern, step, count = place
        steps = self.rules[rule].patterns[pattern]
        found = [place]
        while step < len(steps) and count >= steps[step].low:
            step, count = step + 1, 0
            found.append((rule, pattern, step, count))
        return found

    def _accepts(self, places: frozenset[_Place]) -> tuple[int, ...]:
        done = {r for r, p, step, _ in places if step == len(self.rules[r].patterns[p])}
        return tuple(sorted(done))

    def move(self, state: _State, symbol: str) -> _State | None:
        """Where a symbol leads, or None where nothing can match any more."""
        if symbol not in state.moves:
            places = [place for old in state.places for place in self._reads(old, symbol)]
            state.moves[symbol] = self._state(places) if places else None
        return state.moves[symbol]

    def _reads(self, place: _Place, symbol: str) -> list[_Place]:
        rule, pattern, step, count = place
        steps = self.rules[rule].patterns[pattern]
        if step < len(steps) and count < steps[step].high and symbol in steps[step].symbols:
            return [(rule, pattern, step, count + 1)]
        return []


class Matcher:
    """One text, symbol by symbol. `found` collects the matches whose start is decided."""

    def __init__(self, automaton: Automaton) -> None:
        self._automaton = automaton
        self._threads: list[_Thread] = []
        self._position = 0
        self._after_word = False
        self.found: list[Match] = []

    @property
    def open_start(self) -> int:
        """The oldest start that may still match: everything left of it is decided."""
        return self._threads[0].start if self._threads else self._position

    def feed(self, symbol: str) -> None:
        """Read one symbol; END reads the end of the text and decides everything."""
        self._begin()
        word = is_word(symbol) if symbol else False
        living = []
        for thread in self._threads:
            self._accept(thread, word)
            state = self._automaton.move(thread.state, symbol) if symbol else None
            if state is not None:
                thread.state = state
                living.append(thread)
            else:
                self._decide(thread)
        self._threads = living
        self._position += 1
        self._after_word = word

    def _begin(self) -> None:
        first = self._automaton.after_word if self._after_word else self._automaton.after_gap
        if first.places:
            self._threads.append(_Thread(self._position, first))

    def _accept(self, thread: _Thread, next_is_word: bool) -> None:
        for rule in thread.state.accepts:
            if not (next_is_word and self._automaton.rules[rule].whole_word):
                thread.ends[rule] = self._position

    def _decide(self, thread: _Thread) -> None:
        self.found.extend(
            Match(thread.start, end, rule)
            for rule, end in thread.ends.items()
            if end > thread.start
        )
