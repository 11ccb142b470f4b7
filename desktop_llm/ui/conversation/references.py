"""Where links by reference lead in a reply that grows: `[docs][1]`, and `[1]: https://example.org`
before or behind it. Knows what markdown-it found; writes nothing.
"""

from collections import ChainMap
from typing import Any

FEW = 16
"""Definitions up to which each is worth it that all be written again."""


class References:
    """Of one reply, whose end is read again and again until it is final.

    A definition in what is final holds for all that comes; one at the end may still grow.
    """

    def __init__(self) -> None:
        self._final: dict[str, Any] = {}
        self._linked: dict[str, str] = {}  # what all that is written was written with
        self.env: dict[str, Any] = {}
        self.begin()

    def begin(self) -> dict[str, Any]:
        """What markdown-it gets with the end of the reply: it adds the definitions that are there."""
        self.env = {"references": ChainMap({}, self._final)}
        return self.env

    def keep(self, lines: int) -> None:
        """That many lines of the end are final now."""
        found = self.env["references"].maps[0]
        self._final.update((name, one) for name, one in found.items() if one["map"][1] <= lines)

    def last_line(self) -> int:
        """In which line of the end its last definition begins; -1 where there is none."""
        found = self.env["references"].maps[0].values()
        twice = self.env.get("duplicate_refs", ())
        return max((one["map"][0] for one in (*found, *twice)), default=-1)

    def note_written(self) -> None:
        """All of the reply is written with what was found by now."""
        self._linked = self._targets()

    @property
    def missing(self) -> bool:
        """Whether anything was written without a definition that is there by now."""
        return self._linked != self._targets()

    @property
    def pays(self) -> bool:
        """Whether it pays to write all again while the reply grows: there are more, and few in all, or
        twice as many as were known. So a thousand cost twenty times, and not a thousand."""
        count, known = len(self._final), len(self._linked)
        return count > known and (count <= FEW or count >= 2 * known)

    def _targets(self) -> dict[str, str]:
        return {name: one["href"] for name, one in self.env["references"].items()}
