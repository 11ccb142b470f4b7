"""Finds every match of every rule in a stream of folded symbols. Knows symbols, not text or marks.

All rules of a channel make one Thompson NFA (Thompson 1968) that is determinised as it is needed.
One thread lives for each start that may still match; for each start and rule the longest valid end
counts (SAFETY.md 2.2).
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desktop_llm.core.patterns import Chain, Chars, Node, Repeat
from desktop_llm.safety.fold import MASK
from desktop_llm.safety.rules import LEFT, Rule, contains, touches

MAX_SPAN = 300
"""The longest match in characters of the text: no more is ever held back for it."""
MAX_STATES = 40_000
"""More states than this are forgotten and made again as they are needed: memory stays bounded."""

_Move = tuple["_State | None", tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Match:
    """Characters [start, end) of the text match a rule, given by its place among the rules."""

    start: int
    end: int
    rule: int


class _State:
    """A set of places in the NFA; where each class of symbols leads, and which rules end there."""

    __slots__ = ("accepts", "moves", "places")

    def __init__(self, places: tuple[int, ...], accepts: tuple[int, ...]) -> None:
        self.places, self.accepts = places, accepts
        self.moves: dict[int, _Move] = {}


class _Nfa:
    """Places with one class to read, or with free moves. Built part by part, from back to front."""

    def __init__(self) -> None:
        self.reads: list[tuple[int, int]] = []  # (class to read, next place); class -1: none
        self.free: list[tuple[int, ...]] = []
        self.ends: dict[int, int] = {}  # place -> rule
        self.classes: dict[Chars, int] = {}

    def rule(self, node: Node, number: int) -> int:
        """Add a rule; returns the place where it starts."""
        end = self._place((-1, -1), ())
        self.ends[end] = number
        return self._add(node, end)

    def class_number(self, chars: Chars) -> int:
        return self.classes.setdefault(chars, len(self.classes))

    def _place(self, read: tuple[int, int], free: tuple[int, ...]) -> int:
        self.reads.append(read)
        self.free.append(free)
        return len(self.reads) - 1

    def _add(self, node: Node, then: int) -> int:
        """The place from which `node` leads to `then`."""
        if isinstance(node, Chars):
            return self._place((self.class_number(node), then), ())
        if isinstance(node, Repeat):
            return self._repeat(node, then)
        if isinstance(node, Chain):
            for part in reversed(node.parts):
                then = self._add(part, then)
            return then
        return self._place((-1, -1), tuple(self._add(part, then) for part in node.parts))

    def _repeat(self, node: Repeat, then: int) -> int:
        end, start = then, then
        for _ in range(node.high - node.low):
            start = self._place((-1, -1), (self._add(node.part, start), end))
        for _ in range(node.low):
            start = self._add(node.part, start)
        return start


class Automaton:
    """The rules of one channel, compiled; shared by all the texts that are matched against them."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._lock = threading.RLock()  # what is not looked up yet is made by one thread at a time
        self._nfa = _Nfa()
        self._starts = [self._nfa.rule(rule.node, n) for n, rule in enumerate(self.rules)]
        self._memberships: dict[frozenset[object], int] = {}
        self._members: list[frozenset[int]] = []
        self._symbols: list[str] = []  # one symbol for each class of symbols
        self._states: dict[tuple[int, ...], _State] = {}
        self.firsts: dict[int, _State] = {}
        """What `first` has found so far: looked up once a symbol."""
        self._boundaries = tuple(
            {chars for rule in self.rules for chars in (rule.not_before, rule.not_after) if chars}
        )
        self._by_symbol, self._general = self._index()
        self.classes = _Classes(self)
        self.edge = self.classes[""]
        """The class of the symbol before the first and after the last: in no class, touches nothing."""

    def _index(self) -> tuple[dict[str, list[int]], list[tuple[int, Chars]]]:
        by_symbol: dict[str, list[int]] = {}
        general = []
        for chars, number in self._nfa.classes.items():
            if chars.word or chars.negated:
                general.append((number, chars))
                continue
            for symbol in chars.symbols:
                by_symbol.setdefault(symbol, []).append(number)
        return by_symbol, general

    def classify(self, symbol: str) -> int:
        """The number of a symbol's class: symbols that no rule tells apart share one."""
        inside: set[int] = set()
        if symbol and symbol != MASK:
            inside.update(self._by_symbol.get(symbol, ()))
            inside.update(n for n, chars in self._general if contains(chars, symbol))
        near = {chars for chars in self._boundaries if touches(chars, symbol)}
        key = frozenset[object](inside | near | ({"edge"} if not symbol else set()))
        with self._lock:
            if key not in self._memberships:
                self._members.append(frozenset(inside))
                self._symbols.append(symbol)
                self._memberships[key] = len(self._members) - 1
            return self._memberships[key]

    def first(self, before: int) -> _State:
        """The state of a start, by the class of the symbol before it."""
        with self._lock:
            if before not in self.firsts:
                symbol = self._symbols[before]
                starts = [
                    start
                    for start, rule in zip(self._starts, self.rules, strict=True)
                    if not touches(rule.not_before, symbol)
                ]
                self.firsts[before] = self._state(starts)
            return self.firsts[before]

    def move(self, state: _State, symbol_class: int) -> _Move:
        """Where a symbol leads (None: nothing can match any more), and the rules that end before it."""
        inside = self._members[symbol_class]
        reads = self._nfa.reads
        places = [reads[place][1] for place in state.places if reads[place][0] in inside]
        symbol = self._symbols[symbol_class]
        ended = tuple(r for r in state.accepts if not touches(self.rules[r].not_after, symbol))
        with self._lock:
            move = (self._state(places) if places else None, ended)
            state.moves[symbol_class] = move
        return move

    def _state(self, places: Iterable[int]) -> _State:
        reached: set[int] = set()
        waiting = list(places)
        while waiting:
            place = waiting.pop()
            if place not in reached:
                reached.add(place)
                waiting.extend(self._nfa.free[place])
        ends = self._nfa.ends
        # Places that only lead on have done their work in this closure.
        key = tuple(sorted(p for p in reached if self._nfa.reads[p][0] >= 0 or p in ends))
        if key not in self._states:
            if len(self._states) >= MAX_STATES:
                self._forget()
            accepts = tuple(sorted({ends[place] for place in key if place in ends}))
            self._states[key] = _State(key, accepts)
        return self._states[key]

    def _forget(self) -> None:
        for state in self._states.values():
            state.moves.clear()
        self._states.clear()
        self.firsts.clear()


class _Classes(dict[str, int]):
    """The class of each symbol, looked up once."""

    def __init__(self, automaton: Automaton) -> None:
        super().__init__()
        self._automaton = automaton

    def __missing__(self, symbol: str) -> int:
        number = self._automaton.classify(symbol)
        self[symbol] = number
        return number


class _Thread:
    """One start (in symbols and in characters), its state, and the longest end of each rule."""

    __slots__ = ("char", "ends", "start", "state")

    def __init__(self, start: int, char: int, state: _State) -> None:
        self.start, self.char, self.state = start, char, state
        self.ends: dict[int, int] | None = None


class Matcher:
    """One text, symbol by symbol. `found` collects the matches whose start is decided.

    `allowed` are folded texts that are never a match.
    """

    def __init__(self, automaton: Automaton, allowed: frozenset[str] = frozenset()) -> None:
        self._automaton, self._allowed = automaton, allowed
        self._threads: list[_Thread] = []
        self._before = automaton.edge
        self._symbols: list[str] = []
        self._chars: list[int] = []
        self._forgotten = 0  # symbols left of those kept
        self.found: list[Match] = []

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that matches name by their place."""
        return self._automaton.rules

    @property
    def open_start(self) -> int | None:
        """The oldest character where something may still match, or None."""
        return self._threads[0].char if self._threads else None

    def feed(self, symbols: Sequence[str], chars: Sequence[int]) -> None:
        """Read symbols; `chars` says for each which character of the text it comes from."""
        place = self._forgotten + len(self._symbols)
        self._symbols += symbols
        self._chars += chars
        classes, automaton, before = self._automaton.classes, self._automaton, self._before
        first, firsts = automaton.first(before), automaton.firsts
        threads = self._threads
        for symbol, char in zip(symbols, chars, strict=True):
            symbol_class = classes[symbol]
            if threads:
                threads = self._advance(threads, symbol_class, place, char)
            state, _ = first.moves.get(symbol_class) or automaton.move(first, symbol_class)
            if state is not None:
                threads.append(_Thread(place, char, state))
            if symbol_class != before:
                first = firsts.get(symbol_class) or automaton.first(symbol_class)
                before = symbol_class
            place += 1
        self._threads, self._before = threads, before
        if len(self._symbols) > 4096:
            self._trim()

    def finish(self) -> None:
        """The text has ended: whatever is open is decided."""
        place = self._forgotten + len(self._symbols)
        self._threads = self._advance(self._threads, self._automaton.edge, place, None)

    def _advance(
        self, threads: list[_Thread], symbol_class: int, place: int, char: int | None
    ) -> list[_Thread]:
        move = self._automaton.move
        living = []
        for thread in threads:
            state, ended = thread.state.moves.get(symbol_class) or move(thread.state, symbol_class)
            if ended:
                self._end(thread, ended, place)
            if state is not None and char is not None and char - thread.char < MAX_SPAN:
                thread.state = state
                living.append(thread)
            elif thread.ends:
                self._decide(thread.char, thread.ends)
        return living

    def _end(self, thread: _Thread, ended: tuple[int, ...], place: int) -> None:
        first, last = thread.start - self._forgotten, place - self._forgotten
        text = "".join(self._symbols[first:last])
        if text in self._allowed:
            return
        for number in ended:
            check = self._automaton.rules[number].check
            if check is None or check(text, self._left(first)):
                thread.ends = thread.ends or {}
                thread.ends[number] = self._chars[last - 1] + 1

    def _left(self, first: int) -> str:
        """What stands before, from the nearest mask on: masking must not bring cues nearer."""
        text = "".join(self._symbols[max(0, first - LEFT) : first])
        return text[max(0, text.rfind(MASK)) :]

    def _decide(self, char: int, ends: dict[int, int]) -> None:
        self.found.extend(Match(char, end, rule) for rule, end in ends.items())

    def _trim(self) -> None:
        place = self._forgotten + len(self._symbols)
        oldest = self._threads[0].start if self._threads else place
        gone = max(0, oldest - self._forgotten - LEFT)
        del self._symbols[:gone]
        del self._chars[:gone]
        self._forgotten += gone
