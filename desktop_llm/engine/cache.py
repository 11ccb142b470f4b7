"""Keeps the key/value states between turns and says which tokens they stand for. Knows ids, not text.

The longest common prefix of the last sequence and the new prompt is reused. Whatever interrupts a
forward pass leaves either a cache that is exactly its ids' or an empty one.
"""

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from transformers.cache_utils import (
    CacheLayerMixin,
    DummyLayer,
    DynamicLayer,
    LinearAttentionCacheLayerMixin,
)

from desktop_llm.core.errors import Cancelled
from desktop_llm.engine.states import StaticStates


class PromptCache:
    """The states of the tokens in `ids`, made by `make_states` when first needed.

    `resumable` False (recurrent models): states serve one reply only, each starts afresh.
    `switch` (longrope): where a text is longer, the states of all its tokens are other ones.
    """

    def __init__(
        self, make_states: Callable[[], Any], *, resumable: bool = True, switch: float = math.inf
    ) -> None:
        self._make_states, self.resumable, self._switch = make_states, resumable, switch
        self.ids: list[int] = []
        self._states: Any = None

    def __len__(self) -> int:
        return len(self.ids)

    def clear(self) -> None:
        """Forget everything and free its memory."""
        self.ids, self._states = [], None

    def keep_prefix(self, prompt: Sequence[int]) -> int:
        """Keep what a prompt has in common with the ids; returns how many tokens that is.

        At least the prompt's last token is never kept: its scores are needed. Where the states
        cannot give up their end exactly (a full sliding window, recurrent states), or where the
        prompt needs other ones (longrope), none are kept.
        """
        keep = min(_common(self.ids, prompt), len(prompt) - 1)
        surplus = len(self.ids) - keep
        switches = self.switches_at(keep) or self.switches_at(len(prompt))
        if keep <= 0 or switches or not self.resumable or not self._drop(surplus):
            self.clear()
        else:
            del self.ids[keep:]
        return len(self.ids)

    def switches_at(self, length: int) -> bool:
        """Whether a text of that length needs other states than those of the ids."""
        return (length > self._switch) is not (len(self.ids) > self._switch)

    def fewest(self, length: int) -> int:
        """How many tokens to read next, at least, on the way to a text of that length.

        What would only be read again, as the text turns out to be a long one, is read with it.
        """
        return int(self._switch) + 1 - len(self.ids) if self.switches_at(length) else 1

    def gives_up(self, more: int = 0) -> bool:
        """Whether its newest tokens can be taken away so that nothing of them is left.

        `more` tokens are read before that: a sliding window that they fill forgets others for them.
        """
        if not self.resumable or self._states is None or self.switches_at(len(self.ids) + more):
            return False
        if isinstance(self._states, StaticStates):
            return True
        return all(_gives_up(layer, more) for layer in self._states.layers)

    def can_ever_give_up(self) -> bool:
        """Whether tokens can be taken away as long as no sliding window is full. Reads nothing."""
        if not self.resumable:
            return False
        states = self._make_states() if self._states is None else self._states
        return isinstance(states, StaticStates) or all(
            _gives_up(layer, 0) for layer in states.layers
        )

    def give_up(self, count: int) -> None:
        """Take the newest tokens away; only where `gives_up`."""
        if count:
            self._drop(count)
            del self.ids[-count:]

    def _drop(self, count: int) -> bool:
        if count == 0:
            return True
        if not self.gives_up():
            return False
        if isinstance(self._states, StaticStates):
            self._states.drop(count)
        else:
            self._states.crop(-count)
        return True

    @contextlib.contextmanager
    def growing(self, tokens: Sequence[int]) -> Iterator[Any]:
        """The states, for one forward pass over more tokens. If the pass fails, all is forgotten:
        some layers would have the new tokens and some not. Where it was only stopped, states that
        count their tokens themselves are as they were before."""
        if self._states is None:
            self._states = self._make_states()
        try:
            yield self._states
        except BaseException as error:
            if isinstance(error, Cancelled) and isinstance(self._states, StaticStates):
                raise
            self.clear()
            raise
        self.ids.extend(tokens)


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """The length of the longest common prefix."""
    for place, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return place
    return min(len(one), len(other))


def _gives_up(layer: Any, more: int) -> bool:
    """Whether a layer's last tokens can be taken away so that nothing of them is left."""
    if isinstance(layer, DummyLayer):
        return True
    if isinstance(layer, LinearAttentionCacheLayerMixin) or not isinstance(layer, CacheLayerMixin):
        return False
    if not isinstance(layer, DynamicLayer) or not layer.is_croppable:
        return False
    return not layer.is_sliding or layer.get_seq_length() + more < layer.sliding_window
