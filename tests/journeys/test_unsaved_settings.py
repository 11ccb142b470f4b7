"""Settings that cannot be saved: what a person changes holds all the same, and that it is not kept is told."""

import pytest
from PySide6.QtCore import Qt

from desktop_llm.core.errors import Remedy
from desktop_llm.core.settings import GUIDE_MODEL_ID
from desktop_llm.storage.paths import find_paths
from desktop_llm.ui.window import MainWindow
from tests.journeys.conftest import Person
from tests.journeys.models_parts import models_page, wait
from tests.journeys.test_unsafe_model import stranger

pytestmark = pytest.mark.journey

BROKEN = "this is [no TOML"


def told(window: MainWindow) -> str:
    """What the banner says, one after the other as it is closed."""
    words = []
    while window.banner.isVisible():
        words.append(window.banner.accessibleName())
        window.banner.close_error()
    return " ".join(words)


def test_a_model_is_taken_though_the_choice_cannot_be_saved(person: Person) -> None:
    stranger("Other")
    find_paths().settings.write_text(BROKEN, encoding="utf-8")
    inference = person.wiring.services.inference
    person.window.topbar.model_chosen.emit("Other")
    assert "settings.toml" in told(person.window)
    wait(person, lambda: inference.model is not None and inference.model.model.id == "Other")
    assert find_paths().settings.read_text("utf-8") == BROKEN


def test_a_model_is_made_to_fit_though_that_cannot_be_saved(person: Person) -> None:
    find_paths().model_notes.write_text(BROKEN, encoding="utf-8")
    inference = person.wiring.services.inference
    person.window.banner.remedy_chosen.emit(Remedy(256, "int8"))
    assert "models.toml" in told(person.window)
    wait(person, lambda: inference.model is not None and inference.model.context_window == 256)
    assert inference.model is not None
    assert inference.model.precision == "int8"


def test_a_template_and_a_variant_are_used_though_they_cannot_be_saved(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, models = models_page(person), person.wiring.models
    page.installed.list.opened.emit(GUIDE_MODEL_ID)
    card = page.model.template
    wait(person, card.isVisible)
    find_paths().model_notes.write_text(BROKEN, encoding="utf-8")
    edited = "{# mine #}" + card.field.toPlainText()
    card.field.setPlainText(edited)
    card.save.click()
    wait(person, lambda: "It renders all" in card.told.text())
    assert "models.toml" in told(person.window)
    assert card.restore.isVisible()
    wait(person, lambda: models._request is not None and models._request.template == edited)
    monkeypatch.setattr("PySide6.QtWidgets.QInputDialog.getText", lambda *_, **__: ("Mine", True))
    page.model.duplicate_button.click()
    assert "models.toml" in told(person.window)
    assert page.model.model is not None
    assert page.model.model.name == "Mine"


def test_another_language_and_a_preset_hold_though_they_cannot_be_saved(person: Person) -> None:
    for path in (find_paths().settings, find_paths().presets):
        path.write_text(BROKEN, encoding="utf-8")
    old, settings = person.window, person.wiring.settings
    settings.save_preset("Mine")
    assert settings.values.preset == "Mine"
    assert "presets.toml" in told(old)
    person.press("Ctrl+,")
    button = old.settings_page.editors["general.language"].control.segments[2]
    person.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    person.qtbot.waitUntil(lambda: person.app.window is not old)
    assert person.app.window.sidebar.new_button.text() == "新建对话"
    assert "settings.toml" in told(person.app.window)
