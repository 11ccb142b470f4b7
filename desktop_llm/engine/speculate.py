"""Guesses tokens ahead from what was said before, and decides when that pays. Knows ids and times.

Prompt lookup (Saxena 2023, github.com/apoorvumang/prompt-lookup-decoding): where the last tokens
occurred before, what followed them then is read together with them, in one pass. Each guessed token
is drawn by the same sampler from the same scores as without, so nothing changes but the time.
"""

from collections.abc import Sequence

PATTERN = 3
"""Tokens that must have occurred before, one after the other."""
FEWEST, MOST = 3, 16
"""Tokens guessed at once."""
SHARE = 0.02
"""Of the time spent without guessing, what wrong guesses may cost."""
START, LIMIT = 2.0, 24.0
"""Plain steps that guesses may cost at the beginning, and at most ever."""


class Lookup:
    """All that was said, and where each pattern of tokens occurred last."""

    def __init__(self, ids: Sequence[int]) -> None:
        self._ids: list[int] = []
        self._places: dict[tuple[int, ...], int] = {}
        for token in ids:
            self.add(token)

    def add(self, token: int) -> None:
        """Another token has been said."""
        end = len(self._ids)
        if end >= PATTERN:
            self._places[tuple(self._ids[end - PATTERN :])] = end
        self._ids.append(token)

    def guess(self, count: int) -> list[int]:
        """What followed the last tokens the last time they were said; at most `count` tokens."""
        place = self._places.get(tuple(self._ids[-PATTERN:]))
        return [] if place is None else self._ids[place : place + count]


class Pacer:
    """Lets guesses cost no more than they earned, plus a small share of the whole time.

    Times in seconds. Nothing is guessed until a plain step has shown what one takes.
    """

    def __init__(self) -> None:
        self._plain = 0.0
        self._balance = START
        self._count = FEWEST

    @property
    def count(self) -> int:
        """How many tokens to guess now; 0 while that would cost too much."""
        return self._count if self._plain and self._balance > 0 else 0

    def stepped(self, spent: float) -> None:
        """A step without guesses took so long."""
        self._plain = spent if not self._plain else 0.8 * self._plain + 0.2 * spent
        self._balance = min(LIMIT, self._balance + SHARE)

    def guessed(self, guesses: int, right: int, spent: float) -> None:
        """A step with guesses took so long, and so many of them were right."""
        earned = 1 + right - spent / self._plain
        self._balance = min(LIMIT, self._balance + earned)
        self._count = min(MOST, 2 * guesses) if right == guesses else max(FEWEST, right)
