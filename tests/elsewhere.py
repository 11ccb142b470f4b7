"""Another program at the same files: it reads the history, or holds a file that nobody else may remove."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop_llm.storage import connections
from desktop_llm.storage.connections import connect
from desktop_llm.storage.keys import KeyStore
from desktop_llm.storage.paths import find_paths


@contextmanager
def reading() -> Iterator[None]:
    """The history of the test's home is read meanwhile; nobody waits long for the end of that."""
    paths = find_paths()
    key = KeyStore(paths.key, None).find()
    assert key is not None
    reader = connect(paths.history, key.value)
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM conversations").fetchone()
        with pytest.MonkeyPatch.context() as hasty:
            hasty.setattr(connections, "LOG_WAIT_S", 0.1)
            yield
    finally:
        reader.close()


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """The file is there and cannot be removed, as while it is open on Windows."""
    unlink = Path.unlink

    def refuse(asked: Path, missing_ok: bool = False) -> None:
        if asked == path:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        unlink(asked, missing_ok)

    with pytest.MonkeyPatch.context() as held:
        held.setattr(Path, "unlink", refuse)
        yield
