"""Opens the history, or makes a new one, and never the one in place of the other. Reads no message.

What is there is checked before it is used: a header that is not SQLite's, a key that fits, tables
that this app knows. A lost key or a damaged file is told, copied aside, and left as it is.
"""

import contextlib
import logging
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desktop_llm.core.errors import StoreError
from desktop_llm.storage.atomic import sync_folder
from desktop_llm.storage.connections import IO_ERROR, TOLD, DamagedError, connect, store_errors
from desktop_llm.storage.exclusive import exclusive
from desktop_llm.storage.history import History, log_of
from desktop_llm.storage.keys import HistoryKey, KeyStore, keys_of
from desktop_llm.storage.migrations import MIGRATIONS, Migration, is_outdated, migrate, version
from desktop_llm.storage.paths import Paths
from desktop_llm.storage.problems import why_and_todo

log = logging.getLogger(__name__)


def open_history(
    paths: Paths, keys: KeyStore | None = None, migrations: tuple[Migration, ...] = MIGRATIONS
) -> History:
    """The history of these folders, which `paths.prepare()` has made.

    Raises StoreError, which says what to do, where it cannot be opened; what is on disk is then
    as it was, and a copy of a damaged file lies beside it.
    """
    keys = keys or keys_of(paths)
    try:
        with exclusive(paths.data / ".history.lock"):
            return _open(paths.history, keys, migrations)
    except OSError as error:
        why, todo = why_and_todo(error)
        raise StoreError("The history cannot be opened.", why, todo) from error


def _open(place: Path, keys: KeyStore, migrations: tuple[Migration, ...]) -> History:
    _require_end(place)
    # SQLite keeps the log beside the file itself. Only of a link: on Windows the name of a drive on
    # another computer would become that computer's.
    path = place.resolve() if place.is_symlink() else place
    if not path.exists():
        key = keys.find_or_make()
        _make(path, key.value, migrations)
        return History(path, key.value, key.place, place)
    connection, key = _connected(path, keys)
    try:
        if is_outdated(connection, migrations):
            _back_up(connection, path, key.value)
            with store_errors():
                migrate(connection, migrations)
    finally:
        connection.close()
    return History(path, key.value, key.place, place)


def _require_end(place: Path) -> None:
    """A link to a drive that is not plugged in must not be taken for no history at all."""
    if place.is_symlink() and not place.exists():
        raise StoreError(
            "The history {path} is not there.",
            "It is a link to {target}, and nothing is there.",
            "Plug in the drive that it is on. To start with a new history, delete the link.",
            path=place,
            target=place.readlink(),
        )


def _connected(path: Path, keys: KeyStore) -> tuple[Any, HistoryKey]:
    """With the first key that fits: a history that was put back may have another one than the last."""
    key = _key_of(path, keys)
    try:
        return connect(path, key.value), key
    except DamagedError as error:
        for other in keys.others(key):
            with contextlib.suppress(DamagedError):
                return connect(path, other.value), other
        raise _with_copy(path, error) from error


def _key_of(path: Path, keys: KeyStore) -> HistoryKey:
    key = keys.find()
    if key is None:
        raise StoreError(
            "The key of the history {path} is lost.",
            "It is in no keyring of this system and in no key file.",
            "Put the key back. Without it the history cannot be read; to start with a new one, "
            "move the file elsewhere.",
            path=path,
        )
    return key


def _make(path: Path, key: bytes, migrations: tuple[Migration, ...]) -> None:
    """Make the file under another name first: a history is there whole or not at all."""
    if log_of(path).exists():
        raise StoreError(
            "The history {path} is missing.",
            "Its newest part, {log_of}, is still there.",
            "Put the file back, or move that part elsewhere to start with a new history.",
            path=path,
            log_of=log_of(path).name,
        )
    unfinished = path.with_name(f"{path.name}.new")
    for left_over in (unfinished, log_of(unfinished), _shared_memory_of(unfinished)):
        left_over.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    connection = connect(unfinished, key, create=True)
    try:
        with store_errors():
            migrate(connection, migrations)
    finally:
        connection.close()
    if log_of(unfinished).exists():  # closing could not write it into the file
        raise StoreError("The history cannot be opened.", *TOLD[IO_ERROR])
    unfinished.rename(path)
    sync_folder(path.parent)


def _back_up(connection: Any, path: Path, key: bytes) -> None:
    """A copy of the history, under the same key, from before its tables are changed."""
    if shutil.disk_usage(path.parent).free < 2 * path.stat().st_size:
        raise StoreError(
            "The history must be brought up to date, and there is no room for a copy of it first.",
            "It is {size} bytes.",
            "Free some space and start again.",
            size=f"{path.stat().st_size:,}",
        )
    target = path.with_name(f"{path.name}.before-v{version(connection) + 1}")
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    copy = connect(target, key, create=True)
    try:
        with store_errors():
            connection.backup(copy)
    finally:
        copy.close()


def _with_copy(path: Path, error: DamagedError) -> StoreError:
    """The same error, which tells too where the copy is. One copy of each state of the file."""
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    copy = path.with_name(f"{path.name}.damaged-{changed:%Y-%m-%dT%H%M%S}")
    try:
        if not copy.exists():
            _copy(path, copy)
    except OSError as failure:
        log.warning("No copy of the damaged history could be made: %s", failure)
        return error
    what, why, todo = error.sayings
    return StoreError(what, why, "{advice} A copy of it is {copy}.", advice=todo, copy=copy)


def _copy(path: Path, copy: Path) -> None:
    """All of a history or nothing: what has the name of a copy is whole. Raises OSError."""
    unfinished = copy.with_name(f"{copy.name}.new")
    parts = [(path, unfinished, copy)]
    if log_of(path).exists():
        parts.append((log_of(path), log_of(unfinished), log_of(copy)))
    try:
        for part, written, _ in parts:
            _copy_part(part, written)
        for _, written, named in reversed(parts):  # the log first: without it the file is not whole
            written.replace(named)
    except OSError:
        for _, written, named in parts:
            written.unlink(missing_ok=True)
            named.unlink(missing_ok=True)
        raise
    sync_folder(copy.parent)


def _copy_part(source: Path, target: Path) -> None:
    target.touch(mode=0o600)
    shutil.copyfile(source, target)
    with target.open("rb+") as file:
        os.fsync(file.fileno())
    shutil.copystat(source, target)


def _shared_memory_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-shm")
