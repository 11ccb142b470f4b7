"""What is erased for good is asked about first, and an Enter too many cancels."""

import pytest
from PySide6.QtCore import Qt

from tests.journeys.conftest import Person, Questions

pytestmark = pytest.mark.journey


def test_deleting_a_message_always_asks(person: Person, questions: Questions) -> None:
    person.ask("What is a large language model?")
    questions.answers = ["Cancel", "Delete"]
    view = person.window.view
    for left in (2, 1):
        person.qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
        person.qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
        trash = view._actions.buttons["delete"]
        person.qtbot.mouseClick(trash, Qt.MouseButton.LeftButton)
        assert len(person.path) == left
    assert "cannot be undone" in questions.asked[0]
    assert questions.on_enter == ["Cancel", "Cancel"]


def test_deleting_a_preset_asks(person: Person, questions: Questions) -> None:
    settings = person.wiring.services.settings
    person.wiring.settings.save_preset("Mine")
    person.press("Ctrl+,")
    person.window.show_settings_tab("sampling")
    trash = person.window.settings_page.presets.delete_button
    questions.answers = ["Cancel", "Delete"]
    for left in (["Mine"], []):
        person.qtbot.mouseClick(trash, Qt.MouseButton.LeftButton)
        assert [preset.name for preset in settings.own_presets] == left
    assert "Mine" in questions.asked[0]
    assert questions.on_enter == ["Cancel", "Cancel"]
    assert settings.values.preset != "Mine"
