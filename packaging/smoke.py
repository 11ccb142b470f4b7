"""Runs a built program as a person would, briefly, and fails where it does not work.

    python packaging/smoke.py PROGRAM [ARGUMENTS BEFORE EVERY COMMAND]

The window opens and says "ready: guide" in its log; a second start closes it; it ends with 0;
the command line answers a question, and `doctor` finds that multiplying is as it should be. Prints
how long the first paint and the model took.
"""

import contextlib
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
READY = "ready: guide"
PAINTED = "first paint:"
WAIT_S = 120
QUESTION = "What is a token?"
EXPECTED = "token"
KERNELS = "ok   kernels: "
"""What doctor says of machine code; BAD stands there where it was neither found nor made."""
SETTINGS = '[model]\ndevice = "cpu"\n'
"""The Macs that GitHub lends have a GPU that gives no memory."""


def main(program: list[str]) -> int:
    """Run everything. Returns the exit code."""
    with tempfile.TemporaryDirectory() as home, screen() as display:
        Path(home, "settings.toml").write_text(SETTINGS, encoding="utf-8")
        environment = {**os.environ, **display, "DESKTOP_LLM_HOME": home}
        log = window(program, environment, Path(home, "logs", "desktop-llm.log"))
        told = [line for line in log.splitlines() if PAINTED in line or READY in line]
        print("\n".join(told))
        answer = subprocess.run(
            [*program, "ask", QUESTION, "--temperature", "0"],
            env=environment, capture_output=True, text=True, encoding="utf-8", timeout=WAIT_S,
            check=False,
        )  # fmt: skip
        found = subprocess.run(
            [*program, "doctor"], env=environment, capture_output=True, text=True,
            encoding="utf-8", timeout=WAIT_S, check=False,
        )  # fmt: skip
    assert answer.returncode == 0, answer
    if sys.platform.startswith("linux") and platform.machine() == "x86_64":
        assert KERNELS in found.stdout, found
        assert "BAD  kernels:" not in found.stdout, found
    assert EXPECTED in answer.stdout, answer
    print(f"smoke: {QUESTION} {answer.stdout.strip()}")
    return 0


@contextlib.contextmanager
def screen() -> Iterator[dict[str, str]]:
    """A screen: the one that is there, or on Linux without one a virtual one."""
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY"):
        yield {}
        return
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x1000x24", "-noreset",
         "-nolisten", "tcp"],
        pass_fds=[write], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    try:
        with os.fdopen(read) as number:
            yield {"DISPLAY": ":" + number.readline().strip()}
    finally:
        server.terminate()
        server.wait()


def window(program: list[str], environment: dict[str, str], log: Path) -> str:
    """Open the window, wait for the model, ask it to close. Returns the log."""
    child = subprocess.Popen(program, env=environment)
    try:
        wait_for(log, READY, child)
        subprocess.run([*program, "--quit"], env=environment, check=True, timeout=WAIT_S)
        code = child.wait(WAIT_S)
    finally:
        child.kill()
    assert code == 0, f"the window ended with {code}"
    text = log.read_text("utf-8")
    assert "A bug" not in text, text
    return text


def wait_for(log: Path, line: str, child: subprocess.Popen[bytes]) -> None:
    """Wait until the log has a line. Raises AssertionError where it does not come."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        told = log.read_text("utf-8") if log.is_file() else ""
        if line in told:
            return
        assert " ERROR " not in told, told
        assert " CRITICAL " not in told, told
        assert child.poll() is None, f"the window ended by itself with {child.returncode}"
        time.sleep(0.1)
    raise AssertionError(f"{line!r} did not come. " + (log.read_text() if log.is_file() else ""))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
