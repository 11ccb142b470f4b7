"""What the library remembers of each model: its files as they were, their hashes, what was found.

One file in the models folder, replaced as a whole. Losing it costs another look at every model.
Opens no model.
"""

import json
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desktop_llm.core.gguf_parts import parts_there
from desktop_llm.core.on_disk import is_folder
from desktop_llm.core.sayings import Saying, read_sayings

NAME = "models.json"
FORM = 1
"""Counts up when records of before must not be used: the inspector looks at more than it did."""
MOST = 1000
"""Records at most; those of models that were not looked at for longest go first."""
READ_BY_LOADING = (".safetensors", ".json", ".jinja", ".model", ".txt", ".gguf")

log = logging.getLogger(__name__)
_writing = threading.Lock()

Stamp = tuple[int, int]
"""A file's size in bytes and its time of change in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Record:
    """A model as it was last seen.

    `hashes` are the SHA-256 of its files, pinned when it was first imported. `verdict` is the
    inspector's JSON and None before its first look.
    """

    stamps: dict[str, Stamp]
    size: int = 0
    architecture: str = ""
    problem: tuple[Saying, ...] = ()
    hashes: dict[str, str] = field(default_factory=dict)
    verdict: dict[str, Any] | None = None


class Records:
    """All records of one models folder. Safe from any thread."""

    def __init__(self, models_dir: Path) -> None:
        self._models_dir = models_dir
        self._lock = _writing  # a library and its downloads keep the same file
        self._read_at: Stamp | None = None
        self._records: dict[str, Record] = {}

    def get(self, model: Path) -> Record | None:
        """The record of a model's folder or file."""
        with self._lock:
            self._refresh()
            return self._records.get(self._key(model))

    def put(self, records: dict[Path, Record]) -> None:
        """Keep these. Where the folder is missing or the disk refuses, models are looked at again."""
        if not records:
            return
        with self._lock:
            self._refresh()
            for model, record in records.items():
                self._records.pop(self._key(model), None)
                self._records[self._key(model)] = record
            for oldest in list(self._records)[:-MOST]:
                del self._records[oldest]
            self._write()

    def forget(self, *models: Path) -> None:
        """Remember nothing of these: the next look is a first import."""
        with self._lock:
            self._refresh()
            gone = [self._records.pop(self._key(model), None) for model in models]
            if any(gone):
                self._write()

    def _key(self, model: Path) -> str:
        """Relative inside the models folder, so that records move with it."""
        if model.is_relative_to(self._models_dir):
            return model.relative_to(self._models_dir).as_posix()
        return str(model)

    def _refresh(self) -> None:
        """Take what another process wrote since."""
        path = self._models_dir / NAME
        try:
            found = path.stat()
            stamp = (found.st_size, found.st_mtime_ns)
            if stamp != self._read_at:
                self._records = dict(_parsed(json.loads(path.read_text("utf-8"))))
                self._read_at = stamp
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.warning("What was known of the models cannot be read: %s", error)

    def _write(self) -> None:
        if not is_folder(self._models_dir):
            return  # it may be on a disk that is unplugged, whose place must stay free
        path = self._models_dir / NAME
        data = {"form": FORM, "models": {key: _plain(one) for key, one in self._records.items()}}
        try:
            draft = path.with_name(f"{NAME}.{os.getpid()}.new")
            # Escaped: a file name that is no UTF-8 has no other form in JSON.
            draft.write_text(json.dumps(data), encoding="utf-8")
            draft.replace(path)
            found = path.stat()
            self._read_at = (found.st_size, found.st_mtime_ns)
        except OSError as error:
            log.warning("What is known of the models cannot be kept: %s", error)


def _plain(record: Record) -> dict[str, Any]:
    data = {name: getattr(record, name) for name in Record.__slots__}
    return data | {"problem": [saying.as_json() for saying in record.problem]}


def _parsed(data: dict[str, Any]) -> Iterator[tuple[str, Record]]:
    if data.get("form") != FORM:
        return
    for key, one in data["models"].items():
        stamps = {name: (int(size), int(time)) for name, (size, time) in one["stamps"].items()}
        problem = read_sayings(one.get("problem", ""))
        yield key, Record(**(one | {"stamps": stamps, "problem": problem}))


def stamps(model: Path) -> dict[str, Stamp]:
    """The files that loading a model may read, as they are now; empty where it is gone."""
    try:
        if model.is_dir():
            with os.scandir(model) as entries:
                found = [(entry.name, entry.stat()) for entry in entries if _is_read(entry)]
        else:
            found = [(part.name, part.stat()) for part in parts_there(model)]
    except OSError:
        return {}
    return {name: (status.st_size, status.st_mtime_ns) for name, status in sorted(found)}


def _is_read(entry: "os.DirEntry[str]") -> bool:
    return entry.name.endswith(READ_BY_LOADING) and entry.is_file()
