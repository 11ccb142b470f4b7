"""A reply that is shown before its guard model has judged all of it: nothing unjudged leaves the window.

The app is the real one with its real history; what the worker would tell is told by the test.
"""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from pytestqt.qtbot import QtBot

from desktop_llm.core.errors import StoreError
from desktop_llm.core.events import Checked, Delta, End, EndReason, Event
from desktop_llm.core.messages import MessageState
from tests.journeys.conftest import Person

pytestmark = pytest.mark.journey

JUDGED, UNJUDGED = (
    "This was judged.\n\n```py\nx = 1\n```\n\n",
    "Bad words come. Then\n\n```\nbad = 2\n",
)


class Reply:
    """A reply that is being made, with a guard model, in Balanced."""

    def __init__(self, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        self.person, self.chat = person, person.wiring.chat
        self.inference = person.wiring.services.inference
        monkeypatch.setattr(self.inference, "generate", lambda job: None)
        person.ask("What is a token?", wait=False)
        (self.id,) = self.chat._jobs
        self.conversation = self.chat.session.conversation.id
        self.tell(Checked(0), Delta(JUDGED), Checked(len(JUDGED)), Delta(UNJUDGED))

    def tell(self, *events: Event) -> None:
        for event in events:
            self.inference.happened.emit(self.id, event)

    def seen(self) -> None:
        self.person.qtbot.waitUntil(lambda: "bad = 2" in self.person.screen, timeout=5000)


@pytest.fixture
def reply(open_app: Callable[[], Person], monkeypatch: pytest.MonkeyPatch) -> Reply:
    return Reply(open_app(), monkeypatch)


def test_what_is_not_judged_is_not_copied_and_the_window_says_why(reply: Reply) -> None:
    person, view = reply.person, reply.person.window.view
    reply.seen()
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("before")
    said: list[str] = []
    reply.chat.said.connect(said.append)
    view.selectAll()
    person.qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    person.press("Ctrl+Shift+K")
    assert clipboard.text() == "before"
    assert said == ["This part is still being checked. Copy it when the reply has ended."] * 2
    reply.tell(Checked(len(JUDGED + UNJUDGED)))
    person.press("Ctrl+Shift+K")
    assert clipboard.text() == "bad = 2"
    reply.tell(End(EndReason.CANCELLED))


@pytest.mark.parametrize("by", ["opening", "theme"])
def test_nothing_unjudged_is_said_after_the_conversation_was_written_again(
    reply: Reply, qtbot: QtBot, by: str
) -> None:
    person = reply.person
    before = QAccessible.isActive()
    QAccessible.setActive(True)
    heard: list[str] = []
    person.window.view.announcer.spoken.connect(heard.append)
    try:
        reply.seen()
        if by == "theme":
            qtbot.mouseClick(person.window.topbar.theme_button, Qt.MouseButton.LeftButton)
        else:
            person.press("Ctrl+N")
            reply.tell(Delta("more = 3\n"))
            reply.chat.open(reply.conversation)
        reply.seen()
        reply.tell(Delta("bad = 4\n"))
        qtbot.waitUntil(lambda: "bad = 4" in person.screen, timeout=5000)
        person.window.view.announcer._speak()
    finally:
        QAccessible.setActive(before)
    assert "This was judged." in " ".join(heard)
    assert "Bad words" not in " ".join(heard)
    reply.tell(End(EndReason.CANCELLED))


def test_what_a_failed_worker_leaves_unjudged_is_not_stored(reply: Reply) -> None:
    reply.seen()
    reply.tell(End(EndReason.FAILED, error=StoreError("The disk is full.")))
    assert reply.person.last.state is MessageState.COMPLETE
    assert reply.person.last.text == JUDGED
    assert "Bad words" not in reply.person.screen
