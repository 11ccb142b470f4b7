"""Replies that nobody waits for any longer: left by an edit or another version, or stopped in the queue."""

from collections.abc import Callable

import pytest

from desktop_llm.core.clock import SystemClock
from desktop_llm.core.events import EndReason, Mark
from desktop_llm.core.messages import Conversation, Message, MessageState, Role
from desktop_llm.core.safety_events import COUNTED, SafetyCounts
from tests.journeys.conftest import REPLY_MS, Person, Questions

pytestmark = pytest.mark.journey

LONG = "How does self-attention work, step by step?"
OTHER = "What is a token?"


def stored(person: Person, message_id: str) -> Message:
    return person.wiring.services.store.message(message_id)


def begin(person: Person, question: str) -> Message:
    """Ask, and return the reply as soon as it has words."""
    person.ask(question, wait=False)
    person.wait_words()
    return person.last


def ended(person: Person, message_id: str) -> Message:
    """A reply, once it is no longer written."""
    person.qtbot.waitUntil(
        lambda: stored(person, message_id).state is not MessageState.STREAMING, timeout=REPLY_MS
    )
    return stored(person, message_id)


def test_a_question_edited_while_it_is_answered_is_answered_anew_at_once(person: Person) -> None:
    old = begin(person, LONG)
    question, inference = person.path[0], person.wiring.services.inference
    person.window.view.edit_submitted.emit(question.id, "What is a model?")
    waiting = person.last
    person.window.view.edit_submitted.emit(question.id, OTHER)
    assert inference.waiting == (person.last.id,)
    assert ended(person, waiting.id).end_reason is EndReason.CANCELLED
    cut = ended(person, old.id)
    assert cut.end_reason is EndReason.CANCELLED
    assert cut.text
    person.wait_reply()
    assert [message.text for message in person.path] == [OTHER, person.last.text]
    assert person.last.end_reason is EndReason.STOP
    assert person.last.text in person.screen


@pytest.mark.parametrize(
    "leave",
    [
        lambda view, question, reply: view.regenerate_requested.emit(reply),
        lambda view, question, reply: view.edit_submitted.emit(reply, "My own words."),
        lambda view, question, reply: view.edit_submitted.emit(question, OTHER),
    ],
    ids=["made again", "reply edited", "question edited"],
)
def test_going_back_to_an_earlier_message_stops_the_reply_that_is_written_below_it(
    person: Person, leave: Callable[..., None]
) -> None:
    person.ask(OTHER)
    question, reply = person.path
    below = begin(person, LONG)
    leave(person.window.view, question.id, reply.id)
    assert ended(person, below.id).end_reason is EndReason.CANCELLED
    person.qtbot.waitUntil(lambda: not person.wiring.chat.busy_conversations, timeout=REPLY_MS)
    assert person.last.id not in (reply.id, below.id)
    assert person.last.text
    assert person.last.end_reason is not EndReason.CANCELLED


def test_a_reply_that_only_waits_is_stopped_at_once_and_its_conversation_is_free(
    person: Person,
) -> None:
    first = begin(person, LONG)
    person.press("Ctrl+N")
    person.ask(OTHER, wait=False)
    waiting = person.last
    person.press("Esc")
    stopped = stored(person, waiting.id)
    assert (stopped.state, stopped.end_reason) == (MessageState.COMPLETE, EndReason.CANCELLED)
    assert person.wiring.chat.busy_conversations == {first.conversation_id}
    person.ask(OTHER, wait=False)
    person.wait_reply()
    assert person.last.end_reason is EndReason.STOP
    assert len(person.path) == 4
    assert stored(person, first.id).end_reason is EndReason.STOP


def test_a_cut_reply_that_waits_to_go_on_can_still_go_on_when_it_was_stopped(
    person: Person,
) -> None:
    settings, chat = person.wiring.services.settings, person.wiring.chat
    settings.change("sampling.max_new_tokens", 20)
    person.ask(LONG)
    cut = person.last
    assert cut.end_reason is EndReason.LENGTH
    settings.change("sampling.max_new_tokens", 500)
    person.press("Ctrl+N")
    begin(person, LONG)
    chat.open(cut.conversation_id)
    person.press("Ctrl+Shift+R")
    assert person.wiring.services.inference.waiting == (cut.id,)
    person.press("Esc")
    assert stored(person, cut.id) == cut
    person.press("Ctrl+Shift+R")
    person.wait_reply()
    assert person.last.end_reason is EndReason.STOP
    assert len(person.last.text) > len(cut.text)
    assert person.last.text.startswith(cut.text)


def test_deleting_all_stops_also_what_waits(person: Person, questions: Questions) -> None:
    begin(person, LONG)
    person.press("Ctrl+N")
    person.ask(OTHER, wait=False)
    questions.answers = ["Delete"]
    person.window.settings_page.delete_all.emit()
    inference = person.wiring.services.inference
    assert inference.waiting == ()
    person.qtbot.waitUntil(lambda: inference.idle, timeout=REPLY_MS)
    assert person.wiring.services.store.conversations() == ()
    assert not person.wiring.chat.busy_conversations
    assert person.window.banner.isHidden()


def test_deleting_all_forgets_what_the_filter_did(
    open_app: Callable[..., Person], questions: Questions
) -> None:
    person = open_app(loaded=False)
    store, page, now = (
        person.wiring.services.store,
        person.window.settings_page,
        SystemClock().now(),
    )
    reply = Message("m", "c", None, Role.ASSISTANT, "█", now)
    marks = {"m": [Mark(0, 1, "drugs", "drugs.en.1", "mask")]}
    store.add_whole(Conversation("c", "Filtered", now, now), [reply], marks)
    person.wiring.safety.refresh()
    card = page.safety.events_card
    assert not card.button.isHidden()
    questions.answers = ["Delete"]
    page.delete_all.emit()
    assert store.safety_counts(now - COUNTED) == SafetyCounts()
    assert card.button.isHidden()
