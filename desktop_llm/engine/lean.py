"""A forward pass of its own for the plain decoder families: the same numbers in fewer, larger steps.

Query, key and value become one matrix, gate and up another; keys and values lie in tensors made
once; attention folds the query heads of a group into rows. Everything else stays transformers'.
The arithmetic is that of transformers' modeling_llama, modeling_qwen2, modeling_qwen3,
modeling_mistral and modeling_phi3.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from desktop_llm.engine import paces
from desktop_llm.engine.attention import many_at_once
from desktop_llm.engine.cache import PromptCache
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
    ) -> None:
        """Without weights yet: `add_layer` and `finish` give them one after the other.

        `rounds` says that weights are rounded, so that long texts may be, to bfloat16, too.
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
                shape.layers, shape.key_heads, shape.size, self._limit, self.dtype, "cpu"
            )
        )

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
            x = self._embedded(torch.tensor(tokens))
            begin, end = states.length, states.length + len(tokens)
            cos, sin = self._angles(begin, end)
            mask = _mask(len(tokens), end, self.dtype)
            for number, layer in enumerate(self._layers):
                keys, values = states.keys[number], states.values[number]
                read = self._attend(layer, x, keys, values, (begin, end), (cos, sin), mask)
                x = x + layer.out(read)
                gate, up = layer.gate_up(self._normed(x, layer.between)).chunk(2, dim=-1)
                x = x + layer.down(functional.silu(gate).mul_(up))
            states.length = end
            scores: torch.Tensor = self._head(self._normed(x[-last:], self._norm)).float()
        return scores

    def _embedded(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self._embedding[tokens].to(self.dtype)
        if self._give_back is not None and len(tokens) >= paces.FEWEST:
            self._give_back(self._embedding)
        return x if self._scales is None else x * self._scales[tokens, None].to(self.dtype)

    def _attend(
        self,
        layer: _Layer,
        x: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        span: tuple[int, int],
        angles: tuple[torch.Tensor, torch.Tensor],
        mask: torch.Tensor | None,
    ) -> torch.Tensor:
        """What the layer's heads read from the text; (tokens, heads * size). Keeps keys and values."""
        shape, (begin, end) = self.shape, span
        count, heads, group = end - begin, shape.heads, shape.heads // shape.key_heads
        qkv = layer.qkv(self._normed(x, layer.before)).view(count, -1, shape.size)
        turned = qkv[:, : heads + shape.key_heads]
        if layer.norms is not None:
            query, key = turned.split((heads, shape.key_heads), dim=1)
            turned = torch.cat(
                (self._normed(query, layer.norms[0]), self._normed(key, layer.norms[1])), dim=1
            )
        turned = _rotated(turned, *angles)
        keys[:, begin:end] = turned[:, heads:].transpose(0, 1)
        values[:, begin:end] = qkv[:, heads + shape.key_heads :].transpose(0, 1)
        # The heads that share a key become rows of one query: (key heads, group * tokens, size).
        query = turned[:, :heads].reshape(count, shape.key_heads, group, shape.size)
        query = query.permute(1, 2, 0, 3).reshape(shape.key_heads, group * count, shape.size)
        wide = None if mask is None else mask.repeat(group, 1)
        attend = many_at_once if count >= paces.FEWEST and self._rounds else _attended
        read = attend(query[None], keys[None, :, :end], values[None, :, :end], wide)
        read = read[0].view(shape.key_heads, group, count, shape.size).permute(2, 0, 1, 3)
        return read.reshape(count, heads * shape.size)

    def _angles(self, begin: int, end: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Cosines and sines of those positions as transformers' own module gives them."""
        if end > len(self._cos):
            known = min(self._limit, max(end, 2 * len(self._cos), 1024))
            places = torch.arange(max(known, end))[None]
            cos, sin = self._rotary(torch.zeros(1), places)
            self._cos, self._sin = cos[0].to(self.dtype), sin[0].to(self.dtype)
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


def _mask(count: int, end: int, dtype: torch.dtype) -> torch.Tensor | None:
    """What each new token may read: everything up to itself. None for a single one, which reads all."""
    if count == 1:
        return None
    begin = end - count
    allowed = torch.ones(count, end, dtype=torch.bool).tril_(begin)
    return torch.zeros(count, end, dtype=dtype).masked_fill_(~allowed, float("-inf"))
