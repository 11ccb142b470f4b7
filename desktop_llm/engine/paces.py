"""Which way of multiplying is faster on this processor: measured once, when first asked, then noted.

Knows kernels and times, no model. Every number here comes from running, none from a table of
processors. What was measured is noted in the app's cache folder and believed for two weeks.
"""

import functools
import json
import logging
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import torch
from torch import nn

from desktop_llm import __version__

PROBES = ((256, 1024), (16_384, 1024))
"""Shapes of matrices that kernels are timed with: of a quarter of a megabyte and of 16, which take a
quarter of a second a kind. Larger ones give the same order and would be felt at every start."""
PROBE = 2048
"""Rows and columns of the matrix that long texts are timed with."""
FEWEST = 24
"""Rows that are never made wide: what is guessed ahead is shorter, and is to be computed as ever."""
TRIED = (24, 48, 96, 192, 384)
"""Numbers of rows that are timed. The last is well above where any processor tried here turns, so
that a busy moment does not say never."""
HEADS, PLACES = 16, 2048
"""Of the states that one token's attention is timed with: those of a layer of an ordinary text."""
CACHE = 32_000_000
"""Numbers of four bytes that are read in between, so that the states come from memory, as they do while
a model computes: some processors have caches of hundreds of megabytes."""
NOTES = "paces.json"
CHANCE = 1.25
"""So far apart times may be of what is equally fast."""
LASTS = 14 * 86_400
"""Seconds that a note is believed: what was measured in a busy moment does not stay for ever."""


class Multiplies(Protocol):
    """A layer of which some can be made to measure with; `given` is the type of what it multiplies."""

    given: torch.dtype

    @classmethod
    def sample(cls, out: int, inner: int) -> Self:
        """One of that size to measure with."""

    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        """The product."""


class Measurable(Multiplies, Protocol):
    """A layer that multiplies few rows in one way and many in another."""

    def narrow(self, rows: torch.Tensor) -> torch.Tensor:
        """The product of few rows."""

    def wide(self, rows: torch.Tensor) -> torch.Tensor:
        """The product of many."""


Layer = TypeVar("Layer", bound=Multiplies)
log = logging.getLogger(__name__)


class Notes:
    """Numbers measured, by what was measured; in a file too, once there is a folder for it."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._known: dict[str, dict[str, Any]] = {}
        self.measures = True
        """Whether what is noted for another number of threads only is measured anew."""

    def keep_in(self, folder: Path) -> None:
        """Take what is noted in that folder for this machine, and note there from now on."""
        if self._path == folder / NOTES:
            return
        self._path = folder / NOTES
        try:
            noted = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            noted = {}
        now = time.time()
        if isinstance(noted, dict) and noted.pop("machine", "") == machine():
            fresh = {name: one for name, one in noted.items() if _is_fresh(one, now)}
            self._known = fresh | self._known

    def numbers(self, name: str, measure: Callable[[], tuple[float, ...]]) -> tuple[float, ...]:
        """What was noted under that name, with as many threads as now, else measured and noted."""
        alike = [known for known in self._known if known.startswith(f"{name}, ")]
        name = f"{name}, {torch.get_num_threads()} threads"
        if name not in self._known and alike and not self.measures:
            return tuple(self._known[alike[-1]]["numbers"])
        if name not in self._known:
            self._known[name] = {"at": time.time(), "numbers": list(measure())}
            self._write()
        return tuple(self._known[name]["numbers"])

    def _write(self) -> None:
        if self._path is None:
            return
        draft = self._path.with_suffix(f".{os.getpid()}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"machine": machine()} | self._known, indent=1)
            draft.write_text(text, encoding="utf-8")
            draft.replace(self._path)
        except OSError as error:
            log.info("What was measured is not noted: %s", error)


def _is_fresh(note: Any, now: float) -> bool:
    """Whether it is a note as `Notes` writes them, and not too old."""
    if not isinstance(note, dict) or not isinstance(note.get("at"), float):
        return False
    numbers = note.get("numbers")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= 2:
        return False
    return 0 <= now - note["at"] < LASTS and all(isinstance(one, int | float) for one in numbers)


@functools.cache
def machine() -> str:
    """What measured times depend on: the processor, torch and this app."""
    name = platform.machine() if sys.platform.startswith("linux") else platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    kind = torch.backends.cpu.get_cpu_capability()
    made_of = f"torch {torch.__version__}, {__version__}"
    return f"{(models or [name])[0]}, {os.cpu_count()} CPUs, {kind}, {made_of}"


_notes = Notes()
keep_in = _notes.keep_in


def numbers(name: str, measure: Callable[[], tuple[float, ...]]) -> tuple[float, ...]:
    """See `Notes.numbers`."""
    return _notes.numbers(name, measure)


def compute_with(threads: int) -> None:
    """So many threads for a model that is being loaded; what is not noted for them is measured."""
    torch.set_num_threads(threads)
    _notes.measures = True


def go_on_with(threads: int) -> None:
    """So many threads from this reply on. What was measured with others has to do: measuring would
    hold up the reply."""
    if threads != torch.get_num_threads():
        torch.set_num_threads(threads)
        _notes.measures = False


@functools.cache
def wide_dtype() -> torch.dtype:
    """What many rows are multiplied in: bfloat16, unless float32 made of it is faster.

    Processors without bfloat16 arithmetic read long texts four times as fast in float32.
    """

    def measure() -> tuple[float, float]:
        weight, x = torch.full((PROBE, 1024), 0.01), torch.ones(96, 1024)
        half, short = weight.bfloat16(), x.bfloat16()
        direct = least_time(lambda: short @ half.T)
        return direct, least_time(lambda: short.float() @ half.float().T)

    direct, through = _notes.numbers("many rows in bfloat16 and in float32", measure)
    return torch.bfloat16 if direct <= through else torch.float32


@functools.cache
def states_dtype() -> torch.dtype:
    """In what one token reads keys and values fastest: bfloat16, of which there is half as much,
    unless the processor has no arithmetic for it."""

    def measure() -> tuple[float, float]:
        wide = torch.ones(1, HEADS, PLACES, 64)
        short, forget = wide.bfloat16(), _emptied_cache()
        times = [least_time(functools.partial(_one_token, one), 5, forget) for one in (short, wide)]
        return times[0], times[1]

    short, wide = _notes.numbers("one token over states in memory, bfloat16 and float32", measure)
    return torch.bfloat16 if short <= wide else torch.float32


def _one_token(states: torch.Tensor) -> torch.Tensor:
    return nn.functional.scaled_dot_product_attention(states[:, :, :1], states, states)


@functools.cache
def rows_for_wide(kind: type[Measurable]) -> int:
    """From how many rows on a kind of layer is faster through `wide`; sys.maxsize where never."""
    return int(_notes.numbers(f"many rows, {kind.__name__}", lambda: (_first_faster(kind),))[0])


def _first_faster(kind: type[Measurable]) -> int:
    layer = kind.sample(PROBE, PROBE)
    for rows in TRIED:
        x = torch.ones(rows, PROBE)
        wide = least_time(functools.partial(layer.wide, x), 3)
        if wide < least_time(functools.partial(layer.narrow, x), 3):
            return rows
    return sys.maxsize


@functools.cache
def _one_row(kind: type[Multiplies]) -> tuple[float, ...]:
    """Seconds that a kind of layer takes for one row by the smaller and the larger of `PROBES`, whose
    weights come from memory, as those of a model do."""

    def measure() -> tuple[float, ...]:
        forget = _emptied_cache()
        return tuple(
            least_time(
                functools.partial(kind.sample(out, inner), torch.ones(1, inner, dtype=kind.given)),
                before=forget,
            )
            for out, inner in PROBES
        )

    return _notes.numbers(f"one row out of memory, {kind.__name__}", measure)


def fastest(kinds: Sequence[type[Layer]], out: int, inner: int) -> type[Layer]:
    """The kind that multiplies one row by a matrix of that size fastest; the first, unless another is
    faster by more than chance.

    One kernel has more to do before it begins, the other is slower at each weight: measured on a
    small matrix and on a large one, the time of others lies on the line through both.
    """
    if len(kinds) == 1:
        return kinds[0]
    small, large = (one * two for one, two in PROBES)
    share = (out * inner - small) / (large - small)

    def expected(kind: type[Multiplies]) -> float:
        least, most = _one_row(kind)
        return least + share * (most - least)

    best = min(kinds, key=expected)
    return kinds[0] if expected(kinds[0]) <= CHANCE * expected(best) else best


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


def _emptied_cache() -> Callable[[], object]:
    """What leaves nothing in the processor's cache that was there before."""
    other = torch.zeros(CACHE)
    return lambda: other.add_(1)


def least_time(
    work: Callable[[], object], runs: int = 7, before: Callable[[], object] | None = None
) -> float:
    """Seconds of the fastest run, after one that is not counted; `before` each something else is done."""
    work()
    times = []
    for _ in range(runs):
        if before is not None:
            before()
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)
