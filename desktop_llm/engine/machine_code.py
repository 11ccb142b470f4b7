"""Machine code of our own, made by LLVM while the program runs, or before. Knows no matrix.

A function is written in LLVM's language (https://llvm.org/docs/LangRef.html) line by line; loops and
cells in memory are written here, and LLVM turns cells into registers. What it computes on several
threads runs on those of torch's own OpenMP, so that there is one pool of threads and not two.
"""

import contextlib
import ctypes
import functools
import importlib.util
import mmap
import platform
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from desktop_llm.engine.preload import open_unlocked

LLVM = "binding/libllvmlite.so"
"""Its library, in llvmlite's folder."""
USER = "libtorch_cpu.so"
"""Which of torch's libraries has threads; it says itself whose they are."""
START = "GOMP_parallel"
"""OpenMP's function on Linux that has all of them do something."""
OPTIMISED = 2
_MAPPING = re.compile(
    r"^([0-9a-f]+-[0-9a-f]+) (\S+) (.*?)(?=^[0-9a-f]+-|\Z)", re.MULTILINE | re.DOTALL
)
"""A part of this process's memory as Linux tells it: where it lies, what is allowed, what it is."""
_NOT_WRITTEN = {"Anonymous", "Swap"}
"""What there is none of in a part that is as in its file."""


class Function:
    """A function in LLVM's language that returns nothing, in the making.

    Values are names (`%3`) or numbers, pointers count bytes.
    """

    def __init__(self, name: str, parameters: str) -> None:
        """`parameters` as they stand between the parentheses: `ptr %x, i64 %rows`."""
        self._head = f"define void @{name}({parameters})"
        self._cells: list[str] = []
        self._lines: list[str] = []
        self._names = 0

    def __str__(self) -> str:
        lines = ["entry:", *self._cells, *self._lines, "ret void"]
        return "\n".join([f"{self._head} {{", *lines, "}"])

    def _name(self) -> str:
        self._names += 1
        return f"v{self._names}"

    def do(self, line: str) -> None:
        """An instruction that gives nothing."""
        self._lines.append(line)

    def value(self, instruction: str) -> str:
        """The name of what an instruction gives."""
        name = f"%{self._name()}"
        self._lines.append(f"{name} = {instruction}")
        return name

    def cell(self, kind: str, start: str) -> str:
        """A place for one value, which is `start` from here on."""
        name = f"%{self._name()}"
        self._cells.append(f"{name} = alloca {kind}")
        self.do(f"store {kind} {start}, ptr {name}")
        return name

    def room(self, count: int) -> str:
        """Memory for so many bytes while the function runs, of which nothing is known."""
        name = f"%{self._name()}"
        self._cells.append(f"{name} = alloca [{count} x i8], align 64")
        return name

    def at(self, pointer: str, *offsets: str | int) -> str:
        """A pointer so many bytes further."""
        for offset in offsets:
            pointer = self.value(f"getelementptr i8, ptr {pointer}, i64 {offset}")
        return pointer

    def load(self, kind: str, pointer: str, align: int = 1) -> str:
        """What lies there."""
        return self.value(f"load {kind}, ptr {pointer}, align {align}")

    def store(self, kind: str, value: str, pointer: str, align: int = 1) -> None:
        """Put it there."""
        self.do(f"store {kind} {value}, ptr {pointer}, align {align}")

    def times(self, one: str, other: str | int) -> str:
        """The product of two counts."""
        return self.value(f"mul i64 {one}, {other}")

    def plus(self, one: str, other: str | int) -> str:
        """The sum of two counts."""
        return self.value(f"add i64 {one}, {other}")

    def splat(self, kind: str, value: str, lanes: int) -> str:
        """A vector of that value in every lane."""
        first = self.value(f"insertelement <{lanes} x {kind}> poison, {kind} {value}, i32 0")
        none = f"<{lanes} x {kind}> poison, <{lanes} x i32> zeroinitializer"
        return self.value(f"shufflevector <{lanes} x {kind}> {first}, {none}")

    @contextlib.contextmanager
    def count(self, end: str | int) -> Iterator[str]:
        """What stands inside is done for 0, 1, ... below `end`; gives the number."""
        cell = self.cell("i64", "0")

        def following() -> str:
            number = self.load("i64", cell, 8)
            self.store("i64", self.value(f"add i64 {number}, 1"), cell, 8)
            return number

        with self._while_below(end, following) as number:
            yield number

    @contextlib.contextmanager
    def share(self, counter: str, end: str, parts: str) -> Iterator[str]:
        """The same shared out among all threads that run this: each takes the next of so many parts,
        as a counter in memory says."""
        each = self.value(f"udiv i64 {end}, {parts}")
        each = self.least(each, "1", most=True)
        with self._while_below(
            end, lambda: self.value(f"atomicrmw add ptr {counter}, i64 {each} monotonic")
        ) as first:
            left = self.value(f"sub i64 {end}, {first}")
            with self.count(self.least(left, each)) as number:
                yield self.plus(first, number)

    def least(self, one: str, other: str | int, *, most: bool = False) -> str:
        """The lesser of two counts, or the larger."""
        is_one = self.value(f"icmp {'sgt' if most else 'slt'} i64 {one}, {other}")
        return self.value(f"select i1 {is_one}, i64 {one}, i64 {other}")

    @contextlib.contextmanager
    def _while_below(self, end: str | int, following: Callable[[], str]) -> Iterator[str]:
        again, inside, out = (self._name() for _ in range(3))
        self.do(f"br label %{again}")
        self.do(f"{again}:")
        number = following()
        more = self.value(f"icmp slt i64 {number}, {end}")
        self.do(f"br i1 {more}, label %{inside}, label %{out}")
        self.do(f"{inside}:")
        yield number
        self.do(f"br label %{again}")
        self.do(f"{out}:")


class Job:
    """What a function of ours is given: pointers, among them `start`, see `start_threads`, and counts,
    among them `threads`. Threads find it in memory, eight bytes each, and behind it a counter for each
    step, from which they take what to do."""

    def __init__(self, pointers: Sequence[str], counts: Sequence[str]) -> None:
        self._kinds = dict.fromkeys(pointers, "ptr") | dict.fromkeys(counts, "i64")

    @property
    def takes(self) -> list[Any]:
        """The same as types of ctypes."""
        pointer, count = ctypes.c_void_p, ctypes.c_int64
        return [pointer if kind == "ptr" else count for kind in self._kinds.values()]

    def told(self, f: Function, step: int = 0) -> dict[str, str]:
        """What a job tells, by name, in a function that is given one; `next` is the counter of a step."""
        told = {}
        for place, (name, kind) in enumerate(self._kinds.items()):
            told[name] = f.load(kind, f.at("%job", 8 * place), 8)
        told["next"] = f.at("%job", 8 * (len(self._kinds) + step))
        return told

    def entry(self, name: str, steps: dict[str, bool]) -> Function:
        """The function that is called. It has all threads run one step after the other, or runs those
        itself that are not for all."""
        f = Function(name, ", ".join(f"{kind} %{one}" for one, kind in self._kinds.items()))
        job = f.cell(f"[{len(self._kinds) + len(steps)} x i64]", "zeroinitializer")
        for place, (one, kind) in enumerate(self._kinds.items()):
            f.store(kind, f"%{one}", f.at(job, 8 * place), 8)
        count = f.value("trunc i64 %threads to i32")
        for step, all_threads in steps.items():
            if all_threads:
                f.do(f"call void %start(ptr @{step}, ptr {job}, i32 {count}, i32 0)")
            else:
                f.do(f"call void @{step}(ptr {job})")
        return f


def vector(lanes: int, kind: str, numbers: Any) -> str:
    """A constant: a list of as many numbers as there are lanes, or one for all."""
    each = numbers if isinstance(numbers, list | tuple) else [numbers] * lanes
    return f"<{', '.join(f'{kind} {number}' for number in each)}>"


def real(number: float) -> str:
    """A float32 constant, as LLVM reads it: the bits of the same number in 64."""
    near = ctypes.c_float(number).value
    return f"0x{ctypes.c_uint64.from_buffer_copy(ctypes.c_double(near)).value:016X}"


@dataclass(frozen=True, slots=True)
class Processor:
    """A kind of processors: its name and what it has besides, in LLVM's words, and what the system says
    of those that can do all of that."""

    name: str
    features: str
    flags: frozenset[str]


@functools.cache
def flags() -> frozenset[str]:
    """What this processor can do, in Linux's words ("avx2", "avx512_vnni"); nothing on other systems."""
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        return frozenset()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    told = [line.partition(":")[2] for line in lines if line.startswith("flags")]
    return frozenset(told[0].split() if told else ())


@functools.cache
def start_threads() -> int:
    """Where in memory the function lies that runs another one on torch's threads and returns when all
    are done (function, its pointer, threads, 0); 0 where there is none that is known.

    It is looked for through torch's own library, which may have been given another OpenMP than the one
    beside it: two would share the processor badly.
    """
    spec = importlib.util.find_spec("torch")
    for place in (spec and spec.submodule_search_locations) or ():
        with contextlib.suppress(OSError, AttributeError):
            function = getattr(ctypes.CDLL(str(Path(place) / "lib" / USER)), START)
            return ctypes.cast(function, ctypes.c_void_p).value or 0
    return 0


def compiled(source: str, name: str, takes: Sequence[Any], kind: Processor) -> Callable[..., None]:
    """A function of that source as machine code, which takes such ctypes and returns nothing.

    Raises RuntimeError where there is no LLVM, where it does not take the source, or where the system
    lets no memory be run that was written.
    """
    llvm, machine, module = _optimised(source, kind, jit=True)
    try:
        llvm.check_jit_execution()
    except OSError as error:
        raise RuntimeError(f"this system runs no code that was made: {error}") from error
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    _leave(LLVM)
    function = ctypes.CFUNCTYPE(None, *takes)(engine.get_function_address(name))
    function.code = engine  # type: ignore[attr-defined]  # it lives as long as the function does
    return function


def object_file(source: str, kind: Processor) -> bytes:
    """The same as a file for a linker. Raises RuntimeError."""
    _, machine, module = _optimised(source, kind, jit=False)
    return bytes(machine.emit_object(module))


def opened(library: Path, name: str, takes: Sequence[Any]) -> Callable[..., None]:
    """A function out of a library that was linked of such a file. Raises RuntimeError."""
    try:
        function = getattr(ctypes.CDLL(str(library)), name)
    except (OSError, AttributeError) as error:
        raise RuntimeError(str(error)) from error
    function.argtypes, function.restype = takes, None
    return cast("Callable[..., None]", function)


def _optimised(source: str, kind: Processor, *, jit: bool) -> tuple[Any, Any, Any]:
    """LLVM, its view of those processors, and what it makes of the source."""
    llvm = _llvm()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=kind.name,
        features=kind.features,
        opt=OPTIMISED,
        jit=jit,
        reloc="default" if jit else "pic",
    )
    module = llvm.parse_assembly(f'target triple = "{llvm.get_process_triple()}"\n{source}')
    module.verify()
    passes = llvm.create_pass_builder(
        machine, llvm.create_pipeline_tuning_options(speed_level=OPTIMISED)
    )
    passes.getModulePassManager().run(module, passes)
    return llvm, machine, module


@functools.cache
def _llvm() -> Any:
    """Raises RuntimeError where it is not installed."""
    spec = importlib.util.find_spec("llvmlite")
    for place in (spec and spec.submodule_search_locations) or ():
        open_unlocked(Path(place) / LLVM)  # large: opening it would stop the window
    try:
        from llvmlite import binding as llvm
    except (ImportError, OSError) as error:
        raise RuntimeError(str(error)) from error
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.initialize_native_asmparser()
    return llvm


def _leave(library: str) -> None:
    """Let the system take the pages of a library that are as in its file, which count as this process's
    memory once they were looked at: 75 MB of LLVM's. They are read again when they are needed again.
    Where that cannot be done, they stay."""
    libc = ctypes.CDLL(None)
    for begin, end in _as_in_file(library):
        libc.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), mmap.MADV_DONTNEED)


@functools.cache
def _as_in_file(library: str) -> tuple[tuple[int, int], ...]:
    """From where to where in memory a library lies as it is in its file."""
    try:
        maps = Path("/proc/self/smaps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    found = []
    for place, allowed, told in _MAPPING.findall(maps):
        path, _, counts = told.partition("\n")
        # What was written, such as addresses, is nowhere else.
        nothing = set(re.findall(r"^(\w+): +0 kB$", counts, re.MULTILINE))
        if "w" not in allowed and path.endswith(library) and nothing >= _NOT_WRITTEN:
            begin, end = place.split("-")
            found.append((int(begin, 16), int(end, 16)))
    return tuple(found)
