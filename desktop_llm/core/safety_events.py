"""What the safety filter did, counted: by category, without any text. Knows no store and no rule."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Touched:
    """How many replies the filter touched for a category, in what it was counted over."""

    category: str
    replies: int


@dataclass(frozen=True, slots=True)
class SafetyCounts:
    """Replies touched at all, and by category, the most frequent first. A reply may count in several."""

    replies: int = 0
    by_category: tuple[Touched, ...] = ()
