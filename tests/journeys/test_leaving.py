"""Leaving the app: whoever asks for it, all threads are asked to end at once, and waited for together."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QDeadlineTimer, Qt
from PySide6.QtWidgets import QSystemTrayIcon

from desktop_llm.app import LEAVE_MS
from desktop_llm.core.requests import GenerateRequest
from tests.journeys.conftest import Person

pytestmark = pytest.mark.journey


class Stuck:
    """Work that does not end when it is asked to."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Semaphore(0), threading.Event()

    def wait(self, *_: object) -> int:
        self.begun.release()
        self.go_on.wait(60)
        return 0


@pytest.fixture
def stuck() -> Stuck:
    return Stuck()


@pytest.fixture
def leaver(open_app: Callable[[], Person], stuck: Stuck) -> Iterator[Person]:
    """Somebody who closes the window while something is stuck; at the test's end it comes free."""
    person = open_app()
    person.window.close()
    yield person
    stuck.go_on.set()
    services = person.wiring.services
    for part in (
        services.inference, services.counter, services.supply.fetches, services.supply.lookups,
        services.supply.moves,
    ):  # fmt: skip
        assert part.wait_for_end(QDeadlineTimer(10_000))
    person.app.deleteLater()
    person.window.deleteLater()


def test_a_count_that_does_not_end_is_told_so_that_the_process_leaves_without_it(
    leaver: Person, stuck: Stuck
) -> None:
    leaver.wiring.services.counter.ask("", GenerateRequest(()), stuck.wait, stuck.wait)
    assert stuck.begun.acquire(timeout=10)
    assert not leaver.app.shutdown()


def test_whatever_is_stuck_leaving_waits_once(leaver: Person, stuck: Stuck) -> None:
    services = leaver.wiring.services
    services.counter.ask("", GenerateRequest(()), stuck.wait, stuck.wait)
    services.inference.call("stuck", stuck.wait)
    services.supply.lookups.start("stuck", stuck.wait)
    services.supply.moves.start("stuck", stuck.wait)
    services.supply.fetches.start("stuck", stuck.wait)
    services.supply.fetches.start("stuck too", stuck.wait)
    for _ in range(6):
        assert stuck.begun.acquire(timeout=10)
    began = time.monotonic()
    assert not leaver.app.shutdown()
    assert time.monotonic() - began < 2 * LEAVE_MS / 1000  # one after the other, it would be five


def test_who_wants_a_tray_where_there_is_none_is_told_once_and_closing_closes(
    open_app: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    person = open_app(loaded=False)
    page, banner = person.window.settings_page, person.window.banner
    person.window.show_settings_tab("general")
    switch = page.editors["general.tray"].control
    person.qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert "no tray" in banner.accessibleName()
    assert banner.isVisible()
    banner.close_error()
    person.wiring.settings.change("appearance.show_statistics", True)
    assert not banner.isVisible()  # once is enough
    assert not person.window.stays


QUIT_BY_THE_DESKTOP = """
import sys
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication
from desktop_llm import app

class InTheTray(app.DesktopApp):
    def start(self):
        super().start()
        self.window.closing.connect(lambda: print("closing", flush=True))
        QTimer.singleShot(0, self.quit_as_the_dock_does)

    def quit_as_the_dock_does(self):
        self.window.stays = True
        if "hidden" in sys.argv:
            self.window.close()
        QApplication.sendEvent(QApplication.instance(), QEvent(QEvent.Type.Quit))

app.DesktopApp = InTheTray
sys.exit(app.main(["desktop-llm"]))
"""
"""The real app, which macOS tells to quit while its window would stay in the tray."""


@pytest.mark.parametrize("window", ["shown", "hidden"])
def test_where_the_desktop_ends_the_app_nothing_stays_in_the_tray(window: str) -> None:
    """Qt asks every window to close, and ends all the same where one hides instead."""
    done = subprocess.run(
        [sys.executable, "-c", QUIT_BY_THE_DESKTOP, window], capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "closing" in done.stdout, "what is written is kept then"
