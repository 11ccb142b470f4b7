"""Guesses tokens ahead from what was said before, and decides when that pays. Knows ids and times.

Prompt lookup (Saxena 2023, github.com/apoorvumang/prompt-lookup-decoding): where the last tokens
occurred before, what followed them then is read together with them, in one pass. Where that knows
nothing, a draft model may guess (Leviathan et al. 2023, arXiv 2211.17192).

Each guessed token is drawn by the same sampler from the same scores as without, and a guess stands
only where the draw agrees. So nothing changes but the time: the same seed writes the same reply,
which Leviathan's rejection sampling, with draws of its own, would not keep.

On a processor, with int8 or int4 weights, that is so bit by bit: norms, attention and the kernels give a
row among others what they give it alone. Elsewhere a draw may turn between two tokens that are almost
equally likely: oneDNN (bf16, from some thousand inputs on) and MKL (fp32) sum up several rows in another
order than one. That concerns plain weights, experts, which are never rounded, what an adapter adds,
masks that `attention` hands on, and GPUs.
"""

from collections.abc import Sequence
from typing import Protocol

PATTERN = 3
"""Tokens that must have occurred before, one after the other."""
AT_ONCE = 4
"""Rows for which torch's int4 kernel reads the weights once; a pass has a row more than guesses."""
FEWEST, MOST = AT_ONCE - 1, 4 * AT_ONCE - 1
"""Tokens guessed at once."""
SHARE = 0.02
"""Of the time spent without guessing, what wrong guesses may cost."""
SHARE_OF_TWO = 0.014
"""The same for each of two sources of guesses, which together may cost 3%."""
START, LIMIT = 2.0, 24.0
"""Plain steps that guesses may cost at the beginning, and at most ever."""
PLAIN_EVERY = 64
"""Steps after which one without guesses shows again what such a step takes."""


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

    def __init__(self, share: float = SHARE) -> None:
        self._plain, self._share = 0.0, share
        self._balance = START
        self._count = FEWEST

    @property
    def rich(self) -> bool:
        """Whether guesses have earned so much that a dear attempt is allowed."""
        return self._balance > LIMIT / 2

    @property
    def count(self) -> int:
        """How many tokens to guess now; 0 while that would cost too much."""
        return self._count if self._plain and self._balance > 0 else 0

    def stepped(self, spent: float) -> None:
        """A step without guesses took so long."""
        self._plain = spent if not self._plain else 0.8 * self._plain + 0.2 * spent
        self._balance = min(LIMIT, self._balance + self._share)

    def guessed(self, guesses: int, right: int, spent: float) -> None:
        """A step with guesses took so long, and so many of them were right."""
        earned = 1 + right - spent / self._plain
        self._balance = min(LIMIT, self._balance + earned)
        wanted = right if right < guesses else 2 * guesses
        rows = -(-(wanted + 1) // AT_ONCE) * AT_ONCE
        self._count = min(MOST, max(FEWEST, rows - 1))


class Guesser(Protocol):
    """Where guesses come from; `Ahead` tells it all that is said, and takes the time it needs."""

    def add(self, token: int) -> None:
        """Another token has been said."""

    def guess(self, count: int) -> list[int]:
        """At most `count` tokens that may be said next."""


class Ahead:
    """The sources of guesses for one reply, the cheapest first, each with what its guesses earned."""

    def __init__(self, sources: Sequence[tuple[Guesser, Pacer]]) -> None:
        self._sources = sources
        self._asked: Pacer | None = None
        self._guesses = 0
        self._since = PLAIN_EVERY

    def add(self, token: int) -> None:
        """Another token has been said."""
        for source, _ in self._sources:
            source.add(token)

    def guess(self, most: int) -> list[int]:
        """What may be said next, at most so many tokens; often none. What `judged` tells is of them."""
        self._asked, self._since = None, self._since + 1
        if self._since > PLAIN_EVERY:
            return []
        for source, pacer in self._sources:
            count = min(pacer.count, most)
            guesses = source.guess(count) if count else []
            if guesses:
                self._asked, self._guesses = pacer, len(guesses)
                return guesses
        return []

    def judged(self, right: int, spent: float) -> None:
        """So many of the guesses were right; finding and reading them took so many seconds."""
        if self._asked is not None:
            self._asked.guessed(self._guesses, right, spent)
            return
        self._since = 0
        for _, pacer in self._sources:
            pacer.stepped(spent)
