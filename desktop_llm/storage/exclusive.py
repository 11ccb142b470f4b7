"""Lets one process at a time do something, by an operating system lock on a file. Knows not what.

The lock goes with its process, however that ends, so nothing stale is ever left.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from desktop_llm.core.errors import StoreError

WAIT_S = 15.0


@contextlib.contextmanager
def exclusive(path: Path, wait_s: float = WAIT_S) -> Iterator[None]:
    """Hold the lock on the file at `path`, which is made where it is missing.

    Raises StoreError where another process still holds it after `wait_s`, OSError where the file
    cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait(descriptor, path, time.monotonic() + wait_s)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def if_free(path: Path) -> Iterator[bool]:
    """Hold the lock on the file at `path` unless somebody does; whether it is held now.

    Raises OSError where the file cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _take(descriptor)
    finally:
        os.close(descriptor)


def _wait(descriptor: int, path: Path, deadline: float) -> None:
    while not _take(descriptor):
        if time.monotonic() > deadline:
            raise StoreError(
                "Another copy of the app is busy with the same files.",
                "It holds {path}.",
                "Wait for it, or end it, and try again.",
                path=path,
            )
        time.sleep(0.02)


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # A file system without locks: better unguarded than unusable.
            return True
        return True
