"""Pieces of a text that were replaced, and where the places around them are now. Holds no text."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Replaced:
    """Code points [start, end) of a text became `size` others."""

    start: int
    end: int
    size: int


def moved(first: int, last: int, pieces: Sequence[Replaced]) -> tuple[int, int] | None:
    """Where code points [first, last) are now; None where nothing of them was left.

    `pieces` in the order of the text, none over another. What was replaced in part keeps its rest;
    a place between two code points (`first` is `last`) is never lost.
    """
    if any(piece.start <= first < last <= piece.end for piece in pieces):
        return None
    now = _place(first, pieces, behind=True), _place(last, pieces, behind=first == last)
    return now if now[0] < now[1] or first == last else None


def _place(place: int, pieces: Sequence[Replaced], *, behind: bool) -> int:
    """A place's new number; inside a piece, that `behind` or before what stands there now."""
    shift = 0
    for piece in pieces:
        if piece.end <= place:
            shift += piece.size - (piece.end - piece.start)
        elif piece.start < place:
            return piece.start + shift + (piece.size if behind else 0)
        else:
            break
    return place + shift
