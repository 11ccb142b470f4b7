"""A conversation over the real encrypted store."""

from collections.abc import Iterator

import pytest

from desktop_llm.core.clock import SystemClock
from desktop_llm.core.session import Session, Situation
from desktop_llm.core.settings import Settings
from desktop_llm.storage.history import History
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import find_paths


@pytest.fixture
def history() -> Iterator[History]:
    """The store of this test's home."""
    paths = find_paths()
    paths.prepare()
    opened = open_history(paths)
    yield opened
    opened.close()


@pytest.fixture
def session(history: History) -> Session:
    """A new conversation under the settings as they come."""
    return Session(history, SystemClock(), lambda: Situation(Settings()))
