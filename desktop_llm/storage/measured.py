"""What was measured of this computer's speed, in the cache folder. Losing it costs nothing but measuring again.

It holds as long as the processor and torch's version are the same. Measures nothing itself.
"""

import dataclasses
import importlib.metadata
import json
import logging
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import psutil

from desktop_llm.core.benchmarks import Benchmark, BenchResult, paces_of
from desktop_llm.core.speed import Pace, Speed
from desktop_llm.storage.atomic import write_atomically

_T = TypeVar("_T")

MOST = 12
"""Results that are kept of one model."""

log = logging.getLogger(__name__)


def this_computer() -> str:
    """The processor, its cores, and torch's version, which need not be imported for it."""
    try:
        torch = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:  # the packaged app has no metadata
        torch = "packaged"
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    return f"{_processor()}, {cores} cores, torch {torch}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:  # no Linux
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


class Measured:
    """The file. It is read each time: another process may have measured meanwhile."""

    def __init__(self, cache: Path, computer: str | None = None) -> None:
        self._path = cache / "speed.json"
        self._computer = this_computer() if computer is None else computer

    @property
    def at(self) -> float:
        """When this computer was measured, in seconds since 1970; 0 where it never was."""
        when = self._read().get("at")
        return float(when) if isinstance(when, int | float) else 0.0

    def probes(self) -> tuple[Pace, ...]:
        """What measuring this computer gave; nothing of models."""
        return tuple(_made(Pace, one) for one in self._read().get("paces", ()))

    def speed(self) -> Speed:
        """What is known of this processor: from measuring it, and from benchmarks of models."""
        return Speed(self.probes(), paces_of(self._benchmarks()))

    def benchmarks(self, model_id: str) -> tuple[Benchmark, ...]:
        """The results of a model, the oldest first."""
        return tuple(one for one in self._benchmarks() if one.model == model_id)

    def keep_paces(self, paces: Sequence[Pace]) -> None:
        """Keep what measuring this computer gave, of each precision the best that was ever seen.

        Another program can only slow a measurement down.
        """
        known = {(one.precision, one.read): one for one in self.probes()}
        best = [
            max(one, known.get((one.precision, one.read), one), key=lambda pace: pace.per_s)
            for one in paces
        ]
        made = [dataclasses.asdict(pace) for pace in best]
        self._write(self._read() | {"at": time.time(), "paces": made})

    def keep_benchmark(self, benchmark: Benchmark) -> None:
        """Keep a model's result; of many the oldest goes."""
        known = (*self.benchmarks(benchmark.model), benchmark)[-MOST:]
        others = [one for one in self._benchmarks() if one.model != benchmark.model]
        made = [dataclasses.asdict(one) for one in (*others, *known)]
        self._write(self._read() | {"benchmarks": made})

    def _benchmarks(self) -> tuple[Benchmark, ...]:
        return tuple(
            Benchmark(str(one["model"]), float(one["at"]), _made(BenchResult, one["result"]))
            for one in self._read().get("benchmarks", ())
        )

    def _read(self) -> dict[str, Any]:
        """What is in the file; nothing where it is of another computer, damaged or not there."""
        try:
            values = json.loads(self._path.read_text("utf-8"))
            if values["computer"] != self._computer:
                return {}
            for one in values.get("paces", ()):
                _made(Pace, one)
            for one in values.get("benchmarks", ()):
                _made(BenchResult, one["result"])
        except (OSError, ValueError, TypeError, KeyError):
            return {}
        return dict(values)

    def _write(self, values: dict[str, Any]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(values | {"computer": self._computer}, indent=1)
            write_atomically(self._path, text.encode())
        except OSError as error:
            log.warning("What was measured could not be kept: %s", error.strerror)


def _made(kind: type[_T], values: dict[str, Any]) -> _T:
    """A value out of what JSON said. Raises TypeError where something is missing or too much."""
    return kind(**values)
