"""A conversation is erased in a terminal while it is shown: it is left, and nothing typed in it is lost."""

from collections.abc import Callable

import pytest

from desktop_llm.core.messages import Conversation, Message, Role
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import find_paths
from tests.journeys.conftest import REPLY_MS, Person, Questions, close

pytestmark = pytest.mark.journey

LONG = "How does self-attention work, step by step?"
OTHER = "What is a token?"
TOLD = "This conversation was deleted in a terminal."
DRAFT = "half a draft"


def erase_elsewhere(conversation_id: str) -> None:
    terminal = open_history(find_paths())
    terminal.erase_conversation(conversation_id)
    terminal.close()


def add(person: Person, name: str) -> None:
    """A conversation of a question and an answer."""
    store, now = person.wiring.services.store, person.wiring.services.clock.now()
    question = Message(f"{name}0", name, None, Role.USER, f"A question of the {name}", now)
    answer = Message(f"{name}1", name, f"{name}0", Role.ASSISTANT, "An answer", now)
    store.add_whole(Conversation(name, name, now, now, leaf_id=answer.id), [question, answer])


@pytest.fixture
def writer(person: Person) -> Person:
    """Somebody who has typed something into a conversation that is gone."""
    add(person, "first")
    add(person, "other")
    person.wiring.commands.open_conversation("first")
    erase_elsewhere("first")
    person.write(DRAFT)
    return person


ACTS: dict[str, Callable[[Person], object]] = {
    "a pause": lambda person: person.qtbot.waitUntil(lambda: person.wiring.chat.session.is_new),
    "a new one": lambda person: person.press("Ctrl+N"),
    "sending": lambda person: person.enter(),
    "made again": lambda person: person.window.view.regenerate_requested.emit("first1"),
    "copied": lambda person: person.window.view.copy_requested.emit("first1"),
    "a preset": lambda person: person.window.composer.preset_chosen.emit("Precise"),
    "renamed": lambda person: person.window.sidebar.rename_requested.emit("first", "x"),
    "deleted": lambda person: person.window.sidebar.delete_requested.emit("first"),
    "exported": lambda person: person.window.sidebar.export_requested.emit("first", "json"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_whatever_is_done_next_it_is_left_and_that_is_said(
    writer: Person, agreed: list[str], act: Callable[[Person], object]
) -> None:
    act(writer)
    assert writer.wiring.chat.session.is_new
    assert writer.window.banner.accessibleName() == TOLD
    assert "An answer" not in writer.screen
    assert writer.window.composer.text() == DRAFT
    assert writer.wiring.services.store.drafts() == {"": DRAFT}
    writer.enter()
    writer.wait_reply()
    assert writer.path[0].text == DRAFT


def test_what_was_typed_waits_where_another_conversation_is_opened(writer: Person) -> None:
    writer.wiring.commands.open_conversation("other")
    assert writer.wiring.chat.session.conversation.id == "other"
    assert writer.window.banner.accessibleName() == TOLD
    assert writer.window.composer.text() == ""
    writer.press("Ctrl+N")
    assert writer.window.composer.text() == DRAFT


def test_what_was_typed_is_there_after_a_restart(
    writer: Person, open_app: Callable[..., Person]
) -> None:
    close(writer.app)
    assert open_app(loaded=False).window.composer.text() == DRAFT


@pytest.mark.parametrize("act", ["saved", "left open"])
def test_an_edit_goes_below_what_was_typed(writer: Person, act: str) -> None:
    view = writer.window.view
    view.start_edit("first0")
    editor = view.editing.editor
    assert editor is not None
    editor.field.setPlainText(OTHER)
    if act == "saved":
        editor.saved.emit(OTHER)
    else:
        writer.qtbot.waitUntil(lambda: writer.wiring.chat.session.is_new)
    assert writer.window.banner.accessibleName() == TOLD
    assert writer.window.composer.text() == f"{DRAFT}\n\n{OTHER}"
    assert view.editing.editor is None


def test_a_system_prompt_goes_along(writer: Person) -> None:
    writer.wiring.chat.choices.set_system_prompt("Be brief.")
    assert writer.window.banner.accessibleName() == TOLD
    assert writer.wiring.chat.session.is_new
    assert writer.wiring.chat.session.conversation.system_prompt == "Be brief."


def test_what_is_typed_in_a_conversation_goes_with_all_of_them(
    person: Person, questions: Questions
) -> None:
    add(person, "first")
    person.wiring.commands.open_conversation("first")
    person.write(DRAFT)
    questions.answers = ["Delete"]
    person.window.settings_page.delete_all.emit()
    assert person.wiring.chat.session.is_new
    assert person.window.composer.text() == ""
    assert person.wiring.services.store.drafts() == {}
    assert person.window.banner.isHidden()


def test_while_it_is_answered_it_is_left_when_the_reply_has_ended(person: Person) -> None:
    person.ask(LONG, wait=False)
    person.wait_words()
    person.write(DRAFT)
    erase_elsewhere(person.last.conversation_id)
    person.qtbot.waitUntil(lambda: not person.wiring.chat.busy_conversations, timeout=REPLY_MS)
    assert person.wiring.chat.session.is_new
    assert person.window.banner.accessibleName() == TOLD
    assert LONG not in person.screen
    assert person.window.composer.text() == DRAFT
    person.ask(OTHER)
    assert [message.text for message in person.path] == [OTHER, person.last.text]
