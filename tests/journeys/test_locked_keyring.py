"""The window lives while the keyring is locked, says so, and goes on by itself."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from keyring_in_memory import Backend
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.app import DesktopApp, _Hook
from desktop_llm.core.errors import UserError
from desktop_llm.core.launch import Launch
from desktop_llm.core.messages import Conversation, Message, Role
from desktop_llm.storage.keys import KeyStore, SystemKeyring
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import find_paths

pytestmark = pytest.mark.journey
LONG_MS = 30_000


class Locked(Backend):
    """Answers once it is unlocked."""

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = threading.Event()

    def get_password(self, service: str, user: str) -> str | None:
        self.unlocked.wait()
        return super().get_password(service, user)


@pytest.fixture
def locked() -> Iterator[Locked]:
    backend = Locked()
    yield backend
    backend.unlocked.set()


@pytest.fixture
def start(locked: Locked, qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[[], DesktopApp]]:
    """Starts the app as a process does, in this one; its banner says what it waits for."""
    opened: list[DesktopApp] = []

    def start_it() -> DesktopApp:
        paths = find_paths()
        paths.prepare()
        app = DesktopApp(paths, KeyStore(paths.key, lambda: SystemKeyring(locked, "test")))
        opened.append(app)
        app.look.apply(qapp)
        _Hook(app).start_after_paint()
        app.window.show()
        qtbot.waitUntil(app.window.banner.isVisible, timeout=LONG_MS)
        return app

    yield start_it
    locked.unlocked.set()
    for app in opened:
        qtbot.waitUntil(lambda app=app: app.wiring is not None, timeout=LONG_MS)
        app.window.close()
        assert app.shutdown()
        app.deleteLater()
        app.window.deleteLater()


def test_the_window_waits_for_the_keyring_and_goes_on(
    start: Callable[[], DesktopApp], locked: Locked, qtbot: QtBot
) -> None:
    app = start()
    assert "locked" in app.window.banner.accessibleName()
    qtbot.keyClicks(app.window.composer.draft, "typed meanwhile")
    app.window.hide()
    app.on_asked(Launch())
    assert app.window.isVisible()
    locked.unlocked.set()
    qtbot.waitUntil(lambda: app.wiring is not None, timeout=LONG_MS)
    assert not app.window.banner.isVisible()
    assert app.window.composer.text() == "typed meanwhile"
    assert app.wiring is not None
    assert "test" in str(app.wiring.services.store.key_place.saying)
    assert len(locked.kept) == 1


def test_what_is_typed_meanwhile_stays_before_the_last_conversation_too(
    start: Callable[[], DesktopApp], locked: Locked, qtbot: QtBot
) -> None:
    paths = find_paths()
    paths.prepare()
    locked.unlocked.set()
    history = open_history(paths, KeyStore(paths.key, lambda: SystemKeyring(locked, "test")))
    now = datetime.now(UTC)
    history.add_conversation(Conversation(id="c", title="c", created=now, updated=now))
    history.add_message(
        Message(
            id="m", conversation_id="c", parent_id=None, role=Role.USER, text="What I asked last",
            created=now,
        )
    )  # fmt: skip
    history.close()
    locked.unlocked.clear()
    app = start()
    app.state.put("conversation", "c")
    qtbot.keyClicks(app.window.composer.draft, "typed meanwhile")
    locked.unlocked.set()
    qtbot.waitUntil(lambda: app.wiring is not None, timeout=LONG_MS)
    assert "What I asked last" in app.window.view.toPlainText()
    assert app.window.composer.text() == "typed meanwhile"
    assert app.wiring is not None
    app.wiring.chat.start_new()
    assert app.window.composer.text() == ""


def test_another_error_stays_when_the_keyring_answers(
    start: Callable[[], DesktopApp], locked: Locked, qtbot: QtBot
) -> None:
    app = start()
    app.window.show_error(UserError("Something else."))
    locked.unlocked.set()
    qtbot.waitUntil(lambda: app.wiring is not None, timeout=LONG_MS)
    assert app.window.banner.isVisible()
    assert "Something else." in app.window.banner.accessibleName()


NEVER_UNLOCKED = """
import sys, threading
from PySide6.QtCore import QTimer
from desktop_llm import app as module
from desktop_llm.storage import keys

class Never:
    def get_password(self, service, user):
        threading.Event().wait()

module.keys_of = lambda paths: keys.KeyStore(paths.key, lambda: keys.SystemKeyring(Never(), "test"))
shown = module.MainWindow.show_locked

def show_locked(window):
    shown(window)
    print("locked", flush=True)
    QTimer.singleShot(0, window.close)

module.MainWindow.show_locked = show_locked
sys.exit(module.main(sys.argv))
"""


def test_closing_the_window_does_not_wait_for_the_keyring() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", NEVER_UNLOCKED], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "locked\n"
    closed = time.monotonic()
    _, told = process.communicate(timeout=30)
    assert process.returncode == 0, told
    assert time.monotonic() - closed < 10  # 2 s on a machine that does nothing else
