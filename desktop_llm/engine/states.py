"""The keys and values of what was read, in tensors made once that grow in blocks. Knows no model.

`StaticStates` serve our own pass, `GrowingLayer` every model of transformers.
"""

import math
from typing import Any

import torch
from transformers.cache_utils import DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

from desktop_llm.engine.memory import give_back_holes
from desktop_llm.engine.replay import Replay

BLOCK = 512
"""Tokens that room is made for at a time, at least; later as many as there are already."""


class StaticStates:
    """Keys and values, for each layer of shape (key heads, room, head size); `length` are filled.

    Layers grow one after the other, so that only one at a time is there twice. `cleared` rooms hold
    zeros where nothing was written, for a pass that looks at all of it.
    `replay` is what was captured over these tensors; it goes when they are exchanged.
    """

    def __init__(
        self,
        layers: int,
        heads: int,
        size: int,
        limit: int,
        dtype: torch.dtype,
        device: str,
        *,
        cleared: bool = False,
    ) -> None:
        self._heads, self._size = heads, size
        self._limit, self._dtype, self._device = limit, dtype, device
        self._make = torch.zeros if cleared else torch.empty
        self.length = 0
        self.replay: Replay | None = None
        self.room = 0
        self.keys = [self._made(0) for _ in range(layers)]
        self.values = [self._made(0) for _ in range(layers)]

    def _made(self, room: int) -> torch.Tensor:
        shape = (self._heads, room, self._size)
        return self._make(shape, dtype=self._dtype, device=self._device)

    def reserve(self, count: int) -> None:
        """Make room for that many tokens more."""
        wanted = self.length + count
        if wanted <= self.room:
            return
        room = max(wanted, min(_more_room(self.room, wanted), self._limit))
        self.replay = None
        for layers in (self.keys, self.values):
            for number, before in enumerate(layers):
                larger = self._made(room)
                larger[:, : self.length] = before[:, : self.length]
                layers[number] = larger
        outgrown, self.room = self.room, room
        if outgrown:  # what was there before is too small for the next, and lies between others
            give_back_holes()

    def drop(self, count: int) -> None:
        """Forget the newest tokens."""
        self.length -= count


def _more_room(room: int, wanted: int) -> int:
    """Tokens to make room for where `room` is too little: whole blocks, at most eight too many."""
    blocks: int = -(-max(wanted, min(2 * room, wanted + 8 * BLOCK)) // BLOCK)
    return blocks * BLOCK


class GrowingLayer(DynamicLayer):  # type: ignore[misc]
    """transformers' growing layer without its copy of everything at each token.

    `dtype` is what states are kept in, whatever the model computes in; None for the model's own.
    """

    def __init__(self, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        self._kept_in = dtype

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Room for nothing yet, of the right shape."""
        self.dtype, self.device = self._kept_in or key_states.dtype, key_states.device
        self._key_room = key_states[:, :, :0].to(self.dtype)
        self._value_room = value_states[:, :, :0].to(self.dtype)
        self.keys, self.values = self._key_room, self._value_room
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Take new states (batch, heads, tokens, size); returns all there are."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        begin = self.keys.shape[2]
        end = begin + key_states.shape[2]
        if end > self._key_room.shape[2]:
            room = _more_room(self._key_room.shape[2], end)
            self._key_room = _enlarged(self.keys, room)
            self._value_room = _enlarged(self.values, room)
        # Not by indexing, which takes twice as long to say the same.
        self._key_room.narrow(2, begin, end - begin).copy_(key_states)
        self._value_room.narrow(2, begin, end - begin).copy_(value_states)
        self.keys = self._key_room.narrow(2, 0, end)
        self.values = self._value_room.narrow(2, 0, end)
        return self.keys, self.values


def _enlarged(states: torch.Tensor, room: int) -> torch.Tensor:
    batch, heads, filled, size = states.shape
    larger = states.new_empty(batch, heads, room, size)
    larger[:, :, :filled] = states
    return larger


def growing_cache(config: Any, dtype: torch.dtype | None, window: float = math.inf) -> DynamicCache:
    """The cache that transformers makes for a model, its plain layers exchanged for growing ones.

    `window`: how many tokens there can be. A sliding layer that keeps as many is a plain one.
    """
    cache = DynamicCache(config=config)
    cache.layers = [
        GrowingLayer(dtype) if _keeps_all(layer, window) else layer for layer in cache.layers
    ]
    return cache


def _keeps_all(layer: Any, window: float) -> bool:
    if type(layer) is DynamicSlidingWindowLayer:
        return bool(layer.sliding_window >= window)
    return type(layer) is DynamicLayer
