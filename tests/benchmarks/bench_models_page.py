"""Opens the models page over a library of 300 models in the real window, and takes the time.

    packaging/with-screen.sh .venv/bin/python tests/benchmarks/bench_models_page.py

From the shortcut to the complete paint of the page with its models: the first time, when it is made,
and later times. Looking at the disk again comes after the paint and is timed apart. Bar: under 200 ms.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication

MODELS, TIMES = 300, 10


def main() -> int:
    """Print a line."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["DESKTOP_LLM_HOME"] = home
        _run()
    return 0


def _run() -> None:
    from desktop_llm.app import DesktopApp
    from desktop_llm.storage.paths import find_paths

    paths = find_paths()
    paths.prepare()
    _fill(paths.models)
    qt = QApplication.instance() or QApplication(sys.argv[:1])
    app = DesktopApp(paths)
    app.look.apply(qt)
    app.window.resize(1200, 800)
    app.window.show()
    app.start()
    assert app.wiring is not None
    wiring = app.wiring
    _until(qt, lambda: wiring.services.inference.model is not None)
    times, looking = [], []
    for _ in range(TIMES):
        _rest(qt)
        started = time.perf_counter()
        wiring.show_models()
        app.window.repaint()
        times.append(time.perf_counter() - started)
        started = time.perf_counter()
        qt.processEvents()
        looking.append(time.perf_counter() - started)
        shown = len(app.window.models_page.installed.list.entries)
        wiring.show_models()
    print(
        f"{shown} models: the first time {times[0] * 1e3:.0f} ms, then "
        f"{statistics.median(times[1:]) * 1e3:.0f} ms (most {max(times[1:]) * 1e3:.0f} ms); looking again {statistics.median(looking) * 1e3:.0f} ms"
    )
    app.window.close()
    app.shutdown()


def _fill(folder: Path) -> None:
    guide = Path(__file__).resolve().parents[2] / "resources" / "guide_model"
    files = [path for path in guide.iterdir() if path.suffix in (".json", ".safetensors", ".jinja")]
    for number in range(MODELS):
        target = folder / f"owner{number % 20}" / f"model-{number}"
        target.mkdir(parents=True)
        for path in files:
            if path.suffix == ".safetensors":
                os.link(_first(folder.parent, path), target / path.name)
            else:
                shutil.copy(path, target)


def _first(home: Path, path: Path) -> Path:
    copy = home / path.name
    if not copy.exists():
        shutil.copy(path, copy)
    return copy


def _rest(qt: QApplication) -> None:
    end = time.monotonic() + 0.5
    _until(qt, lambda: time.monotonic() > end)


def _until(qt: QApplication, done: Callable[[], bool]) -> None:
    while not done():
        qt.processEvents()
        time.sleep(0.002)


if __name__ == "__main__":
    sys.exit(main())
