"""What goes with a model that is removed, over the real library, notes and settings."""

import shutil
from pathlib import Path

import pytest

from desktop_llm.core.errors import StoreError, UsageError
from desktop_llm.core.model_defaults import ModelDefaults
from desktop_llm.core.removal import remove_wholly, unlink_wholly
from desktop_llm.library.models import Library
from desktop_llm.resources import resource
from desktop_llm.storage.model_notes import ModelNotes
from desktop_llm.storage.paths import find_paths
from desktop_llm.storage.settings_file import SettingsFile


@pytest.fixture
def notes() -> ModelNotes:
    return ModelNotes(find_paths().model_notes)


@pytest.fixture
def library(tmp_path: Path, notes: ModelNotes) -> Library:
    """The guide model, and a linked copy of it named Mine."""
    made = Library(tmp_path / "models", resource("guide_model"), variants=notes.variants)
    shutil.copytree(resource("guide_model"), tmp_path / "Mine")
    made.add(tmp_path / "Mine")
    return made


def test_a_model_that_stays_keeps_what_was_set_for_it(library: Library, notes: ModelNotes) -> None:
    settings = SettingsFile(find_paths())
    variant = notes.add_variant("guide", "guide", "Brief")
    settings.change("model.selected", variant.id)
    with pytest.raises(UsageError, match="part of the app"):
        remove_wholly(library.find("guide"), library, notes, settings)
    assert notes.variants() == (variant,)
    assert settings.values.model.selected == variant.id


def test_a_linked_folder_goes_with_what_was_set_for_the_models_that_go(
    library: Library, notes: ModelNotes, tmp_path: Path
) -> None:
    settings, many = SettingsFile(find_paths()), tmp_path / "many"
    for name in "AB":
        shutil.copytree(resource("guide_model"), many / name)
    library.add(many)
    library.add(many / "B")
    going, staying = library.find("A").id, library.find("B").id
    for one in (going, staying):
        notes.change(one, "system_prompt", "Be brief.")
    variant = notes.add_variant(going, going, "Brief")
    settings.change("model.selected", variant.id)
    unlink_wholly(many, library, notes, settings)
    assert [one.name for one in library.list()] == ["Guide model", "B", "Mine"]
    assert settings.values.model.selected == "guide"
    assert notes.variants() == ()
    assert notes.defaults(going) == notes.defaults(variant.id) == ModelDefaults()
    assert notes.defaults(staying).system_prompt == "Be brief."


def test_settings_that_cannot_be_written_leave_no_notes_behind(
    library: Library, notes: ModelNotes
) -> None:
    paths = find_paths()
    settings, model = SettingsFile(paths), library.find("Mine")
    notes.add_variant(model.id, model.id, "Brief")
    settings.change("model.selected", model.id)
    paths.settings.unlink()
    paths.settings.mkdir()
    with pytest.raises(StoreError, match="could not be saved"):
        remove_wholly(model, library, notes, settings)
    assert [one.id for one in library.list()] == ["guide"]
    assert notes.variants() == ()
    assert settings.values.model.selected == "guide"
