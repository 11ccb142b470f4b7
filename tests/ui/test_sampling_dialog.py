"""Sampling of one conversation: shown over the preset's, changed at once, taken back."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.sampling import NEUTRAL, SamplingSettings
from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.fields import LineField
from desktop_llm.ui.controls.slider import SliderRow
from desktop_llm.ui.look import Look
from desktop_llm.ui.sampling_dialog import SamplingDialog


def test_a_value_is_shown_changed_and_reset(look: Look, qtbot: QtBot) -> None:
    parent = QWidget()
    parent.resize(900, 800)
    qtbot.addWidget(parent)
    dialog = SamplingDialog(look, parent)
    told: list[tuple[str, object]] = []
    dialog.changed.connect(lambda name, value: told.append((name, value)))
    dialog.show_values(SamplingSettings(top_k=7), SamplingSettings(temperature=0.2).over(NEUTRAL))
    dialog.show()
    temperature = dialog.editors["temperature"].control
    assert isinstance(temperature, SliderRow)
    assert temperature.field.text() == ""
    assert temperature.field.placeholderText() == "0.2"
    qtbot.keyClicks(temperature.field, "0.9")
    qtbot.keyClick(temperature.field, Qt.Key.Key_Return)
    reset = dialog.editors["top_k"].row.reset_button
    assert reset.isVisible()
    qtbot.mouseClick(reset, Qt.MouseButton.LeftButton)
    assert told == [("temperature", 0.9), ("top_k", None)]
    dialog.close()


def cut_at_i(text: str, *, biased: bool = False) -> tuple[str, ...]:
    """Stands for a model's tokens."""
    return ("biased", *text.split("i")) if biased else tuple(text.split("i"))


def test_the_rarer_ones_are_folded_away_until_one_is_set(look: Look, qtbot: QtBot) -> None:
    parent = QWidget()
    parent.resize(900, 800)
    qtbot.addWidget(parent)
    dialog = SamplingDialog(look, parent)
    dialog.set_preview(cut_at_i)
    dialog.show_values(SamplingSettings(), NEUTRAL)
    dialog.show()
    editor = dialog.editors["logit_bias"]
    assert not editor.row.isVisible()
    told: list[tuple[str, object]] = []
    dialog.changed.connect(lambda name, value: told.append((name, value)))
    qtbot.mouseClick(dialog.advanced.button, Qt.MouseButton.LeftButton)
    assert editor.row.isVisible()
    assert isinstance(editor.control, LineField)
    qtbot.keyClicks(editor.control, "Paris")
    qtbot.keyClick(editor.control, Qt.Key.Key_Return)
    assert "a text, = and a number" in editor.row.problem.text()
    qtbot.keyClicks(editor.control, "=2")
    assert editor.row.note.text() == "Paris=2 \u2192 biased|Par|s"
    qtbot.keyClick(editor.control, Qt.Key.Key_Return)
    assert told == [("logit_bias", ("Paris=2",))]
    dialog.close()
    again = SamplingDialog(look, parent)
    again.show_values(SamplingSettings(top_n_sigma=1.0), NEUTRAL)
    again.show()
    assert again.editors["top_n_sigma"].row.isVisible()
    again.close()


def test_a_banned_phrase_shows_all_of_it_as_tokens(look: Look, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = SamplingDialog(look, parent)
    dialog.set_preview(cut_at_i)
    dialog.show_values(SamplingSettings(banned_phrases=("x i=2", r"a\n\\n\t")), NEUTRAL)
    note = dialog.editors["banned_phrases"].row.note.text()
    assert note.splitlines() == [
        "x i=2 \u2192 x\u2423|=2",
        "a\\n\\\\n\\t \u2192 a\u21b5\\n\u21e5",
    ]
    dialog.close()


@pytest.mark.parametrize("button", ["Neutralise", "Use the preset's values"])
def test_what_was_refused_stays_until_all_values_are_replaced(
    look: Look, qtbot: QtBot, button: str
) -> None:
    parent = QWidget()
    parent.resize(900, 800)
    qtbot.addWidget(parent)
    dialog = SamplingDialog(look, parent)
    dialog.show_values(SamplingSettings(), NEUTRAL)
    dialog.show()
    editor = dialog.editors["temperature"]
    assert isinstance(editor.control, SliderRow)
    field = editor.control.field
    qtbot.keyClicks(field, "9")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    dialog.show_values(SamplingSettings(top_k=3), NEUTRAL)
    assert (field.text(), editor.row.problem.isVisible()) == ("9", True)
    (pressed,) = (one for one in dialog.findChildren(QuietButton) if one.text() == button)
    qtbot.mouseClick(pressed, Qt.MouseButton.LeftButton)
    dialog.show_values(SamplingSettings(temperature=1.0), NEUTRAL)
    assert (field.text(), editor.row.problem.isVisible()) == ("1", False)
    dialog.close()
