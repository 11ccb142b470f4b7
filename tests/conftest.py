"""What every test runs under: a home of its own, and nothing of Qt left alive at its end."""

import gc
import os
import sys
from collections.abc import Iterator

import pytest

# `make test` gives a virtual screen; without one, everything but the xdotool journey still runs.
if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["LC_ALL"] = "C.UTF-8"  # the tests read English
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


@pytest.fixture(autouse=True)
def own_home(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No test may read or write the real user's data. The first start is behind its person.

    A test marked `first_start` begins before it.
    """
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("DESKTOP_LLM_HOME", str(home))
    if "first_start" not in request.keywords:
        (home / "state.json").write_text('{"welcomed": true}')


@pytest.fixture
def listening() -> Iterator[None]:
    """A screen reader is there."""
    from PySide6.QtGui import QAccessible

    before = QAccessible.isActive()
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(before)


@pytest.fixture(autouse=True)
def nothing_left_alive() -> Iterator[None]:
    """Fail a test that leaves a running thread, a running timer or a visible window behind."""
    before = _living()
    yield
    if "PySide6.QtCore" not in sys.modules:
        return
    _delete_what_was_asked_to_go()
    left = {key: name for key, name in _living().items() if key not in before}
    if left:
        _settle()
        left = {key: name for key, name in _living().items() if key not in before}
    assert not left, f"left alive: {', '.join(sorted(left.values()))}"


def _settle() -> None:
    """Let what was asked to go (`deleteLater`, reference cycles) really go."""
    gc.collect()
    _delete_what_was_asked_to_go()


def _delete_what_was_asked_to_go() -> None:
    """Without an event loop nobody does, and every test would carry the widgets of those before."""
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _living() -> dict[int, str]:
    if "PySide6.QtCore" not in sys.modules:
        return {}
    import shiboken6
    from PySide6.QtCore import QThread, QTimer

    found: dict[int, str] = {}
    for thing in shiboken6.getAllValidWrappers():
        if (
            isinstance(thing, QThread)
            and thing.isRunning()
            and thing is not QThread.currentThread()
        ):
            found[id(thing)] = f"QThread {thing.objectName()!r}"
        elif isinstance(thing, QTimer) and thing.isActive():
            found[id(thing)] = f"QTimer of {type(thing.parent()).__name__}"
    return found | _windows()


def _windows() -> dict[int, str]:
    if "PySide6.QtWidgets" not in sys.modules:
        return {}
    from PySide6.QtWidgets import QApplication

    if QApplication.instance() is None:
        return {}
    visible = (widget for widget in QApplication.topLevelWidgets() if widget.isVisible())
    return {id(widget): f"window {type(widget).__name__}" for widget in visible}
