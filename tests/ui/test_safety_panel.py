"""The safety filter's page: levels, actions by category and side, the guard, the lock, what happened."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_llm.core.guards import GuardChoice, GuardState
from desktop_llm.core.policy import CATEGORIES, Actions, FilterAction, GuardSettings, Level, Policy
from desktop_llm.core.safety_events import SafetyCounts, Touched
from desktop_llm.core.sayings import Saying
from desktop_llm.core.settings import Settings
from desktop_llm.ui.look import Look
from desktop_llm.ui.settings.guard_dialog import GuardDialog
from desktop_llm.ui.settings.page import SettingsPage
from desktop_llm.ui.settings.safety_cards import LockState
from desktop_llm.ui.settings.safety_panel import KINDS, LISTS, SafetyPanel

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(look: Look, qtbot: QtBot) -> Iterator[SettingsPage]:
    made = SettingsPage(look)
    qtbot.addWidget(made)
    made.resize(1000, 800)
    made.show()
    made.show_section("safety")
    made.show_values(Settings(safety=Policy(level=Level.BALANCED)))
    yield made
    made.close()


@pytest.fixture
def panel(page: SettingsPage) -> SafetyPanel:
    return page.safety


def test_every_part_of_a_policy_has_a_control(page: SettingsPage, panel: SafetyPanel) -> None:
    assert panel.categories is not None
    assert set(panel.categories.rows) == set(CATEGORIES)
    for name in ("level", *LISTS, *(f"personal.{kind}" for kind in KINDS)):
        assert f"safety.{name}" in page.editors


def test_each_category_shows_its_own_action_or_the_levels(
    page: SettingsPage, panel: SafetyPanel, qtbot: QtBot
) -> None:
    assert panel.categories is not None
    policy = Policy(level=Level.STRICT, replies=Actions(hate=FilterAction.WARN))
    panel.show_policy(policy)
    for category, (row, actions) in panel.categories.rows.items():
        assert actions.value == policy.action(category, "replies").value
        assert row.reset_button.isVisibleTo(row) == (category == "hate")
    sides = panel.categories.sides.segments
    qtbot.mouseClick(sides[1], LEFT)
    for category, (_, actions) in panel.categories.rows.items():
        assert actions.value == policy.action(category, "prompts").value
    row, actions = panel.categories.rows["drugs"]
    with qtbot.waitSignal(page.changed) as told:
        qtbot.mouseClick(actions.segments[2], LEFT)
    assert told.args == ["safety.prompts.drugs", "mask"]
    qtbot.mouseClick(sides[0], LEFT)
    with qtbot.waitSignal(page.reset) as told:
        qtbot.mouseClick(panel.categories.rows["hate"][0].reset_button, LEFT)
    assert told.args == ["safety.replies.hate"]


def test_where_the_filter_is_off_nothing_is_said_to_have_been_looked_for(
    page: SettingsPage, panel: SafetyPanel
) -> None:
    page.set_try_filter(lambda text: (text, ()))
    panel.try_card.field.setText("me@example.org")
    panel.try_card.run()
    assert panel.categories is not None
    about = panel.categories._head.about
    assert panel.try_card.told.text() == "Nothing was found; the text passes as it is."
    assert "off" not in about.text()
    panel.show_policy(Policy(level=Level.OFF))
    assert panel.try_card.told.text().startswith("The filter is off: nothing was looked for")
    assert about.text().startswith("The filter is off: nothing is looked for.")
    panel.show_policy(Policy(level=Level.STRICT))
    assert panel.try_card.told.text() == "Nothing was found; the text passes as it is."
    assert "off" not in about.text()


def test_what_mask_does_to_what_a_guard_model_finds_is_told_for_both_sides(
    panel: SafetyPanel, qtbot: QtBot
) -> None:
    assert panel.categories is not None
    told = []
    for side in panel.categories.sides.segments:
        qtbot.mouseClick(side, LEFT)
        told.append(panel.categories._head.about.text())
    assert len(set(told)) == 2
    assert all("guard model" in one and "Mask as by Block" in one for one in told)


def test_a_pattern_that_cannot_be_used_is_refused_where_it_is_written(
    page: SettingsPage, qtbot: QtBot
) -> None:
    editor = page.editors["safety.patterns"]
    with qtbot.assertNotEmitted(page.changed):
        qtbot.keyClicks(editor.control, "a{3")
        assert editor.row.problem.text(), "told while it is typed"
        qtbot.keyClick(editor.control, Qt.Key.Key_Return)
    assert editor.row.problem.text()
    editor.control.clear()
    with qtbot.waitSignal(page.changed) as told:
        qtbot.keyClicks(editor.control, "[A-Z]{2}")
        qtbot.keyClick(editor.control, Qt.Key.Key_Return)
    assert told.args == ["safety.patterns", ("[A-Z]{2}",)]


def test_what_happened_is_told_by_category_without_text(panel: SafetyPanel, qtbot: QtBot) -> None:
    panel.show_counts(SafetyCounts(12, (Touched("personal", 9), Touched("hate", 4))))
    assert panel.events_card.row._title.text().startswith("12 ")
    assert panel.events_card.row.about.text().startswith("Personal data 9, Hate 4.")
    with qtbot.waitSignal(panel.events_card.cleared):
        qtbot.mouseClick(panel.events_card.button, LEFT)
    panel.show_counts(SafetyCounts(older=True))  # of a week in which nothing happened
    assert panel.events_card.row.about.text().startswith("Kept on this computer")
    assert panel.events_card.button.isVisibleTo(panel)
    panel.show_counts(SafetyCounts())
    assert not panel.events_card.button.isVisibleTo(panel)


def test_a_pin_locks_the_page_and_is_asked_for_at_its_top(panel: SafetyPanel, qtbot: QtBot) -> None:
    assert panel.categories is not None
    assert panel.categories.isEnabled()
    panel.show_lock(LockState(is_set=True, locked=True))
    assert not panel.categories.isEnabled()
    assert not panel.guard_row.button.isEnabled()
    assert not panel.import_button.isEnabled()
    assert panel.try_card.field.isEnabled(), "trying changes nothing"
    assert panel.lock_card.y() < panel.try_card.y() or panel.layout().indexOf(panel.lock_card) == 0
    field = panel.lock_card.field
    qtbot.keyClicks(field, "2468")
    with qtbot.waitSignal(panel.lock_card.unlock) as told:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert told.args == ["2468"]
    assert field.text() == ""
    panel.show_lock(LockState(is_set=True))
    assert panel.categories.isEnabled()
    assert panel.lock_card.remove_button.isVisibleTo(panel)


def test_a_pin_counts_once_it_is_given_and_not_when_its_field_is_left(
    panel: SafetyPanel, qtbot: QtBot
) -> None:
    lock = panel.lock_card
    panel.show_lock(LockState(is_set=True, locked=True))
    panel.window().activateWindow()
    lock.field.setFocus()
    qtbot.waitUntil(lock.field.hasFocus)
    qtbot.keyClicks(lock.field, "24")
    with qtbot.assertNotEmitted(lock.unlock):
        lock.field.clearFocus()
    qtbot.keyClicks(lock.field, "68")
    with qtbot.waitSignal(lock.unlock) as told:
        qtbot.mouseClick(lock.unlock_button, LEFT)
    assert told.args == ["2468"]
    assert lock.field.text() == ""
    with qtbot.assertNotEmitted(lock.unlock):
        qtbot.mouseClick(lock.unlock_button, LEFT)


def test_the_guard_is_told_with_what_it_costs_and_what_went_wrong(panel: SafetyPanel) -> None:
    panel.show_guard(GuardState())
    assert "rules work alone" in panel.guard_row.about.text()
    assert not panel.try_card.ask_button.isVisibleTo(panel.try_card._below)
    gone = (Saying("It is gone."),)
    panel.show_guard(GuardState("hap", "Granite Guardian HAP", 3, 41.4, gone))
    assert (
        panel.guard_row.about.text()
        == "hap (Granite Guardian HAP), 41 ms a judgement on this computer"
    )
    assert panel.guard_row.problem.text() == "It is gone."
    assert panel.try_card.ask_button.isVisibleTo(panel.try_card._below)


def test_an_unknown_classifiers_labels_are_asked_for(look: Look, qtbot: QtBot) -> None:
    choices = (
        GuardChoice("hap", "HAP", "Granite Guardian HAP", ("LABEL_0", "LABEL_1")),
        GuardChoice("mine", "mine", "", ("fine", "bad")),
    )
    now = GuardSettings("mine", 0.7, ("bad = hate",), True)
    dialog = GuardDialog(look, choices, now, None)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    assert dialog.settings() == now
    dialog._meanings["fine"].choose("topics")
    assert dialog.settings().labels == ("fine = topics", "bad = hate")
    dialog.model.choose("hap")
    dialog._show_labels()
    assert dialog.settings() == GuardSettings("hap", 0.7, (), True)
    assert "Granite Guardian HAP" in dialog.family.text()
    dialog.model.choose("")
    dialog._show_labels()
    assert dialog.settings().model == ""


def test_what_labels_mean_is_each_models_own_and_outlives_a_look_at_another(
    look: Look, qtbot: QtBot
) -> None:
    mine, other = (GuardChoice(name, name, "", ("fine", "bad")) for name in ("mine", "other"))
    now = GuardSettings("mine", 0.7, ("bad = hate",), True)
    dialog = GuardDialog(look, [mine, other], now, None)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog._meanings["fine"].choose("topics")
    dialog.model.choose("other")
    dialog._show_labels()
    assert dialog.settings().labels == ()
    dialog.model.choose("mine")
    dialog._show_labels()
    assert dialog.settings().labels == ("fine = topics", "bad = hate")


def test_a_stored_meaning_that_is_none_is_shown_as_not_used(look: Look, qtbot: QtBot) -> None:
    mine = GuardChoice("mine", "mine", "", ("fine", "bad"))
    now = GuardSettings("mine", 0.7, ("fine = own", "bad = hatred"), True)
    dialog = GuardDialog(look, [mine], now, None)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    assert dialog.settings().labels == ()


def test_a_threshold_that_is_written_counts_as_a_dragged_one(look: Look, qtbot: QtBot) -> None:
    dialog = GuardDialog(look, [], GuardSettings(threshold=0.7), None)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    field, kept = dialog.threshold.field, []
    for written in ("0.9", "maybe", "nan", "7", "-inf"):
        dialog.show()
        field.selectAll()
        qtbot.keyClicks(field, written)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert not dialog.isVisible()
        kept.append((dialog.settings().threshold, field.text()))
    assert kept == [(0.9, "0.9"), (0.9, "0.9"), (0.9, "0.9"), (1.0, "1"), (0.0, "0")]
    field.selectAll()
    qtbot.keyClicks(field, "0.3")
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert (dialog.settings().threshold, field.text()) == (0.35, "0.35")
