"""The app as a process of its own, worked with from outside: real keys, real signals, real ends."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desktop_llm.core.messages import Conversation, Message, MessageState, Role
from desktop_llm.storage.export import to_json
from desktop_llm.storage.logs import crash_file
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import find_paths

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(
        not os.environ.get("DISPLAY") or shutil.which("xdotool") is None,
        reason="needs a screen and xdotool; packaging/with-screen.sh gives one",
    ),
]
QUESTION = "What is a large language model?"
SOON_S = 10
"""The app leaves within two seconds where a machine has nothing else to do; this one runs tests."""


class Process:
    """The app, started as a person starts it."""

    def __init__(self, *arguments: str) -> None:
        self.running = subprocess.Popen(
            [sys.executable, "-m", "desktop_llm", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self.log = find_paths().logs / "desktop-llm.log"

    def wait_ready(self, times: int = 1) -> None:
        """Wait until the model is loaded for that many times in this home."""
        self.until(lambda: self.log.is_file() and self.log.read_text().count("ready:") >= times)

    def until(self, done: Callable[[], bool], timeout: float = 120) -> None:
        """Wait for something, as long as the process lives."""
        end = time.monotonic() + timeout
        while not done():
            assert time.monotonic() < end, "it took too long"
            assert self.running.poll() is None, self.running.communicate()[1]
            time.sleep(0.05)

    def keys(self, *arguments: str) -> None:
        """xdotool, with the app's window in front."""
        found = subprocess.run(
            ["xdotool", "search", "--sync", "--onlyvisible", "--name", "Desktop LLM"],
            capture_output=True, text=True, check=True, timeout=30,
        )  # fmt: skip
        window = found.stdout.split()[-1]
        subprocess.run(["xdotool", "windowfocus", "--sync", window], check=True, timeout=30)
        self.keys_as_they_are(*arguments)

    def keys_as_they_are(self, *arguments: str) -> None:
        """xdotool, whatever window is in front."""
        subprocess.run(["xdotool", *arguments], check=True, timeout=60)

    def ended(self, timeout: float = 30) -> int:
        """Wait for its end; the exit code."""
        self.running.communicate(timeout=timeout)
        return self.running.returncode


@pytest.fixture
def start() -> Iterator[Callable[..., Process]]:
    """Starts the app; every process is ended by its pid."""
    started: list[Process] = []

    def start_it(*arguments: str) -> Process:
        started.append(Process(*arguments))
        return started[-1]

    yield start_it
    for process in started:
        if process.running.poll() is None:
            process.running.kill()
        process.running.communicate()


def stored() -> list[Message]:
    """All messages in the history, which no other process may be using just then."""
    history = open_history(find_paths())
    try:
        return [m for c in history.conversations() for m in history.messages(c.id)]
    finally:
        history.close()


def drafts() -> dict[str, str]:
    """What was written and not sent, as it is on disk."""
    history = open_history(find_paths())
    try:
        return history.drafts()
    finally:
        history.close()


def test_a_question_typed_on_the_keyboard_is_answered_and_quitting_keeps_it(
    start: Callable[[], Process],
) -> None:
    process = start()
    process.wait_ready()
    process.keys("type", "--delay", "20", QUESTION)
    process.keys("key", "Return")
    process.until(lambda: any(m.state is MessageState.COMPLETE and m.text for m in stored()[1:]))
    process.keys("key", "ctrl+q")
    assert process.ended() == 0
    asked, answered = stored()
    assert asked.text == QUESTION
    assert "language model" in answered.text


def test_a_killed_process_loses_nothing_that_was_shown_and_the_next_start_says_so(
    start: Callable[[], Process],
) -> None:
    process = start()
    process.wait_ready()
    process.keys("type", "--delay", "20", QUESTION)
    process.keys("key", "Return")
    process.until(lambda: len(stored()) == 2)
    os.kill(process.running.pid, signal.SIGKILL)
    assert process.ended() == -signal.SIGKILL
    again = start()
    again.wait_ready(2)
    again.keys("key", "ctrl+q")
    assert again.ended() == 0
    asked, reply = stored()
    assert asked.text == QUESTION
    assert reply.state in (MessageState.INTERRUPTED, MessageState.COMPLETE)


def test_a_draft_survives_a_kill(start: Callable[[], Process]) -> None:
    process = start()
    process.wait_ready()
    process.keys("type", "--delay", "20", QUESTION)
    process.until(lambda: drafts().get("") == QUESTION)
    os.kill(process.running.pid, signal.SIGKILL)
    assert process.ended() == -signal.SIGKILL
    assert drafts() == {"": QUESTION}
    again = start()
    again.wait_ready(2)
    again.keys("key", "Return")
    again.until(lambda: len(stored()) == 2)
    again.keys("key", "ctrl+q")
    assert again.ended() == 0
    assert stored()[0].text == QUESTION


def test_a_second_start_raises_the_first_window_and_ends(start: Callable[[], Process]) -> None:
    process = start()
    process.wait_ready()
    second = start()
    out, _ = second.running.communicate(timeout=30)
    assert second.running.returncode == 0
    assert "already open" in out
    assert process.running.poll() is None
    process.keys("key", "ctrl+q")
    assert process.ended() == 0


def test_a_second_start_hands_files_a_question_and_the_end_to_the_first(
    start: Callable[..., Process], tmp_path: Path
) -> None:
    said = Message("m", "c", None, Role.USER, "Where is the lighthouse?", datetime.now(UTC))
    whole = Conversation("c", "Lighthouse", said.created, said.created, leaf_id="m")
    export = tmp_path / "lighthouse.llmchat"
    export.write_text(to_json(whole, [said]), encoding="utf-8")
    process = start(str(export))
    process.wait_ready()
    process.until(lambda: [message.text for message in stored()] == [said.text])
    assert start("open", str(export)).ended() == 0
    process.until(lambda: [message.text for message in stored()] == [said.text] * 2)
    assert start("--quick-ask").ended() == 0
    quick = ("search", "--sync", "--onlyvisible", "--name", "Quick ask")
    process.keys_as_they_are(*quick, "windowfocus")
    process.keys_as_they_are("type", "--delay", "20", QUESTION)
    process.keys_as_they_are("key", "Return")
    process.until(lambda: any("language model" in message.text for message in stored()[1:]))
    assert start("--quit").ended() == 0
    assert process.ended() == 0
    assert start("--quit").ended() == 0


def test_a_start_right_after_the_end_was_asked_for_opens_a_window(
    start: Callable[..., Process],
) -> None:
    process = start()
    process.wait_ready()
    assert start("--quit").ended() == 0
    again = start()
    again.wait_ready(2)
    assert process.ended() == 0
    again.keys("key", "ctrl+q")
    assert again.ended() == 0


def test_quitting_in_the_middle_of_a_reply_ends_soon_and_keeps_it(
    start: Callable[[], Process],
) -> None:
    process = start()
    process.wait_ready()
    process.keys("type", "--delay", "20", QUESTION)
    process.keys("key", "Return")
    process.until(lambda: len(stored()) == 2)
    process.keys("key", "ctrl+q")
    assert process.ended(SOON_S) == 0
    reply = stored()[-1]
    assert reply.state is not MessageState.STREAMING


def test_quitting_while_the_model_loads_ends_soon(start: Callable[[], Process]) -> None:
    process = start()
    process.until(lambda: process.log.is_file() and "first paint" in process.log.read_text())
    process.keys("key", "ctrl+q")
    assert process.ended(SOON_S) == 0
    assert "ready:" not in process.log.read_text()


def test_an_unwritable_home_is_refused_in_a_window_and_on_standard_error(
    start: Callable[[], Process], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder", encoding="utf-8")
    monkeypatch.setenv("DESKTOP_LLM_HOME", str(in_the_way / "home"))
    process = start()
    process.keys("key", "Escape")
    _, told = process.running.communicate(timeout=30)
    assert process.running.returncode != 0
    assert str(in_the_way) in told
    assert "Traceback" not in told


def test_where_no_log_can_be_kept_the_window_opens(start: Callable[..., Process]) -> None:
    paths = find_paths()
    paths.prepare()
    crash_file(paths).mkdir()
    process = start()
    process.keys("key", "Shift_L")  # once there is a window
    assert start("--quit").ended() == 0
    assert process.ended() == 0


def test_without_a_display_one_line_names_the_command_line() -> None:
    quiet = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run(
        [sys.executable, "-m", "desktop_llm"], env=quiet, capture_output=True, text=True,
        timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert re.fullmatch(r"desktop-llm: .*desktop-llm ask.*\n", done.stderr)


def test_the_log_holds_no_word_of_a_conversation(start: Callable[[], Process]) -> None:
    process = start()
    process.wait_ready()
    process.keys("type", "--delay", "20", "zebracrossing")
    process.keys("key", "Return")
    process.until(lambda: any(m.state is MessageState.COMPLETE and m.text for m in stored()[1:]))
    process.keys("key", "ctrl+q")
    assert process.ended() == 0
    home = find_paths().home
    for path in home.rglob("*"):
        if path.is_file():
            assert b"zebracrossing" not in path.read_bytes(), path
    assert json.loads((home / "state.json").read_text("utf-8"))
