"""Attention of many tokens without keeping their scores, by machine code of our own. Knows tensors, no model.

torch's own takes nearly three times as long over 4,000 places (Zen 4), and matrix products, which write all
scores down, nearly twice. Only for processors that multiply bfloat16.
"""

import functools
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional

from desktop_llm.engine import kernels, machine_code
from desktop_llm.engine.flash_code import (
    JOB,
    LANES,
    NAME,
    PLACES,
    PROCESSOR,
    ROWS,
    STATES,
    source,
)

NEAR = 0.02
"""How much of what is read may be lost; ten times what rounding to bfloat16 takes away."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tiles:
    """Which places the rows of queries look at, by tiles of `ROWS` rows.

    `first` and `end` (tiles, ROWS), int32: those from the one to before the other. `bounds` (tiles, 4),
    int64, in blocks of `PLACES`: where the tile's begin, where those begin that all of its rows look at,
    where these end, where the tile's end.
    """

    first: torch.Tensor
    end: torch.Tensor
    bounds: torch.Tensor


def tiles(group: int, count: int, end: int, reach: int = 0) -> Tiles:
    """Those of the last `count` of `end` tokens, so often one behind the other as a group has heads.

    Each looks at what is before it and at itself; where `reach` is not 0, at so many at most.
    """
    ends = torch.arange(end - count + 1, end + 1)
    return tiles_of((ends - reach).clamp_min(0) if reach else torch.zeros_like(ends), ends, group)


def tiles_of(first: torch.Tensor, end: torch.Tensor, group: int) -> Tiles:
    """Those of tokens that look at the places from `first` to before `end`, both (tokens,), int64."""
    firsts, ends = (
        functional.pad(one.repeat(group)[None, None], (0, -group * len(one) % ROWS), mode="replicate")
        .view(-1, ROWS)
        for one in (first, end)
    )  # fmt: skip
    least, most = firsts.amin(1) // PLACES, -(-ends.amax(1) // PLACES)
    free = -(-firsts.amax(1) // PLACES)
    behind = torch.maximum(ends.amin(1) // PLACES, free)
    # Where the whole blocks would end before they begin there are none, and all is looked at closely.
    none = (free >= behind) | (behind > most)
    free, behind = (torch.where(none, least, one) for one in (free, behind))
    return Tiles(firsts.int(), ends.int(), torch.stack((least, free, behind, most), dim=1))


class Attention:
    """Attention over keys and values of one type."""

    def __init__(self, run: Callable[..., None]) -> None:
        self._run, self._start = run, machine_code.start_threads()

    def __call__(
        self,
        query: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        looks: Tiles,
        scaling: float | None = None,
    ) -> torch.Tensor:
        """What the heads read, float32, in the shape of `query`: (key heads, group, tokens, size).

        `keys` and `values` (key heads, places, size), the places of a head in order; see `fits`.
        Scores are multiplied by `scaling`, the usual one where it is None.
        """
        heads, group, count, size = query.shape
        rows, places, number = group * count, keys.shape[1], len(looks.bounds)
        # Of each tile the pairs of numbers that are multiplied together, those of its rows side by side.
        factor = (size**-0.5 if scaling is None else scaling) / math.log(2)
        scaled = (query.reshape(heads, rows, size) * factor).bfloat16()
        scaled = functional.pad(scaled, (0, 0, 0, number * ROWS - rows)).view(torch.int32)
        turned = scaled.view(heads, number, ROWS, size // 2).transpose(2, 3).contiguous()
        room = -(-places // PLACES) * PLACES
        # The types are said: transformers changes the usual one for a while.
        short, pairs = torch.empty(2, heads * room * size, dtype=torch.bfloat16, device="cpu")
        read = torch.empty(heads, number, size, ROWS, dtype=torch.float32, device="cpu")
        self._run(
            turned.data_ptr(), keys.data_ptr(), values.data_ptr(), read.data_ptr(),
            short.data_ptr(), pairs.data_ptr(), looks.first.data_ptr(), looks.end.data_ptr(),
            looks.bounds.data_ptr(), self._start, heads, places, size, keys.stride(0),
            values.stride(0), number, room, torch.get_num_threads(),
        )  # fmt: skip
        by_rows = read.transpose(2, 3).reshape(heads, number * ROWS, size)
        return by_rows[:, :rows].view(heads, group, count, size)


def fits(keys: torch.Tensor, values: torch.Tensor) -> bool:
    """Whether they lie in memory as the machine code takes them."""
    size = keys.shape[-1]
    alike = keys.shape == values.shape and keys.dtype is values.dtype
    in_order = all(one.stride()[1:] == (size, 1) for one in (keys, values))
    return alike and in_order and size % LANES == 0 and keys.device.type == "cpu"


def own(dtype: torch.dtype) -> Attention | None:
    """Attention over states of that type; None where there is none, or where it does not reckon right."""
    states = str(dtype).removeprefix("torch.")
    return _made(states) if states in STATES and is_for_this_processor() else None


def is_for_this_processor() -> bool:
    """Whether it has all that the machine code takes."""
    return PROCESSOR.flags <= machine_code.flags() and machine_code.start_threads() != 0


@functools.cache
def _made(states: str) -> Attention | None:
    try:
        run = kernels.packaged(f"{NAME}-{states}", NAME, JOB.takes) or machine_code.compiled(
            source(states), NAME, JOB.takes, PROCESSOR
        )
    except RuntimeError as error:
        log.warning("No machine code for attention over %s: %s", states, error)
        return None
    attention = Attention(run)
    if not reckons_right(attention, getattr(torch, states)):
        log.warning("The machine code for attention does not reckon right here, and is not used")
        return None
    return attention


def reckons_right(attention: Attention, dtype: torch.dtype) -> bool:
    """Whether it gives what plain arithmetic does, over whole blocks and parts of them."""
    generator = torch.Generator().manual_seed(0)
    count, places, reach = 40, 3 * PLACES + 5, 2 * PLACES
    query = torch.randn(2, 2, count, 32, generator=generator)
    keys, values = torch.randn(2, 2, places, 32, generator=generator).to(dtype)
    here = torch.arange(places)
    ends = here[places - count :, None]
    seen = (here <= ends) & (here > ends - reach)
    scores = query.double() @ keys.double()[:, None].transpose(-1, -2) * 32**-0.5
    shares = scores.masked_fill(~seen, -math.inf).softmax(-1)
    exact = shares @ values.double()[:, None]
    read = attention(query, keys, values, tiles(2, count, places, reach))
    return bool((read - exact).norm() < NEAR * exact.norm())
