"""Stopping a reply under a guard model: it ends as stopped, and nothing that was not judged is shown."""

import threading
from collections.abc import Iterator

import pytest

from desktop_llm.core.events import End, EndReason, Event
from desktop_llm.core.guards import Exchange, Verdict
from desktop_llm.core.messages import Role
from desktop_llm.core.policy import Level, Policy
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.safety.filter import moderated

REQUEST = GenerateRequest((Turn(Role.USER, "Hello"),), system_prompt="Be brief.")


def never_asked(request: GenerateRequest, cancel: threading.Event) -> Iterator[Event]:
    pytest.fail("the model was asked")
    yield End(EndReason.STOP)


def never_judges(exchange: Exchange) -> Verdict:
    pytest.fail("the guard model was asked")


@pytest.mark.parametrize("level", [Level.BALANCED, Level.STRICT])
def test_a_reply_that_was_stopped_before_any_verdict_is_stopped_and_not_refused(
    level: Level,
) -> None:
    stopped = threading.Event()
    stopped.set()
    events = list(moderated(never_asked, REQUEST, stopped, Policy(level), never_judges))
    assert events == [End(EndReason.CANCELLED)]
