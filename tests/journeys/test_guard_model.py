"""The guard model in the real app: which folder it may come from, and what stopping does while it loads."""

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog

from desktop_llm.core.errors import Cancelled
from desktop_llm.core.events import EndReason
from desktop_llm.core.guards import Finding
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.policy import GuardSettings, Level, Policy
from desktop_llm.core.ports import Report
from desktop_llm.core.sayings import in_english
from desktop_llm.engine.guard import Classifier
from desktop_llm.library.models import Library
from desktop_llm.safety.policy_file import policy_to_toml
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


def test_a_policy_from_a_stranger_names_no_folder_that_the_app_would_look_at(
    open_app: Callable[[], Person], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On Windows the name of a share alone would call on another computer, and tell it who asks."""
    share = make_word_guard(tmp_path / "share" / GUARD, [" model"], ("LABEL_0", "LABEL_1"))
    file = tmp_path / "policy.toml"
    given = Policy(Level.BALANCED, guard=GuardSettings(str(share)))
    file.write_text(policy_to_toml(given), encoding="utf-8")
    person = open_app()
    services = person.wiring.services
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    looked_at: list[str] = []

    def watched(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def watch(path: Any, *rest: Any, **named: Any) -> Any:
            looked_at.append(str(path))
            return real(path, *rest, **named)

        patched.setattr(owner, name, watch)

    with monkeypatch.context() as patched:
        for owner, name in (
            (os, "stat"), (os, "lstat"), (os, "scandir"), (io, "open"), (Path, "is_dir"),
        ):  # fmt: skip
            watched(owner, name)
        person.wiring.safety.import_policy()
        state = services.safety.guard_state()
        verdict = services.safety.judge("A model is what this is about.")
    assert services.settings.values.safety == given
    assert "There is no model named" in in_english(state.problem)
    assert verdict.finding is Finding.UNKNOWN
    assert str(file) in looked_at
    assert not [path for path in looked_at if path.startswith(str(tmp_path / "share"))]


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


@pytest.mark.parametrize("how", ["no guard", "the filter off", "unload"])
def test_a_guard_model_that_is_not_wanted_any_more_leaves_its_memory_to_the_next_model(
    open_app: Callable[[], Person], how: str
) -> None:
    policy = Policy(Level.BALANCED, guard=GuardSettings(GUARD))
    under(policy)
    make_word_guard(find_paths().models / GUARD, [" model"], ("LABEL_0", "LABEL_1"))
    person = open_app()
    inference, settings = person.wiring.services.inference, person.wiring.services.settings
    person.ask(QUESTION)
    assert person.app._assembly is not None
    judge = person.app._assembly._keeper.judge
    assert judge is not None
    assert isinstance(judge.model, Classifier)
    person.wiring.models.choose("guide")
    person.qtbot.waitUntil(lambda: inference.idle and inference.model is not None, timeout=LOAD_MS)
    assert judge.model._model is not None  # it is still wanted
    if how == "unload":
        person.wiring.models.unload()
    else:
        level = Level.OFF if how == "the filter off" else policy.level
        guard = GuardSettings() if how == "no guard" else policy.guard
        settings.change_policy(Policy(level, guard=guard))
        person.wiring.models.choose("guide")
    person.qtbot.waitUntil(lambda: inference.idle, timeout=LOAD_MS)
    assert (inference.model is None) is (how == "unload")
    assert judge.model._model is None
    assert person.app._assembly._keeper.judge is None


def test_choosing_a_guard_model_leaves_what_was_set_in_a_terminal_meanwhile(
    open_app: Callable[..., Person],
) -> None:
    person = open_app(loaded=False)
    terminal = SettingsFile(find_paths())
    terminal.change_several({"safety.level": "strict", "safety.words": ("zorg",)})
    guard = GuardSettings(GUARD, 0.7, ("bad = hate",), True)
    person.wiring.safety.take_guard(guard)
    assert person.wiring.services.settings.values.safety.guard == guard
    kept = SettingsFile(find_paths()).values.safety
    assert kept == Policy(Level.STRICT, words=("zorg",), guard=guard)
