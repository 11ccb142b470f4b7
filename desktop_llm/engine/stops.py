"""Cuts a streamed text exactly before a stop string. Knows text only, no tokens.

Text that may be the beginning of a stop string is held back until that is decided. However the
text is cut into pieces, the output is the same: the stop string that is complete first wins, and
of two complete at the same character the longer one.
"""

from collections.abc import Sequence


class StopStrings:
    """One reply's stop strings. `stopped` becomes True once one was found; then nothing passes."""

    def __init__(self, stops: Sequence[str], before: str = "") -> None:
        """`before`: what the reply goes on from. It is out, but a stop string may begin in it."""
        self._stops = tuple(stop for stop in stops if stop)
        self._held = before
        self._held = before[len(before) - self._undecided() :]
        self._out = len(self._held)  # what is held and out all the same, at its beginning
        self.stopped = False

    def feed(self, text: str) -> str:
        """The part of the text so far that certainly precedes any stop string."""
        if self.stopped or not self._stops:
            return "" if self.stopped else text
        self._held += text
        found = [(start + len(s), start) for s in self._stops if (start := self._find(s)) >= 0]
        if found:
            self.stopped = True
            passed = self._release(min(found)[1])
            self._held = ""
            return passed
        return self._release(len(self._held) - self._undecided())

    def finish(self) -> str:
        """The text held back, where the reply ends without a stop string."""
        return self._release(len(self._held))

    def _find(self, stop: str) -> int:
        """Where it stands first in the text held, not wholly in what is out; -1 where nowhere."""
        return self._held.find(stop, max(0, self._out - len(stop) + 1))

    def _release(self, count: int) -> str:
        passed, self._held = self._held[self._out : count], self._held[count:]
        self._out = max(0, self._out - count)
        return passed

    def _undecided(self) -> int:
        """The length of the longest end of the text that begins a stop string."""
        longest = max((len(stop) for stop in self._stops), default=1) - 1
        for count in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-count:]) for stop in self._stops):
                return count
        return 0
