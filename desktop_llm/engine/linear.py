"""Linear layers whose weights take 8 or 4 bits each, or none fewer. Knows matrices, no model.

Each kind says in `dtype` what its kernel computes in; what comes out has the input's type. Few rows go
through kernels for rounded weights, ours or torch's, which read them once; many rows are multiplied by
a piece of the matrix at a time made wide again, so that the processor's fastest matrix product does the
work. From how many rows on that is faster is measured, see `paces`.
"""

import mmap
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import torch
from torch import nn

from desktop_llm.engine import paces
from desktop_llm.engine.kernels import Product, block, own
from desktop_llm.engine.rounding import GROUP

LEVELS = 63
"""Inputs are rounded to -63..63: AVX2's pairwise sums of bytes overflow beyond 7 bits."""
FINE = 126
"""What rounding leaves of an input, at most half a step, counts once more in steps this much finer."""
MIDDLE = 64
PIECE = 1024
"""Rows of a matrix that are made wide at a time: few enough to stay in the processor's cache."""
AT_ONCE = 35_000_000
"""Weights that FBGEMM puts in order at a time, in a copy. One of the whole vocabulary would take as
much memory again and, on one thread, a second."""

GIVES_BACK = hasattr(mmap.mmap, "madvise")
"""Whether the system takes pages back before it needs them. Windows does not."""

GiveBack = Callable[[torch.Tensor], None]
"""Lets the system take the pages of a tensor that lies in a mapped file; they can be read again."""


class RoundedLinear(nn.Module, ABC):
    """`y = x W^T + b`: what the kinds of layers with rounded weights have in common.

    `narrow` is the product of few rows. A kind that multiplies many in another way has `wide` too, and
    says from how many rows on that is faster.
    """

    dtype: torch.dtype
    given = torch.float32
    """What models that are rounded give it."""
    weight: torch.Tensor | None = None
    """None: T5 asks its layers for the type of theirs, and would round its input to it."""
    bias: torch.Tensor | None
    _near: torch.Tensor | None = None
    in_features: int
    out_features: int

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape (..., in) to (..., out), in the type of the input."""
        rows = x if x.dim() == 2 else x.reshape(-1, self.in_features)
        many = len(rows) >= paces.FEWEST and self.reads_wide(len(rows))
        y = self.wide(rows) if many else self.narrow(rows)
        if self.bias is not None:
            y = y.add_(self._bias_as(y.dtype))
        if x.dim() != 2:
            y = y.view(*x.shape[:-1], self.out_features)
        return y if y.dtype is x.dtype else y.to(x.dtype)

    def _bias_as(self, dtype: torch.dtype) -> torch.Tensor:
        """In the type of what it is added to, kept: a sum of two types takes twice as long."""
        assert self.bias is not None
        if self._near is None or self._near.dtype is not dtype:
            self._near = self.bias.to(dtype)
        return self._near

    @classmethod
    @abstractmethod
    def sample(cls, out: int, inner: int) -> Self:
        """A layer of that size to measure with: times do not depend on what its weights are."""

    @abstractmethod
    def narrow(self, rows: torch.Tensor) -> torch.Tensor:
        """The product through a kernel for rounded weights, in the type that it gives."""

    def reads_wide(self, count: int) -> bool:
        """Whether so many rows, `paces.FEWEST` or more, are faster through `wide`."""
        return False

    def wide(self, rows: torch.Tensor) -> torch.Tensor:
        """The product through pieces of the matrix as wide as the processor multiplies fastest."""
        return self.narrow(rows)


class Int8Linear(RoundedLinear):
    """Float32 in and out; `W` is held by FBGEMM in its own order.

    FBGEMM rounds inputs to bytes. So that this costs nothing, each row is scaled by its largest
    value, and what its rounding leaves is multiplied as a second row: the weights are read once.
    Many rows are rounded to `paces.wide_dtype()` and go through the weights as they lie in the file,
    where there is one: FBGEMM's order is for it alone, and a copy in memory would be as large again.
    """

    dtype = torch.float32

    def __init__(
        self,
        weight: torch.Tensor,
        scales: torch.Tensor,
        bias: torch.Tensor | None = None,
        give_back: GiveBack | None = None,
    ) -> None:
        """`weight` int8 (out, in), `scales` float32 (out,), as `int8_rows` gives them."""
        super().__init__()
        self._filed = (weight, scales, give_back) if give_back and GIVES_BACK else None
        count = -(-weight.numel() // AT_ONCE)
        parts = zip(
            torch.tensor_split(weight, count), torch.tensor_split(scales, count), strict=True
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch announces the end of quantised tensors; pinned
            with ThreadPoolExecutor(torch.get_num_threads()) as threads:  # a part takes one thread
                self._packed = tuple(threads.map(_fbgemm, *zip(*parts, strict=True)))
        if give_back:
            give_back(weight)
        self.bias = bias
        self.out_features, self.in_features = weight.shape

    @classmethod
    def sample(cls, out: int, inner: int) -> Self:
        """A layer of that size to measure with."""
        return cls(*_some_int8(out, inner), give_back=lambda _: None)

    def reads_wide(self, count: int) -> bool:
        """Whether so many rows are faster through the file, where there is one."""
        return self._filed is not None and count >= paces.rows_for_wide(type(self))

    def wide(self, rows: torch.Tensor) -> torch.Tensor:
        """The product with the weights in the file, which must be there."""
        assert self._filed is not None
        weight, scales, give_back = self._filed
        y = _wide_int8(rows, weight, scales)
        give_back(weight)
        return y

    def narrow(self, rows: torch.Tensor) -> torch.Tensor:
        """The product through FBGEMM."""
        rows = rows.float()
        largest = rows.abs().amax(dim=1, keepdim=True).clamp_min_(1e-30)
        scaled = rows * (LEVELS / largest)
        rest = (scaled - scaled.round()).mul_(FINE)
        x_and_rest = torch.cat((scaled, rest))
        count, begin = len(rows), 0
        y = torch.empty(count, self.out_features)
        for part in self._packed:
            both = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
                x_and_rest, 1.0, MIDDLE, part
            )
            end = begin + both.shape[1]
            torch.add(both[:count], both[count:], alpha=1 / FINE, out=y[:, begin:end])
            begin = end
        return y.mul_(largest / LEVELS)


def _fbgemm(weight: torch.Tensor, scales: torch.Tensor) -> torch.ScriptObject:
    """Rows of a matrix in FBGEMM's order, on one thread."""
    zeros = torch.zeros(len(scales), dtype=torch.long)
    rounded = torch._make_per_channel_quantized_tensor(weight, scales, zeros, 0)
    packed: torch.ScriptObject = torch.ops.quantized.linear_prepack(rounded, None)
    return packed


class WeightOnlyInt8(RoundedLinear):
    """The same through torch's weight-only kernel, which is fast with AVX-512 and on ARM."""

    dtype = torch.bfloat16

    def __init__(
        self, weight: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor | None = None
    ) -> None:
        super().__init__()
        self.rounded, self._scales = weight.contiguous(), scales
        self._near_scales = scales.bfloat16()
        self.bias = bias
        self.out_features, self.in_features = weight.shape

    @classmethod
    def sample(cls, out: int, inner: int) -> Self:
        """A layer of that size to measure with."""
        return cls(*_some_int8(out, inner))

    def reads_wide(self, count: int) -> bool:
        """Whether so many rows are faster through `wide`."""
        return count >= paces.rows_for_wide(type(self))

    def narrow(self, rows: torch.Tensor) -> torch.Tensor:
        """The product through the kernel."""
        return torch._weight_int8pack_mm(_short(rows), self.rounded, self._near_scales)

    def wide(self, rows: torch.Tensor) -> torch.Tensor:
        """The product through pieces of the matrix as wide as the processor multiplies fastest."""
        return _wide_int8(rows, self.rounded, self._scales)


class OwnInt8(WeightOnlyInt8):
    """The same through a kernel of our own: inputs and outputs are float32, and lose nothing."""

    dtype = torch.float32

    def __init__(
        self, weight: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor | None = None
    ) -> None:
        super().__init__(weight, scales, bias)
        _own("int8").require(self.rounded, self._scales)

    def narrow(self, rows: torch.Tensor) -> torch.Tensor:
        """The product through the kernel."""
        return _own("int8")(_long(rows), self.rounded, self._scales, self.out_features)


def _wide_int8(rows: torch.Tensor, weight: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    dtype, y = paces.wide_dtype(), torch.empty(len(rows), len(weight), dtype=rows.dtype)
    rows = rows.to(dtype)
    for piece in _pieces(len(weight)):
        torch.mul(rows @ weight[piece].to(dtype).T, scales[piece], out=y[:, piece])
    return y


class Int4Linear(RoundedLinear):
    """Through torch's int4 kernel, which computes in bfloat16."""

    dtype = torch.bfloat16

    def __init__(
        self, packed: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor | None = None
    ) -> None:
        """Both as `int4_packed` gives them."""
        super().__init__()
        self.packed, self.scales, self.bias = packed, scales, bias
        self.out_features, self.in_features = scales.shape[1], scales.shape[0] * GROUP

    @classmethod
    def sample(cls, out: int, inner: int) -> Self:
        """A layer of that size to measure with."""
        numbers, _ = _some_int8(out, inner // 2)
        scales = torch.full((inner // GROUP, out, 2), 0.01).bfloat16()
        return cls(numbers.view(torch.uint8), scales)

    def reads_wide(self, count: int) -> bool:
        """Whether so many rows are faster through `wide`."""
        return paces.int4_block(pack_int4) > 0 and count >= paces.rows_for_wide(type(self))

    def narrow(self, rows: torch.Tensor) -> torch.Tensor:
        """The product through the kernel."""
        return _through_int4(_short(rows), self.packed, self.scales)

    def wide(self, rows: torch.Tensor) -> torch.Tensor:
        """The product through pieces of the matrix as wide as the processor multiplies fastest.

        Offsets are the same for all weights of a group, so they are multiplied by its inputs' sum.
        """
        dtype, block = paces.wide_dtype(), paces.int4_block(pack_int4)
        rows = rows.to(dtype)
        sums = rows.view(len(rows), -1, GROUP).sum(dim=2)
        whole = self.out_features // block * block
        extended = torch.cat((rows, sums), dim=1)
        y = torch.empty(len(rows), self.out_features, dtype=dtype)
        for piece in _pieces(whole):
            y[:, piece] = extended @ _wide_int4(
                self.packed[piece], self.scales[:, piece], block, dtype
            )
        if whole < self.out_features:
            rest = slice(whole, None)
            # `contiguous`: the kernel reads past the strides of a part of the scales.
            scales = self.scales[:, rest].contiguous()
            y[:, rest] = _through_int4(_short(rows), self.packed[rest], scales)
        return y


class OwnInt4(Int4Linear):
    """The same through a kernel of our own, of what torch's kernel takes: inputs and outputs are
    float32, and lose nothing. Rows of the matrix that fill no block go through torch's."""

    dtype = torch.float32

    def __init__(
        self, packed: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor | None = None
    ) -> None:
        super().__init__(packed, scales, bias)
        _own("int4").require(packed, scales)

    def narrow(self, rows: torch.Tensor) -> torch.Tensor:
        """The product through the kernel."""
        rows, product = _long(rows), _own("int4")
        y = product(rows, self.packed, self.scales, self.out_features)
        if rest := self.out_features % block():
            scales = self.scales[:, -rest:].contiguous()
            y[:, -rest:] = _through_int4(_short(rows), self.packed[-rest:], scales)
        return y


def _wide_int4(
    packed: torch.Tensor, scales: torch.Tensor, block: int, dtype: torch.dtype
) -> torch.Tensor:
    """Rows of an int4 matrix, their weights and below them their groups' offsets: (in + groups, out).

    Within `block` rows a byte holds, in its lower half, a weight of one row, and in its upper half
    the weight of the row that is half a block further down.
    """
    groups, out, _ = scales.shape
    inner = groups * GROUP
    wide = torch.empty(inner + groups, out, dtype=dtype)
    halves = packed.view(out // block, inner, block // 2)
    places = wide[:inner].view(inner, out // block, 2, block // 2).permute(2, 1, 0, 3)
    for place, half in zip(places, (halves & 15, halves >> 4), strict=True):
        place.copy_(half.view(torch.int8).sub_(8))
    scale = scales[..., 0].to(dtype).contiguous()
    wide[:inner].view(groups, GROUP, out).mul_(scale[:, None])
    wide[inner:] = scales[..., 1]
    return wide


def _short(rows: torch.Tensor) -> torch.Tensor:
    """As torch's own kernels take them. Asking takes less time than conversions that change nothing."""
    if rows.dtype is torch.bfloat16 and rows.is_contiguous():
        return rows
    return rows.bfloat16().contiguous()


def _long(rows: torch.Tensor) -> torch.Tensor:
    """As our own kernels take them."""
    if rows.dtype is torch.float32 and rows.is_contiguous():
        return rows
    return rows.float().contiguous()


def _own(form: str) -> Product:
    found = own(form)
    assert found is not None
    return found


def _through_int4(rows: torch.Tensor, packed: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    return torch._weight_int4pack_mm_for_cpu(rows, packed, GROUP, scales)


def _pieces(out: int) -> Iterator[slice]:
    return (slice(start, min(start + PIECE, out)) for start in range(0, out, PIECE))


def pack_int4(numbers: torch.Tensor) -> torch.Tensor:
    """The int4 kernel's own order of `int4_groups`' numbers, two to a byte."""
    packed: torch.Tensor = torch.ops.aten._convert_weight_to_int4pack_for_cpu(numbers, 1)
    return packed


def _some_int8(out: int, inner: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights and scales to measure with: time does not depend on what they are."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randint(-127, 128, (out, inner), dtype=torch.int8, generator=generator)
    return weight, torch.full((out,), 0.01)


class PlainInt8(RoundedLinear):
    """The same for shapes and processors that have no kernel: the matrix is made wide every time."""

    dtype = torch.float32

    def __init__(
        self, weight: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor | None = None
    ) -> None:
        super().__init__()
        self.rounded, self._scales, self.bias = weight, scales, bias
        self.out_features, self.in_features = weight.shape

    @classmethod
    def sample(cls, out: int, inner: int) -> Self:
        """A layer of that size to measure with."""
        return cls(*_some_int8(out, inner))

    def narrow(self, rows: torch.Tensor) -> torch.Tensor:
        """The product with the whole matrix made wide."""
        return (rows.float() @ self.rounded.float().T) * self._scales


class DenseLinear(nn.Module):
    """The same with unrounded weights, in a copy: what was read may be the file itself, and a file
    that shrinks would end the program."""

    given = torch.bfloat16

    def __init__(
        self, weight: torch.Tensor, bias: torch.Tensor | None, dtype: torch.dtype | None = None
    ) -> None:
        """Without `dtype` the weights are taken as they are, and shared."""
        super().__init__()
        self._weight = weight if dtype is None else owned(weight, dtype)
        self._bias = None if bias is None else owned(bias, self._weight.dtype)
        self.dtype = self._weight.dtype
        self.out_features, self.in_features = weight.shape

    @classmethod
    def sample(cls, out: int, inner: int) -> Self:
        """A layer of that size to measure with."""
        return cls(torch.full((out, inner), 0.01, dtype=torch.bfloat16), None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape (..., in) to (..., out)."""
        rows = x.numel() // x.shape[-1]
        if (
            self._weight.dtype is torch.bfloat16
            and not self._weight.is_cuda
            and rows >= paces.FEWEST
            and paces.wide_dtype() is torch.float32
        ):
            wide = None if self._bias is None else self._bias.float()
            return nn.functional.linear(x.float(), self._weight.float(), wide).to(x.dtype)
        weight = self._weight
        return nn.functional.linear(x.to(weight.dtype), weight, self._bias).to(x.dtype)


class OwnDense(DenseLinear):
    """The same with weights in bfloat16, few rows through a kernel of our own."""

    def __init__(
        self, weight: torch.Tensor, bias: torch.Tensor | None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__(weight, bias, dtype)
        _own("bf16").require(self._weight, self._weight)
        self._wide_bias = None if self._bias is None else self._bias.float()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape (..., in) to (..., out)."""
        rows = x if x.dim() == 2 else x.reshape(-1, self.in_features)
        if len(rows) >= paces.FEWEST:
            return super().forward(x)
        y = _own("bf16")(_long(rows), self._weight, self._weight, self.out_features)
        if self._wide_bias is not None:
            y = y.add_(self._wide_bias)
        return y.view(*x.shape[:-1], self.out_features).to(x.dtype)


def owned(weight: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """A copy in memory of our own."""
    return torch.empty(weight.shape, dtype=dtype).copy_(weight)
