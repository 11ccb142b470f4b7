"""What the command line prints is shown by a terminal and never obeyed, and joins no words."""

import json
import re
import sys

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
