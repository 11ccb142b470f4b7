"""Measures this computer's speed for the window, in a process of its own: `desktop-llm bench`, as anyone may run it.

So the window's own memory is not in the figures, nothing of it is left behind, and stopping is
ending that process. It keeps what it found in the cache folder.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psutil

from desktop_llm.core.available_memory import available_memory
from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.ports import Report
from desktop_llm.core.sayings import Saying, read_sayings
from desktop_llm.storage.measured import Measured
from desktop_llm.storage.paths import HOME_VARIABLE, find_paths
from desktop_llm.ui.services import Speeds
from desktop_llm.worker.inference import Work

LOOK_EVERY_S = 0.1
END_S = 2.0
"""Seconds that a stopped process is given to end by itself."""
REPEAT = 3
"""Runs of a model: enough for a median, and a person waits for them."""
BUSY = 0.3
"""Programs at work for each core, from which on others would disturb the measuring."""
SPARE = 3_000_000_000
"""Bytes of memory that are free where the computer is measured unasked."""


def make_speeds(measured: Measured) -> Speeds:
    """The steps, and what they have found so far."""
    return Speeds(
        measured_at=lambda: measured.at,
        probes=measured.probes,
        benchmarks=measured.benchmarks,
        measure=lambda report, cancel: _run(["--machine"], report, cancel),
        bench=_bench,
        may_measure=lambda: measured.at == 0.0 and _at_ease(),
    )


def _bench(model_id: str, precision: str) -> Work:
    wanted = ["--model", model_id, "--repeat", str(REPEAT)]
    wanted += ["--precision", precision] if precision else []
    return lambda report, cancel: _run(wanted, report, cancel)


def _at_ease() -> bool:
    """Whether nothing would be felt, and nothing disturb: on mains, memory to spare, no other work."""
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    unplugged = battery is not None and battery.power_plugged is False
    quiet = psutil.getloadavg()[0] < BUSY * (psutil.cpu_count() or 1)
    return quiet and not unplugged and available_memory() > SPARE


def _run(wanted: list[str], report: Report, cancel: threading.Event) -> None:
    """Run the command to its end. Raises Cancelled, and ModelError with why it refused."""
    process = _start([*wanted, "--json", "--progress"])
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
    reader.start()
    done, total = 0, 1
    refused: tuple[Saying, ...] = ()
    try:
        for line in _said(lines, cancel):
            told = json.loads(line) if line else {}
            done, total = told.get("done", done), told.get("total", total)
            refused = read_sayings(told.get("refused", [])) or refused
            report(done, total)  # also where nothing was said: the process is alive
        if process.wait() != 0:
            if refused:
                raise ModelError(*refused)
            if said := _complaint(process):
                raise ModelError(said)
            raise ModelError("The measuring process ended unexpectedly.")
    finally:
        _end(process)
        reader.join()


def _start(arguments: list[str]) -> "subprocess.Popen[str]":
    frozen = getattr(sys, "frozen", False)
    env = os.environ | {"PYTHONIOENCODING": "utf-8"}
    if env.get(HOME_VARIABLE):  # it may be relative, and the process runs elsewhere
        env[HOME_VARIABLE] = str(find_paths().home)
    program = [sys.executable] if frozen else [sys.executable, "-m", "desktop_llm"]
    return subprocess.Popen(
        [*program, "bench", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=env,
        cwd=None if frozen else Path(__file__).resolve().parents[1],
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows only
        start_new_session=sys.platform != "win32",  # Ctrl-C in a terminal is for the app
    )


def _read(stream: IO[str] | None, lines: "queue.Queue[str]") -> None:
    """Pass on what the process says; an empty line means that it says no more."""
    for line in stream or ():
        lines.put(line)
    lines.put("")


def _said(lines: "queue.Queue[str]", cancel: threading.Event) -> Iterator[str]:
    """Each line as it comes, and "" now and then while none comes. Raises Cancelled."""
    while True:
        if cancel.is_set():
            raise Cancelled
        try:
            line = lines.get(timeout=LOOK_EVERY_S)
        except queue.Empty:
            line = "\n"
        if not line:
            return
        yield line.strip()


def _complaint(process: "subprocess.Popen[str]") -> str:
    said = process.stderr.read().strip() if process.stderr is not None else ""
    return said.removeprefix("desktop-llm: ")


def _end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
