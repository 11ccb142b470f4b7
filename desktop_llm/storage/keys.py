"""The history's key: 32 random bytes in the system's keyring, or in a file where there is none.

Makes, finds and keeps the key; opens no database. Only keyrings of the operating system are
trusted, never one that keeps its secrets in plain text.
"""

import contextlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from desktop_llm.core.errors import StoreError
from desktop_llm.core.sayings import Saying
from desktop_llm.storage.atomic import write_atomically
from desktop_llm.storage.paths import Paths
from desktop_llm.storage.problems import why_and_todo

KEY_BYTES = 32
SERVICE, USER = "Desktop LLM", "history key"
VERSION = 1

WAIT_S = 60.0
"""A keyring may ask the person to unlock it, so looking a key up may take as long as typing does."""
SOON_S = 3.0
"""How long one is waited for that may hold an older key: the window is waiting."""

TRUSTED = {
    "keyring.backends.macOS": "macOS Keychain",
    "keyring.backends.Windows": "Windows Credential Manager",
    "keyring.backends.SecretService": "Secret Service",
    "keyring.backends.libsecret": "Secret Service",
    "keyring.backends.kwallet": "KWallet",
}

Result = TypeVar("Result")


class KeyKind(StrEnum):
    """The two places a key can be in."""

    KEYRING = "keyring"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where the key is: the keyring's name ("KWallet"), or the path of the key file."""

    kind: KeyKind
    where: str

    @property
    def saying(self) -> Saying:
        """Where the key is, in words."""
        if self.kind is KeyKind.KEYRING:
            return Saying("The key is in the system's keyring ({place}).", place=self.where)
        return Saying("The key is in the file {path}, which only you may read.", path=self.where)


@dataclass(frozen=True, slots=True)
class HistoryKey:
    """The key and where it is kept. The key itself stays out of every `repr`."""

    value: bytes = field(repr=False)
    place: KeyPlace


class KeyringError(Exception):
    """The keyring did not answer. Inside this module only: people are told a StoreError."""


class SystemKeyring:
    """The operating system's keyring, behind a time limit: its calls may block or raise anything.

    `other` is a keyring that this system offers too, and that may hold a key from before.
    """

    def __init__(
        self,
        backend: Any,
        name: str,
        wait_s: float = WAIT_S,
        other: "SystemKeyring | None" = None,
    ) -> None:
        self._backend, self._wait_s = backend, wait_s
        self.name, self.other = name, other
        self._key: bytes | None = None
        self._failure: KeyringError | None = None

    def wait(self) -> bool:
        """Look the key up, however long a person takes to unlock the keyring, for `get` to have it.

        That there is none yet is not kept: another process may be making it. Says whether it is there.
        """
        with contextlib.suppress(KeyringError):
            self._key = self._look_up(None)
        return self._key is not None

    def get(self, wait_s: float | None = None) -> bytes | None:
        """The key, or None where the keyring has none. Raises KeyringError.

        `wait_s` is how long it may take to answer, where that is to be less than usual.
        """
        if self._failure is not None:
            raise self._failure
        if self._key is None:
            self._key = self._look_up(self._wait_s if wait_s is None else wait_s)
        return self._key

    def _look_up(self, wait_s: float | None) -> bytes | None:
        try:
            text = self._ask(lambda: self._backend.get_password(SERVICE, USER), wait_s)
            return _parsed(text) if text is not None else None
        except KeyringError as error:
            self._failure = error  # it may have taken a minute to fail: once is enough
            raise

    def put(self, key: bytes) -> None:
        """Keep the key, and see that it can be read again. Raises KeyringError."""
        self._ask(lambda: self._backend.set_password(SERVICE, USER, key.hex()), self._wait_s)
        self._key = None
        if self.get() != key:
            raise KeyringError("it gave back another key than it was given")

    def get_text(self, user: str) -> str:
        """Another secret of the app, or "" where there is none. Raises KeyringError."""
        return self._ask(lambda: self._backend.get_password(SERVICE, user), self._wait_s) or ""

    def put_text(self, user: str, text: str) -> None:
        """Keep another secret of the app; "" forgets it. Raises KeyringError."""
        if text:
            self._ask(lambda: self._backend.set_password(SERVICE, user, text), self._wait_s)
        elif self.get_text(user):
            self._ask(lambda: self._backend.delete_password(SERVICE, user), self._wait_s)

    def _ask(self, question: Callable[[], Result], wait_s: float | None) -> Result:
        answers: list[Result] = []
        failures: list[BaseException] = []

        def ask() -> None:
            try:
                answers.append(question())
            except BaseException as error:  # noqa: BLE001 - a thread's boundary, and others' code
                failures.append(error)

        # A daemon: a keyring that never answers must not keep the app from ending.
        thread = threading.Thread(target=ask, name="keyring", daemon=True)
        thread.start()
        thread.join(wait_s)
        if answers:
            return answers[0]
        raise KeyringError(_reason(failures))


def _reason(failures: list[BaseException]) -> str:
    return f"{type(failures[0]).__name__}: {failures[0]}" if failures else "it does not answer"


def system_keyring(wait_s: float = WAIT_S) -> SystemKeyring | None:
    """The keyring that this system offers and this app trusts, or None. May raise anything.

    What the keyring library is configured to use is not asked: that may be one that is not there,
    or one that forgets, and the history's key would be lost for as long.
    """
    from keyring.backend import get_all_keyring  # 0.15 s, and not needed with the key in a file

    trusted = [one for one in get_all_keyring() if type(one).__module__ in TRUSTED]
    found = None
    for backend in sorted(trusted, key=_priority):
        found = SystemKeyring(backend, TRUSTED[type(backend).__module__], wait_s, found)
    return found


def _priority(backend: Any) -> float:
    """How gladly the keyring library would take it; one that has gone meanwhile comes last."""
    try:
        return float(backend.priority)
    except Exception:  # noqa: BLE001 - others' code, which asks the desktop each time
        return -1.0


def found_by(find_keyring: Callable[[], SystemKeyring | None] | None) -> SystemKeyring | None:
    """The keyring that is found so, or None. Raises KeyringError for whatever goes wrong."""
    try:
        return find_keyring() if find_keyring is not None else None
    except Exception as error:  # others' code, which may raise anything
        raise KeyringError(_reason([error])) from error


class KeyStore:
    """Finds or makes the one key of a history.

    A key file comes first: it is made only where no keyring took the key, and a key must not change
    because a keyring appears later. `find_keyring` is None for a portable home, which must carry
    its key with it.
    """

    def __init__(self, file: Path, find_keyring: Callable[[], SystemKeyring | None] | None) -> None:
        self._file = file
        self._find_keyring = find_keyring
        self._found: SystemKeyring | None = None

    def prepare(self) -> None:
        """Have the keyring unlocked, however long that takes, so that the key is there at once.

        Not for a window's thread. Raises nothing: the call that follows tells what is wrong.
        """
        with contextlib.suppress(Exception):  # a thread's boundary, and others' code
            for keyring in () if self._file.exists() else self._keyrings():
                if keyring.wait():
                    return

    def find(self) -> HistoryKey | None:
        """The key of an existing history, or None where there is none.

        Raises StoreError where a keyring is there but does not answer, or the file is damaged.
        """
        return self.find_in_file() if self._file.exists() else self._find_in_keyrings()

    def find_or_make(self) -> HistoryKey:
        """The key for a new history: the one that is there, else a new one.

        It goes into the first keyring, or into the file where there is none or that one is silent.
        Raises StoreError.
        """
        if self._file.exists():
            return self.find_in_file()
        found = None
        with contextlib.suppress(StoreError):
            found = self._find_in_keyrings()
        with contextlib.suppress(KeyringError):
            found = found or self._make_in_keyring()
        if found is not None:
            return found
        self._write_file(secrets.token_bytes(KEY_BYTES))
        return self.find_in_file()

    def others(self, tried: HistoryKey) -> Iterator[HistoryKey]:
        """Keys in keyrings that answer soon, for a history that the one which was `tried` does not open.

        That may be another history's: one in a file was made while a keyring was silent, perhaps.
        """
        with contextlib.suppress(KeyringError):
            for keyring in self._keyrings():
                with contextlib.suppress(KeyringError):
                    value = keyring.get(SOON_S)
                    if value is not None and value != tried.value:
                        yield _held(keyring, value)

    def _make_in_keyring(self) -> HistoryKey | None:
        """Raises KeyringError where the first one is silent: what it holds must not be replaced."""
        keyring = next(self._keyrings(), None)
        if keyring is None:
            return None
        keyring.get()
        return _held(keyring, _kept(keyring))

    def _find_in_keyrings(self) -> HistoryKey | None:
        try:
            keyrings = tuple(self._keyrings())
        except KeyringError as error:
            raise _unusable(error) from error
        silent: StoreError | None = None
        for keyring in keyrings:
            try:
                value = keyring.get()
            except KeyringError as error:
                silent = silent or _silent(keyring, error)
            else:
                if value is not None:
                    return _held(keyring, value)
        if silent is not None:
            raise silent
        return None

    def find_in_file(self) -> HistoryKey:
        """The key of the key file. Raises StoreError where it is not there or damaged."""
        return HistoryKey(self._read_file(), KeyPlace(KeyKind.FILE, str(self._file)))

    def _keyrings(self) -> Iterator[SystemKeyring]:
        """Those of this system, the first one first. Raises KeyringError."""
        if self._found is None:
            self._found = found_by(self._find_keyring)
        keyring = self._found
        while keyring is not None:
            yield keyring
            keyring = keyring.other

    def _read_file(self) -> bytes:
        try:
            self._file.chmod(0o600)
            content = json.loads(self._file.read_text("utf-8"))
            if content["v"] > VERSION:
                raise self._bad(
                    Saying("A newer version of the app wrote it."), Saying("Update the app.")
                )
            return _parsed(content["key"])
        except OSError as error:
            raise self._bad(*why_and_todo(error)) from error
        except (ValueError, KeyError, TypeError, KeyringError) as error:
            raise self._bad(
                Saying("It is damaged."),
                Saying("Put a copy of it back; the history cannot be read without it."),
            ) from error

    def _write_file(self, key: bytes) -> None:
        content = json.dumps({"v": VERSION, "key": key.hex()}) + "\n"
        try:
            write_atomically(self._file, content.encode())
        except OSError as error:
            why, todo = why_and_todo(error)
            raise StoreError(
                "The history's key could not be written to {file}.", why, todo, file=self._file
            ) from error

    def _bad(self, why: Saying, todo: Saying) -> StoreError:
        return StoreError(
            "The history's key file {file} cannot be read.", why, todo, file=self._file
        )


def keys_of(paths: Paths) -> KeyStore:
    """Where the key of these folders' history is looked for. A portable home carries it with it."""
    return KeyStore(paths.key, None if paths.portable else system_keyring)


def _held(keyring: SystemKeyring, key: bytes) -> HistoryKey:
    return HistoryKey(key, KeyPlace(KeyKind.KEYRING, keyring.name))


def _kept(keyring: SystemKeyring) -> bytes:
    value = secrets.token_bytes(KEY_BYTES)
    keyring.put(value)
    return value


def _parsed(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyringError("what it holds is not a key")
    return key


def _unusable(error: KeyringError) -> StoreError:
    return StoreError(
        "The system's keyring does not answer.",
        "The history's key may be in it, and looking for it failed: {reason}.",
        "Unlock the keyring (on a desktop: log in there), and start again.",
        reason=error,
    )


def _silent(keyring: SystemKeyring, error: KeyringError) -> StoreError:
    return StoreError(
        "The history is locked.",
        "Its key is in the system's keyring ({keyring}), and {error}.",
        "Unlock the keyring (on a desktop: log in there), and start again.",
        keyring=keyring.name,
        error=error,
    )
