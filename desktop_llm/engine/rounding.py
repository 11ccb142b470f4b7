"""Rounds matrices to 8 or 4 bits a weight. Knows numbers, no layer and no kernel.

int8 has one scale per output row, int4 one scale and one offset per 32 weights of a row.
"""

from collections.abc import Callable, Iterator

import torch

GROUP = 32
"""Weights of a row that share a scale in int4."""
FITS = 1
"""How often scales and offsets are fitted to the rounded weights. Once: a twelfth less squared error
for about a fifth more time."""
ROWS = 64
"""Rows that kernels pack together, at most."""
BLOCK = 1_000_000
"""Weights that are rounded at a time: what is computed on the way stays in the cache."""


def int8_rows(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights (out, in) as int8 of the same shape, and their scales (out,) in float32."""
    numbers, scales = torch.empty(weight.shape, dtype=torch.int8), torch.empty(len(weight))
    for rows in _blocks(weight):
        part = weight[rows].float()
        scales[rows] = part.abs().amax(dim=1).clamp_min(1e-12) / 127
        numbers[rows] = (part / scales[rows, None]).round_().to(torch.int8)
    return numbers, scales


def _blocks(weight: torch.Tensor) -> Iterator[slice]:
    """Rows of a matrix in pieces small enough that what is computed on the way needs no memory."""
    rows = max(ROWS, BLOCK // weight.shape[1] // ROWS * ROWS)
    return (slice(start, start + rows) for start in range(0, len(weight), rows))


def int4_groups(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights (out, in) as int32 of 0..15, and (in / 32, out, 2) scales and offsets in bfloat16.

    A weight is `(number - 8) * scale + offset`. `in` must be a multiple of 32. What is computed on
    the way takes some ten times the memory of the weights: see `int4_packed`.
    """
    out, inner = weight.shape
    groups = weight.float().reshape(out, inner // GROUP, GROUP)
    low, high = groups.amin(dim=2, keepdim=True), groups.amax(dim=2, keepdim=True)
    scales = ((high - low) / 15).clamp_min_(1e-12).bfloat16()
    offsets = (low + 8 * scales.float()).bfloat16()
    for _ in range(FITS):
        scales, offsets = _fitted(groups, _rounded(groups, scales, offsets))
    numbers = _rounded(groups, scales, offsets).add_(8).to(torch.int32)
    return numbers.view(out, inner), torch.cat((scales, offsets), dim=2).transpose(0, 1)


def int4_packed(
    weight: torch.Tensor, pack: Callable[[torch.Tensor], torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """The same with the numbers in a kernel's order, two to a byte: (out, in / 2), scales as above.

    `pack` orders whole rows, any multiple of `ROWS` of them independently of the others.
    """
    out, inner = weight.shape
    packed = torch.empty(out, inner // 2, dtype=torch.uint8)
    both = torch.empty(inner // GROUP, out, 2, dtype=torch.bfloat16)
    for rows in _blocks(weight):
        numbers, both[:, rows] = int4_groups(weight[rows])
        packed[rows] = pack(numbers).view(-1, inner // 2)
    return packed, both


def _rounded(groups: torch.Tensor, scales: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """The level from -8 to 7 nearest to each weight. Groups (rows, groups, 32), scales (.., .., 1)."""
    return ((groups - offsets.float()) / scales.float()).round_().clamp_(-8, 7)


def _fitted(groups: torch.Tensor, levels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The scales and offsets of least squared error for those levels: a line through each group."""
    middle = levels.mean(dim=2, keepdim=True)
    around = levels - middle
    spread = around.square().sum(dim=2, keepdim=True)
    scales = (around * groups).sum(dim=2, keepdim=True) / spread.clamp_min(1e-12)
    scales = scales.clamp_min_(1e-12).bfloat16()
    offsets = groups.mean(dim=2, keepdim=True) - scales.float() * middle
    return scales, offsets.bfloat16()
