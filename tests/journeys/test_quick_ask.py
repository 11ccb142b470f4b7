"""The quick question: its keys are chosen in the settings, and what is pressed in it stays in it."""

import os
import shutil
import subprocess

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop_llm.core.events import EndReason
from desktop_llm.core.keys import read_keys
from desktop_llm.ui.controls.keys_field import KeysField
from tests.journeys.conftest import Person

pytestmark = pytest.mark.skipif(
    not os.environ.get("DISPLAY") or not shutil.which("xdotool"), reason="no X server or xdotool"
)


def test_keys_chosen_in_the_settings_open_the_quick_question(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    window, qtbot = person.window, person.qtbot
    window.show_settings_tab("general")
    field = window.settings_page.findChild(KeysField)
    control = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(field, Qt.Key.Key_J, control)
    assert person.app.settings.values.general.quick_ask_keys == "Ctrl+Alt+J"
    quick = person.wiring.quick_ask
    subprocess.run(["xdotool", "key", "ctrl+alt+j"], check=True)
    qtbot.waitUntil(quick.isVisible)
    qtbot.keyClicks(quick.draft, "What is a token?")
    qtbot.keyClick(quick.draft, Qt.Key.Key_Return)
    person.wait_reply()
    assert "token" in person.last.text.lower()
    qtbot.keyClick(field, Qt.Key.Key_Backspace)
    subprocess.run(["xdotool", "key", "ctrl+alt+j"], check=True)
    QApplication.processEvents()
    qtbot.wait(150)
    assert not quick.isVisible()


def test_keys_that_were_refused_are_had_when_they_are_chosen_once_more(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_llm.ui.hotkey.x11 import X11Keys

    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    window, qtbot = person.window, person.qtbot
    other = X11Keys(lambda: None, window)
    other.hold(read_keys("Ctrl+Alt+K"))
    window.show_settings_tab("general")
    field = window.settings_page.findChild(KeysField)
    control = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(field, Qt.Key.Key_K, control)
    assert "Another program has these keys" in window.banner.accessibleName()
    window.banner.close_error()
    person.wiring.settings.change("appearance.show_statistics", True)
    assert not window.banner.isVisible()
    other.close()
    qtbot.keyClick(field, Qt.Key.Key_K, control)
    subprocess.run(["xdotool", "key", "ctrl+alt+k"], check=True)
    qtbot.waitUntil(person.wiring.quick_ask.isVisible)
    person.wiring.quick_ask.hide()


def test_keys_in_the_quick_question_do_not_reach_the_window_behind_it(person: Person) -> None:
    quick, qtbot, pressed = person.wiring.quick_ask, person.qtbot, []
    for name, action in person.wiring.actions.items():
        action.triggered.connect(lambda _=False, name=name: pressed.append(name))
    person.ask("How does self-attention work, step by step?", wait=False)
    person.wait_words()
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    quick.appear()
    qtbot.waitUntil(quick.isActiveWindow)
    qtbot.keyClicks(quick.draft, "half a question")
    qtbot.keyClick(quick.draft, Qt.Key.Key_N, control)
    qtbot.keyClick(quick.draft, Qt.Key.Key_R, control)
    qtbot.keyClick(quick.send_button, Qt.Key.Key_Backspace, control | shift)
    qtbot.keyClick(quick.draft, Qt.Key.Key_Escape)
    assert not quick.isVisible()
    assert quick.draft.toPlainText() == "half a question"
    assert pressed == []
    person.wait_reply()
    assert person.last.end_reason is EndReason.STOP
    assert len(person.path) == 2


def test_the_answer_leaves_the_cursor_in_the_message_field_though_an_edit_was_open(
    person: Person,
) -> None:
    person.ask("What is a token?")
    person.press("Ctrl+Shift+E")
    window, quick = person.window, person.wiring.quick_ask
    assert window.view.editing.editor is not None
    quick.appear()
    person.qtbot.waitUntil(quick.isActiveWindow)
    person.qtbot.keyClicks(quick.draft, "What is temperature?")
    person.qtbot.keyClick(quick.draft, Qt.Key.Key_Return)
    assert window.view.editing.editor is None
    assert window.focusWidget() is window.composer.draft
    person.wait_reply()
    assert window.focusWidget() is window.composer.draft
