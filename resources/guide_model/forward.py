"""The guide model's forward pass as training wants it, written out: what is not learnt is not computed.

transformers' own pass gives the same numbers and takes a fifth to a third longer (2 cores, AVX-512
bf16): its fused attention is slow for heads of 32 numbers, its rotary embedding and its softmax work
in float32, and it computes the last layer's second half for tokens of which nothing is learnt.
"""

import torch
from torch.nn import functional
from transformers import LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaAttention

AT_ONCE = 128
"""Rows of scores whose loss is computed at a time: they stay in the processor's cache."""

Angles = tuple[torch.Tensor, torch.Tensor]
"""Cosines and sines, shape (1, 1, tokens, head size)."""


def loss(
    model: LlamaForCausalLM,
    ids: torch.Tensor,
    weights: torch.Tensor,
    dropout: float,
    dtype: torch.dtype,
) -> torch.Tensor:
    """Cross-entropy of the tokens that are to be learnt, weighted. Others get no scores at all.

    `ids` and `weights` have the shape (conversations, tokens); matrices are multiplied in `dtype`.
    """
    learnt = weights[:, 1:] > 0
    wanted, shares = ids[:, 1:][learnt], weights[:, 1:][learnt]
    with torch.autocast(ids.device.type, dtype, enabled=dtype is not torch.float32):
        scores = model.lm_head(states(model, ids, learnt, dropout, dtype))
    parts = zip(*(x.split(AT_ONCE) for x in (scores, wanted, shares)), strict=True)
    lost = [
        functional.cross_entropy(some.float(), right, reduction="none") @ share
        for some, right, share in parts
    ]
    return torch.stack(lost).sum() / shares.sum()


def states(
    model: LlamaForCausalLM,
    ids: torch.Tensor,
    learnt: torch.Tensor,
    dropout: float,
    dtype: torch.dtype,
) -> torch.Tensor:
    """What the learnt tokens are chosen from, shape (learnt ones, width).

    `learnt` (conversations, tokens - 1) says which tokens, from the second on, are to be learnt.
    """
    length = ids.shape[1]
    hidden = torch.full((length, length), -torch.inf, dtype=dtype, device=ids.device).triu(1)
    x = functional.dropout(model.model.embed_tokens(ids), dropout)
    angles = _angles(model, x, length, dtype)
    *layers, last = model.model.layers
    for layer in layers:
        x = x + _attended(layer.self_attn, layer.input_layernorm(x), angles, hidden)
        x = x + layer.mlp(layer.post_attention_layernorm(x))
    x = x + _attended(last.self_attn, last.input_layernorm(x), angles, hidden)
    x = x[:, :-1][learnt]
    return model.model.norm(x + last.mlp(last.post_attention_layernorm(x)))


def _angles(model: LlamaForCausalLM, x: torch.Tensor, length: int, dtype: torch.dtype) -> Angles:
    """The sines of the first half of a head are negative, so that turning it needs no negation."""
    places = torch.arange(length, device=x.device)[None]
    cos, sin = (angle[:, None].to(dtype) for angle in model.model.rotary_emb(x, places))
    first, second = sin.chunk(2, dim=-1)
    return cos, torch.cat((-first, second), dim=-1)


def _attended(
    attention: LlamaAttention, x: torch.Tensor, angles: Angles, hidden: torch.Tensor
) -> torch.Tensor:
    """What a layer's heads read: one product makes queries, keys and values, and the query heads
    that share a key are rows of one query."""
    count, length, _ = x.shape
    size, shared = attention.head_dim, attention.config.num_key_value_heads
    parts = (attention.q_proj, attention.k_proj, attention.v_proj)
    made = functional.linear(x, torch.cat([part.weight for part in parts]))
    made = made.view(count, length, -1, size).transpose(1, 2)
    turning, values = made[:, :-shared], made[:, -shared:]
    cos, sin = angles
    turned = turning * cos + torch.roll(turning, size // 2, dims=-1) * sin
    queries, keys = turned[:, :-shared] * size**-0.5, turned[:, -shared:]
    heads = queries.shape[1]
    scores = queries.reshape(count, shared, -1, size) @ keys.transpose(2, 3)
    scores = scores.view(count, shared, -1, length, length) + hidden
    read = torch.softmax(scores, dim=-1).view(count, shared, -1, length) @ values
    read = read.view(count, heads, length, size).transpose(1, 2)
    return attention.o_proj(read.reshape(count, length, heads * size))
