"""The second keys of what has several, pressed where one writes: the window gets them, not the field."""

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog

from desktop_llm.ui.shortcuts import ShortcutsDialog
from tests.journeys.conftest import Person

pytestmark = pytest.mark.journey

CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
SECOND = (
    ("continue", Qt.Key.Key_Return, ALT),
    ("continue", Qt.Key.Key_Enter, ALT),
    ("copy-code", Qt.Key.Key_Semicolon, CONTROL | SHIFT),
    ("search", Qt.Key.Key_F, CONTROL | SHIFT),
    ("shortcuts", Qt.Key.Key_Slash, CONTROL),
    ("focus", Qt.Key.Key_Escape, SHIFT),
)


def test_second_keys_reach_the_window_from_the_message_field(person: Person) -> None:
    window = person.window
    window.activateWindow()
    person.qtbot.waitUntil(window.isActiveWindow)
    person.write("half a question")
    listed: list[bool] = []

    def close_list() -> None:
        dialog = QApplication.activeModalWidget()
        listed.append(isinstance(dialog, ShortcutsDialog))
        assert isinstance(dialog, QDialog)
        dialog.accept()

    for name, key, modifiers in SECOND:
        window.activateWindow()  # without a window manager, a closed list gives it to nobody
        person.qtbot.waitUntil(window.isActiveWindow)
        if name == "shortcuts":
            QTimer.singleShot(300, window, close_list)
        with person.qtbot.waitSignal(person.wiring.actions[name].triggered, timeout=1000):
            person.qtbot.keyClick(window.composer.draft, key, modifiers)
        if name == "search":
            assert window.sidebar.search_field.hasFocus()
    assert listed == [True]
    assert window.composer.draft.hasFocus()
    assert window.composer.text() == "half a question"
    assert person.path == ()
