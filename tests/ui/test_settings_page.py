"""The settings page: a control for every setting, checked at once, with help, range and reset."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QSlider
from pytestqt.qtbot import QtBot

from desktop_llm.core import settings_tree
from desktop_llm.core.events import Mark
from desktop_llm.core.sampling import Preset, SamplingSettings
from desktop_llm.core.sayings import Saying
from desktop_llm.core.settings import Settings
from desktop_llm.ui.controls.choice import Choice
from desktop_llm.ui.controls.fields import LineField, NumberField, TextArea
from desktop_llm.ui.controls.segmented import Segmented
from desktop_llm.ui.controls.slider import SliderRow
from desktop_llm.ui.controls.switch import Switch
from desktop_llm.ui.look import Look
from desktop_llm.ui.settings.editors import Editor
from desktop_llm.ui.settings.page import Facts, SettingsPage

FACTS = Facts(
    "1.2.3", Path("/d/h.db"), Path("/d/models"), Path("/d/s.toml"), Path("/d/log"), Saying("Key.")
)


@pytest.fixture
def page(look: Look, qtbot: QtBot) -> Iterator[SettingsPage]:
    made = SettingsPage(look)
    qtbot.addWidget(made)
    made.resize(1000, 800)
    made.show_facts(FACTS)
    made.show_values(Settings())
    made.show()
    yield made
    made.close()


def test_every_visible_setting_has_a_control_with_title_help_and_range(page: SettingsPage) -> None:
    for info in settings_tree.walk(Settings):
        if "." not in info.key or info.description.hidden:
            continue
        editor = page.editors[info.key]
        assert editor.control.accessibleName() or editor.control.focusProxy().accessibleName()
        about = editor.row.about.text()
        assert about.startswith(info.description.help)
        if info.description.maximum is not None and info.description.maximum < 1000:
            assert f"{info.description.maximum:g}" in about
        if info.description.unit:
            assert info.description.unit in about


CONTROLS = {
    "general.send_key": Segmented, "general.system_prompt": TextArea,
    "general.confirm_delete": Switch, "model.device": Choice,
    "model.context_window": NumberField, "sampling.temperature": SliderRow,
    "safety.words": LineField, "appearance.zoom": SliderRow,
}  # fmt: skip


def test_each_kind_of_setting_has_its_control(page: SettingsPage) -> None:
    found = {key: page.editors[key].control for key in CONTROLS}
    assert [key for key, kind in CONTROLS.items() if not isinstance(found[key], kind)] == []


def test_a_person_changes_a_switch_a_choice_a_number_and_words(
    page: SettingsPage, qtbot: QtBot
) -> None:
    told: list[tuple[str, object]] = []
    page.changed.connect(lambda key, value: told.append((key, value)))
    page.show_section("general")
    qtbot.mouseClick(page.editors["general.confirm_delete"].control, Qt.MouseButton.LeftButton)
    page.show_section("safety")
    words = page.editors["safety.words"].control
    assert isinstance(words, LineField)
    qtbot.keyClicks(words, "one, two")
    qtbot.keyClick(words, Qt.Key.Key_Return)
    chooser = page.editors["safety.level"].control
    assert isinstance(chooser, Segmented)
    qtbot.mouseClick(chooser.segments[1], Qt.MouseButton.LeftButton)
    page.show_section("sampling")
    slider = page.editors["sampling.temperature"].control
    assert isinstance(slider, SliderRow)
    qtbot.keyClicks(slider.field, "0.35")
    qtbot.keyClick(slider.field, Qt.Key.Key_Return)
    assert told == [
        ("general.confirm_delete", True), ("safety.words", ("one", "two")),
        ("safety.level", "balanced"), ("sampling.temperature", 0.35),
    ]  # fmt: skip


def test_what_does_not_fit_is_said_beside_the_field_and_not_sent(
    page: SettingsPage, qtbot: QtBot
) -> None:
    told: list[object] = []
    page.changed.connect(lambda key, value: told.append(value))
    page.show_section("sampling")
    editor = page.editors["sampling.temperature"]
    assert isinstance(editor.control, SliderRow)
    qtbot.keyClicks(editor.control.field, "9")
    qtbot.keyClick(editor.control.field, Qt.Key.Key_Return)
    assert told == []
    assert "from 0 to 2" in editor.row.problem.text()
    assert editor.row.problem.isVisible()


def refused(page: SettingsPage, key: str, text: str, qtbot: QtBot) -> Editor:
    """Writes what cannot be the value of a setting, and waits until the field has told it."""
    page.show_section(key.partition(".")[0])
    page.folds[key.partition(".")[0]].unfold()
    editor = page.editors[key]
    control = editor.control
    field = control.field if isinstance(control, SliderRow) else control
    page.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    field.selectAll()
    qtbot.keyClicks(field, text)
    field.clearFocus()
    qtbot.waitUntil(editor.row.problem.isVisible)
    return editor


@pytest.mark.parametrize(
    ("key", "text"),
    [("safety.patterns", "a, (b"), ("sampling.temperature", "9"), ("sampling.logit_bias", "Paris")],
)
def test_what_was_refused_stays_with_its_problem_whatever_else_is_shown(
    page: SettingsPage, qtbot: QtBot, key: str, text: str
) -> None:
    editor = refused(page, key, text, qtbot)
    problem = editor.row.problem.text()
    page.show_values(settings_tree.with_value(Settings(), "appearance.zoom", 120))
    field = editor._field
    assert isinstance(field, LineField)
    assert field.text() == text
    assert editor.row.problem.text() == problem
    assert editor.row.problem.isVisible()
    with qtbot.waitSignal(page.reset) as told:
        qtbot.mouseClick(editor.row.reset_button, Qt.MouseButton.LeftButton)
    assert told.args == [key]
    page.show_values(Settings())
    assert field.text() == ""
    assert not editor.row.problem.isVisible()
    assert not editor.row.reset_button.isVisible()


def test_what_was_refused_is_taken_back_by_esc_and_gives_way_to_another_value(
    page: SettingsPage, qtbot: QtBot
) -> None:
    told: list[object] = []
    page.changed.connect(lambda key, value: told.append(value))
    page.show_values(settings_tree.with_value(Settings(), "sampling.temperature", 0.5))
    editor = refused(page, "sampling.temperature", "9", qtbot)
    slider = editor.control
    assert isinstance(slider, SliderRow)
    qtbot.keyClick(slider.field, Qt.Key.Key_Escape)
    assert slider.field.text() == "0.5"
    assert not editor.row.problem.isVisible()
    refused(page, "sampling.temperature", "9", qtbot)
    slider.field.selectAll()
    qtbot.keyClicks(slider.field, "0.5")
    qtbot.keyClick(slider.field, Qt.Key.Key_Return)
    assert not editor.row.problem.isVisible()
    refused(page, "sampling.temperature", "9", qtbot)
    qtbot.keyClick(slider.slider, Qt.Key.Key_Right)
    page.show_values(settings_tree.with_value(Settings(), "sampling.temperature", 0.55))
    assert slider.field.text() == "0.55"
    assert told == [0.5, 0.55]


@pytest.mark.parametrize(
    ("key", "text", "pressed", "values"),
    [
        ("model.context_window", "4096", Qt.Key.Key_Up, [4096, 4224]),
        ("model.context_window", "4096", Qt.Key.Key_PageDown, [4096, 2816]),
        ("sampling.temperature", "0.9", Qt.Key.Key_Down, [0.9, 0.85]),
        ("sampling.temperature", "0.9", Qt.Key.Key_PageUp, [0.9, 1.4]),
        ("sampling.temperature", "9", Qt.Key.Key_Up, []),
    ],
)
def test_an_arrow_steps_from_the_number_that_was_typed(
    page: SettingsPage, qtbot: QtBot, key: str, text: str, pressed: Qt.Key, values: list[float]
) -> None:
    told: list[object] = []

    def keep(changed: str, value: object) -> None:
        told.append(value)
        page.show_values(settings_tree.with_value(Settings(), changed, value))

    page.changed.connect(keep)
    page.show_section(key.partition(".")[0])
    control = page.editors[key].control
    field = control.field if isinstance(control, SliderRow) else control
    assert isinstance(field, NumberField)
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, pressed)
    assert told == values
    assert field.text() == (f"{values[-1]:g}" if values else text)


def arrow(slider: QSlider, qtbot: QtBot) -> None:
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    qtbot.keyClick(slider, Qt.Key.Key_Up)
    qtbot.keyClick(slider, Qt.Key.Key_Left)


def increase(slider: QSlider, qtbot: QtBot) -> None:
    """As a screen reader does, through the value's smallest step."""
    value = QAccessible.queryAccessibleInterface(slider).valueInterface()
    for sign in (1, 1, -1):
        value.setCurrentValue(value.currentValue() + sign * value.minimumStepSize())


@pytest.mark.parametrize("press", [arrow, increase])
@pytest.mark.parametrize(
    ("key", "value", "values"),
    [
        ("sampling.top_k", None, [41, 42, 41]),  # 40 holds, of the preset
        ("sampling.top_k", 3, [4, 5, 4]),
        ("sampling.temperature", 0.7, [0.75, 0.8, 0.75]),
        ("appearance.zoom", 100, [110, 120, 110]),
    ],
)
def test_the_arrow_keys_move_a_slider_by_the_steps_of_its_number(
    page: SettingsPage, qtbot: QtBot, press: Callable[[QSlider, QtBot], None], key: str,
    value: float | None, values: list[float],
) -> None:  # fmt: skip
    told: list[object] = []
    settings = settings_tree.with_value(Settings(), "preset", "Balanced")

    def keep(changed: str, new: object) -> None:
        told.append(new)
        page.show_values(settings_tree.with_value(settings, changed, new))

    page.changed.connect(keep)
    page.show_section(key.partition(".")[0])
    page.show_values(settings_tree.with_value(settings, key, value))
    control = page.editors[key].control
    assert isinstance(control, SliderRow)
    press(control.slider, qtbot)
    assert told == values


@pytest.mark.usefixtures("listening")
def test_what_was_refused_is_heard_once_it_is_written(page: SettingsPage, qtbot: QtBot) -> None:
    heard: list[str] = []
    row, lock = page.editors["safety.patterns"].row, page.safety.lock_card
    for one in (row, lock.row):
        one.speaker.spoken.connect(heard.append)
    refused(page, "safety.patterns", "a, (b", qtbot)
    page.show_values(settings_tree.with_value(Settings(), "appearance.zoom", 120))
    lock.show_problem("That is not the PIN.")
    lock.show_problem("That is not the PIN.")
    wrong = "Lock with a PIN: That is not the PIN."
    assert heard == [f"My own patterns: {row.problem.text()}", wrong, wrong]


def test_reset_is_offered_only_where_something_was_changed(
    page: SettingsPage, qtbot: QtBot
) -> None:
    page.show_section("appearance")
    row = page.editors["appearance.zoom"].row
    assert not row.reset_button.isVisible()
    page.show_values(settings_tree.with_value(Settings(), "appearance.zoom", 120))
    assert row.reset_button.isVisible()
    with qtbot.waitSignal(page.reset) as told:
        qtbot.mouseClick(row.reset_button, Qt.MouseButton.LeftButton)
    assert told.args == ["appearance.zoom"]


def test_an_empty_value_shows_what_holds_instead(page: SettingsPage) -> None:
    page.show_values(settings_tree.with_value(Settings(), "preset", "Precise"))
    slider = page.editors["sampling.temperature"].control
    assert isinstance(slider, SliderRow)
    assert slider.field.text() == ""
    assert slider.field.placeholderText() == "0.2"


def test_what_was_set_for_the_model_holds_before_the_settings_preset(page: SettingsPage) -> None:
    slider = page.editors["sampling.temperature"].control
    assert isinstance(slider, SliderRow)
    page.show_values(settings_tree.with_value(Settings(), "preset", "Precise"))
    page.show_model(None, SamplingSettings(temperature=0.9))
    assert slider.field.placeholderText() == "0.9"
    page.show_model(None)
    assert slider.field.placeholderText() == "0.2"


def test_presets_are_offered_and_own_ones_can_be_deleted(page: SettingsPage, qtbot: QtBot) -> None:
    page.show_section("sampling")
    page.show_presets([Preset("Mine", SamplingSettings(top_k=3), own=True)])
    page.show_values(settings_tree.with_value(Settings(), "preset", "Mine"))
    names = [page.presets.choice.itemText(i) for i in range(page.presets.choice.count())]
    assert names[-1] == "Mine"
    assert {"Precise", "Balanced", "Creative"} < set(names)
    with qtbot.waitSignal(page.preset_delete) as told:
        qtbot.mouseClick(page.presets.delete_button, Qt.MouseButton.LeftButton)
    assert told.args == ["Mine"]
    with qtbot.waitSignal(page.neutralise):
        qtbot.mouseClick(page.presets.neutral_button, Qt.MouseButton.LeftButton)


def test_the_filter_can_be_tried(page: SettingsPage, qtbot: QtBot) -> None:
    page.set_try_filter(lambda text: ("b█d", (Mark(1, 2, "own", "own.1", "mask"),)))
    page.show_section("safety")
    qtbot.keyClicks(page.try_card.field, "bad")
    qtbot.waitUntil(lambda: page.try_card.result.text() == "b██████d")
    assert page.try_card.told.text() == "My own list: masked (own.1)"


def test_places_are_told_and_opened_and_everything_can_be_erased(
    page: SettingsPage, qtbot: QtBot
) -> None:
    page.show_section("privacy")
    row, button = page.places._rows["models"]
    assert row.about.text() == str(FACTS.models)
    assert button is not None
    with qtbot.waitSignal(page.reveal_folder) as told:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert told.args == [str(FACTS.models)]
    with qtbot.waitSignal(page.delete_all):
        qtbot.mouseClick(page.places.erase_button, Qt.MouseButton.LeftButton)


def test_the_sections_are_chosen_with_the_arrow_keys(page: SettingsPage, qtbot: QtBot) -> None:
    page.activateWindow()
    page.tabs.tabs["general"].setFocus()
    qtbot.waitUntil(page.tabs.tabs["general"].hasFocus)
    qtbot.keyClick(page.tabs.tabs["general"], Qt.Key.Key_Down)
    assert page.tabs.tabs["model"].isChecked()
    assert page._stack.currentWidget() is page._pages["model"]
