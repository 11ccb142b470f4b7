"""The full numbers of hostile model files, each through the library as a load goes, beside a ticking window.

    packaging/with-screen.sh .venv/bin/python tests/benchmarks/hostile_files.py [KIND=COUNT ...]

A process of its own makes the files, so that only the app's own work can delay the ticks. Prints a
row for each kind: cases, refused, safe, the longest inspection, the longest gap between two ticks.
Exit code 1 where a certain case passed, a canary appeared, something was written, or a verdict
came later than 15 seconds. Not part of `make bench`: it takes some minutes (`make hostile`).
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTimer

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests" / "library"
sys.path[:0] = [str(ROOT), str(TESTS)]

import hostile  # noqa: E402

from desktop_llm.core.errors import ModelError  # noqa: E402
from desktop_llm.core.models import ModelOnDisk  # noqa: E402
from desktop_llm.library.gate import Gate  # noqa: E402
from desktop_llm.library.inspector.process import Inspector  # noqa: E402
from desktop_llm.library.models import Library  # noqa: E402
from desktop_llm.library.records import Records  # noqa: E402

TICK_MS = 10
LIMIT_S = 15.0
MAKE = (
    "import json, sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); import hostile\n"
    "for case in hostile.cases(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])):\n"
    "    print(json.dumps([str(case.path), case.certain]), flush=True); input()\n"
)


@dataclass
class Row:
    """What one kind came to."""

    kind: str
    cases: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    wrong: int = 0
    ran: int = 0
    written: int = 0


class Ticks:
    """The window's event loop: how long the longest wait between two of its ticks was."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.all: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK_MS)

    def _tick(self) -> None:
        now = time.perf_counter()
        gap = now - self._last - TICK_MS / 1000
        self.longest, self._last = max(self.longest, gap), now
        self.all.append(gap)

    def take(self) -> tuple[float, float]:
        """The longest and the 99th percentile since last asked, in seconds."""
        longest, gaps, self.longest, self.all = self.longest, sorted(self.all), 0.0, []
        return longest, gaps[len(gaps) * 99 // 100] if gaps else 0.0


def run_kind(kind: str, count: int, folder: Path) -> Row:
    """Every case of a kind through gate and inspector, and through the list that the window shows."""
    row, models = Row(kind), folder / "models"
    with Inspector() as inspector:
        gate = Gate(Records(models), inspector.inspect)
        arguments = [sys.executable, "-c", MAKE, str(TESTS), kind, str(count), str(models)]
        with subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        ) as maker:
            assert maker.stdout is not None
            assert maker.stdin is not None
            for line in maker.stdout:
                path, certain = json.loads(line)
                _one(row, gate, Path(path), folder, certain=certain)
                maker.stdin.write("\n")
                maker.stdin.flush()
    return row


def _one(row: Row, gate: Gate, path: Path, folder: Path, *, certain: bool) -> None:
    place = next(p for p in (path, *path.parents) if p.parent == folder / "models")
    before = _seen(place)
    started = time.perf_counter()
    try:
        gate.check(ModelOnDisk(path.name, path.name, path), lambda *_: None, threading.Event())
    except ModelError as error:
        row.refused += 1
        row.wrong += not (error.why and error.todo)
    else:
        row.wrong += certain
    gate.accept(path)  # or the memory of ten thousand models would be what is measured
    row.slowest_s = max(row.slowest_s, time.perf_counter() - started)
    row.cases += 1
    row.ran += bool(list(place.rglob(hostile.CANARY)))
    row.written += _seen(place) != before
    if row.cases % 20 == 1:
        Library(folder / "models", None).list()


def _seen(place: Path) -> set[tuple[str, int]]:
    return {(str(p), p.lstat().st_mtime_ns) for p in place.rglob("*")}


def main() -> int:
    """Run all kinds, or those that are named, and print the table."""
    wanted = dict(argument.split("=") for argument in sys.argv[1:])
    counts = {
        kind: int(wanted.get(kind, 0 if wanted else full)) for kind, full in hostile.FULL.items()
    }
    qt, failed = QCoreApplication([]), False
    ticks = Ticks()
    print(
        f"{'kind':12}{'cases':>7}{'refused':>9}{'safe':>6}{'slowest':>10}{'gap':>9}{'p99':>8}{'all':>8}"
    )
    with tempfile.TemporaryDirectory() as name:
        for kind, count in counts.items():
            if not count:
                continue
            rows: list[Row] = []
            started = time.perf_counter()
            thread = threading.Thread(
                target=lambda kind=kind, count=count, rows=rows: rows.append(
                    run_kind(kind, count, Path(name) / kind)
                )
            )
            thread.start()
            ticks.take()
            while thread.is_alive():
                qt.processEvents()
                time.sleep(0.001)
            longest, usual = ticks.take()
            if not rows:
                return 1
            row = rows[0]
            print(f"{row.kind:12}{row.cases:7}{row.refused:9}{row.cases - row.refused:6}"
                  f"{row.slowest_s:9.2f}s{1000 * longest:7.0f}ms{1000 * usual:6.0f}ms"
                  f"{time.perf_counter() - started:7.0f}s", flush=True)  # fmt: skip
            bad = row.wrong or row.ran or row.written or row.slowest_s > LIMIT_S
            if bad:
                print(f"  wrongly safe {row.wrong}, programs run {row.ran}, written {row.written}")
            failed = failed or bool(bad) or row.cases != count
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
