"""Products of few rows with rounded weights, by machine code of our own. Knows tensors, no layer.

torch's own kernels turn each weight into a floating-point number before they multiply it, which takes
longer than to read it. Here inputs become whole numbers, as in llama.cpp, but of 16 bits and not of 8: a
hundred times as near as bfloat16. What comes out of a row does not depend on the rows beside it.
"""

import functools
import logging
from collections.abc import Callable, Sequence
from typing import Any

import torch

from desktop_llm.engine import machine_code
from desktop_llm.engine.kernel_code import JOB, NAME, TARGETS, source
from desktop_llm.engine.rounding import GROUP
from desktop_llm.resources import resources_root

FOLDER = "kernels"
"""Where among the resources a package has machine code, by form and target."""
NEAR = 1e-3
"""How much of a product may be lost; far more than is."""

log = logging.getLogger(__name__)


class Product:
    """The product of a few rows with a matrix of one form.

    "int4": `weight` and `scales` as `int4_packed` gives them where torch packs as many rows together as
    the target's block has; rows that do not fill a block are not computed. "int8": `weight` int8
    (out, in), `scales` float32 (out,). "bf16": `weight` bfloat16 (out, in), also as `scales`. `in` is a
    multiple of 32.
    """

    def __init__(self, form: str, run: Callable[..., None]) -> None:
        self._form, self._run, self._start = form, run, machine_code.start_threads()

    def require(self, weight: torch.Tensor, scales: torch.Tensor) -> None:
        """Raises TypeError unless they are of the types that it reads, each row behind the other."""
        types = {
            "int4": (torch.uint8, torch.bfloat16), "int8": (torch.int8, torch.float32),
            "bf16": (torch.bfloat16, torch.bfloat16),
        }  # fmt: skip
        whole = weight.is_contiguous() and scales.is_contiguous()
        if (weight.dtype, scales.dtype) != types[self._form] or not whole:
            raise TypeError(
                f"weights of {weight.dtype}, scales of {scales.dtype}, in order: {whole}"
            )

    def __call__(
        self, rows: torch.Tensor, weight: torch.Tensor, scales: torch.Tensor, out: int
    ) -> torch.Tensor:
        """`rows` float32, contiguous, (rows, in); gives float32 (rows, out).

        Raises RuntimeError where rows have another width than the weights.
        """
        count, inner = rows.shape
        width = weight.shape[1] * 2 if self._form == "int4" else weight.shape[1]
        if inner != width or inner % GROUP:
            raise RuntimeError(f"rows of {inner} numbers do not fit weights of {width}")
        y = torch.empty(count, out, dtype=torch.float32)  # said: transformers changes the usual one
        numbers = torch.empty(
            count, inner, dtype=torch.float32
        )  # bytes enough for inputs in any form
        self._run(
            rows.data_ptr(), y.data_ptr(), weight.data_ptr(), scales.data_ptr(), numbers.data_ptr(),
            self._start, count, inner, out, torch.get_num_threads(),
        )  # fmt: skip
        return y


def target() -> str | None:
    """What is made for this processor, by its name in `TARGETS`; None where nothing is."""
    flags = machine_code.flags() if machine_code.start_threads() else frozenset()
    return next((name for name, one in TARGETS.items() if one.processor.flags <= flags), None)


@functools.cache
def own(form: str) -> Product | None:
    """The product for this processor; None where there is none, or where it does not reckon right."""
    kind = target()
    if kind is None:
        return None
    try:
        product = ready_made(form, kind) or compiled(form, kind)
    except RuntimeError as error:
        log.warning("No machine code for %s: %s", form, error)
        return None
    if not reckons_right(product, form, TARGETS[kind].block):
        log.warning("The machine code for %s does not reckon right here, and is not used", form)
        return None
    return product


def compiled(form: str, kind: str) -> Product:
    """The product for such processors, made now. Raises RuntimeError."""
    one = TARGETS[kind]
    return Product(form, machine_code.compiled(source(form, one), NAME, JOB.takes, one.processor))


def ready_made(form: str, kind: str) -> Product | None:
    """The same out of what a package has instead of LLVM; None where there is none. Raises RuntimeError."""
    run = packaged(f"{form}-{kind}", NAME, JOB.takes)
    return None if run is None else Product(form, run)


def packaged(stem: str, name: str, takes: Sequence[Any]) -> Callable[..., None] | None:
    """A function that a package has ready made, in a file of that stem; None where there is none.
    Raises RuntimeError."""
    library = resources_root() / FOLDER / f"{stem}.so"
    return machine_code.opened(library, name, takes) if library.exists() else None


def block() -> int:
    """Rows of an int4 matrix that stand together in the order that is taken here; 0 where none is."""
    kind = target()
    return 0 if kind is None or own("int4") is None else TARGETS[kind].block


def reckons_right(product: Product, form: str, block: int) -> bool:
    """Whether it gives what plain arithmetic does, for a matrix of two blocks."""
    generator = torch.Generator().manual_seed(0)
    out, inner = 2 * block, 3 * GROUP
    rows = torch.randn(3, inner, generator=generator)
    numbers = torch.randint(-127, 128, (out, inner), dtype=torch.int8, generator=generator)
    if form == "int4":
        packed = numbers[:, : inner // 2].contiguous().view(torch.uint8)
        scales = torch.rand(inner // GROUP, out, 2, generator=generator).bfloat16()
        halves = packed.view(2, inner, block // 2)
        levels = torch.cat((halves & 15, halves >> 4), dim=2).transpose(1, 2).double() - 8
        each, offsets = (one.T.repeat_interleave(GROUP, 1) for one in scales.double().unbind(2))
        wide, weight = levels.reshape(out, inner) * each + offsets, packed
    elif form == "int8":
        weight, scales = numbers, torch.rand(out, generator=generator)
        wide = weight.double() * scales[:, None]
    else:
        weight = scales = torch.randn(out, inner, generator=generator).bfloat16()
        wide = weight.double()
    exact = rows.double() @ wide.T
    return bool((product(rows, weight, scales, out) - exact).norm() < NEAR * exact.norm())
