"""Machine code for attention of many tokens that keeps no scores, in LLVM's language. Runs nothing.

Scores of some places are reckoned, made shares of and used up before those of the next: Dao et al.,
FlashAttention (2022), and Dao, FlashAttention-2 (2023). They lie with tokens side by side, so that no
step goes across a register; numbers are multiplied in pairs of bfloat16 and summed up in float32 (Intel's
and AMD's manuals on VDPBF16PS). The largest score is taken off, and shares are powers of two.
"""

from collections.abc import Callable

from desktop_llm.engine.machine_code import Function, Job, Processor, real, vector

LANES = 16
REGISTERS = 2
ROWS = LANES * REGISTERS
"""Rows of queries that are worked on together, a tile."""
PLACES = 128
"""Places whose scores are kept at a time."""
AT_ONCE = 8
"""Places, and then numbers of a value, whose sums for all rows of a tile are in registers together."""
NEVER = -1e30
"""The score of what is not looked at; whole numbers of the lowest are not told from it."""
JOB = Job(
    ("query", "keys", "values", "read", "short", "pairs", "first", "end", "bounds", "start"),
    (
        "heads", "places", "size", "key_stride", "value_stride", "tiles", "room", "threads",
    ),
)  # fmt: skip
"""See `flash.Attention`, which says what they are."""
NAME = "attention"
PROCESSOR = Processor(
    "x86-64-v4",
    "+avx512bf16",
    frozenset({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx512_bf16"}),
)
STATES = {"float32": 4, "bfloat16": 2}
"""What keys and values may be in, and its bytes."""

_FLOATS, _INTS = f"<{LANES} x float>", f"<{LANES} x i32>"
_SHORTS = f"<{LANES} x bfloat>"
_POWERS = (0.009618129, 0.05550411, 0.24022651, 0.69314718, 1.0)
"""Of two: Taylor's series, the highest power first. From -1/2 to 1/2 it is off by 4e-5, a hundredth of
what rounding to bfloat16 takes away."""
_Told = dict[str, str]
_Vectors = list[str]


def source(states: str) -> str:
    """Attention over keys and values that are kept in one of `STATES`: `NAME`, and what it needs."""
    entry = JOB.entry(NAME, {"prepare": True, "work": True})
    return "\n".join([_DECLARED, str(_shortened(states)), str(_attended()), str(entry)])


_DECLARED = f"""
declare {_FLOATS} @llvm.fma.v{LANES}f32({_FLOATS}, {_FLOATS}, {_FLOATS})
declare {_FLOATS} @llvm.roundeven.v{LANES}f32({_FLOATS})
declare {_FLOATS} @llvm.x86.avx512.mask.scalef.ps.512({_FLOATS}, {_FLOATS}, {_FLOATS}, i16, i32)
"""


def _shortened(states: str) -> Function:
    """Keys as bfloat16, and values too, those of two places number by number side by side. Behind the
    last place it is repeated."""
    f, bytes_each = Function("prepare", "ptr %job"), STATES[states]
    job = JOB.told(f)
    two = f.value(f"udiv i64 {job['room']}, 2")
    last = f.value(f"sub i64 {job['places']}, 1")
    parts = f.value(f"udiv i64 {job['size']}, {LANES}")
    with f.share(job["next"], f.times(job["heads"], two), f.times(job["threads"], 4)) as item:
        head, pair = f.value(f"udiv i64 {item}, {two}"), f.value(f"urem i64 {item}, {two}")
        places = [f.least(f.plus(f.times(pair, 2), one), last) for one in range(2)]
        room = f.times(f.times(item, 2), f.times(job["size"], 2))
        with f.count(parts) as part:
            sources = {}
            for name, stride in (("keys", "key_stride"), ("values", "value_stride")):
                begin = f.at(job[name], f.times(f.times(head, job[stride]), bytes_each))
                for one, place in enumerate(places):
                    at = f.plus(f.times(place, job["size"]), f.times(part, LANES))
                    sources[name, one] = _short(f, states, f.at(begin, f.times(at, bytes_each)))
            for one in range(2):
                at = f.at(
                    job["short"], room, f.times(job["size"], 2 * one), f.times(part, 2 * LANES)
                )
                f.store(_SHORTS, sources["keys", one], at, 2)
            order = [lane + LANES * one for lane in range(LANES) for one in range(2)]
            both = f.value(
                f"shufflevector {_SHORTS} {sources['values', 0]}, {_SHORTS} {sources['values', 1]}, "
                f"<{2 * LANES} x i32> {vector(2 * LANES, 'i32', order)}"
            )
            at = f.at(job["pairs"], room, f.times(part, 4 * LANES))
            f.store(f"<{2 * LANES} x bfloat>", both, at, 2)
    return f


def _short(f: Function, states: str, pointer: str) -> str:
    """The numbers that lie there as bfloat16."""
    if states == "bfloat16":
        return f.load(_SHORTS, pointer, 2)
    return f.value(f"fptrunc {_FLOATS} {f.load(_FLOATS, pointer, 4)} to {_SHORTS}")


def _attended() -> Function:
    """Tiles are shared out among the threads."""
    f = Function("work", "ptr %job")
    job = JOB.told(f, 1)
    scores, shares = f.room(4 * PLACES * ROWS), f.room(2 * PLACES * ROWS)
    items = f.times(job["heads"], job["tiles"])
    with f.share(job["next"], items, items) as item:
        tile = _Tile(f, job, item, scores, shares)
        before, free, behind, end = tile.bounds
        with f.count(f.value(f"sub i64 {behind}, {free}")) as number:
            tile.look(f.plus(free, number), masked=False)
        # Places that only some rows look at come last, in whatever order: the sums are the same.
        some = f.value(f"sub i64 {free}, {before}")
        left = f.plus(some, f.value(f"sub i64 {end}, {behind}"))
        with f.count(left) as number:
            is_before = f.value(f"icmp slt i64 {number}, {some}")
            jump = f.value(f"sub i64 {behind}, {free}")
            jump = f.value(f"select i1 {is_before}, i64 0, i64 {jump}")
            tile.look(f.plus(f.plus(before, number), jump), masked=True)
        tile.finish()
    return f


class _Tile:
    """What is worked out for some rows of queries."""

    def __init__(self, f: Function, job: _Told, item: str, scores: str, shares: str) -> None:
        self._f, self._job, self._scores, self._shares = f, job, scores, shares
        head, tile = (f.value(f"{how} i64 {item}, {job['tiles']}") for how in ("udiv", "urem"))
        self._query = f.at(job["query"], f.times(item, f.times(job["size"], 2 * ROWS)))
        self._read = f.at(job["read"], f.times(item, f.times(job["size"], 4 * ROWS)))
        self._states = f.times(f.times(head, job["room"]), f.times(job["size"], 2))
        self._first, self._end = (
            [f.load(_INTS, f.at(job[name], f.times(tile, 4 * ROWS), here), 4) for here in _each()]
            for name in ("first", "end")
        )
        self.bounds = [
            f.load("i64", f.at(job["bounds"], f.times(tile, 32), 8 * one), 8) for one in range(4)
        ]
        self._most = [f.cell(_FLOATS, _all(NEVER)) for _ in _each()]
        self._sums = [f.cell(_FLOATS, "zeroinitializer") for _ in _each()]
        with f.count(job["size"]) as number:
            for here in _each():
                at = f.at(self._read, f.times(number, 4 * ROWS), here)
                f.store(_FLOATS, "zeroinitializer", at, 64)

    def look(self, block: str, *, masked: bool) -> None:
        """Take in a block of places."""
        f = self._f
        place = f.times(block, PLACES)
        begin = f.plus(self._states, f.times(place, f.times(self._job["size"], 2)))
        largest = self._score(f.at(self._job["short"], begin), place, masked=masked)
        shrinks = []
        for most, total, found in zip(self._most, self._sums, largest, strict=True):
            before = f.load(_FLOATS, most)
            after = _larger(f, before, f.load(_FLOATS, found))
            shrinks.append(_power(f, f.value(f"fsub {_FLOATS} {before}, {after}")))
            f.store(_FLOATS, after, most)
            smaller = f.value(f"fmul {_FLOATS} {f.load(_FLOATS, total)}, {shrinks[-1]}")
            f.store(_FLOATS, smaller, total)
        self._share()
        self._add(f.at(self._job["pairs"], begin), shrinks)

    def _score(self, keys: str, begin: str, *, masked: bool) -> _Vectors:
        """Scores of a block; gives cells with the largest of each row."""
        f, size = self._f, self._job["size"]
        largest = [f.cell(_FLOATS, _all(NEVER)) for _ in _each()]
        with f.count(PLACES // AT_ONCE) as some:
            first = f.times(some, AT_ONCE)
            keys_here = [
                f.at(keys, f.times(f.plus(first, one), f.times(size, 2))) for one in range(AT_ONCE)
            ]

            def of_keys(pair: str) -> _Vectors:
                return [f.load("i32", f.at(key, f.times(pair, 4)), 4) for key in keys_here]

            found = self._products(f.value(f"udiv i64 {size}, 2"), self._query, of_keys)
            for one, cells in enumerate(found):
                place = f.plus(f.plus(begin, first), one)
                for register, cell in enumerate(cells):
                    score = f.load(_FLOATS, cell)
                    if masked:
                        score = self._masked(score, place, register)
                    larger = _larger(f, f.load(_FLOATS, largest[register]), score)
                    f.store(_FLOATS, larger, largest[register])
                    at = f.at(self._scores, f.times(f.plus(first, one), 4 * ROWS))
                    f.store(_FLOATS, score, f.at(at, _each()[register]), 64)
        return largest

    def _masked(self, score: str, place: str, register: int) -> str:
        f = self._f
        here = f.splat("i32", f.value(f"trunc i64 {place} to i32"), LANES)
        begun = f.value(f"icmp sge {_INTS} {here}, {self._first[register]}")
        ended = f.value(f"icmp sge {_INTS} {here}, {self._end[register]}")
        seen = f.value(
            f"select <{LANES} x i1> {ended}, <{LANES} x i1> zeroinitializer, <{LANES} x i1> {begun}"
        )
        return f.value(f"select <{LANES} x i1> {seen}, {_FLOATS} {score}, {_FLOATS} {_all(NEVER)}")

    def _share(self) -> None:
        """Scores become shares that are still to be divided by their sum, two places in a pair."""
        f = self._f
        most = [f.load(_FLOATS, cell) for cell in self._most]
        with f.count(PLACES // 2) as pair:
            for register, here in enumerate(_each()):
                shares = []
                for one in range(2):
                    at = f.at(self._scores, f.times(pair, 8 * ROWS), 4 * ROWS * one + here)
                    score = f.load(_FLOATS, at, 64)
                    below = f.value(f"fsub {_FLOATS} {score}, {most[register]}")
                    shares.append(_power(f, below))
                total = f.load(_FLOATS, self._sums[register])
                for share in shares:
                    total = f.value(f"fadd {_FLOATS} {total}, {share}")
                f.store(_FLOATS, total, self._sums[register])
                at = f.at(self._shares, f.times(pair, 4 * ROWS), here)
                f.store(_INTS, _pair(f, *shares), at, 64)

    def _add(self, values: str, shrinks: _Vectors) -> None:
        """What was read so far, shrunk, and the values of a block by their shares."""
        f, size = self._f, self._job["size"]
        with f.count(f.value(f"udiv i64 {size}, {AT_ONCE}")) as some:
            first = f.times(some, AT_ONCE)

            def of_values(pair: str) -> _Vectors:
                at = f.at(values, f.times(f.plus(f.times(pair, size), first), 4))
                return [f.load("i32", f.at(at, 4 * one), 4) for one in range(AT_ONCE)]

            found = self._products(PLACES // 2, self._shares, of_values)
            for one, cells in enumerate(found):
                for cell, shrink, here in zip(cells, shrinks, _each(), strict=True):
                    at = f.at(self._read, f.times(f.plus(first, one), 4 * ROWS), here)
                    more = _fma(f, f.load(_FLOATS, at, 64), shrink, f.load(_FLOATS, cell))
                    f.store(_FLOATS, more, at, 64)

    def _products(
        self, pairs: str | int, rows: str, others: Callable[[str], _Vectors]
    ) -> list[_Vectors]:
        """Cells with the products of the tile's rows, which lie by pairs, and some others, of which
        `others` gives the numbers of a pair."""
        f = self._f
        sums = [[f.cell(_FLOATS, "zeroinitializer") for _ in _each()] for _ in range(AT_ONCE)]
        with f.count(pairs) as pair:
            of_rows = [
                f.load(_INTS, f.at(rows, f.times(pair, 4 * ROWS), here), 64) for here in _each()
            ]
            for cells, other in zip(sums, others(pair), strict=True):
                everywhere = f.splat("i32", other, LANES)
                for cell, row in zip(cells, of_rows, strict=True):
                    code = 'asm "vdpbf16ps $3, $2, $0", "=v,0,v,v"'
                    given = (
                        f"{_FLOATS} {f.load(_FLOATS, cell)}, {_INTS} {row}, {_INTS} {everywhere}"
                    )
                    f.store(_FLOATS, f.value(f"call {_FLOATS} {code}({given})"), cell)
        return sums

    def finish(self) -> None:
        """Divide by what the shares sum up to."""
        f = self._f
        factors = [
            f.value(f"fdiv {_FLOATS} {_all(1)}, {f.load(_FLOATS, total)}") for total in self._sums
        ]
        with f.count(self._job["size"]) as number:
            for factor, here in zip(factors, _each(), strict=True):
                at = f.at(self._read, f.times(number, 4 * ROWS), here)
                f.store(
                    _FLOATS, f.value(f"fmul {_FLOATS} {f.load(_FLOATS, at, 64)}, {factor}"), at, 64
                )


def _each() -> list[int]:
    """Where the registers of a tile lie in its memory, in bytes."""
    return [4 * LANES * register for register in range(REGISTERS)]


def _all(number: float) -> str:
    return vector(LANES, "float", real(number))


def _fma(f: Function, one: str, other: str, more: str) -> str:
    given = f"{_FLOATS} {one}, {_FLOATS} {other}, {_FLOATS} {more}"
    return f.value(f"call {_FLOATS} @llvm.fma.v{LANES}f32({given})")


def _larger(f: Function, one: str, other: str) -> str:
    is_one = f.value(f"fcmp ogt {_FLOATS} {one}, {other}")
    return f.value(f"select <{LANES} x i1> {is_one}, {_FLOATS} {one}, {_FLOATS} {other}")


def _power(f: Function, exponent: str) -> str:
    """Two to the power of numbers of which none is above 0: a whole power times the rest's."""
    whole = f.value(f"call {_FLOATS} @llvm.roundeven.v{LANES}f32({_FLOATS} {exponent})")
    rest = f.value(f"fsub {_FLOATS} {exponent}, {whole}")
    first, *others = _POWERS
    power = _all(first)
    for factor in others:
        power = _fma(f, power, rest, _all(factor))
    return f.value(
        f"call {_FLOATS} @llvm.x86.avx512.mask.scalef.ps.512({_FLOATS} {power}, {_FLOATS} {whole}, "
        f"{_FLOATS} zeroinitializer, i16 -1, i32 4)"
    )


def _pair(f: Function, low: str, high: str) -> str:
    """Two numbers a lane, none below 0, rounded to bfloat16, side by side."""
    rounded = []
    for number in (low, high):
        bits = f.value(f"bitcast {_FLOATS} {number} to {_INTS}")
        rounded.append(f.value(f"add {_INTS} {bits}, {vector(LANES, 'i32', 1 << 15)}"))
    lower = f.value(f"lshr {_INTS} {rounded[0]}, {vector(LANES, 'i32', 16)}")
    upper = f.value(f"and {_INTS} {rounded[1]}, {vector(LANES, 'i32', -65536)}")
    return f.value(f"or {_INTS} {lower}, {upper}")
