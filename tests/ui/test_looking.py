"""What goes out is looked through beside the window, not in its thread, and nobody has to wait for it."""

import threading
import time
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.errors import StoreError
from desktop_llm.core.personal import Findings
from desktop_llm.core.policy import Policy
from desktop_llm.core.ports import Watch
from desktop_llm.safety.personal import find_personal
from desktop_llm.ui.look import Look
from desktop_llm.ui.looking import AT_ONCE, LookingDialog, look_through

LONG = "The lighthouse stands on a rock. " * (AT_ONCE // 30) + "Write to ada@example.org."
SHORT = "Write to ada@example.org."


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_a_long_text_is_looked_through_in_a_thread_of_its_own(look: Look, window: QWidget) -> None:
    threads = []

    def find(text: str, watch: Watch | None = None) -> Findings:
        threads.append(threading.current_thread())
        return find_personal(Policy(), text, watch)

    found = look_through([(LONG, ""), (SHORT, "Hello")], find, look, window)
    assert found is not None
    assert found[LONG, ""] == find_personal(Policy(), LONG)
    assert found[SHORT, "Hello"].masked == "Write to █."
    assert threading.main_thread() not in threads
    assert look_through([(SHORT, "")], find, look, window)
    assert threads[-1] is threading.main_thread()


def test_who_does_not_wait_for_it_gets_nothing(look: Look, window: QWidget) -> None:
    def endless(text: str, watch: Any = None) -> Findings:
        while True:
            watch(1)
            time.sleep(0.01)

    def press_cancel() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, LookingDialog)
        dialog.cancel_button.click()

    QTimer.singleShot(100, window, press_cancel)
    assert look_through([(LONG, "")], endless, look, window) is None


def test_what_went_wrong_is_told(look: Look, window: QWidget) -> None:
    def broken(text: str, watch: Any = None) -> Findings:
        raise StoreError("The rules cannot be read.")

    with pytest.raises(StoreError):
        look_through([(LONG, "")], broken, look, window)
