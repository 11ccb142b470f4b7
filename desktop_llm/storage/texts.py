"""Reads a text file that somebody wants to ask about. Stores nothing, and knows no model and no message."""

import codecs
from pathlib import Path

from desktop_llm.core.errors import StoreError
from desktop_llm.core.gguf import is_gguf
from desktop_llm.core.on_disk import is_file
from desktop_llm.core.sayings import Saying
from desktop_llm.storage.importing import unreadable

LARGEST = 1024 * 1024
"""Bytes of a text that is read at all: far more than models read at once."""
MODELS = (".gguf", ".safetensors")
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def read_text(path: Path) -> str | None:
    """The text in a file; None for what is to be tried as a model: a folder, a file of weights.

    Raises StoreError for any other file, and for a text that is too long.
    """
    kind = path.suffix.lower()
    if not is_file(path) or kind in MODELS or is_gguf(path):
        return None  # what is not there is told of as a model that is not
    if kind in PICKLED:
        raise StoreError(
            "{name} is not opened.",
            "Weights in this form can bring programs along.",
            "Look for the same model as safetensors or GGUF.",
            name=path.name,
        )
    if (data := _bytes(path)) is None:
        raise StoreError(
            "{name} is too long to be asked about.",
            Saying("It is larger than {most} MiB.", most=LARGEST // 2**20),
            "Copy the part that you want to ask about, and paste it here.",
            name=path.name,
        )
    if (text := _decoded(data)) is None:
        raise StoreError(
            "{name} is neither a text nor a model nor a conversation.",
            "The app reads plain text, GGUF files, folders with a model, and what it has exported.",
            "Copy the text that you want to ask about, and paste it here.",
            name=path.name,
        )
    return text


def _bytes(path: Path) -> bytes | None:
    """All that is in a file; None where that is too much."""
    try:
        return path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError as error:
        raise unreadable(path, error) from error


def _decoded(data: bytes) -> str | None:
    """The text; None where it is none."""
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text.replace("\r\n", "\n")
