"""The PIN that locks the safety filter's settings: its hash and the wrong tries, in one small file.

Knows no setting. Wrong tries are counted on disk, so that starting the app anew forgives none.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop_llm.core.errors import StoreError, UsageError
from desktop_llm.core.pin import hash_pin, is_pin, wait_after
from desktop_llm.storage.atomic import write_atomically
from desktop_llm.storage.problems import why_and_todo


class PinLock:
    """A `core.ports.Lock`. Unlocked for this process alone; every other one asks again."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock
        self._open = False

    @property
    def is_set(self) -> bool:
        """Whether there is a PIN. One that cannot be read for a moment is there as well."""
        try:
            return bool(self._read().get("pin"))
        except StoreError:
            return True

    @property
    def locked(self) -> bool:
        """Whether there is a PIN, and it was not given yet."""
        return self.is_set and not self._open

    def lock(self) -> None:
        """Ask for the PIN again from now on."""
        self._open = False

    def unlock(self, pin: str) -> bool:
        """Whether that was the PIN; if so, it is unlocked. Raises UsageError where one must wait,
        and StoreError where the PIN cannot be read."""
        kept = self._read()
        failures, last = int(kept.get("failures", 0)), float(kept.get("last", 0.0))
        left = last + wait_after(failures) - self._clock()
        # A clock that was put back must not lock anybody out for longer than the wait itself.
        if failures and 0 < left <= wait_after(failures):
            raise UsageError(
                "Too many wrong PINs.",
                todo="Wait {left} seconds and try again.",
                left=int(left) + 1,
            )
        if is_pin(pin, str(kept.get("pin", ""))):
            self._open = True
            self._write({"pin": kept["pin"]})
            return True
        self._write(kept | {"failures": failures + 1, "last": self._clock()})
        return False

    def set(self, pin: str) -> None:
        """Lock with that PIN from now on. Raises UsageError for a bad one, or while it is locked."""
        self._require_open()
        self._write({"pin": hash_pin(pin)})
        self._open = True

    def remove(self) -> None:
        """Do without a PIN. Raises UsageError while it is locked."""
        self._require_open()
        self._write({})

    def _require_open(self) -> None:
        if self.locked:
            raise locked_error()

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._path.read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        except OSError as error:
            raise StoreError(
                "The PIN in {path} cannot be read.",
                "The system says: {error}.",
                "Close what else may have the file open, or give yourself the right to read it, "
                "and try again.",
                path=self._path,
                error=error.strerror or error,
            ) from error
        return kept if isinstance(kept, dict) else {}

    def _write(self, kept: dict[str, Any]) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(self._path, json.dumps(kept).encode())
        except OSError as error:
            raise StoreError("The PIN could not be saved.", *why_and_todo(error)) from error


def locked_error() -> UsageError:
    """What is told where somebody wants to change what is locked."""
    return UsageError(
        "The safety filter's settings are locked with a PIN.",
        todo="Unlock them on the settings page of the safety filter, or with --pin.",
    )
