"""What a person set for single models survives, and damage to it harms nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_llm.core.errors import SettingError, StoreError
from desktop_llm.core.model_defaults import ModelDefaults, load_request
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.settings import Device, ModelSettings, Precision
from desktop_llm.storage.model_notes import ModelNotes


def test_values_are_kept_and_put_back(tmp_path: Path) -> None:
    path = tmp_path / "config" / "models.toml"
    notes = ModelNotes(path)
    notes.change("a/b", "sampling.temperature", 0.3)
    notes.change("a/b", "precision", "int8")
    notes.change("a/b", "template", "{{ messages }}\n你好")
    again = ModelNotes(path).defaults("a/b")
    assert again.sampling.temperature == 0.3
    assert again.precision is Precision.INT8
    assert again.template == "{{ messages }}\n你好"
    assert ModelNotes(path).defaults("other") == ModelDefaults()
    for key, default in (("sampling.temperature", None), ("precision", "auto"), ("template", "")):
        notes.change("a/b", key, default)
    assert "a/b" not in path.read_text("utf-8")


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    notes = ModelNotes(tmp_path / "models.toml")
    with pytest.raises(SettingError):
        notes.change("a", "sampling.temperature", 99)
    with pytest.raises(SettingError):
        notes.change("a", "nonsense", 1)
    assert notes.defaults("a") == ModelDefaults()


def test_a_variant_begins_as_a_copy_and_goes_with_its_model(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    notes = ModelNotes(path)
    notes.change("a", "system_prompt", "Be brief.")
    first = notes.add_variant("a", "a", "One")
    second = notes.add_variant(first.id, "a", "Two")
    notes.change(second.id, "system_prompt", "Be long.")
    again = ModelNotes(path)
    assert [variant.name for variant in again.variants()] == ["One", "Two"]
    assert {variant.of for variant in again.variants()} == {"a"}
    assert again.defaults(first.id).system_prompt == "Be brief."
    again.forget(first.id)
    assert [variant.id for variant in again.variants()] == [second.id]
    again.forget("a")
    assert again.variants() == ()
    assert again.defaults(second.id) == ModelDefaults()


def test_a_variant_for_which_nothing_was_set_is_forgotten(tmp_path: Path) -> None:
    notes = ModelNotes(tmp_path / "models.toml")
    made = notes.add_variant("a", "a", "One")
    notes.forget(made.id)
    assert notes.variants() == ()
    assert ModelNotes(tmp_path / "models.toml").variants() == ()


@pytest.mark.parametrize(
    "text", ["not toml [", "models = 3", "[models]\na = 3", '[[variant]]\nid = "x"', "variant = 1"]
)
def test_a_damaged_file_is_no_obstacle(tmp_path: Path, text: str) -> None:
    path = tmp_path / "models.toml"
    path.write_text(text)
    notes = ModelNotes(path)
    assert notes.variants() == ()
    assert notes.defaults("a") == ModelDefaults()
    notes.change("a", "device", "cpu")
    assert ModelNotes(path).defaults("a").device is Device.CPU


def test_half_a_surrogate_pair_is_kept_as_a_replacement_character(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    ModelNotes(path).change("a", "system_prompt", "灯塔 \ud83d")
    assert ModelNotes(path).defaults("a").system_prompt == "灯塔 \ufffd"


def test_where_it_cannot_be_written_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="could not be saved"):
        ModelNotes(tmp_path / "file" / "models.toml").change("a", "device", "cpu")


def test_what_cannot_be_read_for_a_moment_stays_as_it_is(
    tmp_path: Path, deny: Callable[[Path], None]
) -> None:
    path = tmp_path / "models.toml"
    ModelNotes(path).change("old", "device", "cpu")
    before = path.read_bytes()
    deny(path)
    notes = ModelNotes(path)
    with pytest.raises(StoreError, match="could not be saved"):
        notes.change("new", "device", "cpu")
    with pytest.raises(StoreError, match="could not be saved"):
        notes.add_variant("new", "new", "One")
    with pytest.raises(StoreError, match="could not be saved"):
        notes.forget("old")
    assert notes.defaults("new").device is Device.CPU
    assert [variant.name for variant in notes.variants()] == ["One"]
    assert path.read_bytes() == before


def test_what_another_process_forgot_or_a_person_wrote_is_not_undone(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    first = ModelNotes(path)
    first.change("X", "system_prompt", "Be brief.")
    gone = first.add_variant("X", "X", "Variant of X")
    first.change("Y", "device", "cpu")
    ModelNotes(path).forget("X")
    made = ModelNotes(path).add_variant("Y", "Y", "Variant of Y")
    text = path.read_text("utf-8")
    path.write_text(text.replace("[models.Y]", '[models.Y]\nsystem_prompt = "Mine."'), "utf-8")
    first.change("Y", "precision", "int8")
    assert "X" not in path.read_text("utf-8")
    kept = ModelNotes(path)
    own = kept.defaults("Y")
    assert (own.system_prompt, own.device, own.precision) == ("Mine.", Device.CPU, Precision.INT8)
    assert kept.variants() == (made,)
    assert gone.id not in path.read_text("utf-8")
    first.forget("Y")
    assert ModelNotes(path).variants() == ()


def test_a_models_own_values_come_first(tmp_path: Path) -> None:
    model = ModelOnDisk("a", "A", tmp_path)
    settings = ModelSettings(device=Device.CUDA, precision=Precision.INT4, context_window=2048)
    smaller = ModelOnDisk("b", "B", tmp_path)
    found = {"b": smaller}
    plain = load_request(model, ModelDefaults(), settings, found.__getitem__)
    assert (plain.device, plain.draft) == (Device.CUDA, None)
    own = ModelDefaults(device=Device.CPU, precision=Precision.FP32, context_window=512, draft="b")
    request = load_request(model, own, settings, found.__getitem__)
    assert request.draft is smaller
    assert (request.device, request.precision, request.context_window) == ("cpu", "fp32", 512)
