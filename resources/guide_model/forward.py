"""The guide model's forward pass as training wants it, written out: what is not learnt is not computed.

transformers' own pass gives the same numbers and takes half as long again (2 cores, bf16): its fused
attention is slow for heads of 32 numbers, its norms, rotary embedding and softmax read memory many
times over, and it computes the last layer's second half for tokens of which nothing is learnt.
"""

from dataclasses import dataclass

import torch
from torch.autograd.function import FunctionCtx
from torch.nn import functional
from transformers import LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaAttention, LlamaMLP, LlamaRMSNorm

AT_ONCE = 128
"""Rows of scores whose loss is computed at a time: they stay in the processor's cache."""

ROWS = 1024
"""All tokens of a batch are filled up to a multiple of so many."""

Slopes = tuple[torch.Tensor | None, ...]


@dataclass(frozen=True, slots=True)
class Attending:
    """What attention of all layers needs: `count` conversations of `length` tokens, what is added to
    scores to hide what comes later, cosines and sines of the places (1, 1, length, head size)."""

    count: int
    length: int
    hidden: torch.Tensor
    cos: torch.Tensor
    sin: torch.Tensor


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
    before = functional.pad(weights[:, 1:] > 0, (0, 1)).flatten()  # what a learnt one is told from
    learnt = before.nonzero()[:, 0]
    wanted, shares = ids.flatten()[learnt + 1], weights.flatten()[learnt + 1]
    learnt, wanted, shares = (_filled_up(x, AT_ONCE) for x in (learnt, wanted, shares))
    x = states(model, ids, learnt, dropout, dtype)
    table = model.lm_head.weight
    return _CrossEntropy.apply(x.to(dtype), table.to(dtype), wanted, shares / shares.sum())


def states(
    model: LlamaForCausalLM,
    ids: torch.Tensor,
    learnt: torch.Tensor,
    dropout: float,
    dtype: torch.dtype,
) -> torch.Tensor:
    """What the learnt tokens are chosen from, shape (learnt ones, width).

    `learnt` are the places, in all conversations one after the other, of the tokens before them.
    """
    count, length = ids.shape
    hidden = torch.full((length, length), -torch.inf, dtype=dtype, device=ids.device).triu(1)
    x = _dropped(model.model.embed_tokens(_filled_up(ids.flatten(), ROWS)), dropout)
    attending = Attending(count, length, hidden, *_angles(model, x, length, dtype))
    *layers, last = model.model.layers
    for layer in layers:
        x = x + _attended(layer.self_attn, layer.input_layernorm, x, attending)
        x = x + _thought(layer.mlp, layer.post_attention_layernorm, x, dtype)
    x = x + _attended(last.self_attn, last.input_layernorm, x, attending)
    x = x[learnt]
    x = x + _thought(last.mlp, last.post_attention_layernorm, x, dtype)
    norm = model.model.norm
    return _Normalised.apply(x, norm.variance_epsilon, torch.float32) * norm.weight


def _filled_up(x: torch.Tensor, step: int) -> torch.Tensor:
    """With zeros at the end, to a multiple of `step`: of products of another shape each is written
    code for, and memory of few sizes is found again sooner."""
    return functional.pad(x, (0, -len(x) % step))


def _dropped(x: torch.Tensor, share: float) -> torch.Tensor:
    """Dropout of about that share: of each number drawn every byte is used, where torch's own draws
    one for each number of `x` and takes four times as long."""
    out_of_256 = round(share * 256)
    drawn = torch.empty(-(-x.numel() // 8), dtype=torch.long, device=x.device)
    drawn.random_(-(2**63), 2**63 - 1)
    kept = drawn.view(torch.uint8)[: x.numel()].view(x.shape) >= out_of_256
    return x * kept / (1 - out_of_256 / 256)


def _angles(
    model: LlamaForCausalLM, x: torch.Tensor, length: int, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    """The sines of the first half of a head are negative, so that turning it needs no negation."""
    places = torch.arange(length, device=x.device)[None]
    cos, sin = (angle[:, None].to(dtype) for angle in model.model.rotary_emb(x, places))
    first, second = sin.chunk(2, dim=-1)
    return cos, torch.cat((-first, second), dim=-1)


def _attended(
    attention: LlamaAttention, norm: LlamaRMSNorm, x: torch.Tensor, told: Attending
) -> torch.Tensor:
    """What a layer's heads read: one product makes queries, keys and values, and the query heads
    that share a key are rows of one query. The norm's weights are multiplied into the matrix."""
    count, length = told.count, told.length
    size, shared = attention.head_dim, attention.config.num_key_value_heads
    dtype = told.hidden.dtype
    normal = _Normalised.apply(x, norm.variance_epsilon, dtype)
    parts = (attention.q_proj.weight * size**-0.5, attention.k_proj.weight, attention.v_proj.weight)
    made = functional.linear(normal, (torch.cat(parts) * norm.weight).to(dtype))
    made = made[: count * length].view(count, length, -1, size).transpose(1, 2)
    heads = made.shape[1] - 2 * shared
    turning, values = made.split((heads + shared, shared), dim=1)
    turned = turning * told.cos + torch.roll(turning, size // 2, dims=-1) * told.sin
    queries, keys = turned.split((heads, shared), dim=1)
    scores = queries.reshape(count, shared, -1, size) @ keys.transpose(2, 3)
    scores = scores.view(count, shared, -1, length, length).add_(told.hidden)
    read = torch.softmax(scores, dim=-1).view(count, shared, -1, length) @ values
    read = read.view(count, heads, length, size).transpose(1, 2).reshape(-1, heads * size)
    read = functional.pad(read, (0, 0, 0, len(x) - len(read)))
    return functional.linear(read, attention.o_proj.weight.to(dtype))


def _thought(
    mlp: LlamaMLP, norm: LlamaRMSNorm, x: torch.Tensor, dtype: torch.dtype
) -> torch.Tensor:
    """What a layer's second half adds."""
    normal = _Normalised.apply(x, norm.variance_epsilon, dtype)
    gate = functional.linear(normal, (mlp.gate_proj.weight * norm.weight).to(dtype))
    up = functional.linear(normal, (mlp.up_proj.weight * norm.weight).to(dtype))
    return functional.linear(functional.silu(gate) * up, mlp.down_proj.weight.to(dtype))


class _CrossEntropy(torch.autograd.Function):
    """Scores, their cross-entropy and its slopes in one go, some rows at a time, so that the scores
    of all rows are never read again. Hsu et al. 2024 (Liger Kernel, arXiv 2410.10989), section 3.2."""

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        x: torch.Tensor,
        table: torch.Tensor,
        wanted: torch.Tensor,
        shares: torch.Tensor,
    ) -> torch.Tensor:
        """The sum over the rows of `x` (rows, width) of each one's cross-entropy times its share.

        `table` has the shape (vocabulary, width), `wanted` holds the right ids.
        """
        slopes = x.new_empty(len(x), len(table))
        lost = []
        for begin in range(0, len(x), AT_ONCE):
            some = slice(begin, begin + AT_ONCE)
            right, share = wanted[some, None], shares[some, None]
            logs = torch.log_softmax(x[some] @ table.T, dim=-1, dtype=torch.float32)
            lost.append(-(logs.gather(1, right) * share).sum())
            slope = logs.exp_()
            slope.scatter_add_(1, right, slope.new_full(right.shape, -1.0))
            slopes[some] = slope.mul_(share)
        ctx.save_for_backward(x, table, slopes)
        return torch.stack(lost).sum()

    @staticmethod
    def backward(ctx: FunctionCtx, slope: torch.Tensor) -> Slopes:
        """Of the states and of the table."""
        x, table, slopes = ctx.saved_tensors
        return slopes @ table * slope, slopes.T @ x * slope, None, None


class _Normalised(torch.autograd.Function):
    """Each token's numbers divided by their root mean square (Zhang and Sennrich 2019), whose slope
    autograd would find in three times as many passes over memory."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, x: torch.Tensor, epsilon: float, dtype: torch.dtype
    ) -> torch.Tensor:
        """`x` is float32; what comes out is of `dtype`."""
        square = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square_()
        scale = square.div_(x.shape[-1]).add_(epsilon).rsqrt_()
        made = (x * scale).to(dtype)
        ctx.save_for_backward(made, scale)
        return made

    @staticmethod
    def backward(ctx: FunctionCtx, slope: torch.Tensor) -> Slopes:
        """What changes only the length of a token's numbers changes nothing, and is taken out."""
        made, scale = ctx.saved_tensors
        slope, made = slope.float(), made.float()
        along = torch.linalg.vecdot(slope, made)[..., None].div_(made.shape[-1])
        return torch.addcmul(slope, made, along, value=-1).mul_(scale), None, None
