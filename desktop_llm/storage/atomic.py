"""Replaces a file in one step, so that a crash leaves the old one or the new one. Knows no format."""

import contextlib
import os
import secrets
import shutil
from datetime import datetime
from pathlib import Path


def write_atomically(path: Path, data: bytes, *, private: bool = True) -> None:
    """Write a file that only this user may read, on disk when this returns. Raises OSError.

    Without `private`, who may read it stays as it was, or is as for any new file. A link is
    followed: the file it points to is replaced, not the link.
    """
    path = path.resolve()
    # Not made of the file's own name, which may be as long as the system allows.
    temporary = path.with_name(f".desktop-llm-{secrets.token_hex(4)}")
    try:
        temporary.touch(0o600 if private else 0o666, exist_ok=False)
    except PermissionError:
        if private or not path.exists():
            raise
        path.write_bytes(data)  # its folder takes no other file, but it may be writable itself
        return
    try:
        if not private and path.exists():
            with contextlib.suppress(OSError):  # some network file systems know no modes
                shutil.copymode(path, temporary)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename inside the folder survive a power cut, where the system has a way to."""
    if os.name != "posix":
        return
    # Some network file systems cannot; the rename itself has happened all the same.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def set_aside(path: Path, when: datetime) -> Path:
    """Rename a file that cannot be read to `name.broken-DATE`, and return its new path."""
    stem = f"{path.name}.broken-{when:%Y-%m-%d}"
    target, number = path.with_name(stem), 1
    while target.exists():
        number += 1
        target = path.with_name(f"{stem}-{number}")
    path.rename(target)
    return target
