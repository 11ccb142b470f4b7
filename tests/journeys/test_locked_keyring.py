"""The window lives while the keyring is locked, says so, and goes on by itself."""

import threading
from collections.abc import Iterator

import pytest
from keyring_in_memory import Backend
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.app import DesktopApp, _Hook
from desktop_llm.storage.keys import KeyStore, SystemKeyring
from desktop_llm.storage.paths import find_paths

pytestmark = pytest.mark.journey


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
def app(locked: Locked, qtbot: QtBot, qapp: QApplication) -> Iterator[DesktopApp]:
    paths = find_paths()
    paths.prepare()
    app = DesktopApp(paths, KeyStore(paths.key, lambda: SystemKeyring(locked, "test")))
    app.look.apply(qapp)
    hook = _Hook(app)
    hook.start_after_paint()
    app.window.show()
    yield app
    app.window.close()
    assert app.shutdown()
    app.deleteLater()
    app.window.deleteLater()


def test_the_window_waits_for_the_keyring_and_goes_on(
    app: DesktopApp, locked: Locked, qtbot: QtBot
) -> None:
    window = app.window
    qtbot.waitUntil(window.banner.isVisible, timeout=30_000)
    assert "locked" in window.banner.accessibleName()
    qtbot.keyClicks(window.composer.draft, "typed meanwhile")
    assert window.composer.draft.toPlainText() == "typed meanwhile"
    locked.unlocked.set()
    qtbot.waitUntil(lambda: app.wiring is not None, timeout=30_000)
    assert not window.banner.isVisible()
    assert app.wiring is not None
    store = app.wiring.services.store
    assert "test" in str(store.key_place.saying)
    assert len(locked.kept) == 1


def test_closing_the_window_does_not_wait_for_the_keyring(app: DesktopApp, qtbot: QtBot) -> None:
    qtbot.waitUntil(app.window.banner.isVisible, timeout=30_000)
    app.window.close()
    assert app.wiring is None
