"""Moves all models to another folder: copies, reads the copies again, switches, and only then deletes.

That may take an hour, and models come and go meanwhile: it is looked again until the target holds
what the source does. Whatever stops it before the switch leaves everything where it was; after it,
both places are whole until the old one is deleted.
"""

import contextlib
import hashlib
import logging
import os
import shutil
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import filelock

from desktop_llm.core.errors import Cancelled, HomeError
from desktop_llm.core.on_disk import expanded, is_folder
from desktop_llm.core.ports import Report
from desktop_llm.library.folders import real
from desktop_llm.library.move_mark import UNFINISHED, Mark
from desktop_llm.library.records import Stamp

log = logging.getLogger(__name__)

CHUNK = 1 << 22
LOCK = ".moving.lock"
"""Held in a source: a second move would take what the first deletes there for removed models."""
SPARE = 200_000_000
"""Bytes that must stay free on the target's disk."""


def move_models(
    source: Path,
    target: Path,
    switch: Callable[[Path], None],
    report: Report,
    cancel: threading.Event,
) -> None:
    """Move what lies in `source` to `target`, calling `switch(target)` once all of it is there.

    `report` counts bytes, each twice: written, and read again. Raises HomeError where there is no
    source or the target cannot take it, Cancelled, and what `switch` raises; then the models are
    where they were.
    """
    with _told(target):
        source, target = real(source), real(expanded(target))
        _require_there(source, target)
        _require_apart(source, target)
        _require_text(source, target)
    with _alone(source):
        with _told(target):
            mark = Mark(target, source)
            move = _Move(source, target, mark, report, cancel)
            move.clear()
            _require_room(target, move.size())
            mark.begin()
            try:
                while move.catch_up():
                    pass  # what has changed while that was copied
                if cancel.is_set():  # since the last byte was written
                    raise Cancelled
                mark.note_whole()
                switch(target)
            except BaseException:
                move.undo()
                raise
            finally:
                _unmark(mark)
        move.finish()


class _Move:
    """What of the source lies in the target, and as what it was copied."""

    def __init__(
        self, source: Path, target: Path, mark: Mark, report: Report, cancel: threading.Event
    ) -> None:
        self._source, self._target, self._mark = source, target, mark
        self._report, self._cancel = report, cancel
        self._device = source.stat().st_dev
        self._copied: dict[Path, Stamp] = {}  # by the path in the source
        self._done = self._total = 0

    def size(self) -> int:
        """Bytes in the source. Raises OSError."""
        return sum(size for size, _ in self._look().values())

    def clear(self) -> None:
        """Delete from the target what a move that was killed has put there: the source is whole.

        It would take room twice, and bring back models that were removed since.
        """
        if left := self._mark.left():
            _delete(self._target, left)

    def catch_up(self) -> bool:
        """Copy what is new or has changed, and drop what has left the source.

        False where nothing had. Raises OSError, Cancelled.
        """
        now = self._look()
        changed = {name: found for name, found in now.items() if self._copied.get(name) != found}
        gone = self._copied.keys() - now.keys()
        _delete(self._target, dict.fromkeys(gone))
        for name in gone:
            del self._copied[name]
        self._total += 2 * sum(size for size, _ in changed.values())
        for name, found in changed.items():
            self._copied[name] = found  # first: what is half written is deleted as well
            self._copy(name)
        return bool(changed or gone)

    def undo(self) -> None:
        """Delete what was copied from the target."""
        _delete(self._target, dict.fromkeys(self._copied))

    def finish(self) -> None:
        """Delete what was copied from the source. What was changed since then stays."""
        _delete(self._source, self._copied | {Path(UNFINISHED): None})

    def _look(self) -> dict[Path, Stamp]:
        """Every file and link of the source, by its path there; links are not followed."""
        found: dict[Path, Stamp] = {}
        for parent, folders, files in os.walk(self._source, onerror=_note):
            for name in (*folders, *files):
                path = Path(parent, name)
                if (now := _stamp(path)) is not None:
                    found[path.relative_to(self._source)] = now
        # Where a drive was taken away there is an empty folder now. Nobody removed its models.
        if self._source.stat().st_dev != self._device:
            raise OSError(f"{self._source} is no longer there")
        for own in (LOCK, UNFINISHED):  # a mark stays where a move was killed at its very end
            found.pop(Path(own), None)
        return dict(sorted(found.items()))

    def _copy(self, name: Path) -> None:
        path, copy = self._source / name, self._target / name
        self._mark.note(name, None)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.unlink(missing_ok=True)  # were it a link, what it points to would be written over
        try:
            if path.is_symlink():
                leads_to = _leads_to(path, self._source)
                copy.symlink_to(leads_to, target_is_directory=is_folder(path))
                self._step(2 * path.lstat().st_size)
            elif _written(path, copy, self._step) != _digest(copy, self._step):
                raise OSError(f"{copy} does not read back as it was written")
            self._mark.note(name, _stamp(copy))
        except FileNotFoundError:
            if os.path.lexists(path):
                raise
            # It was removed meanwhile; the next look drops what was copied of it.

    def _step(self, count: int) -> None:
        if self._cancel.is_set():
            raise Cancelled
        self._done += count
        self._report(min(self._done, self._total), self._total)


@contextlib.contextmanager
def _told(target: Path) -> Iterator[None]:
    """Turn what the system raises before anything has moved for good into a HomeError."""
    try:
        yield
    except OSError as error:
        raise HomeError(
            "The models could not be moved to {target}; they are where they were.",
            "The system says: {said}.",
            "Choose a folder that you may write to, on a disk with enough space.",
            target=target,
            said=error.strerror or error,
        ) from error


@contextlib.contextmanager
def _alone(source: Path) -> Iterator[None]:
    """While this goes on nobody else moves what lies in `source`. Raises HomeError where they do."""
    lock = filelock.FileLock(source / LOCK)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise HomeError(
            "The models cannot be moved now.",
            "Another window or command of the app moves them.",
            "Wait until it has finished.",
        ) from error
    except OSError as error:  # a disk that cannot be written, perhaps: they can be copied from it
        log.warning("%s is not locked while it is moved: %s", source, error)
    try:
        yield
    finally:
        if lock.is_locked:
            with contextlib.suppress(OSError):  # Windows deletes no file that is open
                (source / LOCK).unlink()
            lock.release()


def _unmark(mark: Mark) -> None:
    """Take the mark away. Where it stays, what it says is true, whatever became of the move."""
    try:
        mark.end()
    except OSError as error:  # on Windows, a file that is scanned or indexed
        log.warning("The mark of a move that has ended stays: %s", error)


def _require_there(source: Path, target: Path) -> None:
    if not source.is_dir():
        raise HomeError(
            "The models cannot be moved from {source} to {target}.",
            "There is no folder {source}.",
            "Plug in the drive that it is on. Where it is gone for good, name another folder: "
            "desktop-llm settings set model.folder FOLDER",
            source=source,
            target=target,
        )


def _require_apart(source: Path, target: Path) -> None:
    if target == source or target.is_relative_to(source) or source.is_relative_to(target):
        raise HomeError(
            "The models cannot be moved from {source} to {target}.",
            "One of the folders lies in the other.",
            "Choose a folder outside.",
            source=source,
            target=target,
        )
    taken = target.exists() and (not target.is_dir() or any(target.iterdir()))
    if taken and not (target / UNFINISHED).is_file():
        raise HomeError(
            "{target} is not an empty folder.",
            "The models must not be mixed with other files.",
            "Choose an empty or a new folder.",
            target=target,
        )


def _require_text(source: Path, target: Path) -> None:
    try:
        str(target).encode()
    except UnicodeEncodeError:
        raise HomeError(
            "The models cannot be moved from {source} to {target}.",
            "The settings keep only names in UTF-8, and that of the folder is not.",
            "Choose a folder with another name.",
            source=source,
            target=target,
        ) from None


def _require_room(target: Path, size: int) -> None:
    target.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(target).free
    if free < size + SPARE:
        raise HomeError(
            "There is not enough space in {target}.",
            "The models need {needed} GB, and {free} GB are free there.",
            "Remove models or other files, or choose another disk.",
            target=target,
            needed=f"{size / 1e9:.1f}",
            free=f"{free / 1e9:.1f}",
        )


def _stamp(path: Path) -> Stamp | None:
    """A file's or link's size and time of change; None for a folder, and where it is gone."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)):
        return None
    return found.st_size, found.st_mtime_ns


def _leads_to(link: Path, source: Path) -> Path:
    """What the copy of a link says, so that it leads to the same, or to what moves along."""
    said = _plain(link.readlink())
    meant = link.parent / said
    # Its own name is left as it is: that may be another link, whose copy leads on.
    there = real(meant) if meant.name == ".." else real(meant.parent) / meant.name
    if there.is_relative_to(source):
        return Path(os.path.relpath(there, link.parent))
    return said if said.is_absolute() else there


def _plain(path: Path) -> Path:
    """Without what Windows puts before the whole path that a link leads to: none of ours has it."""
    said = str(path)
    for before, plain in (("\\\\?\\UNC\\", "\\\\"), ("\\\\?\\", "")):
        if said.startswith(before):
            return Path(plain + said.removeprefix(before))
    return path


def _note(error: OSError) -> None:
    """A folder that may not be read stays where it is; one that has just gone is no trouble.

    A disk that fails is: what cannot be read there must not be taken for removed.
    """
    if not isinstance(error, (PermissionError, FileNotFoundError, NotADirectoryError)):
        raise error
    log.warning("%s is not moved: %s", error.filename, error)


def _written(path: Path, copy: Path, step: Callable[[int], None]) -> str:
    """Copy a file onto the disk; returns the SHA-256 of what was read."""
    digest = hashlib.sha256()
    with path.open("rb") as old, copy.open("wb") as new:
        while chunk := old.read(CHUNK):
            digest.update(chunk)
            new.write(chunk)
            step(len(chunk))
        new.flush()
        os.fsync(new.fileno())
    shutil.copystat(path, copy)  # its time of change is what the library knows it by
    return digest.hexdigest()


def _digest(path: Path, step: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            step(len(chunk))
    return digest.hexdigest()


def _delete(folder: Path, files: Mapping[Path, Stamp | None]) -> None:
    """Files of a folder, those with a stamp only as they were then, and folders that are empty now."""
    for name, as_it_was in files.items():
        path = folder / name
        try:
            if as_it_was is None or _stamp(path) == as_it_was:
                path.unlink(missing_ok=True)
        except OSError as error:  # on Windows, a model that is loaded
            log.warning("%s was left behind: %s", path, error)
    for parent, folders, _ in os.walk(folder, topdown=False):
        for inner in folders:
            with contextlib.suppress(OSError):  # it is not empty, or it is a link
                Path(parent, inner).rmdir()
