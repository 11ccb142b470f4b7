"""F5: no forbidden character reaches the view, the clipboard, a screen reader, the history, its files or the log.

Looked at after every single piece of the reply, not only at the end. `make soak` looks at 10,000 states.
"""

import logging
import os
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.core.events import Delta, End, EndReason, Event
from desktop_llm.core.messages import Conversation, Message, MessageState, Role
from desktop_llm.core.policy import Actions, FilterAction, Level, Policy
from desktop_llm.core.recording import record
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.safety.filter import moderated
from desktop_llm.storage.history import History
from desktop_llm.storage.keys import KeyStore
from desktop_llm.storage.logs import start_logging, stop_logging
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import Paths, find_paths
from desktop_llm.ui.conversation.document import ShownMessage
from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.look import Look
from tests.storage.pages import plain_bytes

STATES = 10_000 if "SOAK_CASES" in os.environ else 100
PIECES = 50
"""Pieces of one reply."""
CANARY = "ŽŸǾ"
"""Letters that stand in forbidden words alone: each one that is seen anywhere has got through."""
NOW = datetime(2026, 11, 24, tzinfo=UTC)
FORBIDDEN = ["ŽŸǾžÿ", "Ž Ÿ Ǿ Ž Ÿ", "ŽŽŸ.Ǿ-ŽŸ", "Ž\u200bŸǾŽ\u0301Ÿ", "ŽŸǾŽŸ@ŽŸǾ.example.org"]
HARMLESS = [
    "a ",
    "word, ",
    "**bold** ",
    "\n\n",
    "`code` ",
    "- item\n",
    "词元。",
    "1. one\n",
    "zor",
    "z y o ",
]


class Clock:
    """Every look at it is a second later, so that the history is written at every piece."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        self.seconds += 1.0
        return self.seconds


@pytest.fixture
def paths() -> Iterator[Paths]:
    found = find_paths()
    found.prepare()
    start_logging(found)
    yield found
    stop_logging()


@pytest.fixture
def history(paths: Paths) -> Iterator[History]:
    opened = open_history(paths)
    opened.add_conversation(Conversation("c", "c", NOW, NOW))
    opened.add_message(Message("q", "c", None, Role.USER, "say it", NOW))
    yield opened
    opened.close()


@pytest.fixture
def view(qapp: QApplication, qtbot: QtBot) -> ConversationView:
    look = Look()
    look.apply(qapp)
    made = ConversationView(look)
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    return made


def model(rng: random.Random) -> Iterator[Event]:
    """Forbidden words among harmless ones, in pieces of one to five characters."""
    text = "".join(
        f" {rng.choice(FORBIDDEN)} " if rng.random() < 0.3 else rng.choice(HARMLESS)
        for _ in range(PIECES)
    )
    place = 0
    while place < len(text):
        size = rng.randint(1, 5)
        logging.getLogger("desktop_llm").info("decoded %d characters", size)
        yield Delta(text[place : place + size])
        place += size
    yield End(EndReason.STOP)


def words_of(view: ConversationView) -> list[str]:
    """What the view shows, what is copied of it, and what a screen reader gets."""
    view._feeding.flush()
    view.selectAll()
    copied = view.createMimeDataFromSelection()
    spoken = QAccessible.queryAccessibleInterface(view).textInterface()
    return [
        view.document().toPlainText(),
        view.toPlainText(),
        *(bytes(copied.data(form).data()).decode("utf-8", "replace") for form in copied.formats()),
        spoken.text(0, spoken.characterCount()),
    ]


def files(paths: Paths) -> bytes:
    """All files as they are, the history's decrypted: its ciphertext says any four bytes by chance."""
    key = KeyStore(paths.key, None).find()
    assert key is not None
    others = [path for path in sorted(paths.home.rglob("*")) if path.is_file()]
    others = [path for path in others if not path.name.startswith(paths.history.name)]
    return plain_bytes(paths.history, key.value) + b"".join(path.read_bytes() for path in others)


def assert_clean(texts: list[str], kept: bytes) -> None:
    for text in texts:
        assert not any(char in text for char in CANARY), text
    for char in CANARY:
        # One letter is two bytes, which numbers in a file may be by chance: a word is not.
        assert (char * 2).encode() not in kept
    assert "ŽŸǾ".encode() not in kept


def test_no_forbidden_character_is_in_any_sink_at_any_time(
    view: ConversationView, history: History, paths: Paths
) -> None:
    rng = random.Random(7)
    action = Actions(own=FilterAction.MASK)
    policy = Policy(Level.BALANCED, ("žÿǿžÿ", "žÿǿ"), replies=action)
    masked = states = 0
    for number in range(STATES // PIECES):
        reply = Message(
            f"r{number}", "c", "q", Role.ASSISTANT, "", NOW, state=MessageState.STREAMING
        )
        history.add_message(reply)
        view.show_path([ShownMessage(reply)])
        request = GenerateRequest((Turn(Role.USER, "say it"),))
        events = moderated(lambda *_: model(rng), request, threading.Event(), policy)
        for event in record(events, reply, history, Clock()):
            view.feed(reply.id, event)
            states += isinstance(event, Delta)
            assert_clean([*words_of(view), history.message(reply.id).text], b"")
        masked += history.message(reply.id).text.count("█")
        assert_clean([], files(paths))
    view.copy()
    assert_clean([QApplication.clipboard().text()], b"")
    print(states, "states,", masked, "words hidden")
    assert masked > STATES // 50
