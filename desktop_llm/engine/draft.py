"""A smaller model that guesses what a larger one will say next. Knows ids and scores, no text.

Speculative decoding (Leviathan et al. 2023, arXiv 2211.17192; Chen et al. 2023, arXiv 2302.01318).
What the larger model says stays its own, see `speculate`; a poor draft costs a little time only.
"""

from collections.abc import Sequence

import torch

from desktop_llm.engine.speculate import SHARE_OF_TWO, Pacer
from desktop_llm.engine.step import Step

WINDOW = 2048
"""Tokens that a draft model reads at most: its guesses hang on the last ones."""
NEAR, FAR = 128, 1024
"""Tokens that it reads of a text that is new to it: at first, and once its guesses have paid."""
CHUNK = 256
"""Tokens that are read in one pass."""
CONFIDENT = 0.4
"""Where its likeliest token is less likely than this, what would follow is not guessed any more."""


class Draft:
    """The draft model beside a loaded one. Its pacer goes on from reply to reply: whether the model
    is a good draft does not change with the text."""

    def __init__(self, step: Step, window: int, vocabulary: int, name: str = "") -> None:
        """`vocabulary`: how many tokens the larger model knows; no other is guessed."""
        self._step, self._window, self._vocabulary, self.name = step, window, vocabulary, name
        self._cache = step.new_cache()
        self._ids: list[int] = []
        self._begin = 0
        self.pacer = Pacer(SHARE_OF_TWO)

    def start(self, ids: Sequence[int]) -> "Draft":
        """Another reply begins, after a text of these tokens."""
        self._ids = list(ids)
        return self

    def add(self, token: int) -> None:
        """Another token has been said."""
        self._ids.append(token)

    @torch.inference_mode()
    def guess(self, count: int) -> list[int]:
        """At most `count` tokens that may be said next, at least one."""
        scores = self._read_on(count)
        guesses: list[int] = []
        while True:
            chance, best = torch.softmax(scores[-1, : self._vocabulary], dim=-1).max(dim=-1)
            guesses.append(int(best))
            if len(guesses) == count or chance < CONFIDENT:
                return guesses
            scores = self._step(guesses[-1:], self._cache)

    def let_go(self) -> None:
        """Free the draft model's memory."""
        self._cache.clear()
        self._step.let_go()

    def _read_on(self, room: int) -> torch.Tensor:
        """Read what it lacks of the text; the scores of what comes then."""
        reach = FAR if self.pacer.rich else NEAR
        length = len(self._ids)
        self._begin = min(self._begin, length - 1)
        kept = self._cache.keep_prefix(self._ids[self._begin :])
        too_long = length - self._begin + room > self._window
        too_new = length - self._begin - kept > reach
        anew = min(reach, self._window // 2)
        too_little = self._begin > 0 and self.pacer.rich and length - self._begin < anew // 2
        if too_long or too_new or too_little:
            self._begin = max(0, length - anew)
            self._cache.clear()
        text = self._ids[self._begin :]
        scores = torch.empty(0)
        while len(self._cache) < len(text):
            place = len(self._cache)
            scores = self._step(text[place : place + CHUNK], self._cache)
        return scores
