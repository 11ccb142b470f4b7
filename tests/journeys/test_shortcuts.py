"""The second keys of what has several, pressed where one writes: the window gets them, not the field."""

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from desktop_llm.ui.shortcut_actions import UNDER_WELCOME
from desktop_llm.ui.shortcuts import ACTIONS, ShortcutsDialog
from tests.journeys.conftest import Person, Questions

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


def test_keys_do_nothing_to_a_conversation_that_is_not_in_front(
    person: Person, questions: Questions
) -> None:
    person.ask("What is a token?")
    person.press("Ctrl+R")
    person.wait_reply()
    path, window = person.path, person.window
    store, shown = person.wiring.services.store, path[0].conversation_id
    QGuiApplication.clipboard().setText("before")
    for page, back in (("Ctrl+Shift+L", "Ctrl+R"), ("Ctrl+,", "Ctrl+Shift+R")):
        person.press(page)
        for key in ("Alt+Left", "Ctrl+Shift+Backspace", "Ctrl+Shift+C", "Ctrl+Shift+K"):
            person.press(key)
        assert not window.chat_shown
        person.press(back)
        assert window.chat_shown
        assert not person.wiring.chat.busy_conversations
        assert person.path == path
    assert len(store.messages(shown)) == 3
    assert QGuiApplication.clipboard().text() == "before"
    assert questions.asked == []
    person.press("Alt+Left")
    assert person.path != path


def test_finding_and_editing_bring_the_conversation_to_the_front(person: Person) -> None:
    person.ask("What is a token?")
    window = person.window
    person.press("Ctrl+Shift+L")
    person.press("Ctrl+F")
    assert window.chat_shown
    assert window.focusWidget() is window.findbar.field
    person.press("Ctrl+,")
    person.press("Ctrl+Shift+E")
    assert window.chat_shown
    assert window.view.editing.editor is not None
    assert window.focusWidget() is window.view.editing.editor.field


def test_under_the_first_steps_the_window_stays_as_it_is(person: Person) -> None:
    menus: list[QWidget] = []

    def close_menu() -> None:
        if (menu := QApplication.activePopupWidget()) is not None:
            menus.append(menu)
            menu.close()

    watch = QTimer(person.window)
    watch.timeout.connect(close_menu)
    watch.start(20)  # an open menu would wait for somebody
    person.ask("What is a token?")
    path, window = person.path, person.window
    listed = window.sidebar.isVisible()
    window.show_welcome("")
    for entry in ACTIONS:
        if entry.id not in UNDER_WELCOME:
            for key in entry.keys:
                person.press(key)
    watch.stop()
    assert (window.pages.currentIndex(), menus) == (0, [])
    assert window.findbar.isHidden()
    assert window.sidebar.isVisible() == listed
    assert window.view.editing.editor is None
    assert not person.wiring.quick_ask.isVisible()
    assert not person.wiring.chat.busy_conversations
    assert person.path == path
    window.end_welcome()
    assert window.chat_shown
