"""What `ask` says of a guard model's verdicts, and of those that it does not give."""

import json

import pytest

from desktop_llm import cli
from desktop_llm.cli.ask import PlainWriter, _written
from desktop_llm.core.events import End, EndReason, Event, Mark

ASK = ("ask", "What is a token?", "--max-new-tokens", "4")


def judged_by_nobody(level: str) -> None:
    """Set a level, and a guard model that is not there."""
    cli.run(["settings", "set", "safety.level", level])
    cli.run(["settings", "set", "safety.guard.model", "deleted-guard"])


def test_balanced_says_once_what_was_not_checked_and_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    judged_by_nobody("balanced")
    capsys.readouterr()
    assert cli.run(ASK) == 0
    told = capsys.readouterr()
    assert told.out.strip()
    assert told.err.count("was checked: the guard model gave no verdict") == 1
    assert "deleted-guard" in told.err
    assert cli.run([*ASK, "--json"]) == 0
    end = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (end["type"], end["unchecked"], "error" in end) == ("end", True, False)


def test_strict_says_why_there_was_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    judged_by_nobody("strict")
    capsys.readouterr()
    assert cli.run([*ASK, "--json"]) == 4
    told = capsys.readouterr()
    assert "message was blocked by the safety filter: the guard model gave no verdict" in told.err
    assert "deleted-guard" in told.err
    end = json.loads(told.out)
    assert (end["reason"], end["unchecked"]) == ("blocked", True)
    assert "deleted-guard" in end["error"]


@pytest.mark.parametrize(
    ("side", "name"),
    [("prompt", "message"), ("prompt.system", "system prompt"), ("reply", "answer")],
)
def test_what_the_guard_model_refused_is_named(
    capsys: pytest.CaptureFixture[str], side: str, name: str
) -> None:
    refused = Mark(0, 0, "drugs", f"guard.{side}", "block")
    events: list[Event] = [refused, End(EndReason.BLOCKED)]
    assert _written(iter(events), PlainWriter(), ()) == 4
    told = capsys.readouterr().err
    assert f"The {name} was blocked by the safety filter: drugs (rule guard.{side})." in told


def test_a_system_prompt_is_not_left_out_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([*ASK, "--raw", "--system", "Be brief."]) == 2
    assert "not allowed with argument" in capsys.readouterr().err
