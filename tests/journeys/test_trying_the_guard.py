"""Somebody asks the guard model about a text: its answer stands under that text, and under no other.

The app is the real one; what the guard model says, and when, is the test's.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from desktop_llm.core.guards import Finding, GuardState, Verdict
from desktop_llm.storage.paths import find_paths
from desktop_llm.storage.settings_file import SettingsFile
from tests.journeys.conftest import LOAD_MS, Person

pytestmark = pytest.mark.journey


class Trying:
    """Somebody at the field to try, where there is a guard model."""

    def __init__(self, person: Person, judge: Callable[[str], Verdict]) -> None:
        self.person, presenter = person, person.wiring.safety
        safety = replace(
            presenter._services.safety, judge=judge, guard_state=lambda: GuardState("kind")
        )
        presenter._services = replace(presenter._services, safety=safety)
        person.wiring.settings.change("safety.level", "balanced")
        person.window.show_settings_tab("safety")
        self.card = person.window.settings_page.try_card

    def write(self, text: str) -> None:
        self.card.field.selectAll()
        self.person.qtbot.keyClicks(self.card.field, text)

    def ask(self) -> None:
        self.person.qtbot.waitUntil(self.card.ask_button.isVisible)
        self.person.qtbot.mouseClick(self.card.ask_button, Qt.MouseButton.LeftButton)

    def wait(self, condition: Callable[[], bool]) -> None:
        self.person.qtbot.waitUntil(condition, timeout=LOAD_MS)


def test_a_late_answer_is_not_shown_under_another_text(open_app: Callable[..., Person]) -> None:
    begun: list[str] = []
    turn = threading.Semaphore(0)

    def judge(text: str) -> Verdict:
        begun.append(text)
        assert turn.acquire(timeout=60)
        return Verdict(Finding.SAFE) if text == "kind" else Verdict(Finding.UNSAFE, ("hate",))

    trying = Trying(open_app(loaded=False), judge)
    inference, judged = trying.person.wiring.services.inference, trying.card.judged
    trying.write("kind")
    trying.ask()
    trying.write("vile")
    turn.release()
    trying.wait(lambda: inference.idle)
    assert not judged.isVisible()

    trying.write("kind")
    trying.ask()
    trying.write("vile")
    trying.ask()
    turn.release()
    trying.wait(lambda: begun == ["kind", "kind", "vile"])
    assert judged.text() == "The guard model is reading…"
    turn.release()
    trying.wait(lambda: inference.idle)
    assert judged.text() == "Guard model: Hate"


def test_why_the_guard_model_says_nothing_is_told_in_the_windows_language(
    open_app: Callable[..., Person],
) -> None:
    def judge(text: str) -> Verdict:
        raise RuntimeError("out of luck")

    SettingsFile(find_paths()).change("general.language", "zh_CN")
    trying = Trying(open_app(loaded=False), judge)
    trying.write("vile")
    trying.ask()
    trying.wait(lambda: trying.person.wiring.services.inference.idle)
    assert trying.card.judged.text() == "应用内部出了问题。详情见日志；没有丢失任何内容。"


def test_an_imported_policy_decides_at_once_whether_the_guard_model_can_be_asked(
    open_app: Callable[..., Person], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trying = Trying(open_app(loaded=False), lambda text: Verdict(Finding.SAFE))
    panel, file = trying.person.window.settings_page.safety, tmp_path / "policy.toml"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    trying.write("kind")
    trying.person.qtbot.waitUntil(trying.card.ask_button.isVisible)
    for level, offered in (("off", False), ("strict", True)):
        file.write_text(f"level = '{level}'", "utf-8")
        trying.person.qtbot.mouseClick(panel.import_button, Qt.MouseButton.LeftButton)
        assert trying.person.wiring.services.settings.values.safety.level == level
        assert trying.card.ask_button.isVisible() == offered
