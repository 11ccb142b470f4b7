"""Matrices rounded to 8 or 4 bits a weight, and the fastest layer for each. Knows matrices, no model.

`pack` rounds a matrix to plain tensors that can be kept in a file, `build` makes the layer of them.
"""

from collections.abc import Sequence

import torch

from desktop_llm.engine import paces
from desktop_llm.engine.kernels import block, own
from desktop_llm.engine.linear import (
    DenseLinear,
    GiveBack,
    Int4Linear,
    Int8Linear,
    OwnDense,
    OwnInt4,
    OwnInt8,
    PlainInt8,
    RoundedLinear,
    WeightOnlyInt8,
    owned,
    pack_int4,
)
from desktop_llm.engine.rounding import GROUP, ROWS, int4_packed, int8_rows

Tensors = dict[str, torch.Tensor]


def pack(weight: torch.Tensor, bias: torch.Tensor | None, precision: str) -> tuple[str, Tensors]:
    """The form that a matrix (out, in) takes in "int8" or "int4", and the tensors `build` needs.

    Shapes that the int4 kernel does not take become int8. What is returned shares no memory with
    the arguments.
    """
    if precision == "int4" and fits_int4(weight):
        packed, scales = int4_packed(weight, pack_int4)
        form, tensors = "int4", {"weight": packed, "scales": scales}
    else:
        rounded, scales = int8_rows(weight)
        form, tensors = "int8", {"weight": rounded, "scales": scales}
    if bias is not None:
        tensors["bias"] = owned(bias, torch.float32)
    return form, tensors


def build(form: str, tensors: Tensors, give_back: GiveBack | None = None) -> RoundedLinear:
    """The layer of what `pack` returned; it may share the tensors' memory.

    With `give_back` they lie in a mapped file, and it is called with what need not stay in memory.
    """
    weight, scales, bias = tensors["weight"], tensors["scales"], tensors.get("bias")
    if form == "int4":
        return best_int4(*weight.shape)(weight, scales, bias)
    kind = best_int8(*weight.shape)
    if kind is Int8Linear:
        return Int8Linear(weight, scales, bias, give_back)
    return kind(weight, scales, bias)


def dense(weight: torch.Tensor, bias: torch.Tensor | None) -> DenseLinear:
    """The layer of a matrix (out, in) that is not rounded, which it shares."""
    out, inner = weight.shape
    kinds: list[type[DenseLinear]] = [DenseLinear]
    on_cpu = weight.dtype is torch.bfloat16 and weight.device.type == "cpu"
    if on_cpu and not inner % GROUP and own("bf16") is not None:
        kinds.insert(0, OwnDense)
    return paces.fastest(kinds, out, inner)(weight, bias)


def joined(parts: Sequence[tuple[str, Tensors]]) -> tuple[str, Tensors] | None:
    """One layer of several without biases that `pack` returned, their outputs in a row.

    None where they are of different forms or inputs, or cannot lie one behind the other.
    """
    form, first = parts[0]
    inner = first["weight"].shape[1]
    if any(one != form or part["weight"].shape[1] != inner for one, part in parts):
        return None
    if form == "int4" and any(len(part["weight"]) % ROWS for _, part in parts):
        return None  # the kernel packs so many rows together
    scales = [part["scales"] for _, part in parts]
    return form, {
        "weight": torch.cat([part["weight"] for _, part in parts]),
        "scales": torch.cat(scales, dim=1 if form == "int4" else 0),
    }


def quantised(weight: torch.Tensor, bias: torch.Tensor | None, precision: str) -> RoundedLinear:
    """A layer with those weights in "int8" or "int4"."""
    return build(*pack(weight, bias, precision))


def fits_int4(weight: torch.Tensor) -> bool:
    """Whether the int4 kernel takes a matrix of that shape."""
    return weight.shape[1] % GROUP == 0 and weight.shape[0] % 16 == 0


def best_int8(out: int, inner: int) -> type[RoundedLinear]:
    """The class that multiplies one row by an int8 matrix of that size fastest on this processor."""
    kinds: list[type[RoundedLinear]] = []
    if not inner % GROUP and own("int8") is not None:
        kinds.append(OwnInt8)
    if not (out % 32 or inner % 32):
        kinds.append(WeightOnlyInt8)
    if "fbgemm" in torch.backends.quantized.supported_engines:
        kinds.append(Int8Linear)
    return paces.fastest(kinds, out, inner) if kinds else PlainInt8


def best_int4(out: int, inner: int) -> type[RoundedLinear]:
    """The same for a matrix of `inner` bytes a row in the int4 kernel's order."""
    kinds: list[type[RoundedLinear]] = [Int4Linear]
    if 0 < block() <= out and block() == paces.int4_block(pack_int4):
        kinds.insert(0, OwnInt4)
    return paces.fastest(kinds, out, 2 * inner)
