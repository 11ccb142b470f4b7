"""What a person set for single models, and their variants: one TOML file. Opens no model."""

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from desktop_llm.core import settings_tree
from desktop_llm.core.errors import StoreError
from desktop_llm.core.model_defaults import ModelDefaults, Variant
from desktop_llm.storage.problems import why_and_todo
from desktop_llm.storage.settings_file import read_toml, write_toml

MODELS, VARIANTS = "models", "variant"


class ModelNotes:
    """A `core.ports.ModelNotes`. A change is on disk when the method returns, or StoreError is raised.

    `notices` and `set_broken_aside` are as in `SettingsFile`.
    """

    def __init__(self, path: Path, *, set_broken_aside: bool = True) -> None:
        self._path = path
        self._data, self.notices = read_toml(path, set_broken_aside=set_broken_aside)

    def defaults(self, model_id: str) -> ModelDefaults:
        """What is set for a model; a value that no longer fits is as if it was not set."""
        found = self._tables().get(model_id)
        values, _ = settings_tree.from_dict(ModelDefaults, found if isinstance(found, dict) else {})
        return values

    def change(self, model_id: str, key: str, value: object) -> ModelDefaults:
        """Set one value by its dotted key. Raises SettingError where it does not fit."""
        changed = settings_tree.with_value(self.defaults(model_id), key, value)
        kept = settings_tree.to_dict(changed, only_changed=True)
        tables = self._tables()
        if kept:
            tables[model_id] = kept
        else:
            tables.pop(model_id, None)
        self._data[MODELS] = tables
        self._write()
        return changed

    def variants(self) -> tuple[Variant, ...]:
        """All variants, in the order in which they were made."""
        found = self._data.get(VARIANTS, [])
        items = (
            [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
        )
        texts = [{key: item.get(key) for key in ("id", "name", "of")} for item in items]
        return tuple(
            Variant(str(text["id"]), str(text["name"]), str(text["of"]))
            for text in texts
            if all(isinstance(value, str) and value for value in text.values())
        )

    def add_variant(self, like: str, of: str, name: str) -> Variant:
        """Make a variant of the model `of`, with a copy of what is set for `like`. Raises StoreError."""
        made = Variant(f"{of}#{uuid.uuid4().hex[:6]}", name.strip(), of)
        tables = self._tables()
        if like in tables:
            tables[made.id] = tables[like]
        self._data[MODELS] = tables
        self._keep_variants((*self.variants(), made))
        return made

    def forget(self, model_id: str) -> None:
        """Forget what is set for a model, its variants, and itself where it is one."""
        variants, tables = self.variants(), self._tables()
        gone = {v.id for v in variants if model_id in (v.id, v.of)} | {model_id}
        left = [v for v in variants if v.id not in gone]
        kept = {name: table for name, table in tables.items() if name not in gone}
        if len(left) == len(variants) and kept == tables:
            return
        self._data[MODELS] = kept
        self._keep_variants(left)

    # Inside

    def _tables(self) -> dict[str, Any]:
        tables = self._data.get(MODELS)
        return dict(tables) if isinstance(tables, dict) else {}

    def _keep_variants(self, variants: Any) -> None:
        kept = [{"id": v.id, "name": v.name, "of": v.of} for v in variants]
        self._data[VARIANTS] = kept
        self._write()

    def _write(self) -> None:
        with self._telling():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_toml(self._path, self._data)

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why, todo = why_and_todo(error)
            raise StoreError(
                "What you set for this model could not be saved in {path}.",
                why,
                todo,
                path=self._path,
            ) from error
