"""The guard model in the real app: which folder it may come from, and what stopping does while it loads."""

import threading
from collections.abc import Callable

import pytest

from desktop_llm.core.errors import Cancelled
from desktop_llm.core.events import EndReason
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.policy import GuardSettings, Level, Policy
from desktop_llm.core.ports import Report
from desktop_llm.library.models import Library
from desktop_llm.storage.paths import find_paths
from desktop_llm.storage.settings_file import SettingsFile
from tests.engine.guard_models import make_word_guard
from tests.journeys.conftest import LOAD_MS, Person

pytestmark = pytest.mark.journey

GUARD = "granite-guardian-hap-38m"
QUESTION = "What is a token?"
LONG_AGO = -1e9
"""In seconds of a clock that begins about when the machine does."""


def under(policy: Policy) -> None:
    """Begin with that policy."""
    paths = find_paths()
    paths.prepare()
    SettingsFile(paths).change_policy(policy)


def test_stopping_while_the_guard_model_loads_does_not_refuse_the_question_for_good(
    open_app: Callable[[], Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, loading, beats = Library.check, threading.Event(), list[float]()

    def check(
        library: Library, model: ModelOnDisk, report: Report, cancel: threading.Event
    ) -> None:
        if model.id != GUARD:
            real(library, model, report, cancel)
            return
        worker.beat = LONG_AGO
        report(1, 2)
        beats.append(worker.beat)
        loading.set()
        assert cancel.wait(60)
        raise Cancelled

    monkeypatch.setattr(Library, "check", check)
    under(Policy(Level.STRICT, guard=GuardSettings(GUARD)))
    make_word_guard(find_paths().models / GUARD, [" model"], ("LABEL_0", "LABEL_1"))
    person = open_app()
    worker = person.wiring.services.inference._worker
    person.ask(QUESTION, wait=False)
    person.qtbot.waitUntil(loading.is_set, timeout=LOAD_MS)
    person.press("Esc")
    person.wait_reply()
    assert (person.last.end_reason, person.last.text) == (EndReason.CANCELLED, "")
    assert not person.last.refused
    assert beats[0] > LONG_AGO  # a guard model that loads for long is not told as stuck
    asked = person.wiring.chat.session.draft_request("And now?").turns
    assert [turn.text for turn in asked] == [QUESTION, "And now?"]
