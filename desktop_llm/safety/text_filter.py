"""Filters one text: pieces go in, only decided text comes out, with its marks. Knows no event and no policy.

Every cut of the same text into pieces gives the same output (SAFETY.md 2.2): what is decided depends
on the text alone, and text is let out only left of the oldest start that may still match.
"""

import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from desktop_llm.core.events import Mark
from desktop_llm.core.patterns import Chars
from desktop_llm.core.policy import FilterAction
from desktop_llm.safety.automaton import Automaton, Match, Matcher
from desktop_llm.safety.fold import DATA, MASK, WORD
from desktop_llm.safety.rules import Rule, contains
from desktop_llm.safety.sanitise import KINDS, Sanitiser

SWALLOW = 10_000
"""How far a mask goes on behind the start of a key whose end does not come, in characters."""

_Due = tuple[int, bool, int, int, str, int, Rule]
"""A decided match: start, whether the text goes on, -priority, -end, rule id, number, rule."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Text that may be shown, the marks in it, and whether the text must end here.

    `marks` count code points of everything passed so far; `found` are the same marks in code points
    of the text that came in. A mark is told when its last character is decided.
    """

    text: str = ""
    marks: tuple[Mark, ...] = ()
    found: tuple[Mark, ...] = ()
    blocked: bool = False

    def __add__(self, later: "Passed") -> "Passed":
        return Passed(
            self.text + later.text,
            self.marks + later.marks,
            self.found + later.found,
            self.blocked or later.blocked,
        )


_NOTHING = Passed()


class Compiled:
    """Rules made ready for any number of texts. `allowed`: words that are never a match."""

    def __init__(self, rules: Sequence[Rule], allowed: Sequence[str] = ()) -> None:
        self.automata = tuple(
            Automaton([rule for rule in rules if rule.channel == channel])
            for channel in ("word", "data")
        )
        self.allowed = tuple(
            frozenset(fold.text(word) for word in allowed) for fold in (WORD, DATA)
        )

    def __bool__(self) -> bool:
        return any(automaton.rules for automaton in self.automata)


@dataclass(slots=True)
class _Run:
    """Overlapping matches of one action, shown as one: named by the first, up to character `end`."""

    rule: Rule
    end: int
    origin: int
    """Where it starts in the text that came in."""
    shown: int = -1
    """Where it starts in the text that is passed; -1: not yet there."""
    eats: Chars | None = None
    eats_to: int = 0
    """It goes on while symbols of `eats` follow, up to this character."""


class TextFilter:
    """One text. Feed it pieces, then `finish` it; after a block it passes nothing.

    `already` is the part of the text that has been shown before: it is read, so that a word
    across the seam is found, but not passed again.
    """

    def __init__(self, compiled: Compiled, already: str = "") -> None:
        pairs = zip(compiled.automata, compiled.allowed, strict=True)
        self._matchers = [Matcher(automaton, allowed) for automaton, allowed in pairs]
        self._sanitiser = Sanitiser()
        self._chars: list[str] = []  # read and not yet done; the first is number `_done`
        self._origins: list[int] = []  # where each of them stood in the text that came in
        self._done = 0
        self._taken = -len(already)
        self._last_origin = -1
        self._due: list[_Due] = []  # a heap
        self._numbers = itertools.count()
        self._mask: _Run | None = None
        self._warning: _Run | None = None
        self._swallow_from: int | None = None
        self._plain_end = 0
        self._seam = 0
        self._passed = len(already)
        self._out: list[str] = []
        self._marks: list[Mark] = []
        self._found: list[Mark] = []
        self._blocked = False
        self._read(already)
        self._seam = len(self._chars)
        self._commit(self._open())

    def feed(self, piece: str) -> Passed:
        """Read a piece of the text; returns what has been decided by it."""
        if not self._blocked:
            self._read(piece)
            self._commit(self._open())
        return self._pass()

    def finish(self) -> Passed:
        """The text has ended, for whatever reason: returns all that was still held back."""
        if not self._blocked:
            for matcher in self._matchers:
                matcher.finish()
            self._commit(self._done + len(self._chars))
            self._close_mask()
            self._close_warning()
        return self._pass()

    @property
    def held(self) -> int:
        """How many characters are held back."""
        return len(self._chars)

    # Reading

    def _read(self, piece: str) -> None:
        sanitiser, count = self._sanitiser, self._done + len(self._chars)
        words: list[str] = []
        data: list[str] = []
        word_chars: list[int] = []
        data_chars: list[int] = []
        for origin, char in enumerate(piece, self._taken):
            if (KINDS[char] or sanitiser.counts) and not sanitiser.keeps(char):
                continue
            self._chars.append(char)
            self._origins.append(origin)
            for symbol in WORD[char]:
                words.append(symbol)
                word_chars.append(count)
            for symbol in DATA[char]:
                data.append(symbol)
                data_chars.append(count)
            count += 1
        self._taken += len(piece)
        self._matchers[0].feed(words, word_chars)
        self._matchers[1].feed(data, data_chars)

    def _open(self) -> int:
        """Everything left of this character is decided."""
        starts = [start for m in self._matchers if (start := m.open_start) is not None]
        return min(starts, default=self._done + len(self._chars))

    # Deciding

    def _commit(self, decided: int) -> None:
        for matcher in self._matchers:
            for match in matcher.found:
                heapq.heappush(self._due, self._due_for(match, matcher.rules[match.rule]))
            matcher.found.clear()
        while self._due and self._due[0][0] < decided and not self._blocked:
            start, _, _, minus_end, _, _, rule = heapq.heappop(self._due)
            self._advance(start)
            self._take(rule, start, -minus_end)
        if not self._blocked:
            self._advance(decided)

    def _due_for(self, match: Match, rule: Rule) -> _Due:
        """In the order in which matches are taken: of those that start together, the first names them."""
        goes_on = rule.action is not FilterAction.BLOCK
        return match.start, goes_on, -rule.priority, -match.end, rule.id, next(self._numbers), rule

    def _take(self, rule: Rule, start: int, end: int) -> None:
        if rule.ends_swallow:
            self._end_swallow(start, end)
        elif rule.action is FilterAction.BLOCK:
            self._block(rule, end)
        elif rule.action is FilterAction.MASK:
            self._hide(rule, start, end)
        else:
            self._warn(rule, start, end)

    def _block(self, rule: Rule, end: int) -> None:
        self._close_mask()
        self._close_warning()
        last = self._origins[end - 1 - self._done]
        self._tell(_Run(rule, end, self._origins[0], self._passed), last)
        self._blocked = True
        self._chars.clear()
        self._origins.clear()

    def _hide(self, rule: Rule, start: int, end: int) -> None:
        self._plain_end = max(self._plain_end, end)
        mask = self._mask
        if mask is None or (start >= mask.end and not self._goes_on(mask, self._chars[0])):
            self._close_mask()
            self._mask = mask = _Run(rule, end, self._origins[0])
        if rule.eats is not None:
            mask.eats, mask.eats_to = rule.eats, start + SWALLOW
        if rule.swallows and not self._swallows_at(start):
            self._swallow_from, end = end, end + SWALLOW
        mask.end = max(mask.end, end)

    def _swallows_at(self, start: int) -> bool:
        begun = self._swallow_from
        return begun is not None and begun <= start < begun + SWALLOW

    def _end_swallow(self, start: int, end: int) -> None:
        if self._mask is not None and self._swallows_at(start):
            self._mask.end = max(end, self._plain_end)
            self._swallow_from = None

    def _warn(self, rule: Rule, start: int, end: int) -> None:
        if self._warning is not None and start < self._warning.end:
            self._warning.end = max(self._warning.end, end)
            return
        self._close_warning()
        hidden = self._mask is not None and self._mask.shown >= 0 and start < self._mask.end
        self._warning = _Run(rule, end, self._origins[0], self._passed - hidden)

    # Passing on

    def _advance(self, to: int) -> None:
        """Show or hide the characters up to one of them."""
        while self._done < to:
            if self._warning is not None and self._done >= self._warning.end:
                self._close_warning()
            stop = to if self._warning is None else min(to, self._warning.end)
            if self._mask is None:
                self._show(stop)
            elif self._done < self._mask.end:
                self._skip(min(stop, self._mask.end))
            elif self._goes_on(self._mask, self._chars[0]):
                self._mask.end = self._done + 1
            else:
                self._close_mask()

    def _goes_on(self, mask: _Run, char: str) -> bool:
        """Whether the character behind a mask belongs to it."""
        # An accent or joiner is drawn over the one before: it shares its fate.
        if not WORD[char]:
            return True
        eats = mask.eats
        return eats is not None and self._done < mask.eats_to and contains(eats, DATA[char][:1])

    def _show(self, to: int) -> None:
        fresh, count = max(0, self._seam - self._done), to - self._done
        text = "".join(self._chars[fresh:count])
        self._out.append(text)
        self._passed += len(text)
        self._drop(count)

    def _skip(self, to: int) -> None:
        assert self._mask is not None
        if self._mask.shown < 0 and to > self._seam:
            self._mask.shown = self._passed
            self._out.append(MASK)
            self._passed += 1
        self._drop(to - self._done)

    def _drop(self, count: int) -> None:
        self._last_origin = self._origins[count - 1]
        del self._chars[:count]
        del self._origins[:count]
        self._done += count

    def _close_mask(self) -> None:
        if self._mask is not None:
            self._tell(self._mask, self._last_origin)
        self._mask = self._swallow_from = None

    def _close_warning(self) -> None:
        if self._warning is not None:
            self._tell(self._warning, self._last_origin)
        self._warning = None

    def _tell(self, run: _Run, last_origin: int) -> None:
        rule = run.rule
        if last_origin < 0 and rule.action is not FilterAction.BLOCK:
            return  # all of it was told when it was shown first; why the text ends here was not
        shown_end = run.shown + 1 if rule.action is FilterAction.MASK else self._passed
        tail = (rule.category, rule.id, rule.action.value, rule.note)
        self._marks.append(Mark(run.shown, shown_end, *tail))
        self._found.append(Mark(max(0, run.origin), max(0, last_origin + 1), *tail))

    def _pass(self) -> Passed:
        if not (self._out or self._marks or self._blocked):
            return _NOTHING
        passed = Passed("".join(self._out), tuple(self._marks), tuple(self._found), self._blocked)
        self._out, self._marks, self._found = [], [], []
        return passed
