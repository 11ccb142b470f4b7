"""The app's side of the inspector: starts its process, watches it, turns its death into a verdict.

Imports nothing that opens a model. Limits: the child sets the system's own where there are any
(Linux: memory, processor time, no writing; macOS: all but memory; Windows: none); from here, on
every system, it is ended when it takes too long, computes too long on one file, or grows too large.
"""

import contextlib
import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import psutil

from desktop_llm.core.errors import Cancelled
from desktop_llm.core.on_disk import whole
from desktop_llm.core.sayings import Saying
from desktop_llm.library.inspector.verdict import ANOTHER, TOO_LARGE, Finding, Verdict, from_json

ARGUMENT = "--inspect-models"
"""What the frozen binary is started with to become the inspector."""
TIME_LIMIT_S = 14.0
"""From the question to the verdict, the process's start included."""
MEMORY_LIMIT = 3 * 1024**3 // 2
"""Bytes of memory in use at most."""
LOOK_EVERY_S = 0.05
LONGEST_LINE = 4_000_000
SURROUNDINGS = ("SYSTEMROOT", "WINDIR", "TEMP", "TMP", "LD_LIBRARY_PATH", "LANG", "LC_ALL")
QUIET = {
    "TOKENIZERS_PARALLELISM": "false",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "RUST_BACKTRACE": "0",
}
BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from desktop_llm.library.inspector.child import main; sys.exit(main())"
)
TRY_AGAIN = Saying("Close other programs and try again, or choose another model.")

log = logging.getLogger(__name__)


def inspect(path: Path, cancel: threading.Event | None = None) -> Verdict:
    """The verdict on one model's folder or file, from a process made for it. Raises Cancelled."""
    with Inspector() as inspector:
        return inspector.inspect(path, cancel)


def problem_with(path: Path) -> tuple[Saying, ...]:
    """Why a model is refused, with the file, and what to do; () where it is safe to load."""
    for finding in inspect(path).findings:
        if str(finding.reason).startswith(finding.file):
            return finding.reason, finding.todo
        named = Saying("{file}: {reason}", file=finding.file, reason=finding.reason)
        return named, finding.todo
    return ()


def check_template(path: Path, source: str) -> tuple[Saying, ...]:
    """See that a chat template, with that model's special tokens, renders ordinary conversations.

    Says how many, and why not the first of the others; () where it renders all. Raises ModelError
    where it renders none, or does anything worse.
    """
    with Inspector() as inspector:
        verdict = inspector.inspect(path, template=source)
    if not verdict.safe:
        raise verdict.error()
    return verdict.notes


@dataclass(slots=True)
class _At:
    """The file that the child looks at, the processor time it may take, and the time it began."""

    file: str
    cpu_s: float = 10.0
    began_s: float = 0.0


class Inspector:
    """A process that inspects one path after another; started when needed, and again when it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.Queue[bytes] = queue.Queue()

    def __enter__(self) -> "Inspector":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process that runs now, if one does."""
        return self._process.pid if self._process is not None else None

    def inspect(
        self, path: Path, cancel: threading.Event | None = None, *, template: str | None = None
    ) -> Verdict:
        """The verdict on one path, at most 15 seconds later, whatever the process does.

        With `template` it is on that chat template alone, for the model at the path. Raises Cancelled where `cancel` is set meanwhile.
        """
        path = whole(path)
        started = time.monotonic()
        process = self._running()
        at = _At(path.name, began_s=_cpu(process))
        try:
            assert process.stdin is not None
            question = {"path": str(path), "template": template}
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
            verdict = self._answer(process, path, at, started, cancel)
        except (BrokenPipeError, OSError) as error:
            log.warning("The inspector is gone: %s", error)
            told = Saying("The inspection ended before it began.")
            verdict = replace(_refused(path, at, told, TRY_AGAIN), certain=False)
        if process.poll() is not None:
            self.close()
        return verdict

    def close(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = _start()
            self._lines = queue.Queue()
            arguments = (self._process.stdout, self._lines)
            threading.Thread(target=_read, args=arguments, daemon=True).start()
        return self._process

    def _answer(
        self,
        process: subprocess.Popen[bytes],
        path: Path,
        at: _At,
        started: float,
        cancel: threading.Event | None,
    ) -> Verdict:
        while True:
            try:
                line = self._lines.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                trouble = _trouble(process, path, at, started)
                if trouble is not None:
                    self.close()
                    return trouble
                if cancel is not None and cancel.is_set():
                    self.close()
                    raise Cancelled from None
                continue
            if not line:
                return _refused(path, at, _death(process))
            done = _taken(line, process, at)
            if done is not None:
                return done


def command() -> list[str]:
    """What starts the child: this Python over this package, or this very binary where frozen."""
    if getattr(sys, "frozen", False):
        return [sys.executable, ARGUMENT]
    root = Path(__file__).resolve().parents[3]
    return [sys.executable, "-I", "-B", "-X", "utf8", "-c", BOOT, str(root)]


def _start() -> "subprocess.Popen[bytes]":
    kept = {name: os.environ[name] for name in SURROUNDINGS if name in os.environ}
    hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows only
    return subprocess.Popen(
        command(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=kept | QUIET,
        cwd=Path(sys.executable).parent,
        creationflags=hidden,
        start_new_session=sys.platform != "win32",  # Ctrl-C in a terminal is for the app
    )


def _read(stream: IO[bytes], lines: "queue.Queue[bytes]") -> None:
    """Pass on what the child says; an empty line means that it says no more."""
    # Closed while reading: the app has seen enough.
    with contextlib.suppress(OSError, ValueError):
        while line := stream.readline(LONGEST_LINE):
            lines.put(line)
    lines.put(b"")


def _taken(line: bytes, process: "subprocess.Popen[bytes]", at: _At) -> Verdict | None:
    """Take a line: where the child is now, or its verdict. What is neither is passed over."""
    try:
        said: dict[str, Any] = json.loads(line)
        if "done" in said:
            return from_json(said["done"])
        at.file, at.cpu_s = str(said["at"]), float(said["cpu"])
        at.began_s = _cpu(process)
    except (ValueError, KeyError, TypeError):
        log.warning("The inspector said something else: %r", line[:200])
    return None


def _trouble(
    process: "subprocess.Popen[bytes]", path: Path, at: _At, started: float
) -> Verdict | None:
    """Why the child must be ended now, or None."""
    if _cpu(process) - at.began_s > at.cpu_s:
        told = Saying(
            "Looking at it does not end: {seconds} seconds of computing were not enough.",
            seconds=f"{at.cpu_s:.0f}",
        )
        return _refused(path, at, told)
    if time.monotonic() - started > TIME_LIMIT_S:
        told = Saying(
            "Looking at it took longer than {seconds} seconds.", seconds=f"{TIME_LIMIT_S:.0f}"
        )
        return replace(_refused(path, at, told, TRY_AGAIN), certain=False)
    taken = _sum(process, lambda one: one.memory_info().rss)
    return _refused(path, at, TOO_LARGE) if taken > MEMORY_LIMIT else None


def _cpu(process: "subprocess.Popen[bytes]") -> float:
    return _sum(process, lambda one: sum(one.cpu_times()[:2]))


def _sum(process: "subprocess.Popen[bytes]", measure: Callable[[psutil.Process], float]) -> float:
    """What the process and all below it use together. What has ended counts nothing.

    In a Windows venv python.exe only starts the Python that does the work, and waits for it.
    """
    used = 0.0
    with contextlib.suppress(psutil.Error):
        first = psutil.Process(process.pid)
        for one in (first, *first.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                used += measure(one)
    return used


def _death(process: "subprocess.Popen[bytes]") -> Saying:
    code = process.wait()
    if code < 0:
        return Saying("Reading it broke the inspector's process (signal {number}).", number=-code)
    return Saying("Reading it broke the inspector's process (exit code {number}).", number=code)


def _refused(path: Path, at: _At, reason: Saying, todo: Saying = ANOTHER) -> Verdict:
    return Verdict(str(path), (Finding(at.file, reason, todo),))
