"""Files that come while a person is at work: nothing changes under an open dialog, nothing is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox

from desktop_llm.core.launch import Launch
from desktop_llm.core.messages import Conversation, Message, Role
from desktop_llm.storage.export import to_json
from desktop_llm.ui.shortcuts import ShortcutsDialog
from desktop_llm.ui.system_prompt import SystemPromptDialog
from tests.journeys.conftest import Person

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
    shown = lambda: person.wiring.chat.session.conversation.title  # noqa: E731
    dialog = ShortcutsDialog(person.app.look, person.window)
    dialog.open()
    person.app.on_asked(Launch(files=(exported("Lighthouse", "Where is it?"),)))
    person.app.on_asked(Launch(quick_ask=True))
    qtbot.waitUntil(lambda: len(store.conversations()) == 3)
    qtbot.wait(200)
    assert shown() == "first"
    assert not person.wiring.quick_ask.isVisible()
    dialog.accept()
    qtbot.waitUntil(lambda: shown() == "Lighthouse")
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
    person.qtbot.waitUntil(lambda: chat.session.conversation.title == "Lighthouse")
    dialog.deleteLater()
