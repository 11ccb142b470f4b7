"""The keys and values of what was read, in tensors made once that grow in blocks. Knows no model."""

import torch

BLOCK = 512
"""Tokens that room is made for at a time, at least; later as many as there are already."""


class StaticStates:
    """Keys and values of every layer, shapes (layers, key heads, room, head size); `length` are filled."""

    def __init__(
        self, layers: int, heads: int, size: int, limit: int, dtype: torch.dtype, device: str
    ) -> None:
        self._shape = (layers, heads, size)
        self._limit, self._dtype, self._device = limit, dtype, device
        self.length = 0
        self.keys = self._room(0)
        self.values = self._room(0)

    def _room(self, tokens: int) -> torch.Tensor:
        layers, heads, size = self._shape
        return torch.empty(layers, heads, tokens, size, dtype=self._dtype, device=self._device)

    def reserve(self, count: int) -> None:
        """Make room for that many tokens more."""
        wanted, room = self.length + count, self.keys.shape[2]
        if wanted <= room:
            return
        blocks = -(-max(wanted, min(2 * room, wanted + 8 * BLOCK)) // BLOCK)
        room = max(wanted, min(blocks * BLOCK, self._limit))
        for name in ("keys", "values"):
            larger, before = self._room(room), getattr(self, name)
            larger[:, :, : self.length] = before[:, :, : self.length]
            setattr(self, name, larger)

    def drop(self, count: int) -> None:
        """Forget the newest tokens."""
        self.length -= count
