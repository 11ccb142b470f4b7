"""A real encrypted history in a home of its own."""

import errno
from collections.abc import Callable, Iterator
from pathlib import Path

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


@pytest.fixture
def deny(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Lets a file be there and not be read, as for another user: the tests may run as root."""
    read_text = Path.read_text

    def deny(path: Path) -> None:
        def refuse(asked: Path, *arguments: str) -> str:
            if asked == path:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return read_text(asked, *arguments)

        monkeypatch.setattr(Path, "read_text", refuse)

    return deny
