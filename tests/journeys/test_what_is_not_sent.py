"""What was typed or set up and not sent is there again: drafts, edits, a conversation not yet begun."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from desktop_llm.core.errors import StoreError
from desktop_llm.core.events import EndReason
from desktop_llm.core.messages import Conversation
from desktop_llm.core.settings import Theme
from desktop_llm.storage.history import History
from desktop_llm.storage.paths import find_paths
from desktop_llm.ui.personal import ScanDialog
from tests.journeys.conftest import REPLY_MS, Person, close
from tests.journeys.test_safety import Hands

pytestmark = pytest.mark.journey

QUESTION = "What is a large language model?"


def test_what_was_set_up_and_not_begun_stays_until_it_is_begun(person: Person) -> None:
    person.ask(QUESTION)
    first = person.wiring.chat.session.conversation.id
    composer, choices = person.window.composer, person.wiring.chat.choices
    person.press("Ctrl+N")
    composer.preset_chosen.emit("Precise")
    choices.set_system_prompt("Be kind.")
    choices.change_sampling("top_k", 7)
    person.wiring.commands.open_conversation(first)
    assert not composer.prompt_chip.isChecked()
    for _ in range(2):
        person.press("Ctrl+N")
        assert composer.preset_chip.text() == "Precise, changed"
        assert composer.prompt_chip.toolTip() == "Be kind."
    person.ask("What is a token?")
    assert person.last.sampling is not None
    assert person.last.sampling.top_k == 7
    person.press("Ctrl+N")
    assert composer.preset_chip.text() == "The model's own"
    assert not composer.prompt_chip.isChecked()


def test_a_quick_question_leaves_what_is_set_up_and_its_draft(person: Person) -> None:
    composer = person.window.composer
    person.wiring.chat.choices.set_system_prompt("Be kind.")
    person.write("not yet sent")
    person.wiring.quick_ask.asked.emit("What is a token?")
    person.wait_reply()
    store = person.wiring.services.store
    assert store.conversation(person.last.conversation_id).system_prompt == ""
    assert composer.text() == ""
    person.press("Ctrl+N")
    assert composer.text() == "not yet sent"
    assert composer.prompt_chip.toolTip() == "Be kind."


def test_drafts_stay_with_their_conversations(person: Person) -> None:
    person.ask(QUESTION)
    first = person.wiring.chat.session.conversation.id
    person.write("not yet sent")
    person.press("Ctrl+N")
    assert person.window.composer.text() == ""
    person.write("another")
    person.wiring.commands.open_conversation(first)
    assert person.window.composer.text() == "not yet sent"
    person.press("Ctrl+N")
    assert person.window.composer.text() == "another"


def test_drafts_are_there_after_a_restart_and_no_plain_file_holds_them(
    open_app: Callable[[], Person],
) -> None:
    person = open_app()
    person.ask(QUESTION)
    first = person.wiring.chat.session.conversation.id
    person.write("zebra of the first")
    person.press("Ctrl+N")
    person.write("zebra not begun")
    person.wiring.commands.open_conversation(first)
    close(person.app)
    files = (path for path in find_paths().home.rglob("*") if path.is_file())
    assert not [path for path in files if b"zebra" in path.read_bytes()]

    again = open_app()
    assert again.path[0].text == QUESTION
    assert again.window.composer.text() == "zebra of the first"
    again.press("Ctrl+N")
    assert again.window.composer.text() == "zebra not begun"
    again.enter()
    again.wait_reply()
    again.wiring.commands.open_conversation(first)
    again.window.composer.clear()
    close(again.app)

    third = open_app()
    assert third.wiring.services.store.drafts() == {}
    assert third.window.composer.text() == ""


@pytest.fixture
def left(open_app: Callable[..., Person]) -> dict[str, str]:
    """The drafts that an app that has ended left, one of them in the conversation that it will open."""
    person = open_app(loaded=False)
    store, now = person.wiring.services.store, person.wiring.services.clock.now()
    store.add_conversation(Conversation("c", "Talk", now, now))
    person.write("not begun")
    person.wiring.commands.open_conversation("c")
    person.write("not sent")
    close(person.app)
    return {"": "not begun", "c": "not sent"}


def test_drafts_that_cannot_be_read_at_once_are_not_lost(
    open_app: Callable[..., Person], left: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, failures = History.drafts, [StoreError("The disk failed.")]

    def once_in_vain(history: History) -> dict[str, str]:
        if failures:
            raise failures.pop()
        return read(history)

    monkeypatch.setattr(History, "drafts", once_in_vain)
    person = open_app(loaded=False)
    assert person.window.banner.accessibleName() == "The disk failed."
    assert person.window.composer.text() == left["c"]
    person.press("Ctrl+N")
    assert person.window.composer.text() == left[""]
    assert person.wiring.services.store.drafts() == left


def test_what_is_typed_while_drafts_cannot_be_read_stands_below_them(
    open_app: Callable[..., Person], left: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(history: History) -> dict[str, str]:
        raise StoreError("The disk failed.")

    with monkeypatch.context() as broken:
        broken.setattr(History, "drafts", fail)
        person = open_app(loaded=False)
        person.write("more")
        person.press("Ctrl+N")
        assert person.window.composer.text() == ""
    person.wiring.commands.open_conversation("c")
    assert person.window.composer.text() == "not sent\n\nmore"
    assert person.wiring.services.store.drafts() == left | {"c": "not sent\n\nmore"}


def test_personal_data_in_a_draft_is_masked_and_does_not_come_back(person: Person) -> None:
    hands, composer = Hands(person), person.window.composer
    person.write("call +49 30 1234567 tonight")
    told: list[str] = []

    def mask(dialog: QDialog) -> None:
        assert isinstance(dialog, ScanDialog)
        hands.bot.waitUntil(lambda: "Looking" not in dialog.title.text(), timeout=REPLY_MS)
        dialog.mask_button.click()
        told.extend((dialog.title.text(), dialog.about.text()))
        dialog.reject()

    hands.open_page()
    hands.when_open(ScanDialog, mask)
    hands.bot.mouseClick(hands.panel.scan_button, Qt.MouseButton.LeftButton)
    hands.close_page()
    assert told == ["1 places masked", "No trace of them is left in the history."]
    assert composer.text() == "call █ tonight"
    composer.draft.undo()
    person.wiring.chat.drafts.keep()
    assert person.wiring.services.store.drafts() == {"": "call █ tonight"}


def test_a_draft_is_kept_when_the_window_goes_into_the_tray(person: Person) -> None:
    store, window = person.wiring.services.store, person.window
    window.stays = True
    person.write("not yet sent")
    window.close()
    assert not window.isVisible()
    assert store.drafts() == {"": "not yet sent"}
    window.bring_to_front()
    window.stays = False


def test_a_question_of_the_greeting_leaves_the_draft(person: Person) -> None:
    person.write("not yet sent")
    person.window.view.question_chosen.emit(QUESTION)
    begun = person.wiring.chat.session.conversation.id
    assert person.wiring.services.store.drafts() == {begun: "not yet sent"}
    person.wait_reply()
    assert person.path[0].text == QUESTION
    assert person.window.composer.text() == "not yet sent"


def test_an_edit_that_is_refused_is_not_lost(person: Person) -> None:
    person.ask(QUESTION)
    person.press("Ctrl+Shift+E")
    editor = person.window.view.editing.editor
    assert editor is not None
    editor.field.setPlainText("What is a token?")
    person.wiring.settings.change("appearance.theme", Theme.DARK)  # writes everything anew
    editor = person.window.view.editing.editor
    assert editor is not None
    assert editor.field.toPlainText() == "What is a token?"
    person.wiring.services.inference.unload()
    person.qtbot.waitUntil(lambda: person.wiring.services.inference.model is None)
    person.wiring.chat.model_needed.disconnect()
    person.qtbot.mouseClick(editor.save, Qt.MouseButton.LeftButton)
    assert person.window.view.editing.editor is editor
    person.qtbot.keyClick(editor.field, Qt.Key.Key_Escape)
    assert person.window.view.editing.editor is None
    assert person.path[0].text == QUESTION


def test_an_edit_that_was_begun_survives_looking_elsewhere(person: Person) -> None:
    person.ask(QUESTION)
    first = person.wiring.chat.session.conversation.id
    person.press("Ctrl+R")
    person.wait_reply()
    editing = person.window.view.editing
    person.press("Ctrl+Shift+E")
    assert editing.editor is not None
    editing.editor.field.setPlainText("What is a token?")
    person.window.composer.focus()
    person.qtbot.keyClick(person.window.composer.draft, Qt.Key.Key_Up)
    for key in ("Ctrl+Shift+E", "Alt+Left", "Alt+Right", "Ctrl+R"):
        person.press(key)
        assert editing.editor is not None, key
        assert editing.editor.field.toPlainText() == "What is a token?", key
    person.wait_reply()
    person.press("Ctrl+N")
    assert editing.editor is None
    person.wiring.commands.open_conversation(first)
    person.press("Ctrl+Shift+E")
    assert editing.editor is not None
    assert editing.editor.field.toPlainText() == "What is a token?"
    person.qtbot.mouseClick(editing.editor.save, Qt.MouseButton.LeftButton)
    person.wait_reply()
    assert editing.editor is None
    assert person.path[0].text == "What is a token?"


def test_a_message_longer_than_the_context_is_refused_and_kept(person: Person) -> None:
    person.ask("word " * 3000)
    assert person.last.end_reason is EndReason.FAILED
    assert "too long" in person.last.error
    assert "Shorten it" in person.last.error
    assert person.path[0].text.startswith("word word")
    person.ask(QUESTION)  # the long one is left out now
    assert person.last.end_reason is EndReason.STOP
