"""What others write into the files of settings and presets stays, and what cannot be read is not replaced."""

from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_llm.core.errors import StoreError
from desktop_llm.core.sampling import Preset, SamplingSettings
from desktop_llm.core.settings import Settings
from desktop_llm.storage.paths import Paths
from desktop_llm.storage.settings_file import SettingsFile


def preset(name: str, top_k: int) -> Preset:
    return Preset(name, SamplingSettings(top_k=top_k), own=True)


@pytest.mark.parametrize("at_start", [True, False])
def test_settings_that_cannot_be_read_for_a_moment_stay_as_they_are(
    paths: Paths, deny: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch, at_start: bool
) -> None:
    SettingsFile(paths).change("appearance.theme", "dark")
    before = paths.settings.read_bytes()
    settings = None if at_start else SettingsFile(paths)
    deny(paths.settings)
    settings = settings or SettingsFile(paths)
    with pytest.raises(StoreError, match="applies now, but could not be saved"):
        settings.change("appearance.zoom", 110)
    assert settings.values.appearance.zoom == 110
    assert paths.settings.read_bytes() == before
    monkeypatch.undo()
    settings.change("appearance.zoom", 120)
    kept = SettingsFile(paths).values.appearance
    assert (kept.theme, kept.zoom) == ("dark", 120)


def test_presets_that_cannot_be_read_for_a_moment_stay_as_they_are(
    paths: Paths, deny: Callable[[Path], None]
) -> None:
    SettingsFile(paths).save_preset(preset("Old", 3))
    before = paths.presets.read_bytes()
    deny(paths.presets)
    settings = SettingsFile(paths)
    for change in (
        lambda: settings.save_preset(preset("New", 4)),
        lambda: settings.delete_preset("Old"),
    ):
        with pytest.raises(StoreError, match="applies now, but could not be saved"):
            change()
    assert [one.name for one in settings.own_presets] == ["New"]
    assert paths.presets.read_bytes() == before


def test_a_preset_is_put_into_the_file_as_it_is_now(paths: Paths) -> None:
    first, second = SettingsFile(paths), SettingsFile(paths)
    for name in ("A", "B"):
        first.save_preset(preset(name, 3))
    text = paths.presets.read_text("utf-8")
    paths.presets.write_text(text.replace('name = "A"', 'name = "A", mine = "kept"'), "utf-8")
    second.save_preset(preset("C", 5))
    first.save_preset(preset("B", 4))
    second.delete_preset("C")
    assert 'mine = "kept"' in paths.presets.read_text("utf-8")
    kept = SettingsFile(paths).own_presets
    assert [(one.name, one.sampling.top_k) for one in kept] == [("A", 3), ("B", 4)]


def test_a_byte_order_mark_of_an_editor_breaks_no_file(paths: Paths) -> None:
    settings = SettingsFile(paths)
    settings.change("safety.level", "strict")
    settings.save_preset(preset("Mine", 3))
    for path in (paths.settings, paths.presets):
        path.write_bytes(BOM_UTF8 + path.read_bytes())
    edited = SettingsFile(paths)
    assert edited.notices == ()
    assert edited.values.safety.level == "strict"
    assert [one.name for one in edited.own_presets] == ["Mine"]
    edited.change("appearance.zoom", 110)
    assert SettingsFile(paths).values == edited.values


def test_a_file_that_a_person_is_in_the_middle_of_writing_is_not_replaced(paths: Paths) -> None:
    settings = SettingsFile(paths)
    paths.settings.write_text("zoom = [", "utf-8")
    with pytest.raises(StoreError, match=r"not readable: .* Correct it"):
        settings.change("appearance.zoom", 110)
    assert not list(paths.config.glob("*.broken*"))
    assert paths.settings.read_text("utf-8") == "zoom = ["


def test_a_section_in_which_nothing_differs_is_left_out(paths: Paths) -> None:
    settings = SettingsFile(paths)
    settings.change("appearance.zoom", 110)
    settings.reset("appearance.zoom")
    assert "appearance" not in paths.settings.read_text("utf-8")


def test_a_country_that_was_taken_before_and_is_none_puts_nothing_else_aside(paths: Paths) -> None:
    text = '[safety]\nlevel = "strict"\n[safety.personal]\nregion = "Germany"\nemail = false\n'
    paths.settings.write_text(text, "utf-8")
    settings = SettingsFile(paths)
    safety = settings.values.safety
    assert (safety.level, safety.personal.email, safety.personal.region) == ("strict", False, "")
    assert ["Germany" in str(notice) for notice in settings.notices] == [True]
    settings.change("appearance.zoom", 110)
    assert SettingsFile(paths).values.safety == safety


def test_what_another_process_sets_is_taken_up_and_told_once(paths: Paths) -> None:
    window, terminal = SettingsFile(paths), SettingsFile(paths)
    told: list[Settings] = []
    window.subscribe(told.append)
    assert window.take_up() == ()
    terminal.change_several({"privacy.online": True, "safety.level": "strict"})
    assert window.take_up() == ("privacy.online", "safety.level")
    assert window.values == terminal.values == told[-1]
    assert window.take_up() == ()
    terminal.reset("safety.level")
    window.change("appearance.zoom", 110)  # what the terminal wrote just before is not missed
    assert window.take_up() == ("safety.level",)
    assert window.values == SettingsFile(paths).values


def test_what_could_not_be_saved_holds_whatever_another_process_sets(
    paths: Paths, deny: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    window, terminal = SettingsFile(paths), SettingsFile(paths)
    deny(paths.settings)
    with pytest.raises(StoreError):
        window.change("appearance.zoom", 110)
    monkeypatch.undo()
    terminal.change("appearance.theme", "dark")
    assert window.take_up() == ("appearance.theme",)
    assert (window.values.appearance.theme, window.values.appearance.zoom) == ("dark", 110)


@pytest.mark.parametrize("content", [None, "", "zoom = ["])
def test_a_file_that_is_being_written_by_hand_changes_nothing(
    paths: Paths, content: str | None
) -> None:
    window = SettingsFile(paths)
    window.change("safety.level", "strict")
    whole = paths.settings.read_text("utf-8").replace("strict", "balanced")
    paths.settings.unlink()
    if content is not None:
        paths.settings.write_text(content, "utf-8")
    assert window.take_up() == ()
    assert window.values.safety.level == "strict"
    paths.settings.write_text(whole, "utf-8")
    assert window.take_up() == ("safety.level",)


def test_what_was_set_here_and_is_set_back_elsewhere_is_taken_up(paths: Paths) -> None:
    window = SettingsFile(paths)
    window.change("privacy.online", True)
    SettingsFile(paths).change("privacy.online", False)
    assert window.take_up() == ("privacy.online",)
    assert not window.values.privacy.online
