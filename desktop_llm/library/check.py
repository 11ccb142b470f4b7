"""What a list tells of a model without loading it: its size, its architecture, one sentence of trouble.

Quick and bounded, for it runs where the window does: what would take long to read is left to the
inspector, which looks before the model is first loaded.
"""

from pathlib import Path

from desktop_llm.core.errors import ModelError
from desktop_llm.core.file_errors import unreadable
from desktop_llm.core.gguf import gguf_architecture
from desktop_llm.core.gguf_parts import require_parts
from desktop_llm.core.model_files import (
    CONFIG,
    INDEX,
    architecture_of,
    read_config,
    read_model_files,
    require_numbers,
)
from desktop_llm.core.on_disk import is_folder
from desktop_llm.core.weight_header import HEADER_LIMIT
from desktop_llm.library.records import Record, Stamp

QUICK = 500_000
"""Bytes of JSON that are read for a list; the headers of a model of 8 billion weights are a tenth."""


def look_at(model: Path, stamps: dict[str, Stamp]) -> Record:
    """All that a list shows of a model's folder or file. Never raises for what the files hold."""
    size = sum(size for size, _ in stamps.values())
    if not is_folder(model):
        return _file(model, stamps, size)
    try:
        if _cost(model, stamps) > QUICK:
            return Record(stamps, size, _architecture(model, stamps))
        files = read_model_files(model)
        require_numbers(files)
        return Record(stamps, size, architecture_of(files.config))
    except ModelError as error:
        return Record(stamps, size, _architecture(model, stamps), error.sayings)


def require_model(model: Path, stamps: dict[str, Stamp]) -> None:
    """Raise ModelError where the quick look finds trouble."""
    if not is_folder(model):
        gguf_architecture(model)
        require_parts(model)
    elif _cost(model, stamps) <= QUICK:
        require_numbers(read_model_files(model))


def _cost(folder: Path, stamps: dict[str, Stamp]) -> int:
    """Bytes of JSON that `read_model_files` would parse of the folder."""
    cost = stamps.get(CONFIG, (0, 0))[0] + stamps.get(INDEX, (0, 0))[0]
    for name, (size, _) in stamps.items():
        if name.endswith(".safetensors"):
            try:
                with (folder / name).open("rb") as file:
                    length = int.from_bytes(file.read(8), "little")
            except OSError as error:
                raise unreadable(folder / name, error) from error
            # A length that cannot be is refused before anything is parsed.
            cost += length if length <= min(size - 8, HEADER_LIMIT) else 0
    return cost


def _architecture(folder: Path, stamps: dict[str, Stamp]) -> str:
    if stamps.get(CONFIG, (0, 0))[0] > QUICK:
        return ""
    try:
        return architecture_of(read_config(folder))
    except ModelError:
        return ""


def _file(model: Path, stamps: dict[str, Stamp], size: int) -> Record:
    try:
        # First: where the file cannot be read at all, this says why.
        architecture = gguf_architecture(model).capitalize()
        require_parts(model)
        return Record(stamps, size, architecture)
    except ModelError as error:
        return Record(stamps, size, problem=error.sayings)
