"""What reaches the window from outside: dropped files, the quick question, the tray, what it is made of."""

from pathlib import Path

import pytest
from keyring.backend import get_all_keyring
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from desktop_llm import about
from desktop_llm.core.settings import SendKey
from desktop_llm.storage.state_file import StateFile
from desktop_llm.ui.look import Look
from desktop_llm.ui.quick_ask import QuickAsk
from desktop_llm.ui.settings.about import LicencesDialog
from desktop_llm.ui.system_prompt import SystemPromptDialog
from desktop_llm.ui.tray import Tray
from desktop_llm.ui.window import MainWindow
from tests.ui.saying import said


def files(*urls: QUrl) -> QMimeData:
    data = QMimeData()
    data.setUrls(list(urls))
    return data


def entering(data: QMimeData) -> QDragEnterEvent:
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, left, none)
    event.setAccepted(False)
    return event


def drop(data: QMimeData, target: QWidget) -> None:
    """Drag that over a widget and let it go."""
    QApplication.sendEvent(target, entering(data))
    dropped = QDropEvent(
        QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(target, dropped)


def test_files_are_taken_wherever_on_the_window_they_are_dropped(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "灯塔.llmchat"
    window.view.show_path([said("q", "Hello")])
    window.view.start_edit("q")
    editor = window.view.editing.editor
    assert editor is not None
    targets = (window.sidebar, editor.field.viewport(), window.composer.draft.viewport())
    for target in targets:
        with qtbot.waitSignal(window.files_dropped, timeout=1000) as told:
            drop(files(QUrl.fromLocalFile(str(path))), target)
        assert told.args == [(path,)]
    assert (editor.field.toPlainText(), window.composer.text()) == ("Hello", "")


@pytest.mark.parametrize("also_text", [False, True], ids=["files", "files and their addresses"])
def test_files_are_not_written_into_the_fields_of_the_pages(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, also_text: bool
) -> None:
    data = files(QUrl.fromLocalFile(str(tmp_path / "a.gguf")))
    if also_text:  # as some file managers do, for editors
        data.setText(str(tmp_path / "a.gguf"))
    editors = window.settings_page.editors
    prompt, own_words = (editors[key].control for key in ("general.system_prompt", "safety.words"))
    template, search = window.models_page.model.template.field, window.models_page.hub.field
    for target in (prompt.viewport(), template.viewport(), own_words, search):
        with qtbot.waitSignal(window.files_dropped, timeout=1000) as told:
            drop(data, target)
        assert told.args == [(tmp_path / "a.gguf",)]
    written = [prompt.toPlainText(), template.toPlainText(), own_words.text(), search.text()]
    assert written == ["", "", "", ""]


def test_a_file_is_not_written_into_a_system_prompt_but_words_are(
    look: Look, window: MainWindow
) -> None:
    dialog, words = SystemPromptDialog(look, "", window), QMimeData()
    words.setText("Be brief.")
    for data in (files(QUrl.fromLocalFile("/tmp/a.txt")), words):
        drop(data, dialog._edit.viewport())
    assert dialog.text() == "Be brief."
    dialog.deleteLater()


def test_addresses_and_text_are_not_files(window: MainWindow) -> None:
    address = files(QUrl("https://example.org/a.llmchat"))
    event = entering(address)
    window.dragEnterEvent(event)
    assert not event.isAccepted()
    words = QMimeData()
    words.setText("only words")
    draft = window.composer.draft
    for data, written in ((words, "only words"), (address, "https://example.org/a.llmchat")):
        draft.clear()
        drop(data, draft.viewport())
        assert draft.toPlainText() == written
    QApplication.clipboard().setMimeData(files(QUrl.fromLocalFile("/tmp/a.txt")))
    assert draft.canPaste()


def test_a_quick_question_is_asked_once_and_esc_keeps_what_was_typed(
    look: Look, qtbot: QtBot, window: MainWindow
) -> None:
    quick = QuickAsk(look, window)
    quick.appear()
    assert not quick.send_button.isEnabled()
    qtbot.keyClicks(quick.draft, "What is a token?")
    qtbot.keyClick(quick.draft, Qt.Key.Key_Escape)
    assert not quick.isVisible()
    quick.appear()
    assert quick.draft.toPlainText() == "What is a token?"
    with qtbot.waitSignal(quick.asked) as told:
        qtbot.keyClick(quick.draft, Qt.Key.Key_Return)
    assert told.args == ["What is a token?"]
    assert not quick.isVisible()
    assert not quick.draft.toPlainText()


def test_the_quick_question_breaks_lines_as_the_settings_say(
    look: Look, qtbot: QtBot, window: MainWindow
) -> None:
    quick = QuickAsk(look, window)
    quick.set_send_key(SendKey.CTRL_ENTER)
    quick.appear()
    low = quick.height()
    qtbot.keyClicks(quick.draft, "one")
    qtbot.keyClick(quick.draft, Qt.Key.Key_Return)
    assert quick.draft.toPlainText() == "one\n"
    qtbot.waitUntil(lambda: quick.height() > low)
    quick.hide()


def test_without_a_tray_on_the_desktop_closing_still_closes(window: MainWindow) -> None:
    tray = Tray(window)
    window.stays = tray.set_wanted(True)
    assert window.stays == QSystemTrayIcon.isSystemTrayAvailable()
    tray.set_wanted(False)
    window.stays = True
    window.close()
    assert not window.isVisible()
    window.bring_to_front()
    assert window.isVisible()
    window.leave()
    assert not window.isVisible()
    assert not window.stays


def test_a_tray_that_is_wanted_where_there_is_none_is_told_each_time_it_is_switched_on(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    tray, told = Tray(window), []
    tray.failed.connect(lambda error: told.append(str(error)))
    for wanted in (False, True, True, False, True):
        assert not tray.set_wanted(wanted)
    assert len(told) == 2
    assert "no tray" in told[0]
    assert "closing the window ends the app" in told[0]
    tray.set_wanted(False)
    of_next_start = Tray(window, wanted=True)
    of_next_start.failed.connect(lambda error: told.append(str(error)))
    assert not of_next_start.set_wanted(True)
    assert len(told) == 2


def test_the_place_is_remembered_for_each_arrangement_of_screens(
    look: Look, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = StateFile(tmp_path / "state.json")
    for name, width in (("desk", 900), ("train", 700)):
        monkeypatch.setattr("desktop_llm.ui.window._screens", lambda name=name: name)
        window.resize(width, 600)
        window.save_place(state)
    for name, width in (("desk", 900), ("train", 700)):
        monkeypatch.setattr("desktop_llm.ui.window._screens", lambda name=name: name)
        other = MainWindow(look)
        other.restore_place(StateFile(tmp_path / "state.json"))
        assert other.width() == width
        other.deleteLater()


def test_the_licences_of_everything_that_is_installed_are_shown(
    look: Look, qtbot: QtBot, window: MainWindow
) -> None:
    get_all_keyring()  # as at every start; on Python 3.11 packages are read in another way then
    dialog = LicencesDialog(look, window)
    names = [dialog.names.item(row).text() for row in range(dialog.names.count())]
    for name in ("torch", "transformers", "PySide6_Essentials", "sqlcipher3", "Python"):
        assert any(shown.startswith(name + " ") for shown in names), name
    for row in range(dialog.names.count()):
        dialog.names.setCurrentRow(row)
        assert len(dialog.terms.toPlainText()) > 300, names[row]
    dialog.deleteLater()


def test_what_a_build_writes_of_its_components_is_what_the_app_reads(tmp_path: Path) -> None:
    parts = (about.Component("Ünit", "1", "MIT", "words\n文"), about.Component("b", "2", "X"))
    about.write(tmp_path / about.LICENCES, parts)
    assert about.read(tmp_path / about.LICENCES) == parts
