"""Predicted against measured memory, of models from 1 MB to 2 GB in every precision.

    python tests/benchmarks/bench_memory.py [--only NAME] [--keep FOLDER]

Each load runs in a process of its own: what it has before the load is taken off, then a prompt fills
the context window and some tokens are written. All but the guide model are random.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shapes import LLAMA, MEDIUM, OPT, QWEN, make_folder

from desktop_llm.resources import resource

TOLERANCE = 0.15


@dataclass(frozen=True)
class Case:
    """A shape of shapes.py or the guide model, in a precision, with a context window."""

    model: str
    precision: str
    window: int


GUIDE = "guide model"
CASES = (
    Case("tiny", "bf16", 1024),
    Case(GUIDE, "bf16", 1024),
    Case("gpt2", "bf16", 1024),
    Case(MEDIUM, "int8", 1024),
    Case(OPT, "int4", 2048),
    Case(QWEN, "bf16", 2048),
    Case(QWEN, "int8", 2048),
    Case(QWEN, "int4", 4096),
    Case(LLAMA, "int8", 1024),
    Case(LLAMA, "int4", 4096),
)


def main() -> int:
    """Measure all cases, or one of them in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--keep", type=Path, help="keep the models there for the next time")
    parser.add_argument("--measure", nargs=3, metavar=("FOLDER", "PRECISION", "WINDOW"))
    choice = parser.parse_args()
    if choice.measure:
        folder, precision, window = choice.measure
        print(json.dumps(measure(Path(folder), precision, int(window))))
        return 0
    with tempfile.TemporaryDirectory() as made:
        return table(
            [case for case in CASES if choice.only in case.model], choice.keep or Path(made)
        )


def table(cases: list[Case], home: Path) -> int:
    """Print a line for each case; 1 where one is predicted worse than it should be."""
    worst = 0.0
    print(f"{'model':28}{'file':>9}{'predicted':>11}{'measured':>10}{'off':>7}")
    for case in cases:
        found = compared(case, home)
        worst = max(worst, abs(found["off"]))
        print(
            f"{case.model + ', ' + case.precision:28}{found['file'] / 1e6:7.0f}MB"
            f"{found['predicted'] / 1e6:9.0f}MB{found['measured'] / 1e6:8.0f}MB{found['off']:+7.1%}"
            f"   {found['parts']}",
            flush=True,
        )
    print(f"worst: {worst:.1%}, allowed {TOLERANCE:.0%}")
    return int(worst > TOLERANCE)


def compared(case: Case, home: Path) -> dict[str, Any]:
    """Bytes of the file, predicted and measured, by how much too many were predicted, and of what."""
    folder = folder_of(case, home)
    command = [sys.executable, __file__, "--measure", str(folder), case.precision, str(case.window)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    size = (folder / "model.safetensors").stat().st_size
    return found | {"file": size, "off": found["predicted"] / found["measured"] - 1}


def folder_of(case: Case, home: Path) -> Path:
    """The case's model folder."""
    return (
        Path(str(resource("guide_model"))) if case.model == GUIDE else make_folder(case.model, home)
    )


def measure(folder: Path, precision: str, window: int) -> dict[str, Any]:
    """Bytes predicted, and bytes that this process really took for the model."""
    import threading

    import psutil

    from desktop_llm.core.memory import blueprint, need
    from desktop_llm.core.model_files import read_model_files
    from desktop_llm.core.models import LoadRequest, ModelOnDisk
    from desktop_llm.core.settings import Precision
    from desktop_llm.engine.preload import preload

    preload()  # as the app does before any model
    from desktop_llm.engine import paces
    from desktop_llm.engine.bench import _run
    from desktop_llm.engine.load import load_bare

    process = psutil.Process()
    before = process.memory_info().rss
    files = read_model_files(folder, tokenizer=False)
    plan = blueprint(files.config, files.tensors)
    plan = replace(plan, state_bytes=paces.states_dtype().itemsize)
    predicted = need(plan, precision, window)
    request = LoadRequest(
        ModelOnDisk("m", "m", folder), precision=Precision(precision), context_window=window
    )
    with tempfile.TemporaryDirectory(
        ignore_cleanup_errors=True
    ) as cache:  # of rounded weights, as the app has one
        bare = load_bare(request, lambda done, total: None, threading.Event(), Path(cache))
    loaded = process.memory_info().rss
    most = [0]
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.01):
            most[0] = max(most[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    _run(bare, window - 9, 8, 1, threading.Event())
    stop.set()
    watcher.join()
    return {
        "predicted": predicted.total,
        "measured": most[0] - before,
        "parts": f"weights {predicted.weights / 1e6:.0f} states {predicted.states / 1e6:.0f} "
        f"working {predicted.working / 1e6:.0f}; loaded {(loaded - before) / 1e6:.0f}",
    }


if __name__ == "__main__":
    sys.exit(main())
