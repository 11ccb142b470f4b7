"""The real app in this process: real window, real guide model, real store; and a person's hands."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import shiboken6
from hub_server import Hub, Repo, hub_server
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from desktop_llm.app import DesktopApp
from desktop_llm.core.messages import Message, Role
from desktop_llm.core.sayings import Saying
from desktop_llm.core.settings import Language
from desktop_llm.storage.paths import find_paths
from desktop_llm.ui.language import speak
from tests.journeys.models_parts import CARD, GUIDE, REPO

LOAD_MS = 120_000
REPLY_MS = 60_000


class Person:
    """Somebody at the window: types, presses keys, waits and reads. Never calls a presenter's slot."""

    def __init__(self, app: DesktopApp, qtbot: QtBot) -> None:
        self.app, self.qtbot = app, qtbot
        self.window = app.window
        assert app.wiring is not None
        self.wiring = app.wiring

    @property
    def path(self) -> tuple[Message, ...]:
        """The messages of the shown conversation as the store has them."""
        session = self.wiring.chat.session
        if session.is_new:
            return ()
        store = self.wiring.services.store
        messages = {m.id: m for m in store.messages(session.conversation.id)}
        found, leaf = [], store.conversation(session.conversation.id).leaf_id
        while leaf is not None:
            found.append(messages[leaf])
            leaf = messages[leaf].parent_id
        return tuple(reversed(found))

    @property
    def last(self) -> Message:
        """The newest shown message."""
        return self.path[-1]

    @property
    def screen(self) -> str:
        """The text of the conversation as it is on the screen."""
        return self.window.view.toPlainText()

    def press(self, key: str) -> None:
        """Press a shortcut of the window, such as "Ctrl+N"."""
        matching = [
            a for a in self.window.actions() if key in [s.toString() for s in a.shortcuts()]
        ]
        assert matching, f"no action has the shortcut {key}"
        matching[0].trigger()

    def write(self, text: str) -> None:
        """Type into the composer."""
        self.qtbot.keyClicks(self.window.composer.draft, text)

    def enter(self) -> None:
        """Press Enter in the composer."""
        self.qtbot.keyClick(self.window.composer.draft, Qt.Key.Key_Return)

    def ask(self, text: str, *, wait: bool = True) -> None:
        """Ask, and wait for the whole reply."""
        self.window.composer.set_text(text)
        self.enter()
        if wait:
            self.wait_reply()

    def wait_reply(self) -> None:
        """Wait until nothing is being written any more."""
        self.qtbot.waitUntil(lambda: not self.wiring.chat.busy_conversations, timeout=REPLY_MS)
        assert self.last.role is Role.ASSISTANT

    def wait_words(self, count: int = 1) -> None:
        """Wait until some of the reply is on the screen."""
        before = len(self.screen)
        self.qtbot.waitUntil(lambda: len(self.screen) >= before + count, timeout=REPLY_MS)


@pytest.fixture
def open_app(qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[..., Person]]:
    """Opens the app over this test's home; call it again after `close` to open it anew."""
    opened: list[DesktopApp] = []

    def open_it(loaded: bool = True, notices: tuple[Saying, ...] = ()) -> Person:
        paths = find_paths()
        paths.prepare()
        app = DesktopApp(paths, notices=notices)
        opened.append(app)
        app.look.apply(qapp)
        app.window.show()
        app.start()
        person = Person(app, qtbot)
        inference = person.wiring.services.inference
        if loaded:
            qtbot.waitUntil(lambda: inference.model is not None, timeout=LOAD_MS)
        return person

    yield open_it
    for app in opened:
        if shiboken6.isValid(app) and shiboken6.isValid(app.window):
            close(app)
    speak(Language.ENGLISH)  # whatever was chosen: the next test's window begins with it


def close(app: DesktopApp) -> None:
    """Close the window and end the app, once."""
    if app.window.isVisible():
        app.window.close()
        assert app.shutdown()
        app.deleteLater()
        app.window.deleteLater()


@pytest.fixture
def person(open_app: Callable[[], Person]) -> Person:
    """Somebody in front of the app with the guide model loaded."""
    return open_app()


@dataclass
class Questions:
    """What the person is asked, and the words of the buttons that they press, in that order."""

    answers: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    on_enter: list[str] = field(default_factory=list)

    def answer(self, box: QMessageBox) -> int:
        """Press the next button."""
        self.asked.append(box.text())
        self.on_enter.append(box.defaultButton().text())
        wanted = self.answers.pop(0)
        next(button for button in box.buttons() if button.text() == wanted).click()
        return 0


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> Questions:
    """Answers every question at once."""
    told = Questions()
    monkeypatch.setattr(QMessageBox, "exec", lambda box: told.answer(box))
    return told


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_server({REPO: Repo({**GUIDE, "README.md": CARD}, parameters=3_500_000)}) as running:
        yield running


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What is held back waits for it, until the test's end at the latest."""
    made = threading.Event()
    yield made
    made.set()


@pytest.fixture
def agreed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The person agrees to every question; what was asked."""
    asked: list[str] = []

    def agree(box: QMessageBox) -> int:
        asked.append(box.text())
        box.buttons()[0].click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", agree)
    return asked
