"""What the command line prints: shown by a terminal, obeyed by none, and told where it cannot be."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_llm import cli
from desktop_llm.cli.ask import JsonWriter
from desktop_llm.core.clock import SystemClock
from desktop_llm.core.messages import Conversation, Message, Role
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import find_paths

TITLE = "A zor\x80gel"
STORED = "a zor\x80gel\x9b2J b\r\nc\x85d"
"""A reply as the filter of an earlier version let it through: it took the word for two."""


@pytest.fixture
def stored() -> None:
    """A conversation whose title and reply hold controls."""
    paths = find_paths()
    paths.prepare()
    now = SystemClock().now()
    history = open_history(paths)
    history.add_conversation(Conversation("k" * 8, TITLE, now, now))
    history.add_message(Message("m", "k" * 8, None, Role.ASSISTANT, STORED, now))
    history.close()


@pytest.mark.usefixtures("stored")
def test_a_control_in_a_stored_text_joins_no_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in (["list"], ["search", "zor"]):
        assert cli.run(["chats", *command]) == 0
        assert "A zor\ufffdgel" in capsys.readouterr().out
    assert cli.run(["chats", "show", "kkkk"]) == 0
    assert STORED in capsys.readouterr().out  # for a file or another program, as it is
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert cli.run(["chats", "show", "kkkk"]) == 0
    assert "a zor\ufffdgel\ufffd2J b\nc\ufffdd" in capsys.readouterr().out


@pytest.mark.usefixtures("stored")
def test_json_holds_every_control_and_none_that_a_terminal_obeys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.run(["chats", "list", "--json"]) == 0
    listed = capsys.readouterr().out
    assert cli.run(["chats", "show", "kkkk", "--json"]) == 0
    shown = capsys.readouterr().out
    JsonWriter().piece(STORED)
    streamed = capsys.readouterr().out
    assert json.loads(listed)[0]["title"] == TITLE
    assert json.loads(shown)["messages"][0]["text"] == STORED
    assert json.loads(streamed)["text"] == STORED
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", listed + shown + streamed)


@pytest.fixture
def held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python holds output back, as it does unless it is told not to."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


@pytest.mark.usefixtures("held_back")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("models info nope 2>/dev/full", 3),
        ("models nonsense 2>/dev/full", 2),
        ("--version >/dev/full", 1),
        ("--version >/dev/full 2>&1", 1),
    ],
)
def test_a_full_disk_leaves_the_exit_code_as_it_is_documented(command: str, code: int) -> None:
    line = f'"$0" -m desktop_llm {command}'
    done = subprocess.run(
        ["sh", "-c", line, sys.executable], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == code
    assert "Exception ignored" not in done.stderr


@pytest.fixture
def nobody_reads() -> Iterator[int]:
    """A pipe to write to, whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@pytest.mark.usefixtures("held_back")
def test_where_nobody_reads_the_complaints_the_output_is_whole(nobody_reads: int) -> None:
    find_paths().settings.write_text("x = [", encoding="utf-8")  # which is complained of
    done = subprocess.run(
        [sys.executable, "-m", "desktop_llm", "models", "list"],
        stdout=subprocess.PIPE, stderr=nobody_reads, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("guide")
    assert done.returncode == 0


@pytest.mark.usefixtures("held_back")
@pytest.mark.parametrize("command", ["--help", "--version"])
def test_where_nobody_reads_the_output_the_end_is_quiet(nobody_reads: int, command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "desktop_llm", command],
        stdout=nobody_reads, stderr=subprocess.PIPE, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == ""
