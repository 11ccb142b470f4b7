"""Notices that a reply goes round in a loop. Knows token ids, not text."""

import numpy as np

LONGEST = 256
"""Tokens of the longest passage whose repetition is noticed."""
FEWEST = 320
"""Tokens that must have been repeated at least: ten rows of zeros are no loop, nor is a row of dashes."""


class LoopGuard:
    """Says when the same passage, of up to 256 tokens, was written `limit` times in a row; a short
    one oftener, until `FEWEST` tokens were repeated."""

    def __init__(self, limit: int) -> None:
        """`limit` 0 never finds anything."""
        self._limit = limit
        self._last = np.full(LONGEST, -1, dtype=np.int64)  # the newest token first
        self._run = np.zeros(LONGEST, dtype=np.int64)  # tokens so far that equal those p before
        lengths = np.arange(1, LONGEST + 1)
        self._needed = np.maximum(lengths * (limit - 1), FEWEST)

    def add(self, token: int) -> bool:
        """Take the reply's next token; True where it completes a loop."""
        if self._limit < 2:
            return False
        self._run = (self._run + 1) * (self._last == token)
        self._last[1:] = self._last[:-1]
        self._last[0] = token
        return bool((self._run >= self._needed).any())
