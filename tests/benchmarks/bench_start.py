"""The start and the end of the app, each in a process of its own, with the real guide model.

Prints, as medians: from the process's start to the window's first paint; the longest time the
window did not answer while torch and the model were loaded; how long it took to be ready; and how
long closing took, at rest and in the middle of loading.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile

RUNS = 5
COMPILED = tempfile.TemporaryDirectory()
CHILD = r"""
import json, os, sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

# Seconds since boot at which the process began, from /proc, as a time of day.
ticks = float(open("/proc/self/stat").read().rpartition(")")[2].split()[19])
born = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")
marks, quit_early = {}, sys.argv[1] == "early"


class Watch(QObject):
    def __init__(self):
        super().__init__()
        self.beat, self.longest, self.lines = 0.0, 0.0, []

    def eventFilter(self, thing, event):
        if event.type() == QEvent.Type.Paint and "paint" not in marks:
            marks["paint"] = time.time() - born
            self.timer = QTimer(self)
            self.timer.timeout.connect(self.on_beat)
            self.timer.start(5)
            self.beat = time.perf_counter()
        return False

    def on_beat(self):
        now = time.perf_counter()
        gap, self.beat = (now - self.beat) * 1000, now
        if "ready" not in marks:
            if gap > self.longest:
                self.longest, marks["at"] = gap, time.time() - born
            if quit_early and "torch" in sys.modules:
                self.close()
            elif window().wiring is not None and window().wiring.services.inference.model:
                marks["ready"], marks["stall_ms"] = time.time() - born, self.longest
                self.close()

    def close(self):
        marks.setdefault("ready", 0)
        marks.setdefault("stall_ms", self.longest)
        marks["closing"] = time.time()
        self.timer.stop()
        window().window.close()
        print(json.dumps(marks), flush=True)


def window():
    return app_module.made


import desktop_llm.app as app_module
real = app_module.DesktopApp.__init__
def remember(self, *args):
    real(self, *args)
    app_module.made = self
    # On the window alone: a filter in Python over all events of the app would be timed with it.
    self.window.installEventFilter(watch)
app_module.DesktopApp.__init__ = remember
qt = QApplication(sys.argv[:1])
watch = Watch()
sys.exit(app_module.main(["desktop-llm"]))
"""


def one(when: str) -> dict[str, float]:
    """Start it once; "late" closes when the model is ready, "early" while it is loading."""
    import time

    # As on people's machines, Python keeps what it compiled; here in a folder of its own.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": COMPILED.name}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as home:
        child = subprocess.run(
            [sys.executable, "-c", CHILD, when], env={**environment, "DESKTOP_LLM_HOME": home},
            capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
        ended = time.time()
    if child.returncode:
        raise SystemExit(f"exit code {child.returncode}\n{child.stderr}")
    marks: dict[str, float] = json.loads(child.stdout.splitlines()[0])
    marks["close_s"] = ended - marks["closing"]
    return marks


def main() -> int:
    """Run and print."""
    one("late")  # fills the file cache, and compiles
    late = [one("late") for _ in range(RUNS)]
    early = [one("early") for _ in range(RUNS)]

    def median(runs: list[dict[str, float]], key: str) -> float:
        return statistics.median(run[key] for run in runs)

    print(f"process start to first paint   {median(late, 'paint'):6.2f} s    (asked: 0.5)")
    print(f"process start to model ready   {median(late, 'ready'):6.2f} s")
    print(f"longest stall while loading    {median(late, 'stall_ms'):6.0f} ms   (asked: 100)")
    print(f"  of the worst run             {max(run['stall_ms'] for run in late):6.0f} ms")
    print(f"close at rest                  {median(late, 'close_s'):6.2f} s    (asked: 2)")
    print(f"close while loading            {median(early, 'close_s'):6.2f} s    (asked: 2)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
