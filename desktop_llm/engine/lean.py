"""A forward pass of its own for the plain decoder families: the same numbers in fewer, larger steps.

Query, key and value become one matrix, gate and up another; keys and values lie in tensors made
once; attention folds the query heads of a group into rows. Everything else stays transformers'.
The arithmetic is that of transformers' modeling_llama, modeling_qwen2, modeling_qwen3,
modeling_mistral and modeling_phi3.
"""

import functools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from desktop_llm.engine import paces
from desktop_llm.engine.attention import many_at_once
from desktop_llm.engine.cache import PromptCache
from desktop_llm.engine.replay import Capture, Replay
from desktop_llm.engine.states import StaticStates

FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "phi3")
STEADY_ROPES = ("default", "linear", "llama3", "yarn")
"""Kinds of rotary embedding whose angles do not depend on how long the text is."""

FUSED = {
    "qkv": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "out": ("self_attn.o_proj",),
    "gate_up": ("mlp.gate_proj", "mlp.up_proj"),
    "down": ("mlp.down_proj",),
}
"""The matrices of a layer, and the model's own that each is made of, one below the other."""
FUSED_BEFORE = {"phi3": {"qkv": ("self_attn.qkv_proj",), "gate_up": ("mlp.gate_up_proj",)}}
"""Families whose files hold some of them so already."""
NORMS = {
    "before": "input_layernorm.weight", "between": "post_attention_layernorm.weight",
    "query_norm": "self_attn.q_norm.weight", "key_norm": "self_attn.k_norm.weight",
}  # fmt: skip
"""The vectors of a layer; a family may lack the last two."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the pass needs to know of a model."""

    layers: int
    heads: int
    key_heads: int
    size: int
    epsilon: float
    head_norms: bool


@dataclass(slots=True)
class _Layer:
    before: torch.Tensor
    qkv: nn.Module
    norms: tuple[torch.Tensor, torch.Tensor] | None
    out: nn.Module
    between: torch.Tensor
    gate_up: nn.Module
    down: nn.Module


def fused(family: str) -> dict[str, tuple[str, ...]]:
    """What the matrices of a family's layers are made of, see `FUSED`."""
    return FUSED | FUSED_BEFORE.get(family, {})


def is_lean(config: Any, names: Collection[str], window: int) -> bool:
    """Whether the pass computes exactly what that model does, with all its weights by their names."""
    if config.model_type not in FAMILIES:
        return False
    rope = config.rope_parameters
    if rope.get("rope_type", "default") not in STEADY_ROPES:
        return False
    if rope.get("partial_rotary_factor") not in (None, 1.0):
        return False
    if getattr(config, "hidden_act", "silu") != "silu" or "model.norm.weight" not in names:
        return False
    sliding = getattr(config, "sliding_window", None)
    kinds = getattr(config, "layer_types", None) or ["sliding_attention"]
    return sliding is None or "sliding_attention" not in kinds or bool(sliding >= window)


class LeanStep:
    """The `Step` of such a model. Computes in float32 or bfloat16, as `dtype` says."""

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
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        self.shape = Shape(
            layers=config.num_hidden_layers,
            heads=config.num_attention_heads,
            key_heads=config.num_key_value_heads,
            size=size,
            epsilon=config.rms_norm_eps,
            head_norms=config.model_type == "qwen3",
        )
        self.dtype, self._limit, self._rounds = dtype, limit, rounds
        self._device, self._capture = device, capture
        self._layers: list[_Layer] = []
        self._rotary = rotary_class(config)
        self._cos = self._sin = torch.empty(0, size)

    # Weights

    def add_layer(self, norms: dict[str, torch.Tensor], matrices: dict[str, nn.Module]) -> None:
        """Take the next layer's vectors, named as in `NORMS`, and matrices, as in `FUSED`."""
        wide = {name: norm.to(self.dtype) for name, norm in norms.items()}
        heads = (wide["query_norm"], wide["key_norm"]) if self.shape.head_norms else None
        self._layers.append(
            _Layer(
                before=wide["before"],
                qkv=matrices["qkv"],
                norms=heads,
                out=matrices["out"],
                between=wide["between"],
                gate_up=matrices["gate_up"],
                down=matrices["down"],
            )
        )

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
        self._norm, self._head = norm.to(self.dtype), head

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

    def layer(self, number: int) -> Any:
        """What holds the matrices of a layer, for those who put something beside them."""
        return self._layers[number]

    def let_go(self) -> None:
        """Free the weights; it is of no use any more."""
        self._layers.clear()
        self._embedding = self._norm = torch.empty(0)
        self._scales, self._head, self._give_back = None, nn.Identity(), None

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
        angles = self._angles(begin, end)
        mask = _mask(len(tokens), end, self.dtype, self._device)
        for number, layer in enumerate(self._layers):
            keys, values = states.keys[number], states.values[number]
            query, key, value = self._turned(layer, x, angles)
            keys[:, begin:end], values[:, begin:end] = key, value
            read = self._attend(query, keys[:, :end], values[:, :end], mask)
            x = self._after(layer, x, read)
        return self._scores(x[-last:])

    def _replayed(self, token: int, states: StaticStates) -> torch.Tensor:
        """The same for one token, through what was captured for these states."""
        if states.replay is None:
            assert self._capture is not None
            room = states.keys.shape[2]
            cos, sin = self._angles(0, room)
            places = torch.arange(room, device=self._device)
            run = functools.partial(self._one, states, cos, sin, places)
            states.replay = Replay(run, self._capture, self._device)
        return states.replay(token, states.length)

    def _one(
        self,
        states: StaticStates,
        cos: torch.Tensor,
        sin: torch.Tensor,
        places: torch.Tensor,
        token: torch.Tensor,
        place: torch.Tensor,
    ) -> torch.Tensor:
        """One token at a place that only the buffer knows: it looks at all the room there is, and
        what lies behind its place counts nothing."""
        x = self._embedded(token)
        angles = cos.index_select(0, place), sin.index_select(0, place)
        hidden = torch.full((1, len(places)), float("-inf"), dtype=self.dtype, device=self._device)
        mask = hidden.masked_fill((places <= place)[None], 0.0)
        for number, layer in enumerate(self._layers):
            keys, values = states.keys[number], states.values[number]
            query, key, value = self._turned(layer, x, angles)
            keys.index_copy_(1, place, key)
            values.index_copy_(1, place, value)
            x = self._after(layer, x, self._attend(query, keys, values, mask))
        return self._scores(x)

    def _after(self, layer: _Layer, x: torch.Tensor, read: torch.Tensor) -> torch.Tensor:
        """What a layer makes of its input and of what its heads read."""
        x = x + layer.out(read)
        gate, up = layer.gate_up(self._normed(x, layer.between)).chunk(2, dim=-1)
        after: torch.Tensor = x + layer.down(functional.silu(gate).mul_(up))
        return after

    def _scores(self, x: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self._head(self._normed(x, self._norm)).float()
        return scores

    def _embedded(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self._embedding[tokens].to(self.dtype)
        if self._give_back is not None and len(tokens) >= paces.FEWEST:
            self._give_back(self._embedding)
        return x if self._scales is None else x * self._scales[tokens, None].to(self.dtype)

    def _turned(
        self, layer: _Layer, x: torch.Tensor, angles: tuple[torch.Tensor, torch.Tensor]
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
        turned = _rotated(turned, *angles)
        key, value = turned[:, heads:].transpose(0, 1), qkv[:, heads + shape.key_heads :]
        return turned[:, :heads], key, value.transpose(0, 1)

    def _attend(
        self,
        query: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        mask: torch.Tensor | None,
    ) -> torch.Tensor:
        """What the heads read from the text, (tokens, heads * size)."""
        shape, count = self.shape, len(query)
        group = shape.heads // shape.key_heads
        # The heads that share a key become rows of one query: (key heads, group * tokens, size).
        query = query.reshape(count, shape.key_heads, group, shape.size)
        query = query.permute(1, 2, 0, 3).reshape(shape.key_heads, group * count, shape.size)
        wide = None if mask is None else mask.repeat(group, 1)
        attend = many_at_once if count >= paces.FEWEST and self._rounds else _attended
        read = attend(query[None], keys[None], values[None], wide)
        read = read[0].view(shape.key_heads, group, count, shape.size).permute(2, 0, 1, 3)
        return read.reshape(count, shape.heads * shape.size)

    def _angles(self, begin: int, end: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Cosines and sines of those positions as transformers' own module gives them."""
        if end > len(self._cos):
            known = min(self._limit, max(end, 2 * len(self._cos), 1024))
            places = torch.arange(max(known, end))[None]
            cos, sin = self._rotary(torch.zeros(1), places)
            self._cos = cos[0].to(self._device, self.dtype)
            self._sin = sin[0].to(self._device, self.dtype)
        return self._cos[begin:end, None], self._sin[begin:end, None]

    def _normed(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """RMSNorm. `torch.nn.functional.rms_norm` takes three times as long for one row."""
        if x.dtype is not torch.float32:
            y = x.float()
            y = y * torch.rsqrt(y.square().mean(-1, keepdim=True) + self.shape.epsilon)
            return weight * y.to(x.dtype)
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        return x * torch.rsqrt(length * length / x.shape[-1] + self.shape.epsilon) * weight


def _attended(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor:
    read: torch.Tensor = functional.scaled_dot_product_attention(
        query, keys, values, attn_mask=mask
    )
    return read


def _rotated(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotary position embedding, halves interleaved as transformers' `rotate_half` does."""
    half = x.shape[-1] // 2
    swapped = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
    return x * cos + swapped * sin


def _mask(count: int, end: int, dtype: torch.dtype, device: str) -> torch.Tensor | None:
    """What each new token may read: everything up to itself. None for a single one, which reads all."""
    if count == 1:
        return None
    begin = end - count
    allowed = torch.ones(count, end, dtype=torch.bool, device=device).tril_(begin)
    hidden = torch.zeros(count, end, dtype=dtype, device=device)
    return hidden.masked_fill_(~allowed, float("-inf"))
