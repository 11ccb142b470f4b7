"""Moves all models to another folder: copies, reads the copies again, switches, and only then deletes.

Whatever stops it before the switch leaves everything where it was; after it, both places are whole
until the old one is deleted.
"""

import hashlib
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from desktop_llm.core.errors import Cancelled, HomeError
from desktop_llm.core.ports import Report

log = logging.getLogger(__name__)

CHUNK = 1 << 22
UNFINISHED = ".moving"
"""A file of this name marks a target that is being filled, so that a crash can be gone over again."""
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

    `report` counts bytes, each twice: written, and read again. Raises HomeError where the target
    cannot take it, and Cancelled; then the models are where they were.
    """
    source, target = source.resolve(), target.expanduser().resolve()
    _require_apart(source, target)
    _require_text(source, target)
    files = list(_files(source))
    try:
        _require_room(source, target, sum(path.stat().st_size for path in files))
        (target / UNFINISHED).touch()
        try:
            _copy(source, target, files, report, cancel)
        except BaseException:
            _delete(target, [target / path.relative_to(source) for path in files])
            raise
        finally:
            (target / UNFINISHED).unlink()
        switch(target)
    except OSError as error:
        raise _failed(target, error) from error
    _delete(source, files)


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


def _require_room(source: Path, target: Path, size: int) -> None:
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


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() or path.is_symlink())


def _copy(
    source: Path, target: Path, files: list[Path], report: Report, cancel: threading.Event
) -> None:
    total = 2 * sum(path.lstat().st_size for path in files)
    done = 0

    def step(count: int) -> None:
        nonlocal done
        if cancel.is_set():
            raise Cancelled
        done += count
        report(done, total)

    for path in files:
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            copy.unlink(missing_ok=True)
            copy.symlink_to(path.readlink())
            step(2 * path.lstat().st_size)
        elif _written(path, copy, step) != _digest(copy, step):
            raise OSError(f"{copy} does not read back as it was written")


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


def _delete(source: Path, files: list[Path]) -> None:
    """What was copied, and folders that are empty then; what came meanwhile stays."""
    for path in files:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:  # on Windows, a model that is loaded
            log.warning("%s was left behind: %s", path, error)
    for folder in sorted((p for p in source.rglob("*") if p.is_dir()), reverse=True):
        try:
            folder.rmdir()
        except OSError:
            continue


def _failed(target: Path, error: OSError) -> HomeError:
    return HomeError(
        "The models could not be moved to {target}; they are where they were.",
        "The system says: {said}.",
        "Choose a folder that you may write to, on a disk with enough space.",
        target=target,
        said=error.strerror or error,
    )
