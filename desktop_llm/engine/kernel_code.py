"""Machine code for products of few rows with rounded weights, in LLVM's language. Runs nothing.

Inputs are rounded to whole numbers of 16 bits, 32 of a row with a scale of their own; 32 products are
summed up as whole numbers, exactly, and one floating-point step is made for them. Sources: Intel's and
AMD's manuals on VPDPBUSD, VPMADDUBSW and VPMADDWD.
"""

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from desktop_llm.engine.machine_code import Function, Job, Processor, real, vector
from desktop_llm.engine.rounding import GROUP

MOST = 32512
"""Inputs are rounded to -32512..32512: their upper byte, rounded, is from -127 to 127."""
CELLS = 4
"""Sums that are kept apart in a row of weights: one has to wait for the sum before it."""
TOGETHER = 32
"""Rows of weights that are read for one row of inputs, and then, out of the cache, for the next."""
PARTS = 4
"""So often a thread takes weights: few times, as each time memory must find into its stride, and more than
once, as some threads may be slower than others."""
JOB = Job(("x", "y", "weight", "scales", "numbers", "start"), ("rows", "inner", "out", "threads"))
NAME = "product"
"""Of the function that is called."""

_Told = dict[str, str]
_Add = Callable[[Function, _Told, str, str, str, str], None]
_End = Callable[[Function, _Told, str, str], str]


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of processors: numbers of 32 bits in a register, and whether it has VNNI's steps."""

    lanes: int
    vnni: bool
    processor: Processor

    @property
    def block(self) -> int:
        """Rows of an int4 matrix that stand together."""
        return 4 * self.lanes


_V3 = frozenset({"avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"})
_V4 = _V3 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
TARGETS = {
    "vnni": Target(
        16,
        True,
        Processor("x86-64-v4", "+avx512vnni,+avx512vbmi", _V4 | {"avx512_vnni", "avx512vbmi"}),
    ),
    "avx512": Target(16, False, Processor("x86-64-v4", "", _V4)),
    "avx2": Target(8, False, Processor("x86-64-v3", "", _V3)),
}
"""By name, those that do most at once first: Zen 4, Ice Lake and later; other servers since Skylake;
nearly all others since Haswell and Zen."""
FORMS = ("int4", "int8", "bf16")


def source(form: str, target: Target) -> str:
    """The product with weights in "int4", "int8" or "bf16": `NAME`, and what it needs."""
    prepare = _evened(target) if form == "bf16" else _rounded(target, split=form == "int4")
    work = {"int4": _int4, "int8": _int8, "bf16": _bf16}[form](target)
    return "\n".join(
        [
            _declared(target),
            str(prepare),
            str(work),
            str(JOB.entry(NAME, {"prepare": False, "work": True})),
        ]
    )


def _shared(f: Function, job: _Told, items: str) -> AbstractContextManager[str]:
    """So many items shared out among the threads of a job."""
    return f.share(job["next"], items, f.times(job["threads"], PARTS))


def _some_rows(f: Function, job: _Told, most: int, work: Callable[[list[str]], None]) -> None:
    """`work` for all rows of inputs: for so many together, as weights are taken apart once for them, and
    for those that are left one by one. The steps of a row are the same."""
    whole = f.value(f"udiv i64 {job['rows']}, {most}")
    with f.count(whole) as some:
        first = f.times(some, most)
        work([f.plus(first, one) for one in range(most)])
    done = f.times(whole, most)
    with f.count(f.value(f"sub i64 {job['rows']}, {done}")) as one:
        work([f.plus(done, one)])


def _declared(target: Target) -> str:
    n = target.lanes
    floats, ints, shorts, bytes_ = (
        f"<{n} x float>",
        f"<{n} x i32>",
        f"<{2 * n} x i16>",
        f"<{4 * n} x i8>",
    )
    return "\n".join([
        f"declare {floats} @llvm.fma.v{n}f32({floats}, {floats}, {floats})",
        f"declare {ints} @llvm.umax.v{n}i32({ints}, {ints})",
        f"declare i32 @llvm.vector.reduce.umax.v{n}i32({ints})",
        f"declare {floats} @llvm.nearbyint.v{n}f32({floats})",
        f"declare float @llvm.vector.reduce.fadd.v{n}f32(float, {floats})",
        f"declare i32 @llvm.vector.reduce.add.v{n}i32({ints})",
        f"declare {ints} @{_pairs_of(target)}({shorts}, {shorts})",
        f"declare {shorts} @{_pairs_of_bytes(target)}({bytes_}, {bytes_})",
    ])  # fmt: skip


def _pairs_of(target: Target) -> str:
    return "llvm.x86.avx512.pmaddw.d.512" if target.lanes == 16 else "llvm.x86.avx2.pmadd.wd"


def _pairs_of_bytes(target: Target) -> str:
    return "llvm.x86.avx512.pmaddubs.w.512" if target.lanes == 16 else "llvm.x86.avx2.pmadd.ub.sw"


def _rounded(target: Target, *, split: bool) -> Function:
    """Inputs as whole numbers of 16 bits: upper bytes, then lower ones where they are `split`.

    Behind them the scale of each 32, and what all 32 sum up to.
    """
    f, n = Function("prepare", "ptr %job"), target.lanes
    floats, ints = f"<{n} x float>", f"<{n} x i32>"
    job = JOB.told(f)
    numbers = f.times(job["rows"], job["inner"])
    groups = f.value(f"udiv i64 {numbers}, {GROUP}")
    scales = f.at(job["numbers"], numbers, numbers)
    sums = f.at(scales, f.times(groups, 4))
    with f.count(groups) as group:
        x = f.at(job["x"], f.times(group, 4 * GROUP))
        parts = [f.load(floats, f.at(x, 4 * n * part), 4) for part in range(GROUP // n)]
        # As whole numbers the bits of what is not a number are above all others: it stays none.
        largest = "zeroinitializer"
        for part in parts:
            bits = f.value(f"bitcast {floats} {part} to {ints}")
            bits = f.value(f"and {ints} {bits}, {vector(n, 'i32', 2**31 - 1)}")
            largest = f.value(f"call {ints} @llvm.umax.v{n}i32({ints} {largest}, {ints} {bits})")
        most = f.value(f"call i32 @llvm.vector.reduce.umax.v{n}i32({ints} {largest})")
        most = f.value(f"bitcast i32 {most} to float")
        is_some = f.value(f"fcmp ugt float {most}, {real(1e-30)}")
        most = f.value(f"select i1 {is_some}, float {most}, float {real(1e-30)}")
        scale = f.value(f"fdiv float {most}, {real(MOST)}")
        finer = f.splat("float", f.value(f"fdiv float {real(MOST)}, {most}"), n)
        total = None
        for place, part in enumerate(parts):
            stretched = f.value(f"fmul {floats} {part}, {finer}")
            near = f.value(f"call {floats} @llvm.nearbyint.v{n}f32({floats} {stretched})")
            number = f.value(f"fptosi {floats} {near} to {ints}")
            total = number if total is None else f.value(f"add {ints} {total}, {number}")
            index = f.plus(f.times(group, GROUP), n * place)
            if split:
                eight = vector(n, "i32", 8)
                up = f.value(f"add {ints} {number}, {vector(n, 'i32', 128)}")
                up = f.value(f"ashr {ints} {up}, {eight}")
                rest = f.value(f"sub {ints} {number}, {f.value(f'shl {ints} {up}, {eight}')}")
                for base, value in ((job["numbers"], up), (f.at(job["numbers"], numbers), rest)):
                    byte = f.value(f"trunc {ints} {value} to <{n} x i8>")
                    f.store(f"<{n} x i8>", byte, f.at(base, index))
            else:
                short = f.value(f"trunc {ints} {number} to <{n} x i16>")
                f.store(f"<{n} x i16>", short, f.at(job["numbers"], f.times(index, 2)))
        whole = f.value(f"call i32 @llvm.vector.reduce.add.v{n}i32({ints} {total})")
        whole = f.value(f"fmul float {f.value(f'sitofp i32 {whole} to float')}, {scale}")
        f.store("float", scale, f.at(scales, f.times(group, 4)), 4)
        f.store("float", whole, f.at(sums, f.times(group, 4)), 4)
    return f


# int4


def _int4(target: Target) -> Function:
    """Blocks of rows are shared out among the threads.

    For each input a block has two rows in a byte, the lower half and the upper half of the block. Of
    four inputs the bytes are put together that belong to a row, and multiplied by both bytes of theirs.
    """
    f, n = Function("work", "ptr %job"), target.lanes
    job = JOB.told(f)
    with _shared(f, job, f.value(f"udiv i64 {job['out']}, {target.block}")) as block:
        _some_rows(f, job, n // 8, lambda rows: _int4_block(f, target, job, block, rows))
    return f


def _int4_block(f: Function, target: Target, job: _Told, block: str, rows: list[str]) -> None:
    """The outputs of a block for some rows of inputs."""
    n = target.lanes
    floats, ints = f"<{n} x float>", f"<{n} x i32>"
    numbers = f.times(job["rows"], job["inner"])
    groups = f.value(f"udiv i64 {job['inner']}, {GROUP}")
    weight = f.at(job["weight"], f.times(block, f.times(job["inner"], 2 * n)))
    levels = f.at(job["scales"], f.times(block, 16 * n))
    cells = [[f.cell(floats, "zeroinitializer") for _ in range(4)] for _ in rows]
    with f.count(groups) as group:
        first = f.times(group, GROUP)
        here = f.at(levels, f.times(group, f.times(job["out"], 4)))
        upper = [f.at(job["numbers"], f.times(row, job["inner"]), first) for row in rows]
        lower = [f.at(one, numbers) for one in upper]
        sums = _sums_of_group(f, target, f.at(weight, f.times(first, 2 * n)), upper, lower)
        for quarter in range(4):
            each, offset = _two_of(f, n, f.load(ints, f.at(here, 4 * n * quarter), 4))
            for row, own, found in zip(rows, cells, sums, strict=True):
                scale, total = _scale_and_total(f, n, job, f.plus(f.times(row, groups), group))
                middle = f.value(f"fmul {floats} {total}, {vector(n, 'float', real(-8))}")
                number = f.value(f"sitofp {ints} {found[quarter]} to {floats}")
                number = _fma(f, n, number, scale, middle)
                so_far = _fma(f, n, each, number, f.load(floats, own[quarter]))
                f.store(floats, _fma(f, n, offset, total, so_far), own[quarter])
    for row, own in zip(rows, cells, strict=True):
        y = f.at(job["y"], f.times(f.times(row, job["out"]), 4), f.times(block, 16 * n))
        for quarter, cell in enumerate(own):
            f.store(floats, f.load(floats, cell), f.at(y, 4 * n * quarter), 4)


def _sums_of_group(
    f: Function, target: Target, weight: str, upper: list[str], lower: list[str]
) -> list[list[str]]:
    """The whole numbers that the levels of a group times its inputs sum up to: for each row of inputs,
    whose upper and lower bytes begin there, by quarters of the block."""
    n = target.lanes
    ints = f"<{n} x i32>"
    parts = [["zeroinitializer"] * 4 for _ in (*upper, *lower)]
    for quad in range(0, GROUP, 4):
        quarters = _four_inputs(f, n, f.at(weight, 2 * n * quad))
        for bytes_, sums in zip((*upper, *lower), parts, strict=True):
            x = f.splat("i32", f.load("i32", f.at(bytes_, quad)), n)
            sums[:] = [_dot(f, target, *both, x) for both in zip(sums, quarters, strict=True)]
    found = []
    for high, low in zip(parts[: len(upper)], parts[len(upper) :], strict=True):
        eight = vector(n, "i32", 8)
        shifted = [f.value(f"shl {ints} {number}, {eight}") for number in high]
        pairs = zip(shifted, low, strict=True)
        found.append([f.value(f"add {ints} {one}, {other}") for one, other in pairs])
    return found


def _scale_and_total(f: Function, n: int, job: _Told, nth: str) -> tuple[str, str]:
    """What the nth group of all inputs was divided by, and what they sum up to, in all lanes."""
    numbers = f.times(job["rows"], job["inner"])
    scales = f.at(job["numbers"], numbers, numbers)
    sums = f.at(scales, f.times(f.value(f"udiv i64 {numbers}, {GROUP}"), 4))
    scale, total = (
        f.splat("float", f.load("float", f.at(base, f.times(nth, 4)), 4), n)
        for base in (scales, sums)
    )
    return scale, total


def _four_inputs(f: Function, n: int, weight: str) -> list[str]:
    """The levels of four inputs that lie there, by quarters of a block: four bytes a row."""
    raw = f"<{4 * n} x i8>"
    first, second = f.load(raw, weight), f.load(raw, f.at(weight, 4 * n))
    lower, upper = [], []
    for half in range(2):
        order = [2 * n * byte + n * half + row for row in range(n) for byte in range(4)]
        mixed = f.value(
            f"shufflevector {raw} {first}, {raw} {second}, <{4 * n} x i32> {vector(4 * n, 'i32', order)}"
        )
        low = f.value(f"and {raw} {mixed}, {vector(4 * n, 'i8', 15)}")
        words = f.value(f"bitcast {raw} {mixed} to <{2 * n} x i16>")
        words = f.value(f"lshr <{2 * n} x i16> {words}, {vector(2 * n, 'i16', 4)}")
        high = f.value(f"bitcast <{2 * n} x i16> {words} to {raw}")
        lower.append(low)
        upper.append(f.value(f"and {raw} {high}, {vector(4 * n, 'i8', 15)}"))
    return lower + upper


def _dot(f: Function, target: Target, so_far: str, weight: str, x: str) -> str:
    """Each lane's four weights times the four inputs, added to what there is."""
    n = target.lanes
    ints, raw, shorts = f"<{n} x i32>", f"<{4 * n} x i8>", f"<{2 * n} x i16>"
    if target.vnni:
        weight = f.value(f"bitcast {raw} {weight} to {ints}")
        code = 'asm "vpdpbusd $3, $2, $0", "=v,0,v,v"'
        return f.value(f"call {ints} {code}({ints} {so_far}, {ints} {weight}, {ints} {x})")
    x = f.value(f"bitcast {ints} {x} to {raw}")
    pairs = f.value(f"call {shorts} @{_pairs_of_bytes(target)}({raw} {weight}, {raw} {x})")
    ones = vector(2 * n, "i16", 1)
    sums = f.value(f"call {ints} @{_pairs_of(target)}({shorts} {pairs}, {shorts} {ones})")
    return f.value(f"add {ints} {so_far}, {sums}")


def _two_of(f: Function, n: int, pair: str) -> tuple[str, str]:
    """The two bfloat16 numbers of each lane, the lower one first, as float32."""
    ints, floats = f"<{n} x i32>", f"<{n} x float>"
    low = f.value(f"shl {ints} {pair}, {vector(n, 'i32', 16)}")
    high = f.value(f"and {ints} {pair}, {vector(n, 'i32', -65536)}")
    return (
        f.value(f"bitcast {ints} {low} to {floats}"), f.value(f"bitcast {ints} {high} to {floats}"),
    )  # fmt: skip


def _fma(f: Function, n: int, one: str, other: str, more: str) -> str:
    floats = f"<{n} x float>"
    given = f"{floats} {one}, {floats} {other}, {floats} {more}"
    return f.value(f"call {floats} @llvm.fma.v{n}f32({given})")


# int8 and bfloat16: rows of weights, one behind the other


def _by_rows(target: Target, bytes_each: int, step: int, add: _Add, end: _End) -> Function:
    """Threads take some rows of weights at a time and multiply one after the other, as they lie in
    memory, which the processor then reads ahead.

    `add` adds the products of `step` numbers to a cell, and there are several cells, for a sum has to
    wait for the one before it; `end` makes the output of what all lanes sum up to.
    """
    f, n = Function("work", "ptr %job"), target.lanes
    floats = f"<{n} x float>"
    job = JOB.told(f)
    items = f.value(f"udiv i64 {f.plus(job['out'], TOGETHER - 1)}, {TOGETHER}")
    width = f.times(job["inner"], bytes_each)
    steps = f.value(f"udiv i64 {job['inner']}, {step}")
    whole, left = (f.value(f"{how} i64 {steps}, {CELLS}") for how in ("udiv", "urem"))
    with _shared(f, job, items) as item, f.count(job["rows"]) as row:
        first = f.times(item, TOGETHER)
        rest = f.value(f"sub i64 {job['out']}, {first}")
        with f.count(f.least(rest, TOGETHER)) as one:
            place = f.plus(first, one)
            weight = f.at(job["weight"], f.times(place, width))
            cells = [f.cell(floats, "zeroinitializer") for _ in range(CELLS)]
            with f.count(whole) as several:
                for number, cell in enumerate(cells):
                    add(f, job, row, weight, f.plus(f.times(several, CELLS), number), cell)
            with f.count(left) as single:
                add(f, job, row, weight, f.plus(f.times(whole, CELLS), single), cells[0])
            sums = [f.load(floats, cell) for cell in cells]
            total = functools.reduce(lambda a, b: f.value(f"fadd {floats} {a}, {b}"), sums)
            total = f.value(
                f"call reassoc float @llvm.vector.reduce.fadd.v{n}f32(float {real(0)}, "
                f"{floats} {total})"
            )
            y = f.at(job["y"], f.times(f.plus(f.times(row, job["out"]), place), 4))
            f.store("float", end(f, job, place, total), y, 4)
    return f


def _int8(target: Target) -> Function:
    n = target.lanes
    floats, ints, shorts = f"<{n} x float>", f"<{n} x i32>", f"<{2 * n} x i16>"

    def add(f: Function, job: _Told, row: str, weight: str, group: str, cell: str) -> None:
        """The products of a group: whole numbers, then one step in floating point."""
        numbers = f.times(job["rows"], job["inner"])
        begin = f.plus(f.times(row, job["inner"]), f.times(group, GROUP))
        x = f.at(job["numbers"], f.times(begin, 2))
        scales = f.at(job["numbers"], numbers, numbers)
        nth = f.value(f"udiv i64 {begin}, {GROUP}")
        scale = f.splat("float", f.load("float", f.at(scales, f.times(nth, 4)), 4), n)
        total = "zeroinitializer"
        for part in range(0, GROUP, 2 * n):
            narrow = f.load(f"<{2 * n} x i8>", f.at(weight, f.times(group, GROUP), part))
            wide = f.value(f"sext <{2 * n} x i8> {narrow} to {shorts}")
            inputs = f.load(shorts, f.at(x, 2 * part))
            pairs = f.value(f"call {ints} @{_pairs_of(target)}({shorts} {wide}, {shorts} {inputs})")
            total = f.value(f"add {ints} {total}, {pairs}")
        number = f.value(f"sitofp {ints} {total} to {floats}")
        f.store(floats, _fma(f, n, number, scale, f.load(floats, cell)), cell)

    def end(f: Function, job: _Told, place: str, total: str) -> str:
        scale = f.load("float", f.at(job["scales"], f.times(place, 4)), 4)
        return f.value(f"fmul float {total}, {scale}")

    return _by_rows(target, 1, GROUP, add, end)


def _evened(target: Target) -> Function:
    """Of each row of inputs those at even places, then those at odd ones."""
    f, n = Function("prepare", "ptr %job"), target.lanes
    floats = f"<{n} x float>"
    job = JOB.told(f)
    half = f.times(f.value(f"udiv i64 {job['inner']}, 2"), 4)
    parts = f.value(f"udiv i64 {job['inner']}, {2 * n}")
    with f.count(job["rows"]) as row, f.count(parts) as part:
        begin = f.times(f.times(row, job["inner"]), 4)
        x, to = f.at(job["x"], begin), f.at(job["numbers"], begin)
        here = f.at(x, f.times(part, 8 * n))
        first, second = f.load(floats, here, 4), f.load(floats, f.at(here, 4 * n), 4)
        for odd, base in enumerate((to, f.at(to, half))):
            order = vector(n, "i32", [2 * lane + odd for lane in range(n)])
            taken = f.value(
                f"shufflevector {floats} {first}, {floats} {second}, <{n} x i32> {order}"
            )
            f.store(floats, taken, f.at(base, f.times(part, 4 * n)), 4)
    return f


def _bf16(target: Target) -> Function:
    n = target.lanes
    floats, ints = f"<{n} x float>", f"<{n} x i32>"

    def add(f: Function, job: _Told, row: str, weight: str, part: str, cell: str) -> None:
        """Pairs of weights, one at an even place and one at an odd one, times their inputs."""
        here = f.times(part, 4 * n)
        even = f.at(job["numbers"], f.times(f.times(row, job["inner"]), 4), here)
        odd = f.at(even, f.times(job["inner"], 2))
        so_far = f.load(floats, cell)
        pair = _two_of(f, n, f.load(ints, f.at(weight, here)))
        for one, base in zip(pair, (even, odd), strict=True):
            so_far = _fma(f, n, one, f.load(floats, base, 4), so_far)
        f.store(floats, so_far, cell)

    return _by_rows(target, 2, 2 * n, add, lambda *given: given[-1])
