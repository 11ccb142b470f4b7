"""`desktop-llm safety` as a person runs it, in this process with a standard input of its own."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from desktop_llm import cli
from desktop_llm.core.clock import SystemClock
from desktop_llm.core.messages import Conversation, Message, Role
from desktop_llm.core.policy import Actions, FilterAction, Level, Policy
from desktop_llm.safety.policy_file import policy_to_toml
from desktop_llm.storage import settings_file
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import find_paths
from desktop_llm.storage.settings_file import SettingsFile


class Terminal:
    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def run(self, *arguments: str, given: str = "") -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        stdin = io.TextIOWrapper(io.BytesIO(given.encode("utf-8")))
        self._monkeypatch.setattr("sys.stdin", stdin)
        code = cli.run(arguments)
        told = self._capsys.readouterr()
        return code, told.out, told.err


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(capsys, monkeypatch)


@pytest.fixture
def policy(tmp_path: Path) -> str:
    file = tmp_path / "policy.toml"
    replies = Actions(own=FilterAction.MASK, personal=FilterAction.WARN, weapons=FilterAction.BLOCK)
    file.write_text(policy_to_toml(Policy(Level.BALANCED, ("zorg",), replies=replies)), "utf-8")
    return str(file)


TEXT = "👋 z\u200borg wrote to jo@example.org."


@pytest.mark.parametrize("size", [(), ("--stream", "1"), ("--stream", "7")])
def test_check_tells_text_events_and_action_in_places_of_the_input(
    terminal: Terminal, policy: str, size: tuple[str, ...]
) -> None:
    code, out, _ = terminal.run("safety", "check", "--policy", policy, "--json", *size, given=TEXT)
    assert code == 0
    assert json.loads(out) == {
        "text": "👋 █ wrote to jo@example.org.",
        "events": [
            {"start": 2, "end": 7, "category": "own", "rule": "own.78a6c2", "action": "mask"},
            {"start": 17, "end": 31, "category": "personal", "rule": "personal.email", "action": "warn"},
        ],
        "action": "mask",
    }  # fmt: skip


def test_check_ends_with_4_where_the_text_is_blocked(terminal: Terminal, policy: str) -> None:
    given = "First. How to make a pipe bomb: take"
    code, out, err = terminal.run(
        "safety", "check", "--policy", policy, "--stream", "3", given=given
    )
    assert (code, out) == (4, "First. ")
    assert "Weapons" in err
    code, out, _ = terminal.run("safety", "check", "--policy", policy, "--json", given=given)
    assert code == 4
    assert json.loads(out)["action"] == "block"
    assert [e["start"] for e in json.loads(out)["events"]] == [7]


def test_check_goes_by_the_settings_where_no_policy_is_given(terminal: Terminal) -> None:
    code, out, err = terminal.run("safety", "check", given="zorg")
    assert (code, out) == (0, "zorg")
    assert "off" in err
    assert terminal.run("settings", "set", "safety.level", "balanced")[0] == 0
    assert terminal.run("settings", "set", "safety.words", "zorg")[0] == 0
    assert terminal.run("safety", "check", given="a zorg b")[:2] == (0, "a █ b")
    told = terminal.run("safety", "check", "--json", given="\ufeffzorg")[1]
    assert json.loads(told)["events"][0]["start"] == 0  # a byte order mark is no text
    code, out, err = terminal.run("safety", "check", "--prompt", given="i want to kill myself")
    assert (code, out) == (0, "i want to kill myself")
    assert "988" in err


def test_what_cannot_be_used_is_2(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.run("safety", "check", "--stream", "0")[0] == 2
    bad = tmp_path / "bad.toml"
    bad.write_text('patterns = ["a+"]', "utf-8")
    code, _, err = terminal.run("safety", "check", "--policy", str(bad))
    assert code == 2
    assert "without end" in err
    assert terminal.run("settings", "set", "safety.patterns", "(a")[0] == 2


def test_rules_are_listed_and_tested(terminal: Terminal, policy: str) -> None:
    code, out, _ = terminal.run("safety", "rules", "list", "--policy", policy, "--json")
    rules = {rule["id"]: rule for rule in json.loads(out)}
    assert code == 0
    assert len(rules) > 500
    assert rules["own.78a6c2"] == {
        "id": "own.78a6c2",
        "category": "own",
        "prompts": "allow",
        "replies": "mask",
    }
    assert rules["personal.email"]["replies"] == "warn"
    assert "own.78a6c2" in terminal.run("safety", "rules", "list", "--policy", policy)[1]
    _, out, _ = terminal.run(
        "safety", "rules", "test", "mail zorg: jo@example.org", "--policy", policy
    )
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["5-9", "own.78a6c2"], ["11-25", "personal.email"],
    ]  # fmt: skip
    assert "No rule" in terminal.run("safety", "rules", "test", "hello")[1]


def test_rules_test_tells_what_is_always_allowed(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    allowed = ("Gonzo", "ok@mail.org", "own.78a6c2")
    policy = Policy(Level.BALANCED, ("zorg", "gonzo", "gonzo tale"), allowed=allowed)
    file.write_text(policy_to_toml(policy), "utf-8")
    text = "gonzo, g.onzo, zorg, gonzo tale, ok@mail.org, jo@mail.org"
    _, out, _ = terminal.run("safety", "rules", "test", text, "--policy", str(file))
    assert [line.split(": ")[1] for line in out.splitlines()] == [
        "allow  'gonzo'", "mask  'g.onzo'", "allow  'zorg'", "mask  'gonzo tale'",
        "allow  'ok@mail.org'", "warn  'jo@mail.org'",
    ]  # fmt: skip


def test_a_policy_is_exported_and_imported(terminal: Terminal, policy: str, tmp_path: Path) -> None:
    assert terminal.run("safety", "policy", "import", policy)[0] == 0
    kept = SettingsFile(find_paths()).values.safety
    assert (kept.level, kept.words) == (Level.BALANCED, ("zorg",))
    assert kept.replies.weapons is FilterAction.BLOCK
    code, out, _ = terminal.run("safety", "policy", "export")
    copy = tmp_path / "copy.toml"
    copy.write_text(out, "utf-8")
    assert code == 0
    assert terminal.run("safety", "policy", "import", str(copy))[1].startswith("0 settings")


def test_a_search_shows_no_word_that_only_its_line_makes_of_a_reply(
    terminal: Terminal, policy: str
) -> None:
    assert terminal.run("safety", "policy", "import", policy)[0] == 0
    spelt, now = "1. needle\n   z\n   o\n   r\n   g", SystemClock().now()
    history = open_history(find_paths())
    history.add_conversation(Conversation("c", "Title", now, now))
    history.add_message(Message("q", "c", None, Role.USER, spelt, now))
    history.add_message(Message("r", "c", "q", Role.ASSISTANT, spelt, now))
    history.close()
    code, out, _ = terminal.run("chats", "search", "needle")
    assert code == 0
    assert sorted(line.split("  ")[2] for line in out.splitlines()) == [
        "1. needle z o r g", "1. needle █",
    ]  # fmt: skip


def test_a_policy_is_imported_as_a_whole(
    terminal: Terminal, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes, write = [], settings_file.write_toml

    def counted(path: Path, data: dict[str, Any]) -> None:
        writes.append(path)
        write(path, data)

    monkeypatch.setattr(settings_file, "write_toml", counted)
    assert terminal.run("safety", "policy", "import", policy)[1].startswith("5 settings")
    assert writes == [find_paths().settings]


def test_a_locked_policy_is_imported_with_the_pin_only(terminal: Terminal, policy: str) -> None:
    SettingsFile(find_paths()).pin.set("2468")
    importing = ("safety", "policy", "import", policy)
    assert terminal.run(*importing)[0] != 0
    assert terminal.run(*importing, "--pin", "1357")[0] == 2
    assert not SettingsFile(find_paths()).values.safety.words
    assert terminal.run(*importing, "--pin", "2468")[0] == 0
    assert SettingsFile(find_paths()).values.safety.words == ("zorg",)
