"""What the safety filter did, counted: by category, without any text. Knows no store and no rule."""

from dataclasses import dataclass
from datetime import timedelta

COUNTED = timedelta(days=7)
"""What happened longer ago is not counted, and kept only as the marks of replies that are there."""


@dataclass(frozen=True, slots=True)
class Touched:
    """How many replies the filter touched for a category, in what it was counted over."""

    category: str
    replies: int


@dataclass(frozen=True, slots=True)
class SafetyCounts:
    """Replies touched at all, and by category, the most frequent first. A reply may count in several.

    `older` is whether something is kept of the time before.
    """

    replies: int = 0
    by_category: tuple[Touched, ...] = ()
    older: bool = False
