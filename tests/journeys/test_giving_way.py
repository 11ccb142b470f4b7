"""What stands in a window gives way where what it was about is replaced as a whole."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from desktop_llm.core.policy import Level, Policy
from desktop_llm.safety.policy_file import policy_to_toml
from desktop_llm.ui.controls.fields import LineField
from desktop_llm.ui.controls.slider import SliderRow
from tests.journeys.conftest import Person, Questions

pytestmark = pytest.mark.journey


def test_a_refused_pattern_gives_way_to_the_imported_policy(
    person: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = person.window.settings_page
    person.window.show_settings()
    page.show_section("safety")
    editor = page.editors["safety.patterns"]
    field = editor.control
    assert isinstance(field, LineField)
    field.setText("(b")
    field.committed.emit("(b")
    assert field.refused
    file = tmp_path / "policy.toml"
    given = Policy(Level.BALANCED, patterns=("fo{1,5}",))
    file.write_text(policy_to_toml(given), encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    person.wiring.safety.import_policy()
    assert person.wiring.services.settings.values.safety == given
    assert field.text() == "fo{1,5}"
    assert not editor.row.problem.isVisible()


@pytest.mark.parametrize(
    ("take", "shown"),
    [
        (lambda person: person.wiring.settings.save_preset("Mine"), ""),
        (lambda person: person.window.settings_page.presets.chosen.emit("Precise"), ""),
        (lambda person: person.window.settings_page.presets.neutral_button.click(), "1"),
    ],
    ids=["saved", "chosen", "neutral"],
)
def test_a_refused_number_gives_way_to_a_whole_preset(
    person: Person, take: Callable[[Person], object], shown: str
) -> None:
    page = person.window.settings_page
    person.window.show_settings()
    page.show_section("sampling")
    control = page.editors["sampling.temperature"].control
    assert isinstance(control, SliderRow)
    control.field.setText("9")
    control.field.committed.emit("9")
    assert control.field.refused
    take(person)
    assert control.field.text() == shown
    assert not control.field.refused


def test_nothing_is_offered_to_be_undone_once_all_is_erased(
    person: Person, questions: Questions
) -> None:
    person.ask("What is a token?")
    person.window.sidebar.delete_requested.emit(person.wiring.chat.session.conversation.id)
    person.qtbot.waitUntil(person.window.toast.isVisible)
    questions.answers = ["Delete"]
    person.window.settings_page.delete_all.emit()
    assert not person.window.toast.isVisible()
    old = person.window
    person.wiring.settings.change("general.language", "zh_CN")
    person.qtbot.waitUntil(lambda: person.app.window is not old)
    person.qtbot.wait(100)
    assert not person.app.window.toast.isVisible()


def test_what_is_set_for_a_model_reloads_it_no_more_after_another_language_than_before(
    person: Person,
) -> None:
    old = person.window
    person.wiring.settings.change("general.language", "zh_CN")
    person.qtbot.waitUntil(lambda: person.app.window is not old)
    now = Person(person.app, person.qtbot)
    services = now.wiring.services
    loaded = services.inference.model
    assert loaded is not None
    services.supply.notes.change(loaded.model.id, "sampling.temperature", 0.3)
    now.wiring.models.model_changed(loaded.model.id)
    assert not now.wiring.models._reload.isActive()
    services.supply.notes.change(loaded.model.id, "context_window", 512)
    now.wiring.models.model_changed(loaded.model.id)
    assert now.wiring.models._reload.isActive()


def test_a_gguf_file_in_a_folder_of_its_repository_is_here(person: Person) -> None:
    shelf = person.wiring.shelf
    guide = person.wiring.services.models.list()[0]
    for path in ("owner/repo/Q8/Big-00001-of-00002.gguf", "owner/repo/SMALL.GGUF"):
        shelf._models = (dataclasses.replace(guide, id=path),)
        assert "owner/repo" in shelf._here()
