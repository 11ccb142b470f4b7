"""A real encrypted history in a home of its own."""

from collections.abc import Iterator

import pytest

from desktop_llm.storage.history import History
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import Paths, find_paths


@pytest.fixture
def paths() -> Paths:
    """The test's own folders, made."""
    found = find_paths()
    found.prepare()
    return found


@pytest.fixture
def history(paths: Paths) -> Iterator[History]:
    """A new history, closed afterwards."""
    opened = open_history(paths)
    yield opened
    opened.close()
