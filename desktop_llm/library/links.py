"""Which models and folders of models lie elsewhere: the list that `add` makes. Looks at none of them."""

import json
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

import filelock

from desktop_llm.core import private
from desktop_llm.core.errors import HomeError, ModelError
from desktop_llm.core.model_files import read_json
from desktop_llm.core.on_disk import is_file, require_seen

LINKED = "linked.json"
LOCK = ".linked.lock"
"""Held while the list changes: of two processes that add, the later would write without the first's."""

log = logging.getLogger(__name__)


class Links:
    """A list of paths in the models folder, each once, in the order in which they were added."""

    def __init__(self, models_dir: Path) -> None:
        self._path = models_dir / LINKED

    def all(self) -> tuple[Path, ...]:
        """Every path; none where the list cannot be read, which the log tells."""
        try:
            return self._read()
        except ModelError as error:
            log.warning("The linked models are not shown: %s", error)
            return ()

    def add(self, path: Path) -> None:
        """Add one. Raises HomeError where the list cannot be read or kept; then it is as it was."""
        self._change(lambda paths: dict.fromkeys((*paths, path)))

    def remove(self, path: Path) -> None:
        """Take one off the list; what it names stays. Raises HomeError as `add` does."""
        self._change(lambda paths: (one for one in paths if one != path))

    def _read(self) -> tuple[Path, ...]:
        """The list; an empty one where there is no file. Raises ModelError for what is none."""
        require_seen(self._path)
        if not is_file(self._path):
            return ()
        named = read_json(self._path).get("folders", [])
        if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
            raise ModelError("{path} is damaged.", "It holds no list of folders.", path=self._path)
        return tuple(map(Path, named))

    def _change(self, changed: Callable[[tuple[Path, ...]], Iterable[Path]]) -> None:
        try:
            private.make_folder(self._path.parent)
            with filelock.FileLock(self._path.with_name(LOCK)):  # held for a moment at most
                self._write(changed(self._read()))
        except ModelError as error:
            raise HomeError(
                "The list of linked models cannot be read: {path}.",
                error.sayings[1],
                "It stays as it is. Mend that file, or move it away and link the models again.",
                path=self._path,
            ) from error
        except OSError as error:
            raise HomeError(
                "{path} cannot be written.",
                "The system says: {said}.",
                "Free some space, or check the folder's permissions.",
                path=self._path,
                said=error.strerror or error,
            ) from error

    def _write(self, paths: Iterable[Path]) -> None:
        """Write it anew, in one step. Raises OSError."""
        text = json.dumps({"folders": [str(path) for path in paths]}, indent=2)
        draft = self._path.with_name(LINKED + ".new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._path)
