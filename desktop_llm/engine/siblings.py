"""Layers that are given the same input, as one layer: fewer and larger products. Knows no model.

Query, key and value read the same states, and so do gate and up. Each product begins with some twenty
steps that take as long as reading half a megabyte of weights.
"""

from collections.abc import Collection, Sequence
from typing import Any

import torch
from torch import nn

from desktop_llm.engine.linear import RoundedLinear

SIBLINGS = (
    ("q_proj", "k_proj", "v_proj"), ("query", "key", "value"), ("gate_proj", "up_proj"),
)  # fmt: skip
"""Names under which a part of a model holds layers that it gives the same input."""
AND = "+"
"""Between the names of layers that are one: no name of a module holds it."""


def siblings_of(path: str, names: Collection[str]) -> tuple[str, ...]:
    """The paths of a layer and of those beside it that are given the same, in their order.

    `names` are the paths of all layers there are; a layer without all its siblings stands alone.
    """
    parent, _, own = path.rpartition(".")
    for group in SIBLINGS:
        paths = tuple(f"{parent}.{name}" for name in group)
        if own in group and all(one in names for one in paths):
            return paths
    return (path,)


def joined_path(paths: Sequence[str]) -> str:
    """One name for layers that are one."""
    parent = paths[0].rpartition(".")[0]
    if len(paths) == 1:
        return paths[0]
    return f"{parent}.{AND.join(path.rpartition('.')[2] for path in paths)}"


def parted(path: str) -> tuple[str, ...]:
    """The paths that were joined."""
    parent, _, names = path.rpartition(".")
    return tuple(f"{parent}.{name}" for name in names.split(AND)) if AND in names else (path,)


def shares(layer: RoundedLinear, sizes: Sequence[int]) -> list[nn.Module]:
    """Layers of so many outputs each, made of one that computes them all."""
    joined = _Joined(layer, sizes)
    return [_Share(joined, layer, place, size) for place, size in enumerate(sizes)]


def as_one(layers: Sequence[Any]) -> RoundedLinear | None:
    """The layer that computes these and no others, their outputs in a row; None where none does."""
    first = layers[0]
    if type(first) is not _Share or len(first.joined.sizes) != len(layers):
        return None
    for place, layer in enumerate(layers):
        if type(layer) is not _Share or layer.joined is not first.joined or layer.place != place:
            return None
    return first.layer


class _Joined:
    """Computes all outputs when the first is asked for, and keeps them until each was taken."""

    def __init__(self, layer: RoundedLinear, sizes: Sequence[int]) -> None:
        self._layer, self.sizes = layer, list(sizes)
        self._read: torch.Tensor | None = None
        self._left: list[torch.Tensor | None] = []

    def output(self, place: int, x: torch.Tensor) -> torch.Tensor:
        """One layer's output, shape (..., its size)."""
        if self._read is not x or self._left[place] is None:
            self._left = list(self._layer(x).split(self.sizes, dim=-1))
            self._read = x
        y, self._left[place] = self._left[place], None
        if not any(left is not None for left in self._left):
            self._read = None
        assert y is not None
        return y


class _Share(nn.Module):
    """One of the layers, in the place where the model has it."""

    weight = None
    """As in `RoundedLinear`: some models ask for the type of a layer's weights."""

    def __init__(self, joined: _Joined, layer: RoundedLinear, place: int, size: int) -> None:
        super().__init__()
        self.layer, self.joined, self.place = layer, joined, place
        self.in_features, self.out_features = layer.in_features, size

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape (..., in) to (..., out)."""
        y = self.joined.output(self.place, x)
        # Models take rows apart into heads, and may want them to lie one behind the other.
        return y if y.shape[:-1].numel() == 1 else y.contiguous()
