"""Replies that nobody waits for any longer: left by an edit or another version, or stopped in the queue."""

import pytest

from desktop_llm.core.events import EndReason
from desktop_llm.core.messages import Message, MessageState
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
