"""What the library tells of a model folder without loading it: one sentence of trouble, or none.

The checks themselves are `core.model_files`, which the engine runs too. Opens no weights beyond
their headers and knows no torch.
"""

from dataclasses import dataclass
from pathlib import Path

from desktop_llm.core.errors import ModelError
from desktop_llm.core.model_files import architecture_of, read_config, read_model_files


@dataclass(frozen=True, slots=True)
class Facts:
    """A folder's size in bytes, its architecture in plain form, and why it cannot be loaded."""

    size: int
    architecture: str
    problem: str


def look_at(folder: Path) -> Facts:
    """All that is shown of a model folder in a list. Never raises for what the files hold."""
    size = sum(path.stat().st_size for path in _files(folder))
    try:
        return Facts(size, architecture_of(read_model_files(folder).config), "")
    except ModelError as error:
        return Facts(size, _architecture(folder), str(error))


def _architecture(folder: Path) -> str:
    try:
        return architecture_of(read_config(folder))
    except ModelError:
        return ""


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_file()]
    except OSError:
        return []
