"""How fast something comes in and how long it will take, from what is reported now and then. Reads no clock."""

SMOOTHING_S = 4.0
"""Speeds of the last seconds count; older ones fade."""


class Pace:
    """Fed with (seconds, bytes done); tells bytes per second and seconds left."""

    def __init__(self) -> None:
        self._last: tuple[float, int] | None = None
        self.per_s = 0.0

    def add(self, now: float, done: int) -> None:
        """Take a report. Going back (a file begun anew) counts as no speed."""
        if self._last is None:
            self._last = (now, done)
            return
        passed = now - self._last[0]
        if passed <= 0:
            return
        speed = max(0, done - self._last[1]) / passed
        share = 1.0 if self.per_s == 0 else min(1.0, passed / SMOOTHING_S)
        self.per_s += (speed - self.per_s) * share
        self._last = (now, done)

    def seconds_left(self, total: int) -> float | None:
        """Seconds until `total`, or None where nothing comes in."""
        if self._last is None or self.per_s < 1:
            return None
        return max(0, total - self._last[1]) / self.per_s
