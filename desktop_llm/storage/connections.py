"""Opens the encrypted file and keeps one connection per thread. Knows SQLCipher, and no table.

Every error of the database becomes a `StoreError` with what to do, or stays a bug.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

import sqlcipher3

from desktop_llm.core.errors import NotFoundError, StoreError, TracesLeftError
from desktop_llm.core.sayings import Saying

PLAIN_HEADER = b"SQLite format 3\x00"
BUSY_S = 10.0
LOG_WAIT_S = 5.0
"""How long what erases waits for others that read or write, before it says that the log stays."""

SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
)

# SQLite's primary result codes (https://sqlite.org/rescode.html).
BUSY, LOCKED, NO_MEMORY, READ_ONLY, IO_ERROR, CORRUPT, FULL = 5, 6, 7, 8, 10, 11, 13
CANNOT_OPEN, CONSTRAINT, NOT_A_DATABASE = 14, 19, 26

DAMAGED = frozenset({CORRUPT, NOT_A_DATABASE})
TOLD = {
    BUSY: (Saying("Another program holds it."), Saying("Close the other program and try again.")),
    LOCKED: (Saying("Another program holds it."), Saying("Close the other program and try again.")),
    NO_MEMORY: (
        Saying("There is not enough memory."),
        Saying("Close other programs and try again."),
    ),
    READ_ONLY: (
        Saying("Its file or folder may not be written."),
        Saying("Give yourself the right to write it."),
    ),
    IO_ERROR: (
        Saying("The disk refused to read or write: it is full or failing."),
        Saying("Free some space, check the disk, and try again."),
    ),
    FULL: (Saying("The disk is full."), Saying("Free some space and try again.")),
    CANNOT_OPEN: (
        Saying("Its file or folder cannot be opened."),
        Saying("See that it is there and yours."),
    ),
}


class DamagedError(StoreError):
    """The file was opened with a wrong key, or its content is damaged: SQLCipher cannot tell."""


def connect(path: Path, key: bytes, *, create: bool = False) -> Any:
    """A connection to the encrypted file, checked to be readable with this key.

    Raises DamagedError for a wrong key or a damaged file, StoreError where the file is not
    encrypted, this build cannot encrypt, or the disk fails. Makes a file only where `create`.
    """
    if not create:
        check_header(path)
    mode = "rwc" if create else "rw"
    connection = None
    with store_errors():
        try:
            connection = sqlcipher3.connect(
                f"{uri_of(path.absolute())}?mode={mode}",
                uri=True,
                isolation_level=None,
                timeout=BUSY_S,
                # `close` ends the connections of all threads; each is used under its own lock.
                check_same_thread=False,
            )
            _unlock(connection, key)
        except BaseException:
            if connection is not None:
                connection.close()
            raise
    return connection


def uri_of(path: PurePath) -> str:
    """An absolute path as SQLite takes it: it refuses to be told of another computer but by a path."""
    uri = path.as_uri()
    return uri if uri.startswith("file:///") else uri.replace("file://", "file:////", 1)


def check_header(path: Path) -> None:
    """Refuse a file that is empty or that plain SQLite could read. Raises StoreError."""
    try:
        with path.open("rb") as file:
            header = file.read(len(PLAIN_HEADER))
    except OSError as error:
        why, todo = TOLD[CANNOT_OPEN]
        raise StoreError("The history cannot be opened.", why, todo) from error
    if not header:
        raise DamagedError(
            "The history file {path} is empty.",
            "Something outside the app has emptied it.",
            "Put a copy of it back, or move it elsewhere to start with a new history.",
            path=path,
        )
    if header == PLAIN_HEADER:
        raise StoreError(
            "The history file {path} is not encrypted.",
            "This app did not write it, and refuses to write into it.",
            "Move it elsewhere to start with a new history.",
            path=path,
        )


def _unlock(connection: Any, key: bytes) -> None:
    # SQLCipher writes its complaints to standard error unless told not to.
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    # Linked against plain SQLite, the line above does nothing and the file would be readable.
    version = connection.execute("PRAGMA cipher_version").fetchone()
    if not version or not version[0]:
        raise StoreError(
            "The history cannot be encrypted.",
            "The installed sqlcipher3 is not SQLCipher.",
            "Install the app again.",
        )
    # The key is first used by the first read; anything but this file's own key fails here.
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    for statement in SETTINGS:
        connection.execute(statement)


@contextlib.contextmanager
def store_errors() -> Iterator[None]:
    """Tell the database's errors as StoreError, DamagedError or NotFoundError; bugs stay as they are."""
    try:
        yield
    except sqlcipher3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in DAMAGED:
            raise DamagedError(
                "The history cannot be read.",
                "Its key is the wrong one, or the file is damaged.",
                "It was left as it is. Put back the right key or a copy of the file, or move the "
                "file elsewhere to start with a new history.",
            ) from error
        if code in TOLD:
            why, todo = TOLD[code]
            raise StoreError("The history could not be read or written.", why, todo) from error
        if code == CONSTRAINT and "FOREIGN KEY" in str(error):
            raise NotFoundError("The conversation or message is not there any longer.") from error
        raise


@dataclass(slots=True)
class _Held:
    connection: Any
    thread: threading.Thread
    lock: threading.Lock = field(default_factory=threading.Lock)


class Connections:
    """One connection per thread to one file; safe from any thread."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key
        # By their number, not in a `threading.local`: Qt's threads have a new one in every slot.
        self._all: dict[int, _Held] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._log_due = False  # to be cut: it still holds erased text

    @contextlib.contextmanager
    def read(self) -> Iterator[Any]:
        """This thread's connection. Raises StoreError where the database fails, or is closed."""
        held = self._mine()
        with held.lock, store_errors():
            if self._closed:
                raise _closed()
            yield held.connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Any]:
        """This thread's connection in a transaction, which is on disk when the block ends."""
        with self.read() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # A full disk may already have rolled it back.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            if self._log_due:
                self._log_due, cut = False, False  # another thread may set it meanwhile
                with contextlib.suppress(sqlcipher3.Error):  # whatever it is, the write is done
                    cut = _cut_log(connection)
                if not cut:
                    self._log_due = True

    def close(self) -> None:
        """Write everything into the one file, and close. Later calls do nothing."""
        with self._lock:
            if self._closed:
                return
            with contextlib.suppress(StoreError), store_errors():
                self._checkpoint_alone()
            self._closed = True
            for held in self._all.values():
                with held.lock:
                    held.connection.close()
            self._all.clear()

    def truncate_log(self) -> None:
        """Move the write-ahead log into the file and cut it to nothing, so that old text is gone.

        Waits for readers of other threads and processes. Raises TracesLeftError where they stay or
        the disk fails; each write that follows tries again then, and nothing waits for them any more.
        """
        try:
            if self._cut_in_time():
                return
            why = TOLD[BUSY][0]
            todo = Saying("Close it. The next change of the history then cuts its log.")
        except StoreError as error:
            why, todo = error.reason_and_todo
        self._log_due = True
        raise TracesLeftError("Deleted text may still be in the history's log.", why, todo)

    def _cut_in_time(self) -> bool:
        deadline = time.monotonic() + (0.0 if self._log_due else LOG_WAIT_S)
        while True:
            was_due, self._log_due = self._log_due, False
            with self.read() as connection:
                if _cut_log(connection):
                    return True
            self._log_due = was_due
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)

    def _checkpoint_alone(self) -> None:
        for held in self._all.values():
            with held.lock:
                held.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return

    def reads(self, path: Path) -> bool:
        """Whether another file can be read with this history's key."""
        try:
            connect(path, self._key).close()
        except StoreError:
            return False
        return True

    def _mine(self) -> _Held:
        number, thread = threading.get_ident(), threading.current_thread()
        with self._lock:
            held = self._all.get(number)
            if held is not None:
                held.thread = thread  # numbers of ended threads are given to new ones
                return held
        held = _Held(connect(self._path, self._key), thread)
        with self._lock:
            if self._closed:
                held.connection.close()
                raise _closed()
            self._drop_those_of_ended_threads()
            self._all[number] = held
        return held

    def _drop_those_of_ended_threads(self) -> None:
        """Of Python's own threads: a thread of Qt's is never said to have ended."""
        ended = [number for number, held in self._all.items() if not held.thread.is_alive()]
        for number in ended:
            self._all.pop(number).connection.close()


def _cut_log(connection: Any) -> bool:
    """Whether that could be done at once: it waits for nobody who reads or writes."""
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")


def _closed() -> StoreError:
    return StoreError("The history is closed.", "The app is ending.")
