"""Files that come while a person is at work: nothing changes under an open dialog, nothing is lost."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from desktop_llm.core.launch import Launch
from desktop_llm.core.messages import Conversation, Message, Role
from desktop_llm.core.settings import Language
from desktop_llm.storage.export import to_json
from desktop_llm.storage.importing import read_file
from desktop_llm.ui.language import speak
from desktop_llm.ui.shortcuts import ShortcutsDialog
from desktop_llm.ui.system_prompt import SystemPromptDialog
from tests.journeys.conftest import Person, Questions, close

pytestmark = pytest.mark.journey


def conversation(person: Person, name: str, *texts: str) -> tuple[Conversation, list[Message]]:
    """A person's messages and replies to them, by turns."""
    now = person.wiring.services.clock.now()
    messages: list[Message] = []
    for number, text in enumerate(texts):
        role = Role.ASSISTANT if number % 2 else Role.USER
        parent = messages[-1].id if messages else None
        messages.append(Message(f"{name}{number}", name, parent, role, text, now))
    return Conversation(name, name, now, now, leaf_id=messages[-1].id), messages


def shown(person: Person) -> str:
    return person.wiring.chat.session.conversation.title


def titles(person: Person) -> set[str]:
    return {whole.title for whole in person.wiring.services.store.conversations()}


@pytest.fixture
def exported(person: Person, tmp_path: Path) -> Callable[..., Path]:
    """Writes a conversation to a file, as another computer has exported it."""

    def write(name: str, *texts: str) -> Path:
        path = tmp_path / f"{name}.llmchat"
        path.write_text(to_json(*conversation(person, name, *texts)), encoding="utf-8")
        return path

    return write


@pytest.fixture
def two(person: Person) -> tuple[str, str]:
    """Two conversations of the history; the first one is shown."""
    for name in ("first", "other"):
        whole, messages = conversation(person, name, f"A question of the {name}", "An answer")
        person.wiring.services.store.add_whole(whole, messages)
    person.wiring.commands.open_conversation("first")
    return "first", "other"


def test_a_system_prompt_goes_to_the_conversation_that_it_was_written_for(
    person: Person, two: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = two
    store, chat = person.wiring.services.store, person.wiring.chat

    def write(dialog: SystemPromptDialog) -> int:
        dialog._edit.setPlainText("Be kind.")
        chat.open(other)
        return 1

    monkeypatch.setattr(SystemPromptDialog, "exec", write)
    person.wiring.commands.edit_system_prompt()
    assert store.conversation(other).system_prompt == ""
    assert store.conversation(first).system_prompt == "Be kind."
    person.press("Ctrl+N")
    person.wiring.commands.edit_system_prompt()  # of one that is not begun
    assert store.conversation(other).system_prompt == ""
    assert chat.session.is_new
    assert chat.session.conversation.system_prompt == "Be kind."


def test_a_message_is_deleted_in_the_conversation_that_it_stands_in(
    person: Person, two: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = two
    store, chat = person.wiring.services.store, person.wiring.chat

    def agree(box: QMessageBox) -> int:
        chat.open(other)
        next(button for button in box.buttons() if button.text() == "Delete").click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", agree)
    person.wiring.commands.delete_message(f"{first}1")
    assert [message.text for message in store.messages(first)] == ["A question of the first"]
    assert len(store.messages(other)) == 2


def test_what_comes_while_a_dialog_is_open_is_shown_when_it_is_closed(
    person: Person, two: tuple[str, str], exported: Callable[..., Path]
) -> None:
    store, qtbot = person.wiring.services.store, person.qtbot
    dialog = ShortcutsDialog(person.app.look, person.window)
    dialog.open()
    person.app.on_asked(Launch(files=(exported("Lighthouse", "Where is it?"),)))
    person.app.on_asked(Launch(quick_ask=True))
    qtbot.waitUntil(lambda: len(store.conversations()) == 3)
    qtbot.wait(200)
    assert shown(person) == "first"
    assert not person.wiring.quick_ask.isVisible()
    dialog.accept()
    qtbot.waitUntil(lambda: shown(person) == "Lighthouse")
    qtbot.waitUntil(person.wiring.quick_ask.isVisible)
    person.wiring.quick_ask.hide()
    dialog.deleteLater()


def test_a_closed_dialog_counts_until_whoever_opened_it_has_gone_on(
    person: Person, two: tuple[str, str], exported: Callable[..., Path]
) -> None:
    """The dialog is gone from the screen, but what was chosen in it is not done yet."""
    first, _ = two
    chat, seen = person.wiring.chat, []

    def close_and_look(dialog: SystemPromptDialog) -> None:
        dialog.hide()
        person.app.on_asked(Launch(files=(exported("Lighthouse", "Where is it?"),)))
        person.qtbot.wait(200)
        seen.append(chat.session.conversation.id)
        dialog.accept()

    dialog = SystemPromptDialog(person.app.look, "", person.window)
    QTimer.singleShot(0, dialog, lambda: close_and_look(dialog))
    dialog.exec()
    assert seen == [first]
    assert chat.session.conversation.id == first
    person.qtbot.waitUntil(lambda: shown(person) == "Lighthouse")
    dialog.deleteLater()


def test_dropped_files_are_added_in_their_order_off_the_windows_thread_and_a_bad_one_is_told(
    person: Person, exported: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    threads, read = [], []

    def noted(path: Path) -> tuple[Conversation, tuple[Message, ...]]:
        threads.append(threading.current_thread())
        read.append(path)
        return read_file(path)

    monkeypatch.setattr("desktop_llm.assembly.read_file", noted)
    files = [exported(name, f"What is the {name}?") for name in ("First", "Bad", "Second", "Third")]
    files[1].write_text("{", encoding="utf-8")
    person.window.files_dropped.emit(tuple(files))
    person.qtbot.waitUntil(lambda: shown(person) == "Third")
    assert read == files
    assert threading.main_thread() not in threads
    assert titles(person) == {"First", "Second", "Third"}
    assert "Bad.llmchat" in person.window.banner.accessibleName()
    assert person.window.toast.accessibleName() == "3 conversations added"
    assert person.window.strip.isHidden()


@pytest.fixture
def long(person: Person, exported: Callable[..., Path]) -> Path:
    """A reply that the filter reads for half a minute."""
    person.wiring.settings.change("safety.level", "balanced")
    return exported("Long", "Tell me of it", "The lighthouse stands on a rock. " * 1_000_000)


def wait_for_progress(person: Person) -> None:
    strip = person.window.strip
    person.qtbot.waitUntil(lambda: strip.isVisible() and bool(strip.line._share), timeout=60_000)


def wait_for_all(person: Person) -> None:
    """Wait until nothing is being added; what takes no time is never shown as being added."""
    person.qtbot.waitUntil(lambda: not person.wiring.services.supply.lookups.running)


def test_the_window_lives_while_a_long_conversation_is_added_and_can_stop_it(
    person: Person, exported: Callable[..., Path], long: Path
) -> None:
    strip = person.window.strip
    person.window.files_dropped.emit((long, exported("Waiting", "Me too")))
    wait_for_progress(person)
    assert "Long.llmchat" in strip.text.text()
    person.write("meanwhile")
    assert person.window.composer.text() == "meanwhile"
    person.qtbot.mouseClick(strip.stop_button, Qt.MouseButton.LeftButton)
    person.qtbot.waitUntil(strip.isHidden)
    assert person.window.toast.accessibleName() == "Stopped; nothing was added"
    assert titles(person) == set()
    person.window.files_dropped.emit((exported("Short", "Now?"),))
    person.qtbot.waitUntil(lambda: shown(person) == "Short")


def test_closing_the_window_in_the_middle_of_an_import_is_clean(
    person: Person, open_app: Callable[[], Person], long: Path
) -> None:
    person.window.files_dropped.emit((long, long))
    wait_for_progress(person)
    close(person.app)
    assert titles(open_app()) == set()


def test_deleting_all_stops_what_is_being_added(
    person: Person, exported: Callable[..., Path], long: Path, questions: Questions
) -> None:
    person.window.files_dropped.emit((long, exported("Waiting", "Me too")))
    wait_for_progress(person)
    questions.answers = ["Delete"]
    person.window.settings_page.delete_all.emit()
    person.qtbot.waitUntil(person.window.strip.isHidden)
    assert titles(person) == set()
    assert person.wiring.chat.session.is_new
    assert person.window.banner.isHidden()
    person.window.files_dropped.emit((exported("Short", "Now?"),))
    person.qtbot.waitUntil(lambda: shown(person) == "Short")


@pytest.mark.parametrize("stored", [True, False], ids=["just stored", "not yet"])
def test_what_can_no_longer_be_stopped_goes_with_all_others(
    person: Person,
    exported: Callable[..., Path],
    questions: Questions,
    gate: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    stored: bool,
) -> None:
    store, begun = person.wiring.services.store, threading.Event()
    add = store.add_whole

    def unstoppable(whole: Conversation, messages: Sequence[Message], *_: object) -> None:
        if stored:
            add(whole, messages)
        begun.set()
        gate.wait()
        if not stored:
            add(whole, messages)

    monkeypatch.setattr(store, "add_whole", unstoppable)
    person.window.files_dropped.emit((exported("Lighthouse", "Where is it?"),))
    person.qtbot.waitUntil(begun.is_set)
    questions.answers = ["Delete"]
    person.window.settings_page.delete_all.emit()
    gate.set()
    wait_for_all(person)
    assert titles(person) == set()
    assert person.wiring.chat.session.is_new
    assert person.window.banner.isHidden()


def test_what_comes_while_it_is_asked_whether_to_delete_all_is_not_opened_afterwards(
    person: Person, exported: Callable[..., Path]
) -> None:
    came: list[set[str]] = []

    def arrive_and_agree() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        person.window.files_dropped.emit((exported("Lighthouse", "Where is it?"),))
        wait_for_all(person)
        came.append(titles(person))
        next(button for button in box.buttons() if button.text() == "Delete").click()

    QTimer.singleShot(0, person.window, arrive_and_agree)
    person.window.settings_page.delete_all.emit()
    assert came == [{"Lighthouse"}]
    person.qtbot.waitUntil(lambda: not person.wiring.undisturbed.waiting)
    assert titles(person) == set()
    assert person.wiring.chat.session.is_new
    assert person.window.banner.isHidden()


def test_what_is_being_added_goes_on_in_a_window_of_another_language(
    person: Person, exported: Callable[..., Path], long: Path
) -> None:
    old = person.window
    old.files_dropped.emit((long, exported("Short", "Now?")))
    wait_for_progress(person)
    try:
        person.wiring.settings.change("general.language", "zh_CN")
        person.qtbot.waitUntil(lambda: person.app.window is not old)
    finally:
        speak(Language.ENGLISH)
    now = Person(person.app, person.qtbot)
    wait_for_progress(now)
    services = now.wiring.services
    services.supply.lookups.cancel(services.supply.lookups.running[0])
    now.qtbot.waitUntil(lambda: shown(now) == "Short")
    assert now.window.strip.isHidden()
