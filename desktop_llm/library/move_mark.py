"""The mark of a folder that models are being moved to: a file that lists what was put there.

After a crash the list tells what may be deleted again. Deletes nothing itself, and copies nothing.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from desktop_llm.library.records import Stamp

UNFINISHED = ".moving"
"""The file's name: a line of JSON says from where, each other one what was copied."""
LIMIT = 10_000_000
"""Bytes of it that are read; a thousand models take some hundred thousand."""


class Mark:
    """The mark of one target, for a move from one source; both are resolved."""

    def __init__(self, target: Path, source: Path) -> None:
        self._target, self._source = target, source
        self._path = target / UNFINISHED

    def begin(self) -> None:
        """Mark the target, which must be there; what was listed is forgotten. Raises OSError."""
        self._path.write_bytes(b"")
        self._add({"source": str(self._source)})

    def note(self, name: Path, copied: Stamp | None) -> None:
        """List a file by its path in the target, as it was copied; None before that is done.

        Raises OSError.
        """
        self._add({"name": name.as_posix(), "copied": copied})

    def note_whole(self) -> None:
        """Note that all is there: from now on the target may be the place where models are kept.

        Raises OSError.
        """
        self._add({"whole": True})

    def end(self) -> None:
        """Take the mark away. Raises OSError."""
        self._path.unlink()

    def left(self) -> dict[Path, Stamp | None]:
        """What an earlier move from the same source has left in the target, as `note` had it.

        Nothing where there is no mark, where that move was at its end, or for names that lead out
        of the target: a stranger's disk may have any list.
        """
        lines = list(self._lines())
        if not lines or lines[0].get("source") != str(self._source):
            return {}
        if any(line.get("whole") for line in lines):
            return {}
        noted = (_noted(line) for line in lines[1:])
        return {name: copied for name, copied in filter(None, noted) if self._is_inside(name)}

    def _is_inside(self, name: Path) -> bool:
        path = self._target / name
        try:
            inside = path.parent.resolve().is_relative_to(self._target)
        except (OSError, RuntimeError, ValueError):  # links in a circle, or no name of a file
            return False
        return inside and ".." not in name.parts and os.path.lexists(path)

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            with self._path.open("rb") as file:
                data = file.read(LIMIT + 1)
        except OSError:
            return
        if len(data) > LIMIT:  # its last line counts as well
            return
        for text in data.splitlines():
            try:
                line = json.loads(text)
            except ValueError:  # the last one may have been cut off
                continue
            if isinstance(line, dict):
                yield line

    def _add(self, line: dict[str, Any]) -> None:
        with self._path.open("ab") as file:
            # Escaped: a file name that is no UTF-8 has no other form in JSON.
            file.write(json.dumps(line).encode("ascii") + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _noted(line: dict[str, Any]) -> tuple[Path, Stamp | None] | None:
    """A line's file and how it was copied; None for a line that is of no such form."""
    match line:
        case {"name": str(name), "copied": None}:
            return Path(name), None
        case {"name": str(name), "copied": [int(size), int(time)]}:
            return Path(name), (size, time)
    return None
