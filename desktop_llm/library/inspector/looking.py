"""What one inspection knows so far; handed from check to check. Checks nothing itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop_llm.core.model_files import CONFIG_LIMIT, read_json
from desktop_llm.core.on_disk import is_file, is_folder
from desktop_llm.core.sayings import Saying
from desktop_llm.core.weight_header import TensorInfo
from desktop_llm.library.inspector.verdict import Facts

HEADER_S, TOKENIZER_S, TEMPLATE_S = 10.0, 8.0, 2.0
"""Seconds of processor time that looking at one file may take."""


class Looking:
    """A path under inspection: a model's folder, or one file."""

    def __init__(self, path: Path, announce: Callable[[str, float], None]) -> None:
        self.path = path
        self.folder = path if is_folder(path) else path.parent
        self.config: dict[str, Any] = {}
        self.tensors: dict[str, TensorInfo] = {}
        self.files: list[tuple[Path, dict[str, TensorInfo]]] = []
        self.notes: list[Saying] = []
        self.facts = Facts()
        self._announce = announce
        self.at = path.name

    def look(self, name: str, cpu_s: float = HEADER_S) -> Path:
        """Go on with a file of the model; what is found from now on is about it."""
        self.at = name
        self._announce(name, cpu_s)
        return self.path if name == self.path.name else self.folder / name

    def has(self, name: str) -> bool:
        """Whether there is a file of that name to look at."""
        return is_file(self.folder / name) if self.path == self.folder else name == self.path.name

    def json(self, name: str, limit: int = CONFIG_LIMIT) -> dict[str, Any]:
        """A JSON object of the model. Raises ModelError where it is none."""
        return read_json(self.look(name), limit)
