"""An answer that was cut short says so, on standard error: what is read of a pipe looks whole."""

import pytest

from desktop_llm import cli
from desktop_llm.cli.ask import PlainWriter, _written
from desktop_llm.core.events import Delta, End, EndReason, Event

ASK = ("ask", "What is a token?", "--temperature", "0")


def test_one_that_reached_the_longest_reply_of_the_settings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.run(["settings", "set", "sampling.max_new_tokens", "4"]) == 0
    capsys.readouterr()
    assert cli.run(ASK) == 0
    told = capsys.readouterr()
    assert told.out.strip()
    assert "The answer was cut" in told.err
    assert "--max-new-tokens" in told.err


def test_not_one_that_is_as_long_as_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([*ASK, "--max-new-tokens", "4"]) == 0
    assert "cut" not in capsys.readouterr().err


@pytest.mark.parametrize("limited", [True, False])
def test_one_that_went_round_in_a_loop(capsys: pytest.CaptureFixture[str], limited: bool) -> None:
    events: list[Event] = [Delta("so so so"), End(EndReason.REPETITION)]
    assert _written(iter(events), PlainWriter(limited=limited), ()) == 0
    told = capsys.readouterr()
    assert told.out == "so so so\n"
    assert "the same passage again and again" in told.err
