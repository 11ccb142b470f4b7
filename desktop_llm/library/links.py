"""Which models and folders of models lie elsewhere: the list that `add` makes. Looks at none of them."""

import json
import logging
from collections.abc import Iterable
from pathlib import Path

from desktop_llm.core import private
from desktop_llm.core.errors import HomeError, ModelError
from desktop_llm.core.model_files import read_json
from desktop_llm.core.on_disk import is_file

LINKED = "linked.json"

log = logging.getLogger(__name__)


class Links:
    """A list of paths in the models folder, each once, in the order in which they were added."""

    def __init__(self, models_dir: Path) -> None:
        self._path = models_dir / LINKED

    def all(self) -> tuple[Path, ...]:
        """Every path; none where the list cannot be read, which the log tells."""
        if not is_file(self._path):
            return ()
        try:
            named = read_json(self._path).get("folders", [])
        except ModelError as error:
            log.warning("The linked models are not shown: %s", error)
            return ()
        return tuple(Path(name) for name in named if isinstance(name, str))

    def add(self, path: Path) -> None:
        """Add one. Raises HomeError where the list cannot be kept."""
        self._keep(dict.fromkeys((*self.all(), path)))

    def remove(self, path: Path) -> None:
        """Take one off the list; what it names stays. Raises HomeError."""
        self._keep(one for one in self.all() if one != path)

    def _keep(self, paths: Iterable[Path]) -> None:
        text = json.dumps({"folders": [str(path) for path in paths]}, indent=2)
        try:
            private.make_folder(self._path.parent)
            draft = self._path.with_name(LINKED + ".new")
            draft.write_text(text, encoding="utf-8")
            draft.replace(self._path)
        except OSError as error:
            raise HomeError(
                "{path} cannot be written.",
                "The system says: {said}.",
                "Free some space, or check the folder's permissions.",
                path=self._path,
                said=error.strerror or error,
            ) from error
