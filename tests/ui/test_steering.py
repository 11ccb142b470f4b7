"""Thinking, the form of the answer and an adapter, as a person sets them in the window."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.sampling import NEUTRAL, SamplingSettings
from desktop_llm.ui.composer import Composer
from desktop_llm.ui.controls.choice import Choice
from desktop_llm.ui.controls.fields import TextArea
from desktop_llm.ui.look import Look
from desktop_llm.ui.sampling_dialog import SamplingDialog


def test_the_thinking_chip_is_there_only_where_the_model_knows_it(look: Look, qtbot: QtBot) -> None:
    composer = Composer(look)
    qtbot.addWidget(composer)
    composer.show()
    told: list[str] = []
    composer.thinking_chosen.connect(told.append)
    composer.show_thinking(False, True)
    assert not composer.thinking_chip.isVisible()
    composer.show_thinking(True, True)
    assert composer.thinking_chip.isVisible()
    assert composer.thinking_chip.isChecked()
    qtbot.mouseClick(composer.thinking_chip, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(composer.thinking_chip, Qt.MouseButton.LeftButton)
    assert told == ["off", "on"]


def test_form_and_adapter_are_chosen_in_the_dialog(
    look: Look, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    parent = QWidget()
    parent.resize(900, 800)
    qtbot.addWidget(parent)
    dialog = SamplingDialog(look, parent)
    told: list[tuple[str, object]] = []
    dialog.changed.connect(lambda name, value: told.append((name, value)))
    dialog.show_values(SamplingSettings(top_n_sigma=1.0), NEUTRAL)
    dialog.show()
    form = dialog.editors["answer_format"].control
    assert isinstance(form, Choice)
    assert form.value == "text"
    form.activated.emit(form.findData("choice"))
    pattern = dialog.editors["answer_pattern"].control
    assert isinstance(pattern, TextArea)
    qtbot.keyClicks(pattern, "yes")
    qtbot.keyClick(pattern, Qt.Key.Key_Return)
    qtbot.keyClicks(pattern, "no")
    qtbot.waitUntil(lambda: len(told) > 1)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    (button,) = dialog.editors["adapter"].control.findChildren(QPushButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert told == [
        ("answer_format", "choice"),
        ("answer_pattern", "yes\nno"),
        ("adapter", str(tmp_path)),
    ]
    dialog.close()
