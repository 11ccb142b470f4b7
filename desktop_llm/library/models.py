"""The models on this computer: the guide model, the folders in the models folder, and linked ones.

Finds, names and checks them; downloads and loads nothing, knows no torch.
"""

import difflib
import json
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from desktop_llm.core.errors import HomeError, ModelError
from desktop_llm.core.model_files import CONFIG, read_json, read_model_files
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.settings import GUIDE_MODEL_ID
from desktop_llm.library.check import look_at

GUIDE_NAME = "Guide model"
LINKED = "linked.json"
DEPTH = 3
"""A model may lie in the models folder itself, as org/name, or one level deeper."""

log = logging.getLogger(__name__)


class Library:
    """The models that can be chosen. `bundled` is the guide model's folder, None where it is absent."""

    def __init__(self, models_dir: Path, bundled: Path | None) -> None:
        self._models_dir = models_dir
        self._bundled = bundled

    def list(self) -> tuple[ModelOnDisk, ...]:
        """Every model, the guide model first, then by name. One that is damaged says so itself."""
        own = [_described(folder, self._id(folder)) for folder in self._folders()]
        return (*self._guide(), *sorted(own, key=lambda model: (model.name.lower(), model.id)))

    def find(self, name_or_path: str) -> ModelOnDisk:
        """The model of that id, name (in any case), beginning of a name or id, or folder.

        Raises ModelError, naming near ones, where there is none or more than one.
        """
        models = self.list()
        wanted = name_or_path.strip()
        for matches in _matches(models, wanted):
            if len(matches) == 1:
                return matches[0]
            if matches:
                raise _ambiguous(wanted, matches)
        folder = Path(wanted).expanduser()
        if wanted and folder.is_dir():
            return _described(folder.resolve(), str(folder.resolve()))
        raise _unknown(wanted, models)

    def add(self, path: Path) -> ModelOnDisk:
        """Link a model folder that lies elsewhere; it stays where it is.

        Raises ModelError where it cannot be loaded, HomeError where the link cannot be kept.
        """
        folder = path.expanduser().resolve()
        read_model_files(folder)
        if folder not in set(self._folders()):
            self._remember((*self._links(), folder))
        return _described(folder, self._id(folder))

    # Inside

    def _guide(self) -> tuple[ModelOnDisk, ...]:
        if self._bundled is None or not self._bundled.is_dir():
            return ()
        facts = look_at(self._bundled)
        return (
            ModelOnDisk(
                GUIDE_MODEL_ID, GUIDE_NAME, self._bundled, facts.size, facts.architecture,
                bundled=True, problem=facts.problem,
            ),
        )  # fmt: skip

    def _folders(self) -> Iterator[Path]:
        yield from _model_folders(self._models_dir, DEPTH)
        yield from self._links()

    def _id(self, folder: Path) -> str:
        if folder.is_relative_to(self._models_dir):
            return folder.relative_to(self._models_dir).as_posix()
        return str(folder)

    def _links(self) -> tuple[Path, ...]:
        path = self._models_dir / LINKED
        if not path.is_file():
            return ()
        try:
            named = read_json(path).get("folders", [])
        except ModelError as error:
            log.warning("The linked models are not shown: %s", error)
            return ()
        return tuple(Path(name) for name in named if isinstance(name, str))

    def _remember(self, folders: Iterable[Path]) -> None:
        path = self._models_dir / LINKED
        text = json.dumps({"folders": [str(folder) for folder in folders]}, indent=2)
        try:
            self._models_dir.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(LINKED + ".new")
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
        except OSError as error:
            raise HomeError(
                f"{path} cannot be written.",
                f"The system says: {error.strerror or error}.",
                "Free some space, or check the folder's permissions.",
            ) from error


def _described(folder: Path, model_id: str) -> ModelOnDisk:
    facts = look_at(folder)
    return ModelOnDisk(
        model_id, folder.name, folder, facts.size, facts.architecture, problem=facts.problem
    )


def _model_folders(parent: Path, depth: int) -> Iterator[Path]:
    """Folders with a config.json, not looking inside one that has it."""
    try:
        found = sorted(entry.name for entry in os.scandir(parent) if entry.is_dir())
    except OSError:
        return
    for name in found:
        folder = parent / name
        if name.startswith("."):
            continue
        if (folder / CONFIG).is_file():
            yield folder
        elif depth > 1:
            yield from _model_folders(folder, depth - 1)


def _matches(models: tuple[ModelOnDisk, ...], wanted: str) -> Iterator[list[ModelOnDisk]]:
    """Candidates, the strictest rule first."""
    low = wanted.lower()
    yield [model for model in models if model.id == wanted]
    yield [model for model in models if low in (model.name.lower(), model.id.lower())]
    if low:
        yield [m for m in models if m.name.lower().startswith(low) or m.id.lower().startswith(low)]


def _ambiguous(wanted: str, matches: list[ModelOnDisk]) -> ModelError:
    ids = ", ".join(model.id for model in matches)
    return ModelError(f"{wanted!r} could be any of these models: {ids}.", todo="Name one of them.")


def _unknown(wanted: str, models: tuple[ModelOnDisk, ...]) -> ModelError:
    names = {name.lower(): model.id for model in models for name in (model.name, model.id)}
    near = [names[name] for name in difflib.get_close_matches(wanted.lower(), names, n=3)]
    if near:
        todo = f"Did you mean {', '.join(dict.fromkeys(near))}?"
    else:
        have = ", ".join(model.id for model in models) or "none"
        todo = f"Models here: {have}. A folder's path works too."
    return ModelError(f"There is no model named {wanted!r}, nor a folder there.", todo=todo)
