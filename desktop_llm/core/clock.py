"""The real clock. Tests use their own."""

import time
from datetime import UTC, datetime


class SystemClock:
    """See `ports.Clock`."""

    def now(self) -> datetime:
        """The wall clock in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()
