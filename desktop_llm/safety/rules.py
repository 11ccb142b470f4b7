"""What is forbidden: a rule is a few bounded patterns of symbol classes. Matches nothing itself.

The pattern language is a restricted regular expression: classes with bounded repeats, no
alternation inside, no look-around but "no word character right before and after" (SAFETY.md 2.2).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from desktop_llm.core.policy import FilterAction
from desktop_llm.safety.fold import fold, is_cjk

STRETCH = 4
"""How often a letter may be repeated for emphasis and still be the same word."""

SEPARATORS = frozenset(" \t\n.,_*'’\"`~-+|/\\·•")
INSIDE = frozenset("._*'’-")
GAP = 3
"""Separators between two letters of a spaced-out word, at most."""

_LEET = {
    "a": "a@4", "b": "b8", "e": "e3", "g": "g9", "i": "i1!|", "l": "l1|", "o": "o0", "s": "s5$",
    "t": "t7+", "z": "z2",
}  # fmt: skip

OWN_CATEGORY = "own words"


@dataclass(frozen=True, slots=True)
class Step:
    """One class of symbols, repeated `low` to `high` times."""

    symbols: frozenset[str]
    low: int = 1
    high: int = 1


Pattern = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Patterns that mean one thing. `whole_word`: nothing of a word may touch the match.

    `id` names it in marks and logs without repeating the forbidden words themselves.
    """

    id: str
    category: str
    action: FilterAction
    patterns: tuple[Pattern, ...]
    whole_word: bool

    @property
    def max_symbols(self) -> int:
        """The longest match in folded symbols: what bounds how far text is held back."""
        return max(sum(step.high for step in pattern) for pattern in self.patterns)


def own_rules(words: Iterable[str], action: FilterAction) -> tuple[Rule, ...]:
    """A rule for each of the person's own words or phrases; empty ones are passed over."""
    rules = []
    for number, word in enumerate(words, 1):
        patterns = word_patterns(word)
        if patterns:
            whole = not any(is_cjk(symbol) for symbol in _folded(word))
            rules.append(Rule(f"own.{number}", OWN_CATEGORY, action, patterns, whole))
    return tuple(rules)


def word_patterns(word: str) -> tuple[Pattern, ...]:
    """A word as it may be written: stretched, punctuated inside, spelt in leet, or spaced out.

    The spaced-out pattern needs a separator in *every* gap, so that "pen is" is not one word.
    Scripts written without spaces take up to two separators between characters instead.
    """
    letters = _folded(word)
    if not letters.strip():
        return ()
    if any(is_cjk(letter) for letter in letters):
        return (_joined(letters, Step(SEPARATORS, 0, 2)),)
    tight = _joined(letters, Step(INSIDE, 0, 1))
    if len(letters) < 3 or " " in letters:
        return (tight,)
    return tight, _joined(letters, Step(SEPARATORS, 1, GAP))


def _folded(word: str) -> str:
    return " ".join("".join(fold(char) for char in word).split())


def _joined(letters: str, between: Step) -> Pattern:
    steps: list[Step] = []
    for place, letter in enumerate(letters):
        if place and letter != " " and letters[place - 1] != " ":
            steps.append(between)
        steps.append(_letter_step(letter))
    return tuple(steps)


def _letter_step(letter: str) -> Step:
    if letter == " ":
        return Step(SEPARATORS, 1, GAP)
    return Step(frozenset(_LEET.get(letter, letter)), 1, 1 if is_cjk(letter) else STRETCH)
