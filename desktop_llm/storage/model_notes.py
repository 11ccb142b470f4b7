"""What a person set for single models, and their variants: one TOML file. Opens no model."""

import copy
import uuid
from collections.abc import Callable
from pathlib import Path

from desktop_llm.core import settings_tree
from desktop_llm.core.model_defaults import ModelDefaults, Variant
from desktop_llm.core.sayings import Saying
from desktop_llm.storage.settings_file import Data, changing, put_value, read_toml

MODELS, VARIANTS = "models", "variant"


class ModelNotes:
    """A `core.ports.ModelNotes`. A change is on disk when the method returns, or StoreError is raised:
    then it applies until the app ends. Into the file goes what was changed and nothing else, for
    another process or the person may have written it meanwhile.

    `notices` and `set_broken_aside` are as in `SettingsFile`.
    """

    def __init__(self, path: Path, *, set_broken_aside: bool = True) -> None:
        self._path = path
        self._data, self.notices = read_toml(path, set_broken_aside=set_broken_aside)

    def defaults(self, model_id: str) -> ModelDefaults:
        """What is set for a model; a value that no longer fits is as if it was not set."""
        found = _tables(self._data).get(model_id)
        values, _ = settings_tree.from_dict(ModelDefaults, found if isinstance(found, dict) else {})
        return values

    def change(self, model_id: str, key: str, value: object) -> ModelDefaults:
        """Set one value by its dotted key. Raises SettingError where it does not fit."""
        changed = settings_tree.with_value(self.defaults(model_id), key, value)

        def put(data: Data) -> None:
            tables = _tables(data)
            found = tables.get(model_id)
            tables[model_id] = found if isinstance(found, dict) else {}
            put_value(tables[model_id], key, changed)
            data[MODELS] = {name: table for name, table in tables.items() if table != {}}

        self._change(put)
        return changed

    def variants(self) -> tuple[Variant, ...]:
        """All variants, in the order in which they were made."""
        return _variants(self._data)

    def add_variant(self, like: str, of: str, name: str) -> Variant:
        """Make a variant of the model `of`, with a copy of what is set for `like`. Raises StoreError."""
        made = Variant(f"{of}#{uuid.uuid4().hex[:6]}", name.strip(), of)
        like_it = copy.deepcopy(_tables(self._data).get(like))

        def add(data: Data) -> None:
            if like_it is not None:
                data[MODELS] = _tables(data) | {made.id: copy.deepcopy(like_it)}
            item = {"id": made.id, "name": made.name, "of": made.of}
            data[VARIANTS] = [*_items(data), item]

        self._change(add)
        return made

    def forget(self, *model_ids: str) -> None:
        """Forget what is set for these models or variants, and the variants of these models."""

        def drop(data: Data) -> None:
            gone = {v.id for v in _variants(data) if v.of in model_ids} | set(model_ids)
            if MODELS in data:
                tables = _tables(data)
                data[MODELS] = {name: tables[name] for name in tables if name not in gone}
            if VARIANTS in data:
                data[VARIANTS] = [item for item in _items(data) if item.get("id") not in gone]

        self._change(drop)

    def _change(self, change: Callable[[Data], None]) -> None:
        change(self._data)
        what = Saying("What you set for this model could not be saved in {path}.", path=self._path)
        with changing(self._path, what) as data:
            change(data)


def _tables(data: Data) -> Data:
    tables = data.get(MODELS)
    return dict(tables) if isinstance(tables, dict) else {}


def _items(data: Data) -> list[Data]:
    found = data.get(VARIANTS)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _variants(data: Data) -> tuple[Variant, ...]:
    texts = [{key: item.get(key) for key in ("id", "name", "of")} for item in _items(data)]
    return tuple(
        Variant(str(text["id"]), str(text["name"]), str(text["of"]))
        for text in texts
        if all(isinstance(value, str) and value for value in text.values())
    )
