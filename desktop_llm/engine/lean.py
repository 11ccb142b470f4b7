"""A forward pass of its own for the plain decoder families: the same numbers in fewer, larger steps.

Query, key and value become one matrix, gate and up another; keys and values lie in tensors made
once; attention folds the query heads of a group into rows. Everything else stays transformers'. What
sets the families apart is told by `families`.
"""

import functools
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from desktop_llm.core.errors import Cancelled
from desktop_llm.engine import paces
from desktop_llm.engine.attention import (
    CausalMask,
    attended,
    many_at_once,
    own_for,
    within,
)
from desktop_llm.engine.cache import PromptCache
from desktop_llm.engine.families import NO_ROPE, ONE_ROPE, shape_of
from desktop_llm.engine.replay import Capture, Replay
from desktop_llm.engine.states import StaticStates

ROWS_AT_ONCE = 16
"""Rows of a table in a file that are read before its pages are given back."""

LEAST = 1e-38
"""What the mean square of a row counts at least, where a model names no epsilon."""

_Angles = tuple[torch.Tensor, torch.Tensor]
"""Cosines and sines of some positions; the first half of the sines is negative, as turning wants it."""


@dataclass(slots=True)
class _Layer:
    before: torch.Tensor
    qkv: nn.Module
    norms: tuple[torch.Tensor, torch.Tensor] | None
    out: nn.Module
    between: torch.Tensor
    gate_up: nn.Module
    down: nn.Module
    behind: tuple[torch.Tensor, torch.Tensor] | None


class LeanStep:
    """The `Step` of such a model. Between its matrices it computes in float32 or bfloat16, as `dtype`
    says; each matrix in what suits it."""

    reads_at_once = False

    def __init__(
        self,
        config: Any,
        rotary_class: Any,
        dtype: torch.dtype,
        limit: int,
        *,
        rounds: bool = False,
        device: str = "cpu",
        capture: Capture | None = None,
    ) -> None:
        """Without weights yet: `add_layer` and `finish` give them one after the other.

        `rounds` says that weights are rounded, so that long texts may be, to bfloat16, too. With
        `capture`, single tokens go through a pass over fixed buffers that is captured, see `replay`.
        """
        self.shape = shape_of(config)
        self.dtype, self._limit = dtype, limit
        self._shortens = rounds or (dtype is torch.bfloat16 and device == "cpu")
        self._device, self._capture = device, capture
        self._cancel: threading.Event | None = None
        self._layers: list[_Layer] = []
        self._rotary = rotary_class(config)
        self._tables: dict[str, _Angles] = {}
        # In the model's own precision, as transformers does it.
        self._gain = float(torch.tensor(self.shape.gain, dtype=dtype))

    # Weights

    def add_layer(self, norms: dict[str, torch.Tensor], matrices: dict[str, nn.Module]) -> None:
        """Take the next layer's vectors, named as in `NORMS`, and matrices, as in `FUSED`."""
        wide = {name: self._as_factor(norm) for name, norm in norms.items()}
        behind = (wide["behind_heads"], wide["behind_mlp"]) if "behind_mlp" in wide else None
        self._layers.append(
            _Layer(
                before=wide["before"],
                qkv=matrices["qkv"],
                norms=(wide["query_norm"], wide["key_norm"]) if self.shape.head_norms else None,
                out=matrices["out"],
                between=wide["between"],
                gate_up=matrices["gate_up"],
                down=matrices["down"],
                behind=behind,
            )
        )

    def _as_factor(self, norm: torch.Tensor) -> torch.Tensor:
        """What a norm multiplies by: in the model's precision, or in 32 bits where it is 1 and more."""
        return norm.float() + 1 if self.shape.from_one else norm.to(self.dtype)

    def finish(
        self,
        embedding: torch.Tensor,
        scales: torch.Tensor | None,
        norm: torch.Tensor,
        head: nn.Module,
        give_back: Callable[[torch.Tensor], None] | None = None,
    ) -> None:
        """Take what stands before and behind the layers.

        The embedding (vocabulary, hidden) is read row by row; where its numbers are rounded,
        `scales` (vocabulary,) says how much of one each is. `give_back` is called with it after
        many rows were read, each of which brought many pages of a file along.
        """
        self._embedding, self._scales, self._give_back = embedding, scales, give_back
        self._norm, self.head = self._as_factor(norm), head
        if self._shortens and self._device == "cpu":
            own_for(self.dtype)  # made and timed now, not while the first text waits

    def new_cache(self) -> PromptCache:
        """An empty cache."""
        shape = self.shape
        return PromptCache(
            lambda: StaticStates(
                shape.layers, shape.key_heads, shape.size, self._limit, self.dtype, self._device,
                cleared=self._capture is not None,
            )
        )  # fmt: skip

    def stop_capturing(self) -> None:
        """Read single tokens as any others from the next cache on, to see what capturing gains."""
        self._capture = None

    def stops_at(self, cancel: threading.Event | None) -> None:
        """See `step.Step`: it is asked before each layer."""
        self._cancel = cancel

    def layer(self, number: int) -> Any:
        """What holds the matrices of a layer, for those who put something beside them.

        `head`, what makes scores of the last layer's output, this object itself holds.
        """
        return self._layers[number]

    def let_go(self) -> None:
        """Free the weights; it is of no use any more."""
        self._layers.clear()
        self._embedding = self._norm = torch.empty(0)
        self._scales, self.head, self._give_back = None, nn.Identity(), None

    # The pass

    @torch.inference_mode()
    def __call__(self, tokens: Sequence[int], cache: PromptCache, last: int = 1) -> torch.Tensor:
        """See `step.Step`."""
        with cache.growing(tokens) as states:
            states.reserve(len(tokens))
            if len(tokens) == 1 and self._capture is not None:
                scores = self._replayed(tokens[0], states)
            else:
                scores = self._read(torch.tensor(tokens, device=self._device), states, last)
            states.length += len(tokens)
        return scores

    def _read(self, tokens: torch.Tensor, states: StaticStates, last: int) -> torch.Tensor:
        """The scores behind the last tokens of those that follow the states."""
        x = self._embedded(tokens)
        begin, end = states.length, states.length + len(tokens)
        shape, count = self.shape, len(tokens)
        angles = {rope: self._angles(rope, begin, end) for rope in set(shape.ropes)}
        masks: dict[tuple[int, int], CausalMask] = {}
        for number, layer in enumerate(self._layers):
            if count > 1 and self._cancel is not None and self._cancel.is_set():
                raise Cancelled
            keys, values = states.keys[number], states.values[number]
            query, key, value = self._turned(layer, x, angles[shape.ropes[number]])
            keys[:, begin:end], values[:, begin:end] = key, value
            if number == len(self._layers) - 1:  # nobody looks at what becomes of the others there
                query, x = query[-last:], x[-last:]
            read = self._look(query, keys[:, :end], values[:, :end], shape.reach[number], masks)
            x = self._after(layer, x, read)
        return self._scores(x)

    def _replayed(self, token: int, states: StaticStates) -> torch.Tensor:
        """The same for one token, through what was captured for these states."""
        if states.replay is None:
            assert self._capture is not None
            room = states.room
            tables = {rope: self._angles(rope, 0, room) for rope in set(self.shape.ropes)}
            places = torch.arange(room, device=self._device)
            # Not the states themselves, which hold the replay: nobody collects such a ring here.
            run = functools.partial(self._one, states.keys, states.values, tables, places)
            states.replay = Replay(run, self._capture, self._device)
        return states.replay(token, states.length)

    def _one(
        self,
        all_keys: Sequence[torch.Tensor],
        all_values: Sequence[torch.Tensor],
        tables: dict[str, _Angles | None],
        places: torch.Tensor,
        token: torch.Tensor,
        place: torch.Tensor,
    ) -> torch.Tensor:
        """One token at a place that only the buffer knows: it looks at all the room there is, and
        what lies behind its place, or too far before it, counts nothing."""
        x, shape = self._embedded(token), self.shape
        angles = {
            rope: table and (table[0].index_select(0, place), table[1].index_select(0, place))
            for rope, table in tables.items()
        }
        hidden = torch.full((1, len(places)), float("-inf"), dtype=self.dtype, device=self._device)
        masks = {
            reach: hidden.masked_fill(within(places, place, reach)[None], 0.0)
            for reach in set(shape.reach)
        }
        for number, layer in enumerate(self._layers):
            keys, values = all_keys[number], all_values[number]
            query, key, value = self._turned(layer, x, angles[shape.ropes[number]])
            keys.index_copy_(1, place, key)
            values.index_copy_(1, place, value)
            x = self._after(layer, x, self._attend(query, keys, values, masks[shape.reach[number]]))
        return self._scores(x)

    def _after(self, layer: _Layer, x: torch.Tensor, read: torch.Tensor) -> torch.Tensor:
        """What a layer makes of its input and of what its heads read."""
        heads = _through(layer.out, read)
        x = x + (
            heads if layer.behind is None else self._normed(heads.to(x.dtype), layer.behind[0])
        )
        gate, up = _through(layer.gate_up, self._normed(x, layer.between)).chunk(2, dim=-1)
        if self.shape.gelu:
            gate = functional.gelu(gate, approximate="tanh")
        else:
            gate = functional.silu(gate, inplace=True)
        mlp = _through(layer.down, gate.mul_(up))
        after: torch.Tensor = x + (
            mlp if layer.behind is None else self._normed(mlp.to(x.dtype), layer.behind[1])
        )
        return after

    def _scores(self, x: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.head(self._normed(x, self._norm)).float()
        cap = self.shape.last_cap
        return (scores / cap).tanh_().mul_(cap) if cap else scores

    def _embedded(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self._rows(tokens).to(self.dtype)
        if self._scales is not None:
            x = x * self._scales[tokens, None].to(self.dtype)
        return x if self._gain == 1 else x * self._gain

    def _rows(self, tokens: torch.Tensor) -> torch.Tensor:
        """The tokens' rows of the table. Of a file few are read at a time, for each brings along what
        lies around it: 300 kB where the system keeps files in large pieces."""
        if self._give_back is None or len(tokens) < paces.FEWEST:
            return self._embedding[tokens]
        parts = []
        for some in torch.split(tokens, ROWS_AT_ONCE):
            parts.append(self._embedding[some])
            self._give_back(self._embedding)
        return torch.cat(parts)

    def _turned(
        self, layer: _Layer, x: torch.Tensor, angles: _Angles | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """A layer's query (tokens, heads, size), and its key and value, (key heads, tokens, size)."""
        shape, heads = self.shape, self.shape.heads
        qkv = layer.qkv(self._normed(x, layer.before)).view(len(x), -1, shape.size)
        turned = qkv[:, : heads + shape.key_heads]
        if layer.norms is not None:
            query, key = turned.split((heads, shape.key_heads), dim=1)
            turned = torch.cat(
                (self._normed(query, layer.norms[0]), self._normed(key, layer.norms[1])), dim=1
            )
        if angles is not None:
            turned = _rotated(turned, *angles)
        key, value = turned[:, heads:].transpose(0, 1), qkv[:, heads + shape.key_heads :]
        return turned[:, :heads], key, value.transpose(0, 1)

    def _look(
        self,
        query: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        reach: int,
        masks: dict[tuple[int, int], CausalMask],
    ) -> torch.Tensor:
        """What the heads of the last tokens read from the text up to them, (tokens, heads * size).
        Masks are kept for the layers that follow."""
        count, end = len(query), keys.shape[1]
        if count == 1 or (count < paces.FEWEST and self._device == "cpu"):
            return self._each_attends(query, keys, values, reach)
        if (count, reach) not in masks:
            masks[count, reach] = CausalMask(count, end, reach, self.dtype, self._device)
        return self._attend(query, keys, values, masks[count, reach])

    def _attend(
        self,
        query: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        mask: CausalMask | torch.Tensor | None,
    ) -> torch.Tensor:
        """What the heads read from the text, (tokens, heads * size)."""
        shape, count = self.shape, len(query)
        group = shape.heads // shape.key_heads
        if count == 1 and mask is None and shape.stretch == 1 and not shape.cap:
            query = query.view(1, shape.key_heads, group, shape.size)
            read = functional.scaled_dot_product_attention(query, keys[None], values[None])
            return read.reshape(1, -1)
        # The heads that share a key stand together: (key heads, group, tokens, size).
        query = query.reshape(count, shape.key_heads, group, shape.size).permute(1, 2, 0, 3)
        if shape.stretch != 1:
            query = query * shape.stretch
        if isinstance(mask, CausalMask) and count >= paces.FEWEST and self._shortens:
            read = many_at_once(query, keys, values, mask, shape.cap)
        else:
            added = mask.added if isinstance(mask, CausalMask) else mask
            read = attended(query, keys, values, added, shape.cap)
        return read.permute(2, 0, 1, 3).reshape(count, shape.heads * shape.size)

    def _each_attends(
        self, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, reach: int
    ) -> torch.Tensor:
        """The same for few tokens, the last ones, each as if it were the only one: what was guessed
        behind it must change nothing, and kernels sum up in another order where there are more rows or
        places."""
        read = []
        for end, token in enumerate(torch.split(query, 1), keys.shape[1] - len(query) + 1):
            first = max(0, end - reach) if reach else 0
            read.append(self._attend(token, keys[:, first:end], values[:, first:end], None))
        return torch.cat(read) if len(read) > 1 else read[0]

    def _angles(self, rope: str, begin: int, end: int) -> _Angles | None:
        """Cosines and sines of those positions as transformers' own module gives them."""
        if rope == NO_ROPE:
            return None
        cos, sin = self._tables.get(rope, (torch.empty(0), torch.empty(0)))
        if end > len(cos):
            known = max(min(self._limit, max(2 * len(cos), 1024)), end)
            kind = [] if rope == ONE_ROPE else [rope]
            cos, sin = self._rotary(torch.zeros(1), torch.arange(known)[None], *kind)
            cos, sin = (one[0].to(self._device, self.dtype) for one in (cos, sin))
            sin[:, : sin.shape[1] // 2].neg_()
            self._tables[rope] = cos, sin
        return cos[begin:end, None], sin[begin:end, None]

    def _normed(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """RMSNorm. `torch.nn.functional.rms_norm` takes three times as long for one row."""
        if x.dtype is not torch.float32:
            y = x.float()
            y = y * torch.rsqrt(y.square().mean(-1, keepdim=True) + self.shape.epsilon)
            if weight.dtype is torch.float32:
                return (weight * y).to(x.dtype)
            return weight * y.to(x.dtype)
        if x.dim() == 2 and self._device == "cpu" and self._capture is None:
            if x.shape[0] > 1:
                return self._rows_normed(x, weight)
            # Reckoning with Python's numbers takes half the time of tensors that hold one each; a
            # pass that is captured may not know them.
            square = float(torch.linalg.vector_norm(x)) ** 2 / x.shape[1] + self.shape.epsilon
            scaled: torch.Tensor = x * (1 / math.sqrt(max(square, LEAST)))
            return scaled.mul_(weight)
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        return x * torch.rsqrt(length * length / x.shape[-1] + self.shape.epsilon) * weight

    def _rows_normed(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """The same steps in as many bits, so that a row comes out as it does alone."""
        squares = torch.linalg.vector_norm(x, dim=1, keepdim=True).double().square_()
        squares.div_(x.shape[1]).add_(self.shape.epsilon).clamp_min_(LEAST)
        scaled: torch.Tensor = x * squares.sqrt_().reciprocal_().float()
        return scaled.mul_(weight)


def _through(matrix: Any, x: torch.Tensor) -> torch.Tensor:
    """The product in what the matrix computes in, without a way back: adding to wider numbers widens.

    Many rows stay as they are where they are multiplied in float32.
    """
    dtype = matrix.dtype
    if x.dtype is not dtype and (len(x) < paces.FEWEST or paces.wide_dtype() is not torch.float32):
        x = x.to(dtype)
    y: torch.Tensor = matrix(x)
    return y


def _rotated(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotary position embedding as transformers' `rotate_half` does it; the signs are in the sines."""
    return x * cos + torch.roll(x, x.shape[-1] // 2, dims=-1) * sin
