"""Attention as the processor does it fastest, registered with transformers under a name of ours.

torch's kernel takes ten times as long for one query in bfloat16 as in float32, and reads keys once
per query head even where heads share them. So for one token the query heads of a group become rows
of one query, and states are kept in float32; long texts go through bfloat16. Knows no model.
"""

from typing import Any

import torch
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from desktop_llm.engine import paces

NAME = "desktop_llm"
PLAIN = {"is_causal", "dropout", "position_ids", "use_cache", "cache_position", "sliding_window"}
"""Arguments that mean nothing to one token whose mask is given (there is no dropout here)."""


def attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """What the heads read: (batch, tokens, heads, size). Shapes as in transformers' own functions."""
    asked = {name for name, given in options.items() if given is not None}
    if query.shape[2] == 1 and asked <= PLAIN and _one_for_all_heads(attention_mask):
        return _one_token(query, key, value, attention_mask, scaling), None
    read, _ = sdpa_attention_forward(
        module, query, key.to(query.dtype), value.to(query.dtype), attention_mask,
        scaling=scaling, **options,
    )  # fmt: skip
    return read, None


def _one_for_all_heads(mask: torch.Tensor | None) -> bool:
    return mask is None or mask.shape[1] == 1


def _one_token(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scaling: float | None,
) -> torch.Tensor:
    batch, heads, _, size = query.shape
    folded = query.view(batch, key.shape[1], heads // key.shape[1], size).to(key.dtype)
    if mask is not None and mask.dtype is not torch.bool:
        mask = mask.to(key.dtype)
    read = functional.scaled_dot_product_attention(
        folded, key, value, attn_mask=mask, scale=scaling
    )
    return read.reshape(batch, 1, heads, value.shape[-1]).to(query.dtype)


def use_for(model: Any) -> bool:
    """Let a model's attention go through here, if it takes the function from transformers' registry
    and has nothing that torch's kernel lacks. Says whether it does now."""
    suits = bool(model._supports_attention_backend) and model.config._attn_implementation == "sdpa"
    if suits:
        AttentionInterface.register(NAME, attention)
        AttentionMaskInterface.register(NAME, sdpa_mask)
        model.set_attn_implementation(NAME)
    return suits


def many_at_once(
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    mask: torch.Tensor | None,
    cap: float = 0.0,
) -> torch.Tensor:
    """What many tokens read: (1, heads, rows, size), through what multiplies fastest."""
    dtype = paces.wide_dtype()
    mask = None if mask is None else mask.to(dtype)
    wide = query.to(dtype), keys.to(dtype), values.to(dtype)
    if cap:
        return bent(*wide, mask, cap).to(query.dtype)
    read: torch.Tensor = functional.scaled_dot_product_attention(*wide, attn_mask=mask)
    return read.to(query.dtype)


def bent(
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    mask: torch.Tensor | None,
    cap: float,
) -> torch.Tensor:
    """Attention whose scores are bent so that none exceeds `cap` (Gemma 2), which no kernel does."""
    scores = query @ keys.transpose(-1, -2) * query.shape[-1] ** -0.5
    scores = (scores / cap).tanh_().mul_(cap)
    if mask is not None:
        scores = scores + mask
    return torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype) @ values
