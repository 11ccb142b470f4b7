"""Linear layers whose weights take 8 or 4 bits each. Knows matrices, no model.

int8 has one scale per output row, int4 one scale and one offset per 32 weights of a row. Which of
torch's kernels is fast depends on the processor, so `best_int8` measures once; the arithmetic is the
same for all: inputs count with at least 13 bits, so it is the weights alone that are rounded.
"""

import functools
import sys
import time
import warnings
from collections.abc import Callable, Iterator

import torch
from torch import nn

GROUP = 32
"""Weights of a row that share a scale in int4."""
FITS = 1
"""How often scales and offsets are fitted to the rounded weights. Once: a twelfth less squared error
for about a fifth more time."""
LEVELS = 63
"""Inputs are rounded to -63..63: AVX2's pairwise sums of bytes overflow beyond 7 bits."""
FINE = 126
"""What rounding leaves of an input, at most half a step, counts once more in steps this much finer."""
MIDDLE = 64
BLOCK = 4_000_000
"""Weights that are rounded at a time."""
PROBES = ((256, 1024), (65_536, 1024))
"""Shapes of matrices that kernels are timed with: one of a quarter of a megabyte, one of 64."""


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
    rows = max(1, BLOCK // weight.shape[1])
    return (slice(start, start + rows) for start in range(0, len(weight), rows))


class Int8Linear(nn.Module):
    """`y = x W^T + b`, float32 in and out; `W` is held by FBGEMM in its own order.

    FBGEMM rounds inputs to bytes. So that this costs nothing, each row is scaled by its largest
    value, and what its rounding leaves is multiplied as a second row: the weights are read once.
    """

    def __init__(
        self, weight: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor | None = None
    ) -> None:
        """`weight` int8 (out, in), `scales` float32 (out,), as `int8_rows` gives them."""
        super().__init__()
        zeros = torch.zeros(len(scales), dtype=torch.long)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch announces the end of quantised tensors; pinned
            quantised = torch._make_per_channel_quantized_tensor(weight, scales, zeros, 0)
            self._packed = torch.ops.quantized.linear_prepack(quantised, None)
        self.bias = None if bias is None else bias.float()
        self.out_features, self.in_features = weight.shape

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape (..., in) to (..., out)."""
        rows = x.reshape(-1, self.in_features).float()
        largest = rows.abs().amax(dim=1, keepdim=True).clamp_min_(1e-30)
        scaled = rows * (LEVELS / largest)
        rest = (scaled - scaled.round()).mul_(FINE)
        both = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            torch.cat((scaled, rest)), 1.0, MIDDLE, self._packed
        )
        count = len(rows)
        y = torch.add(both[:count], both[count:], alpha=1 / FINE).mul_(largest / LEVELS)
        if self.bias is not None:
            y += self.bias
        return _as_before(y, x)


class WeightOnlyInt8(nn.Module):
    """The same through torch's weight-only kernel, which is fast with AVX-512 and on ARM."""

    def __init__(
        self, weight: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor | None = None
    ) -> None:
        super().__init__()
        self._weight, self._scales = weight.contiguous(), scales.bfloat16()
        self.bias = None if bias is None else bias.float()
        self.out_features, self.in_features = weight.shape

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape (..., in) to (..., out)."""
        rows = x.reshape(-1, self.in_features).bfloat16()
        y = torch.ops.aten._weight_int8pack_mm(rows, self._weight, self._scales).float()
        if self.bias is not None:
            y += self.bias
        return _as_before(y, x)


def _as_before(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Rows back in the shape and dtype of the input."""
    return y.view(*x.shape[:-1], y.shape[-1]).to(x.dtype)


def int4_groups(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights (out, in) as int32 of 0..15, and (in / 32, out, 2) scales and offsets in bfloat16.

    A weight is `(number - 8) * scale + offset`. `in` must be a multiple of 32.
    """
    out, inner = weight.shape
    numbers = torch.empty(out, inner, dtype=torch.int32)
    both = torch.empty(inner // GROUP, out, 2, dtype=torch.bfloat16)
    for rows in _blocks(weight):
        groups = weight[rows].float().reshape(-1, inner // GROUP, GROUP)
        low, high = groups.amin(dim=2, keepdim=True), groups.amax(dim=2, keepdim=True)
        scales = ((high - low) / 15).clamp_min_(1e-12).bfloat16()
        offsets = (low + 8 * scales.float()).bfloat16()
        for _ in range(FITS):
            scales, offsets = _fitted(groups, _rounded(groups, scales, offsets))
        found = _rounded(groups, scales, offsets).add_(8).to(torch.int32)
        numbers[rows] = found.reshape(-1, inner)
        both[:, rows] = torch.cat((scales, offsets), dim=2).transpose(0, 1)
    return numbers, both


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


class Int4Linear(nn.Module):
    """`y = x W^T + b` through torch's int4 kernel, which computes in bfloat16."""

    def __init__(
        self, packed: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor | None = None
    ) -> None:
        """`packed` as `pack_int4` gives it, `scales` as `int4_groups` does."""
        super().__init__()
        self._packed, self._scales = packed, scales
        self.bias = None if bias is None else bias.float()
        self.out_features, self.in_features = scales.shape[1], scales.shape[0] * GROUP

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape (..., in) to (..., out)."""
        rows = x.reshape(-1, self.in_features).bfloat16()
        y = torch.ops.aten._weight_int4pack_mm_for_cpu(
            rows, self._packed, GROUP, self._scales
        ).float()
        if self.bias is not None:
            y += self.bias
        return _as_before(y, x)


def pack_int4(numbers: torch.Tensor) -> torch.Tensor:
    """The int4 kernel's own order of `int4_groups`' numbers, two to a byte."""
    packed: torch.Tensor = torch.ops.aten._convert_weight_to_int4pack_for_cpu(numbers, 1)
    return packed


def fits_int4(weight: torch.Tensor) -> bool:
    """Whether the int4 kernel takes a matrix of that shape."""
    return weight.shape[1] % GROUP == 0 and weight.shape[0] % 16 == 0


@functools.cache
def _int8_paces() -> dict[Callable[..., nn.Module], tuple[float, float]]:
    """Of each kind of layer: seconds for one row by the smaller and by the larger of `PROBES`."""
    generator = torch.Generator().manual_seed(0)
    paces: dict[Callable[..., nn.Module], tuple[float, float]] = {}
    for kind in _int8_kinds():
        spent = []
        for out, inner in PROBES:
            weight = torch.randint(-127, 128, (out, inner), dtype=torch.int8, generator=generator)
            layer, row = kind(weight, torch.full((out,), 0.01)), torch.ones(1, inner)
            spent.append(_least_time(functools.partial(layer, row)))
        paces[kind] = (spent[0], spent[1])
    return paces


def best_int8(out: int, inner: int) -> Callable[..., nn.Module]:
    """The class that multiplies one row by an int8 matrix of that size fastest on this processor.

    One kernel has more to do before it begins, the other is slower at each weight: measured once on
    a small matrix and on one that no cache holds, the time of others lies on the line between.
    """
    small, large = (one * two for one, two in PROBES)
    share = (out * inner - small) / (large - small)

    def expected(kind: Callable[..., nn.Module]) -> float:
        least, most = _int8_paces()[kind]
        return least + share * (most - least)

    return min(_int8_paces(), key=expected)


def _int8_kinds() -> list[Callable[..., nn.Module]]:
    engines = torch.backends.quantized.supported_engines
    return [WeightOnlyInt8, *([Int8Linear] if "fbgemm" in engines else [])]


def quantised(weight: torch.Tensor, bias: torch.Tensor | None, precision: str) -> nn.Module:
    """A layer with those weights in "int8" or "int4", in more bits where a kernel lacks the shape."""
    if precision == "int4" and fits_int4(weight):
        numbers, scales = int4_groups(weight)
        return Int4Linear(pack_int4(numbers), scales, bias)
    kind = best_int8(*weight.shape)
    if kind is WeightOnlyInt8 and (weight.shape[0] % 32 or weight.shape[1] % 32):
        kinds = [one for one in _int8_kinds() if one is not WeightOnlyInt8]
        if not kinds:
            return DenseLinear(weight, bias, torch.bfloat16)
        kind = kinds[0]
    return kind(*int8_rows(weight), bias)


class DenseLinear(nn.Module):
    """The same with unrounded weights, in a copy: what was read may be the file itself, and a file
    that shrinks would end the program."""

    def __init__(
        self, weight: torch.Tensor, bias: torch.Tensor | None, dtype: torch.dtype | None = None
    ) -> None:
        """Without `dtype` the weights are taken as they are, and shared."""
        super().__init__()
        self._weight = weight if dtype is None else owned(weight, dtype)
        self._bias = None if bias is None else owned(bias, self._weight.dtype)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape (..., in) to (..., out)."""
        rows = x.numel() // x.shape[-1]
        long = self._weight.dtype is torch.bfloat16 and rows >= rows_for_float32()
        return (_through_float32 if long else _direct)(x, self._weight, self._bias)


def _direct(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    return nn.functional.linear(x.to(weight.dtype), weight, bias).to(x.dtype)


def _through_float32(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor:
    wide = None if bias is None else bias.float()
    return nn.functional.linear(x.float(), weight.float(), wide).to(x.dtype)


@functools.cache
def rows_for_float32() -> int:
    """From how many rows on a bfloat16 matrix is multiplied faster by making it float32 first.

    Processors without bfloat16 arithmetic read long texts four times as fast that way. Measured
    once; where it never pays, the number is larger than any text.
    """
    weight = torch.full((2048, 1024), 0.01, dtype=torch.bfloat16)
    for rows in (32, 64, 128):  # what is guessed ahead is shorter, and is to be computed as ever
        x = torch.ones(rows, 1024, dtype=torch.bfloat16)
        direct = _least_time(functools.partial(_direct, x, weight, None))
        if _least_time(functools.partial(_through_float32, x, weight, None)) < direct:
            return rows
    return sys.maxsize


def _least_time(work: Callable[[], object], runs: int = 7) -> float:
    """Seconds of the fastest run, after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def owned(weight: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """A copy in memory of our own."""
    return torch.empty(weight.shape, dtype=dtype).copy_(weight)
