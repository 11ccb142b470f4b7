"""What stands before a load: the inspector for what is new, a glance for what is known, hashes between.

A model's files are pinned by SHA-256 when it is first imported. As long as sizes and times are
those of then, a glance is enough; when they are not, every byte is read again. Loads nothing.
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.file_errors import unreadable
from desktop_llm.core.gguf_parts import require_parts
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.on_disk import is_folder
from desktop_llm.core.ports import Report
from desktop_llm.core.sayings import Saying
from desktop_llm.library.folders import model_in
from desktop_llm.library.inspector.process import inspect
from desktop_llm.library.inspector.verdict import Verdict, from_json
from desktop_llm.library.records import Record, Records, Stamp, stamps

CHUNK = 1 << 22

log = logging.getLogger(__name__)

Inspect = Callable[[Path, threading.Event | None], Verdict]


class Gate:
    """Lets a model pass, or says why not. Belongs to whatever thread loads, never to the window's."""

    def __init__(self, records: Records, look: Inspect = inspect) -> None:
        self._records, self._look = records, look

    def check(self, model: ModelOnDisk, report: Report, cancel: threading.Event) -> None:
        """Return where the model may be loaded; `report` counts bytes that were hashed.

        The guide model passes: it is part of the app, and whoever could change it could change
        the app. Raises ModelError, naming file and reason, or Cancelled.
        """
        if model.bundled:
            return
        now, known = stamps(model.path), self._records.get(model.path)
        if known is not None and known.stamps == now and known.hashes and _passed(known):
            return
        seen = self._seen_safe(model.path, now, known, cancel)
        hashes = _hashes(model.path, now, report, cancel)
        if known is not None and known.hashes:
            _require_same(model, known.hashes, hashes)
        self._records.put({model.path: replace(seen, hashes=hashes)})

    def verify(self, model: ModelOnDisk, report: Report, cancel: threading.Event) -> bool:
        """Read every byte and hold it against the hashes of the first import.

        False where there were none: then those of now are pinned, once the inspector agrees.
        Raises ModelError, naming what differs, or Cancelled.
        """
        known = self._records.get(model.path)
        if known is None or not known.hashes:
            self.check(replace(model, bundled=False), report, cancel)
            return False
        now = stamps(model.path)
        hashes = _hashes(model.path, now, report, cancel)
        _require_same(model, known.hashes, hashes)
        new = hashes.keys() - known.hashes.keys()  # parts that earlier versions did not look at
        if new:
            known = self._seen_safe(model.path, now, known, cancel)
        self._records.put({model.path: replace(known, stamps=now, hashes=hashes)})
        return not new

    def _seen_safe(
        self, path: Path, now: dict[str, Stamp], known: Record | None, cancel: threading.Event
    ) -> Record:
        """What is known of a model once the inspector has looked. Raises ModelError, Cancelled."""
        verdict = self._look(path, cancel)
        seen = _seen(verdict, now, known)
        if not verdict.safe:
            if verdict.certain:
                self._records.put({path: seen})
            raise verdict.error()
        return seen

    def accept(self, model: Path) -> None:
        """Forget what was pinned: the person says that the files are as they should be."""
        self._records.forget(model)


def refusal(folder: Path) -> tuple[Saying, ...]:
    """Why a folder of files that were just fetched is not to be used, and what to do; () where it may be."""
    for model in tuple(model_in(folder, 1)) or (folder,):
        verdict = inspect(model)
        if not verdict.safe:
            error = verdict.error()
            return error.reason_and_todo
    return ()


def _passed(known: Record) -> bool:
    return known.verdict is not None and not known.verdict["findings"]


def _seen(verdict: Verdict, now: dict[str, Stamp], known: Record | None) -> Record:
    problem = () if verdict.safe else verdict.error().sayings
    before = known or Record(now)
    return replace(
        before,
        stamps=now,
        size=sum(size for size, _ in now.values()),
        problem=problem,
        verdict=verdict.as_json(),
    )


def verdict_of(record: Record) -> Verdict | None:
    """What the inspector said of a model, None before it looked."""
    return from_json(record.verdict) if record.verdict is not None else None


def _require_same(model: ModelOnDisk, pinned: dict[str, str], hashes: dict[str, str]) -> None:
    # Of a model in parts earlier versions pinned the first alone; no other can come by itself.
    names = pinned.keys() | hashes.keys() if is_folder(model.path) else pinned.keys()
    changed = sorted(name for name in names if pinned.get(name) != hashes.get(name))
    if changed:
        raise ModelError(
            "{file} of the model {name} is not what it was when the model was added.",
            "Its content has changed since: by an update, by damage, or by someone else.",
            "If the change is yours, add the model again, or run: desktop-llm models verify "
            "{id} --accept. If not, download it again.",
            file=changed[0],
            name=model.name,
            id=model.id,
        )


def _hashes(
    model: Path, files: Iterable[str], report: Report, cancel: threading.Event
) -> dict[str, str]:
    """The SHA-256 of each file, reporting bytes read of all. Raises ModelError or Cancelled."""
    paths = [model / name for name in files] if is_folder(model) else require_parts(model)
    try:
        total = sum(path.stat().st_size for path in paths)
        done, hashes = 0, {}
        for path in paths:
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    if cancel.is_set():
                        raise Cancelled
                    digest.update(chunk)
                    done += len(chunk)
                    report(done, total)
            hashes[path.name] = digest.hexdigest()
    except OSError as error:
        raise unreadable(model, error) from error
    return hashes
