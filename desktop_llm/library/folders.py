"""Where models lie below a folder: folders with a config.json, and GGUF files. Opens none of them."""

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from desktop_llm.core.gguf_parts import is_single_file
from desktop_llm.core.model_files import CONFIG
from desktop_llm.core.on_disk import is_file, is_folder

GGUF = ".gguf"
MOST = 2000
"""Models of one place at most: a folder that holds more was chosen by mistake."""
MOST_FOLDERS = 1500
"""Folders that are looked into for them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that was found but not looked at: its folder or file, and how it is to be called."""

    path: Path
    id: str
    name: str
    origin: str = ""
    linked: bool = False
    bundled: bool = False


def models_below(folder: Path, depth: int) -> Iterator[Path]:
    """Model folders and GGUF files, by name, not looking inside a model's folder nor a hidden one.

    Gives up after `MOST_FOLDERS`: somebody's home folder would take minutes.
    """
    return _below(folder, depth, itertools.count())


def model_in(folder: Path, depth: int) -> Iterator[Path]:
    """The folder itself where it is a model, else the models below it."""
    return _in(folder, depth, itertools.count())


def _below(folder: Path, depth: int, seen: Iterator[int]) -> Iterator[Path]:
    if next(seen) > MOST_FOLDERS:
        return
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in found:
        if entry.name.startswith("."):
            continue
        if is_single_file(entry.name) and _is(entry.is_file):
            yield Path(entry.path)
        elif _is(entry.is_dir):
            yield from _in(Path(entry.path), depth - 1, seen)


def _is(asked: Callable[[], bool]) -> bool:
    """The answer, and no where the system does not let us know."""
    try:
        return asked()
    except OSError:
        return False


def _in(folder: Path, depth: int, seen: Iterator[int]) -> Iterator[Path]:
    if is_model_folder(folder):
        yield folder
    elif depth > 0:
        yield from _below(folder, depth, seen)


def is_model_folder(folder: Path) -> bool:
    """It has a config.json; but publishers put one beside GGUF files too, and then those are meant."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - faster
        if CONFIG not in names or not is_file(folder / CONFIG):
            return False
    except OSError:
        return False
    endings = {os.path.splitext(name)[1].lower() for name in names}  # noqa: PTH122 - faster
    return GGUF not in endings or ".safetensors" in endings


def place_of(path: Path) -> Path:
    """Where a folder or file lies, whatever links lead there. A link that is a file stands for itself."""
    return real(path) if is_folder(path) else real(path.parent) / path.name


def real(path: Path) -> Path:
    """The path without links. `Path.resolve` raises where they go round in a circle."""
    return Path(os.path.realpath(path))


def name_of(model: Path) -> str:
    """What people call it: the folder's name, the file's without its ending."""
    return model.stem if model.suffix.lower() == GGUF else model.name
