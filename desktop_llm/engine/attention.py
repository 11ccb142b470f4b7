"""Attention as the processor does it fastest, registered with transformers under a name of ours.

torch's kernel reads keys once per query head even where heads share them. So for one token the query
heads of a group become rows of one query. Without arithmetic for bfloat16 it takes ten times as long
over states of that type as over float32, so they are kept in what is measured to be faster; long texts
go through bfloat16. Few tokens, such as guesses, are read one by one. Knows no model.
"""

import functools
import weakref
from typing import Any

import torch
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from desktop_llm.engine import flash, paces

NAME = "desktop_llm"
SCORES, LEAST = 2_000_000, 16
"""Scores that are reckoned at once, as many as the processor's cache holds, and tokens at least."""
PROBE, PLACES = (2, 4, 128, 64), 1024
"""Of what is timed: queries (key heads, group, tokens, size), and places that they look at."""
KNOWN = 3
"""Masks besides the last one of which is kept what they say: a model may have two kinds of layers."""
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
    if asked <= PLAIN and _one_for_all_heads(attention_mask):
        count = query.shape[2]
        if count == 1:
            return one_token(query, key, value, attention_mask, scaling), None
        if count < paces.FEWEST and _hides_what_follows(attention_mask, count, key.shape[2]):
            return _each_alone(query, key, value, attention_mask, scaling), None
        if count >= paces.FEWEST and query.dtype is torch.bfloat16 and len(query) == 1:
            causal = options.get("is_causal")
            if causal is None:
                causal = getattr(module, "is_causal", True)
            found = _through_own(query, key, value, attention_mask, scaling, causal=bool(causal))
            if found is not None:
                return found, None
    read, _ = sdpa_attention_forward(
        module, query, key.to(query.dtype), value.to(query.dtype), attention_mask,
        scaling=scaling, **options,
    )  # fmt: skip
    return read, None


def _one_for_all_heads(mask: torch.Tensor | None) -> bool:
    return mask is None or mask.shape[1] == 1


def _hides_what_follows(mask: torch.Tensor | None, count: int, places: int) -> bool:
    """Whether the last places are those of so many new tokens, and none looks at those behind it."""
    if mask is None or mask.dtype is not torch.bool or mask.shape[-1] != places or places < count:
        return False
    return not torch.triu(mask[..., -count:], diagonal=1).any()


def _through_own(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scaling: float | None,
    *,
    causal: bool,
) -> torch.Tensor | None:
    """Many tokens through machine code of our own; None where it cannot, or is not faster."""
    _, heads, count, size = query.shape
    key_heads, places = key.shape[1:3]
    if not flash.fits(key[0], value[0]) or size != key.shape[3]:
        return None
    own = own_for(key.dtype)
    if own is None:
        return None
    if mask is not None:
        looks = _looks(mask, heads // key_heads, count, places)
    else:
        looks = (
            flash.tiles(heads // key_heads, count, places) if causal and count == places else None
        )
    if looks is None:
        return None
    folded = query.reshape(key_heads, heads // key_heads, count, size)
    read = own(folded, key[0], value[0], looks, scaling).reshape(1, heads, count, size)
    return read.transpose(1, 2).to(query.dtype).contiguous()


_recent: list[tuple[weakref.ref[torch.Tensor], tuple[int, ...], flash.Tiles | None]] = []
"""What was found out of the last masks: all layers of a pass are given the same ones."""


def _looks(mask: torch.Tensor, group: int, count: int, places: int) -> flash.Tiles | None:
    """What a mask says, (1, 1, tokens, places), where each token looks at places without a gap."""
    asked = (group, count, places)
    for known, of_them, looks in _recent:
        if known() is mask and of_them == asked:
            return looks
    looks = None
    if mask.dtype is torch.bool and mask.shape == (1, 1, count, places):
        rows = mask[0, 0]
        first, seen = rows.byte().argmax(dim=1), rows.sum(dim=1)
        here = torch.arange(places)
        told = (here >= first[:, None]) & (here < (first + seen)[:, None])
        if bool((seen > 0).all()) and torch.equal(told, rows):
            looks = flash.tiles_of(first, first + seen, group)
    _recent[:] = [(weakref.ref(mask), asked, looks), *_recent[:KNOWN]]
    return looks


def _each_alone(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scaling: float | None,
) -> torch.Tensor:
    """Few tokens, each as if it were the only one: what was guessed behind it must change nothing, and
    the kernel sums up in another order where there are more rows or places."""
    assert mask is not None
    count, read = query.shape[2], []
    for number, token in enumerate(torch.split(query, 1, dim=2)):
        end = key.shape[2] - count + number + 1
        seen = mask[:, :, number : number + 1, :end]
        read.append(one_token(token, key[:, :, :end], value[:, :, :end], seen, scaling))
    return torch.cat(read, dim=1)


def one_token(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scaling: float | None,
) -> torch.Tensor:
    """What one token's heads read: `query` (batch, heads, 1, size), the others as they are kept."""
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


def attended(
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    mask: torch.Tensor | None,
    cap: float = 0.0,
) -> torch.Tensor:
    """What the heads read. `query` (key heads, group, tokens, size) has those together that share a
    key; `keys` and `values` are (key heads, places, size), `mask` (tokens, places) is added.

    The heads of a group become rows of one query, so that a key is read once for all of them.
    """
    heads, group, count, size = query.shape
    rows = query.reshape(1, heads, group * count, size)
    wide = None if mask is None else mask.repeat(group, 1)
    if cap:
        read = bent(rows, keys[None], values[None], wide, cap)
    else:
        read = functional.scaled_dot_product_attention(
            rows, keys[None], values[None], attn_mask=wide
        )
    return read.view(heads, group, count, size)


class CausalMask:
    """Which places the last `count` of `end` tokens may read: everything up to themselves, the last
    `reach` of it where that is not 0. It is made for a pass, and what is reckoned of it is kept."""

    def __init__(
        self, count: int, end: int, reach: int, dtype: torch.dtype, device: str = "cpu"
    ) -> None:
        self._count, self._end, self._reach = count, end, reach
        self._dtype, self._device = dtype, device
        self._tiles: dict[int, flash.Tiles] = {}

    @functools.cached_property
    def added(self) -> torch.Tensor:
        """What is added to scores, (count, end): 0, or minus infinity."""
        places = torch.arange(self._end, device=self._device)
        allowed = within(places, places[self._end - self._count :, None], self._reach)
        hidden = torch.zeros(self._count, self._end, dtype=self._dtype, device=self._device)
        return hidden.masked_fill_(~allowed, float("-inf"))

    def tiles(self, group: int) -> flash.Tiles:
        """The same for machine code of our own, and for as many heads to a key."""
        if group not in self._tiles:
            self._tiles[group] = flash.tiles(group, self._count, self._end, self._reach)
        return self._tiles[group]


def within(places: torch.Tensor, place: torch.Tensor, reach: int) -> torch.Tensor:
    """Which of the places a token at `place` looks at."""
    before = places <= place
    return before & (places > place - reach) if reach else before


def many_at_once(
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    mask: CausalMask,
    cap: float = 0.0,
) -> torch.Tensor:
    """The same for many tokens, through what does it fastest; what is multiplied may be rounded."""
    own = None if cap or not flash.fits(keys, values) else own_for(keys.dtype)
    if own is not None:
        return own(query, keys, values, mask.tiles(query.shape[1])).to(query.dtype)
    dtype = paces.wide_dtype()
    wide, added = (query.to(dtype), keys.to(dtype), values.to(dtype)), mask.added.to(dtype)
    if cap or dtype is not torch.bfloat16:
        return attended(*wide, added, cap).to(query.dtype)
    return by_products(*wide, added).to(query.dtype)


@functools.cache
def own_for(states: torch.dtype) -> flash.Attention | None:
    """Machine code of our own for keys and values of that type, where it is faster than products."""
    own = flash.own(states)
    if own is None:
        return None

    def measure() -> tuple[float, float]:
        query = torch.ones(*PROBE, dtype=torch.float32)
        heads, group, count, size = PROBE
        kept = torch.ones(heads, PLACES, size, dtype=states)
        mask = CausalMask(count, PLACES, 0, torch.bfloat16)
        looks, added, short = mask.tiles(group), mask.added, query.bfloat16()
        return (
            paces.least_time(lambda: own(query, kept, kept, looks)),
            paces.least_time(lambda: by_products(short, kept.bfloat16(), kept.bfloat16(), added)),
        )

    ours, products = paces.numbers(f"many tokens over states in {states}", measure)
    return own if ours <= products else None


def by_products(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """Plain matrix products of as many tokens as leave their scores in the processor's cache.

    Half the time of torch's fused kernel over 4,000 places (AVX512 bf16). The scores are rounded to
    bfloat16, as they are in transformers' own attention of a bfloat16 model.
    """
    heads, group, count, size = query.shape
    places = keys.shape[1]
    blocks = -(-count // max(LEAST, SCORES // (heads * group * places)))
    at_once = -(-count // blocks)
    query, keys = query * size**-0.5, keys.transpose(1, 2)
    read = torch.empty_like(query, memory_format=torch.contiguous_format)
    for begin in range(0, count, at_once):
        end = min(begin + at_once, count)
        # All places, also those behind the block: a product of a part of the keys takes longer.
        scores = torch.bmm(query[:, :, begin:end].reshape(heads, -1, size), keys)
        scores.view(heads, group, end - begin, places).add_(mask[begin:end])
        found = torch.bmm(torch.softmax(scores, dim=-1), values)
        read[:, :, begin:end] = found.view(heads, group, end - begin, size)
    return read


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
