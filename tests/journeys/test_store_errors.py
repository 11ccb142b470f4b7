"""A history that fails for a moment: it is said in the banner, nothing is doubled, the window goes on."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from elsewhere import reading
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog

from desktop_llm.core.errors import StoreError
from desktop_llm.core.messages import Message, MessageState, Role
from desktop_llm.ui.personal import ScanDialog
from tests.journeys.conftest import REPLY_MS, Person
from tests.journeys.test_safety import Hands

pytestmark = pytest.mark.journey

QUESTION = "What is a large language model?"
FULL = StoreError("The disk is full.", todo="Free some space.")


def fail(*_: object, **__: object) -> Any:
    raise FULL


@pytest.fixture(autouse=True)
def short_replies(person: Person) -> None:
    """What a reply says does not matter here."""
    person.wiring.settings.change("sampling.max_new_tokens", 4)


def said(person: Person) -> str:
    """What the banner says."""
    banner = person.window.banner
    return banner.accessibleName() if banner.isVisible() else ""


def test_a_question_whose_reply_cannot_be_stored_is_shown_once_and_answered_later(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = person.wiring.services.store
    add: Callable[..., None] = store.add_message

    def no_replies(message: Message, **more: bool) -> None:
        if message.role is Role.ASSISTANT:
            raise FULL
        add(message, **more)

    with monkeypatch.context() as broken:
        broken.setattr(store, "add_message", no_replies)
        person.ask(QUESTION, wait=False)
        assert "disk is full" in said(person)
        assert QUESTION in person.screen
        assert person.window.composer.text() == ""
        person.enter()
    assert [message.text for message in person.path] == [QUESTION]
    person.press("Ctrl+R")
    person.wait_reply()
    assert [message.role for message in person.path] == [Role.USER, Role.ASSISTANT]
    assert person.last.text.split()[-1] in person.screen


def test_a_question_that_cannot_be_stored_stays_in_the_composer(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(person.wiring.services.store, "add_message", fail)
        person.ask(QUESTION, wait=False)
        assert "disk is full" in said(person)
        assert person.window.composer.text() == QUESTION
    person.enter()
    person.wait_reply()
    assert [message.role for message in person.path] == [Role.USER, Role.ASSISTANT]


def test_a_reply_ends_also_where_its_marks_cannot_be_read(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.ask(QUESTION, wait=False)
    monkeypatch.setattr(person.wiring.services.store, "marks", fail)
    person.wait_reply()
    assert "disk is full" in said(person)
    assert person.last.text.split()[-1] in person.screen
    assert person.window.composer.send_button.text() == "Send"


def test_a_reply_that_cannot_be_read_has_ended_all_the_same(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.ask(QUESTION, wait=False)
    with monkeypatch.context() as broken:
        broken.setattr(person.wiring.services.store, "message", fail)
        person.wait_reply()
    assert "disk is full" in said(person)
    shown = person.wiring.chat.session.path[-1]
    assert (shown.text, shown.state) == (person.last.text, MessageState.COMPLETE)
    assert not person.window.view._doc.items[-1].running
    assert person.last.text.split()[-1] in person.screen
    person.ask(QUESTION)
    assert len(person.path) == 4


def test_a_found_version_that_cannot_be_flipped_to_and_an_export_of_nothing_are_told(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.ask(QUESTION)
    first = person.last
    person.press("Ctrl+R")
    person.wait_reply()
    monkeypatch.setattr(person.wiring.services.store, "update_conversation", fail)
    person.wiring.commands.open_hit(first.conversation_id, first.id)
    assert "disk is full" in said(person)
    assert person.last.id != first.id
    person.window.banner.hide()
    person.window.sidebar.export_requested.emit("gone", "markdown")
    assert said(person)
    person.window.banner.hide()
    monkeypatch.setattr(person.wiring.services.store, "conversation", fail)
    person.wiring.commands.on_list_changed(first.conversation_id)
    assert "disk is full" in said(person)


@pytest.mark.parametrize("what", ["conversation", "policy"])
def test_an_export_onto_a_full_disk_leaves_the_older_file_as_it_is(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    person.ask(QUESTION)
    path = tmp_path / "exports" / "kept.md"
    path.parent.mkdir()
    path.write_text("Older.", encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))

    def export() -> None:
        if what == "policy":
            person.window.settings_page.safety.export_wanted.emit()
        else:
            conversation_id = person.last.conversation_id
            person.window.sidebar.export_requested.emit(conversation_id, "markdown")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        export()
    assert "could not be written" in said(person)
    assert "No space left" in said(person)
    assert [one.read_text("utf-8") for one in path.parent.iterdir()] == ["Older."]
    export()
    (text,) = [one.read_text("utf-8") for one in path.parent.iterdir()]
    assert (QUESTION if what == "conversation" else "level") in text


@pytest.mark.parametrize("broken", ["add_conversation", "add_message"])
def test_a_quick_question_that_cannot_be_stored_is_in_the_composer(
    person: Person, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    person.write("half a draft")
    quick = person.wiring.quick_ask
    with monkeypatch.context() as full:
        full.setattr(person.wiring.services.store, broken, fail)
        quick.appear()
        person.qtbot.keyClicks(quick.draft, QUESTION)
        person.qtbot.keyClick(quick.draft, Qt.Key.Key_Return)
        assert "disk is full" in said(person)
        text = person.window.composer.text()
    # Where the conversation was stored, the question is its draft; else it is below the draft.
    assert text == (QUESTION if broken == "add_message" else f"half a draft\n\n{QUESTION}")
    person.enter()
    person.wait_reply()
    assert person.path[0].text == text
    person.press("Ctrl+N")
    left = "half a draft" if broken == "add_message" else ""
    assert person.window.composer.text() == left


def test_a_draft_that_cannot_be_stored_stays_while_the_app_is_open(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.ask(QUESTION)
    first = person.wiring.chat.session.conversation.id
    person.write("half a draft")
    monkeypatch.setattr(person.wiring.services.store, "put_draft", fail)
    person.press("Ctrl+N")
    assert "disk is full" in said(person)
    assert person.window.composer.text() == ""
    person.wiring.commands.open_conversation(first)
    assert person.window.composer.text() == "half a draft"


def test_a_message_that_leaves_a_trace_in_the_log_is_gone_from_the_window(
    person: Person, agreed: list[str]
) -> None:
    person.ask(QUESTION)
    question, reply = person.path
    with reading():
        person.window.view.delete_requested.emit(reply.id)
    assert "may still be in the history's log" in said(person)
    assert [message.id for message in person.path] == [question.id]
    assert len(person.wiring.chat.session.tree) == 1
    assert reply.text not in person.screen
    person.press("Ctrl+R")
    person.wait_reply()
    assert len(person.path) == 2


def test_what_is_masked_is_shown_so_where_it_leaves_a_trace_in_the_log(person: Person) -> None:
    hands, composer = Hands(person), person.window.composer
    person.ask("My mail is ada@example.org.")
    person.write("call +49 30 1234567 tonight")
    told: list[str] = []

    def mask(dialog: QDialog) -> None:
        assert isinstance(dialog, ScanDialog)
        hands.bot.waitUntil(lambda: dialog.mask_button.isVisible(), timeout=REPLY_MS)
        dialog.mask_button.click()
        told.extend((dialog.title.text(), dialog.about.text()))
        dialog.reject()

    hands.open_page()
    hands.when_open(ScanDialog, mask)
    with reading():
        hands.bot.mouseClick(hands.panel.scan_button, Qt.MouseButton.LeftButton)
    hands.close_page()
    title, about = told
    assert title.endswith("places masked")
    assert "may still be in the history's log" in about
    assert composer.text() == "call █ tonight"
    assert person.path[0].text == "My mail is █."
    assert "ada@example.org" not in person.screen


def test_an_undo_that_fails_is_offered_again(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.ask(QUESTION)
    store, chat, toast = person.wiring.services.store, person.wiring.chat, person.window.toast
    deleted = chat.session.conversation.id
    person.press("Ctrl+Shift+Backspace")
    with monkeypatch.context() as broken:
        broken.setattr(store, "restore_conversation", fail)
        person.qtbot.mouseClick(toast.undo_button, Qt.MouseButton.LeftButton)
        assert "disk is full" in said(person)
        assert toast.undo_button.isVisible()
        assert chat.session.is_new
    person.qtbot.mouseClick(toast.undo_button, Qt.MouseButton.LeftButton)
    assert [one.id for one in store.conversations()] == [deleted]
    assert chat.session.conversation.id == deleted
    assert toast.isHidden()


def test_an_undo_of_what_was_erased_meanwhile_is_told_and_not_offered_again(
    person: Person,
) -> None:
    person.ask(QUESTION)
    store, toast = person.wiring.services.store, person.window.toast
    deleted = person.wiring.chat.session.conversation.id
    person.press("Ctrl+Shift+Backspace")
    store.erase_conversation(deleted)
    person.qtbot.mouseClick(toast.undo_button, Qt.MouseButton.LeftButton)
    assert "was deleted" in said(person)
    assert toast.isHidden()


@pytest.mark.parametrize("chosen", [False, True], ids=["written", "chosen"])
def test_a_draft_goes_along_with_a_conversation_whose_first_message_could_not_be_stored(
    person: Person, monkeypatch: pytest.MonkeyPatch, chosen: bool
) -> None:
    store, composer = person.wiring.services.store, person.window.composer
    person.write(QUESTION)
    person.press("Ctrl+N")  # which keeps the draft
    assert store.drafts() == {"": QUESTION}
    with monkeypatch.context() as broken:
        broken.setattr(store, "add_message", fail)
        if chosen:
            person.window.view.question_chosen.emit("What is a token?")
        else:
            person.enter()
        assert "disk is full" in said(person)
    begun = person.wiring.chat.session.conversation.id
    assert store.drafts() == {begun: QUESTION}
    person.enter()
    person.wait_reply()
    assert store.drafts() == {}
    person.press("Ctrl+N")
    assert composer.text() == ""
