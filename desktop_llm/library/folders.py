"""Where models lie below a folder: folders with a config.json, and GGUF files. Opens none of them."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from desktop_llm.core.model_files import CONFIG

GGUF = ".gguf"
_LATER_PART = re.compile(r"-(?!0*1-of)\d{5}-of-\d{5}\.gguf$", re.I)
_NO_MODEL = re.compile(r"mmproj|imatrix", re.I)
MOST = 2000
"""Models of one place at most: a folder that holds more was chosen by mistake."""


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
    """Model folders and GGUF files, by name, not looking inside a model's folder nor a hidden one."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in found:
        if entry.name.startswith("."):
            continue
        if is_single_file(entry.name) and entry.is_file():
            yield Path(entry.path)
        elif entry.is_dir():
            yield from model_in(Path(entry.path), depth - 1)


def model_in(folder: Path, depth: int) -> Iterator[Path]:
    """The folder itself where it is a model, else the models below it."""
    if is_model_folder(folder):
        yield folder
    elif depth > 0:
        yield from models_below(folder, depth)


def is_model_folder(folder: Path) -> bool:
    """It has a config.json; but publishers put one beside GGUF files too, and then those are meant."""
    if not (folder / CONFIG).is_file():
        return False
    try:
        endings = {Path(name).suffix.lower() for name in os.listdir(folder)}  # noqa: PTH208 - faster
    except OSError:
        return False
    return GGUF not in endings or ".safetensors" in endings


def is_single_file(name: str) -> bool:
    """A GGUF file that is a model by itself, or the first part of one."""
    if not name.lower().endswith(GGUF):
        return False
    return not _NO_MODEL.search(name) and not _LATER_PART.search(name)


def name_of(model: Path) -> str:
    """What people call it: the folder's name, the file's without its ending."""
    return model.stem if model.suffix.lower() == GGUF else model.name
