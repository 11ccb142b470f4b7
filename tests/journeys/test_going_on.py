"""Journeys of a reply that goes on above the last one, and of what cannot be done while one is written."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest

from desktop_llm.core.events import EndReason
from desktop_llm.core.messages import Conversation, Message, MessageState, Role
from tests.journeys.conftest import Person

pytestmark = pytest.mark.journey

CUT = "A large language model is a neural network that"
TOLD = "The reply is still being written. Stop it first, or wait."


@pytest.fixture
def reader(person: Person) -> Person:
    """Somebody before a long conversation whose second reply, in two versions, was cut off, as was the last."""
    store, now = person.wiring.services.store, person.wiring.services.clock.now()
    before: str | None = None
    store.add_conversation(Conversation("c", "Talk", now, now))
    for number in range(12):
        for name, role in ((f"q{number}", Role.USER), (f"r{number}", Role.ASSISTANT)):
            now += timedelta(seconds=1)
            cut = name in ("r1", "r11")
            text = CUT if cut else "Some words of a long talk.\n\n" * 6
            end = EndReason.LENGTH if cut else None
            store.add_message(Message(name, "c", before, role, text, now, end_reason=end))
            if name == "q1":
                store.add_message(Message("other", "c", name, Role.ASSISTANT, "Other.", now))
            before = name
    person.wiring.commands.open_conversation("c")
    person.window.view.scroll_to_message("q1")
    return person


def test_an_earlier_reply_goes_on_where_the_reader_is(reader: Person) -> None:
    view = reader.window.view
    bar = view.verticalScrollBar()
    place = bar.value()
    assert 0 < place < bar.maximum() // 2
    view.continue_requested.emit("r1")
    assert reader.wiring.chat.busy_conversations == {"c"}
    assert bar.value() == place
    reader.wait_reply()
    assert reader.wiring.services.store.message("r1").text.startswith(CUT)
    assert bar.value() == place


def test_the_last_reply_goes_on_at_the_end(reader: Person) -> None:
    view = reader.window.view
    view.continue_requested.emit("r11")
    bar = view.verticalScrollBar()
    assert bar.value() == bar.maximum()
    reader.wait_reply()


def test_a_reply_that_was_cut_in_something_hidden_does_not_go_on_and_that_is_said(
    reader: Person,
) -> None:
    store, chat = reader.wiring.services.store, reader.wiring.chat
    asked, reply = store.message("q11"), store.message("r11")
    store.add_conversation(Conversation("d", "Key", asked.created, asked.created))
    of_it = dataclasses.replace(asked, id="q", conversation_id="d", parent_id=None)
    cut = dataclasses.replace(reply, id="r", conversation_id="d", parent_id="q", text="Key:\n█")
    for message in (of_it, cut):
        store.add_message(message)
    reader.wiring.commands.open_conversation("d")
    reader.window.view.continue_requested.emit("r")
    assert "may belong to what was hidden" in reader.window.toast.accessibleName()
    assert not chat.busy_conversations
    assert store.message("r") == cut


@pytest.mark.parametrize(("first", "second"), [("r11", "r1"), ("r1", "r11")])
def test_no_other_reply_goes_on_while_one_does_and_that_is_said(
    reader: Person, first: str, second: str
) -> None:
    view, store = reader.window.view, reader.wiring.services.store
    view.continue_requested.emit(first)
    view.continue_requested.emit(second)
    assert reader.window.toast.accessibleName() == TOLD
    assert reader.wiring.services.inference.waiting == ()
    assert [item.id for item in view._doc.items if item.running] == [first]
    reader.wait_reply()
    assert store.message(second).text == CUT
    view.continue_requested.emit(second)
    assert [item.id for item in view._doc.items if item.running] == [second]
    reader.wait_reply()
    assert store.message(second).text.startswith(CUT)


@pytest.mark.parametrize(
    "ask",
    [
        lambda reader: reader.enter(),
        lambda reader: reader.press("Ctrl+R"),
        lambda reader: reader.window.view.regenerate_requested.emit("r11"),
        lambda reader: reader.window.view.edit_submitted.emit("q11", "Other words."),
    ],
    ids=["sent", "made again by key", "made again", "edited"],
)
def test_nothing_is_asked_below_a_reply_that_goes_on_and_that_is_said(
    reader: Person, ask: Callable[[Person], None]
) -> None:
    composer, path = reader.window.composer, reader.path
    reader.window.view.continue_requested.emit("r1")
    composer.set_text("And then?")
    assert composer.send_button.text() == "Stop"
    ask(reader)
    assert reader.window.toast.accessibleName() == TOLD
    assert [message.id for message in reader.path] == [message.id for message in path]
    assert composer.text() == "And then?"
    reader.wait_reply()
    assert composer.send_button.text() == "Send"
    ask(reader)
    reader.wait_reply()
    assert [message.id for message in reader.path] != [message.id for message in path]


def test_a_reply_that_goes_on_can_be_made_again_and_is_stopped_then(reader: Person) -> None:
    reader.window.view.continue_requested.emit("r1")
    reader.window.view.regenerate_requested.emit("r1")
    assert reader.window.toast.isHidden()
    assert len(reader.path) == 4
    reader.wait_reply()
    assert len(reader.path) == 4
    assert reader.wiring.services.store.message("r1").state is MessageState.COMPLETE


@pytest.mark.parametrize("above", [True, False], ids=["above", "the last"])
def test_the_versions_of_a_reply_that_is_written_cannot_be_flipped_and_that_is_said(
    reader: Person, above: bool
) -> None:
    view, toast = reader.window.view, reader.window.toast
    if above:
        view.continue_requested.emit("r1")
    else:
        view.regenerate_requested.emit("r11")
    running = "r1" if above else reader.last.id
    assert not toast.isVisible()
    view.flip_requested.emit(running, -1)
    assert (toast.isVisible(), toast.accessibleName()) == (True, TOLD)
    assert running in {message.id for message in reader.path}
    reader.wait_reply()
    toast.close_notice()
    view.flip_requested.emit(running, -1)
    assert running not in {message.id for message in reader.path}
    assert not toast.isVisible()
