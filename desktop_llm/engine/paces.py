"""Which way of multiplying is faster on this processor: measured once, when first asked.

Knows kernels and times, no model. Every number here comes from running, none from a table of
processors.
"""

import functools
import sys
import time
from collections.abc import Callable

import torch
from torch import nn

PROBES = ((256, 1024), (16_384, 1024))
"""Shapes of matrices that kernels are timed with: of a quarter of a megabyte and of 16, which take a
third of a second together. Larger ones give the same order and would be felt at every start."""
PROBE = 2048
"""Rows and columns of the matrix that long texts are timed with."""
FEWEST = 24
"""Rows that are never made wide: what is guessed ahead is shorter, and is to be computed as ever."""
TRIED = (24, 48, 96, 192)
"""Numbers of rows that are timed."""

Ways = tuple[Callable[[torch.Tensor], object], Callable[[torch.Tensor], object]]


@functools.cache
def wide_dtype() -> torch.dtype:
    """What many rows are multiplied in: bfloat16, unless float32 made of it is faster.

    Processors without bfloat16 arithmetic read long texts four times as fast in float32.
    """
    weight, x = torch.full((PROBE, 1024), 0.01), torch.ones(96, 1024)
    half, short = weight.bfloat16(), x.bfloat16()
    direct = least_time(lambda: short @ half.T)
    through = least_time(lambda: short.float() @ half.float().T)
    return torch.bfloat16 if direct <= through else torch.float32


@functools.cache
def rows_for_wide(probe: Callable[[], Ways | None]) -> int:
    """From how many rows on the second of a probe's ways is faster; sys.maxsize where never."""
    ways = probe()
    if ways is None:
        return sys.maxsize
    for rows in TRIED:
        x = torch.ones(rows, PROBE)
        if least_time(functools.partial(ways[1], x), 3) < least_time(
            functools.partial(ways[0], x), 3
        ):
            return rows
    return sys.maxsize


@functools.cache
def _one_row(kind: Callable[..., nn.Module]) -> tuple[float, float]:
    """Seconds that a kind of int8 layer takes for one row by the smaller and the larger of `PROBES`."""
    generator = torch.Generator().manual_seed(0)
    spent = []
    for out, inner in PROBES:
        weight = torch.randint(-127, 128, (out, inner), dtype=torch.int8, generator=generator)
        layer = kind(weight, torch.full((out,), 0.01))
        spent.append(least_time(functools.partial(layer, torch.ones(1, inner))))
    return spent[0], spent[1]


def fastest(
    kinds: tuple[Callable[..., nn.Module], ...], out: int, inner: int
) -> Callable[..., nn.Module]:
    """The kind that multiplies one row by an int8 matrix of that size fastest.

    One kernel has more to do before it begins, the other is slower at each weight: measured on a
    small matrix and on a large one, the time of others lies on the line through both.
    """
    if len(kinds) == 1:
        return kinds[0]
    small, large = (one * two for one, two in PROBES)
    share = (out * inner - small) / (large - small)

    def expected(kind: Callable[..., nn.Module]) -> float:
        least, most = _one_row(kind)
        return least + share * (most - least)

    return min(kinds, key=expected)


@functools.cache
def int4_block(pack: Callable[[torch.Tensor], torch.Tensor]) -> int:
    """How many rows the int4 kernel packs together, a row with the one half a block below.

    Found by packing numbers that are known. 0 where it packs in another order.
    """
    numbers = torch.randint(0, 16, (128, 32), dtype=torch.int32)
    packed = pack(numbers).view(torch.uint8).flatten()
    for block in (64, 32):
        halves = numbers.view(128 // block, 2, block // 2, 32).permute(1, 0, 3, 2)
        if torch.equal(packed, (halves[0] | halves[1] << 4).to(torch.uint8).flatten()):
            return block
    return 0


def least_time(work: Callable[[], object], runs: int = 7) -> float:
    """Seconds of the fastest run, after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)
