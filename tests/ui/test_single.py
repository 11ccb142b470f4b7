"""A second start: it is heard by the first, or takes its place, and is never lost between the two."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.app import _hand_over
from desktop_llm.core.launch import Launch
from desktop_llm.storage.paths import find_paths
from desktop_llm.ui.single import SingleInstance

LAUNCH = Launch((Path("/灯塔.llmchat"),))


SECOND = """
import json, sys
from pathlib import Path
from desktop_llm.core.launch import from_bytes
from desktop_llm.ui import single as module
module.FOLLOW_MS = int(sys.argv[3]) or module.FOLLOW_MS
single = module.SingleInstance(Path(sys.argv[1]))
heard = single.hand_over(from_bytes(sys.argv[2].encode()))
print(json.dumps([heard, single.first]))
"""


class Second:
    """Another process that starts over the same home, and waits no longer than `follow_ms`, if given."""

    def __init__(self, home: Path, launch: Launch, follow_ms: int) -> None:
        self._running = subprocess.Popen(
            [sys.executable, "-c", SECOND, str(home), launch.to_bytes(), str(follow_ms)],
            stdout=subprocess.PIPE,
        )

    @property
    def ended(self) -> bool:
        return self._running.poll() is not None

    def heard_and_first(self) -> list[bool]:
        """What became of it, once it has ended."""
        told, _ = self._running.communicate(timeout=30)
        return json.loads(told)  # type: ignore[no-any-return]

    def stop(self) -> None:
        if not self.ended:
            self._running.kill()
        self._running.communicate()


@pytest.fixture
def first(tmp_path: Path, qapp: QApplication) -> Iterator[SingleInstance]:
    single = SingleInstance(tmp_path)
    assert single.first
    yield single
    single.release()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Second]]:
    started: list[Second] = []

    def start_it(launch: Launch = LAUNCH, follow_ms: int = 0) -> Second:
        started.append(Second(tmp_path, launch, follow_ms))
        return started[-1]

    yield start_it
    for second in started:
        second.stop()


def test_a_second_start_is_answered_by_the_first(
    first: SingleInstance, start: Callable[..., Second], qtbot: QtBot
) -> None:
    told: list[Launch] = []
    first.asked.connect(told.append)
    second = start()
    qtbot.waitUntil(lambda: second.ended, timeout=30_000)
    assert second.heard_and_first() == [True, False]
    assert told == [LAUNCH]


def test_a_start_while_the_first_one_leaves_takes_its_place(
    first: SingleInstance, start: Callable[..., Second]
) -> None:
    second = start()
    time.sleep(2)  # it speaks, but no event loop runs here any more
    first.close()
    time.sleep(0.5)  # what was streaming is kept
    assert not second.ended
    first.release()
    assert second.heard_and_first() == [False, True]


def test_after_the_end_was_asked_for_nobody_is_heard(
    first: SingleInstance, start: Callable[..., Second], qtbot: QtBot
) -> None:
    told: list[Launch] = []
    first.asked.connect(told.append)
    leaving = start(Launch(quit=True))
    qtbot.waitUntil(lambda: leaving.ended, timeout=30_000)
    assert leaving.heard_and_first() == [True, False]
    second = start()
    qtbot.wait(2000)
    assert told == [Launch(quit=True)]
    first.release()
    assert second.heard_and_first() == [False, True]


def test_a_first_one_that_never_answers_is_not_waited_for_for_ever(
    first: SingleInstance, start: Callable[..., Second]
) -> None:
    assert start(follow_ms=2000).heard_and_first() == [False, False]


FIRST = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from desktop_llm.ui.single import SingleInstance
qt = QCoreApplication([])
single = SingleInstance(Path(sys.argv[1]))
if sys.argv[2] == "leaves":
    single.asked.connect(lambda launch: QTimer.singleShot(1000, qt.quit))  # what streams is kept
print("first", flush=True)
qt.exec()
single.release()
"""


@pytest.fixture
def first_elsewhere() -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Starts a process that owns this test's home; it "leaves" when it is asked to, or "stays"."""
    started: list[subprocess.Popen[bytes]] = []

    def start_it(what: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", FIRST, str(find_paths().home), what]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        stdout = started[-1].stdout
        assert stdout is not None
        assert stdout.readline() == b"first\n"
        return started[-1]

    yield start_it
    for process in started:
        process.kill()
        process.communicate()


def test_who_asks_for_the_end_ends_after_it(
    first_elsewhere: Callable[[str], subprocess.Popen[bytes]],
) -> None:
    """What comes next may delete the program's files."""
    leaving = first_elsewhere("leaves")
    command = [sys.executable, "-m", "desktop_llm", "--quit"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert leaving.poll() is not None
    assert done.returncode == 0, done.stderr


def test_an_end_that_does_not_come_is_told(
    first_elsewhere: Callable[[str], subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    staying = first_elsewhere("stays")
    monkeypatch.setattr("desktop_llm.ui.single.FOLLOW_MS", 3000)
    second = SingleInstance(find_paths().home)
    assert _hand_over(second, Launch(quit=True)) == 1
    assert staying.poll() is None
    assert "has not closed yet" in capsys.readouterr().err
