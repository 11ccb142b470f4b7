"""A model goes, and with it what was set for it, its variants, and that it was the chosen one."""

from pathlib import Path

from desktop_llm.core.errors import ModelError
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.ports import ModelNotes, Models, SettingsStore
from desktop_llm.core.settings import GUIDE_MODEL_ID


def remove_wholly(
    model: ModelOnDisk, models: Models, notes: ModelNotes, settings: SettingsStore
) -> int:
    """Remove a model as `Models.remove` does, or a variant, and forget what was set for it.

    The next start must not look for what was removed here: the guide model is chosen then, or the
    model that it was a variant of. Returns the bytes that it held. Raises as `Models.remove` does,
    and StoreError where something could not be saved; then the model is removed all the same.
    """
    gone = {model.id} | {one.id for one in notes.variants() if one.of == model.id}
    chosen = _chosen(models, settings)
    held = models.remove(model)
    try:
        if chosen in gone:
            settings.change("model.selected", model.variant_of or GUIDE_MODEL_ID)
    finally:
        notes.forget(model.id)
    return held


def unlink_wholly(folder: Path, models: Models, notes: ModelNotes, settings: SettingsStore) -> None:
    """Take a linked folder of models off the list, and forget what was set for those that go.

    A model that is there by another link as well stays. Raises as `Models.unlink` does, and
    StoreError where something could not be saved; then the folder is off the list all the same.
    """
    before, chosen = models.list(), _chosen(models, settings)
    models.unlink(folder)
    gone = {one.id for one in before} - {one.id for one in models.list()}
    try:
        if chosen in gone:
            settings.change("model.selected", GUIDE_MODEL_ID)
    finally:
        notes.forget(*gone)


def _chosen(models: Models, settings: SettingsStore) -> str:
    """The chosen model's id, which the setting may name in short; "" where there is none of it."""
    try:
        return models.find(settings.values.model.selected).id
    except ModelError:
        return ""
