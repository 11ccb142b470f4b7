"""Small parts of the window, and what holds for all of them: names for screen readers, contrast."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt, QTranslator
from PySide6.QtGui import QAction, QColor, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.errors import Remedy, UserError
from desktop_llm.core.messages import Conversation
from desktop_llm.core.policy import Policy
from desktop_llm.core.sampling import BUILT_IN_PRESETS
from desktop_llm.core.settings import Appearance, SendKey, Theme
from desktop_llm.ui.controls.fields import LineField, SearchField, plain_number
from desktop_llm.ui.controls.slider import STEPS, Scale
from desktop_llm.ui.controls.toast import Toast
from desktop_llm.ui.look import Look
from desktop_llm.ui.shortcut_actions import ShortcutActions
from desktop_llm.ui.shortcuts import ACTIONS, ShortcutsDialog
from desktop_llm.ui.sidebar.rows import day_heading
from desktop_llm.ui.window import MainWindow


def test_whatever_takes_the_keyboard_has_a_name(window: MainWindow) -> None:
    window.composer.show_presets(BUILT_IN_PRESETS, "Precise", False)
    window.composer.show_filter(Policy())
    for page in (0, 1):
        window.pages.setCurrentIndex(page)
        for widget in window.findChildren(QWidget):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
                text = widget.text() if isinstance(widget, QAbstractButton) else ""
                assert widget.accessibleName() or text or widget.focusProxy(), repr(widget)


def with_window_key(field: QWidget, keys: str, qtbot: QtBot) -> QAction:
    """Shows a field that has the cursor and one letter more, in a window where `keys` do something."""
    outside = QAction(field)
    outside.setShortcut(QKeySequence(keys))
    field.addAction(outside)
    write_into(field, "x", qtbot)
    return outside


def write_into(field: QWidget, text: str, qtbot: QtBot) -> None:
    """Shows a field that has the cursor, and types without pressing Enter."""
    qtbot.addWidget(field)
    field.show()
    field.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, text)


def test_esc_in_a_field_takes_back_what_was_written_before_the_window_gets_it(
    look: Look, qtbot: QtBot
) -> None:
    field, search = LineField(look, "Name"), SearchField(look, "Search")
    field.show_text("kept")
    for one, text in ((field, "kept"), (search, "")):
        outside = with_window_key(one, "Esc", qtbot)
        qtbot.keyClick(one, Qt.Key.Key_Escape)
        assert one.text() == text
        with qtbot.waitSignal(outside.triggered):
            qtbot.keyClick(one, Qt.Key.Key_Escape)


def test_shift_esc_is_the_windows_and_takes_nothing_back(look: Look, qtbot: QtBot) -> None:
    for one in (LineField(look, "Name"), SearchField(look, "Search")):
        outside = with_window_key(one, "Shift+Esc", qtbot)
        with qtbot.waitSignal(outside.triggered):
            qtbot.keyClick(one, Qt.Key.Key_Escape, Qt.KeyboardModifier.ShiftModifier)
        assert one.text() == "x"


def test_a_value_set_elsewhere_does_not_overwrite_what_is_being_written(
    look: Look, qtbot: QtBot
) -> None:
    field = LineField(look, "Name")
    write_into(field, "half", qtbot)
    field.show_text("other")
    assert field.text() == "half"
    with qtbot.waitSignal(field.committed) as told:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert told.args == ["half"]


def test_a_narrow_window_gives_its_width_to_the_conversation(
    window: MainWindow, qtbot: QtBot
) -> None:
    assert window.sidebar.isVisible()
    window.resize(800, 600)
    qtbot.waitUntil(lambda: not window.sidebar.isVisible())
    assert window.topbar.sidebar_button.isVisible()
    window.resize(1200, 800)
    qtbot.waitUntil(window.sidebar.isVisible)


def test_the_sidebar_groups_by_day_and_tells_what_is_wanted(
    window: MainWindow, qtbot: QtBot
) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    names = {"today": 0, "yesterday": 1, "week": 4, "old": 90}
    window.sidebar.show_conversations(
        [
            Conversation("kept", "kept", now, now - timedelta(days=400), pinned=True),
            *(Conversation(n, n, now, now - timedelta(days=d)) for n, d in names.items()),
        ],
        now,
    )
    model = window.sidebar.list.model()
    shown = [model.index(r, 0).data() for r in range(model.rowCount())]
    assert shown[:2] == ["Pinned", "kept"]
    assert [shown.index(name) for name in names] == sorted(shown.index(name) for name in names)
    assert {"Today", "Yesterday"} < set(shown)
    window.sidebar.select("today")
    with qtbot.waitSignal(window.sidebar.delete_requested) as told:
        qtbot.keyClick(window.sidebar.list, Qt.Key.Key_Delete)
    assert told.args == ["today"]


class Months(QTranslator):
    """A language in which the year comes first."""

    def translate(self, context: str, source: str, *_: object) -> str:
        return "yyyy年M月" if (context, source) == ("Sidebar", "MMMM yyyy") else ""


def test_a_month_is_written_as_the_language_has_it(qapp: QApplication) -> None:
    old, today = date(2024, 6, 15), date(2026, 11, 23)
    assert day_heading(old, today) == "June 2024"
    chinese = Months()
    qapp.installTranslator(chinese)
    told = day_heading(old, today)
    qapp.removeTranslator(chinese)
    assert told == "2024年6月"


def test_a_screen_reader_is_told_what_a_chip_and_a_dot_show(window: MainWindow) -> None:
    window.composer.show_presets(BUILT_IN_PRESETS, "Precise", True)
    assert window.composer.preset_chip.accessibleName() == "Preset: Precise, changed"
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    both = [Conversation(name, name.title(), now, now) for name in ("one", "two")]
    window.sidebar.show_conversations(both, now)
    window.sidebar.show_busy(frozenset({"two"}))
    row_of = window.sidebar.list.model().row_of
    told = [row_of(name).data(Qt.ItemDataRole.AccessibleTextRole) for name in ("one", "two")]
    assert told == ["One", "Two, a reply is being written"]


def test_a_title_being_typed_stays_while_replies_begin_and_end(
    window: MainWindow, qtbot: QtBot
) -> None:
    now, sidebar = datetime(2026, 11, 23, 12, tzinfo=UTC), window.sidebar
    both = [Conversation(name, name.title(), now, now) for name in ("one", "two")]
    sidebar.show_conversations(both, now)
    row_of = sidebar.list.model().row_of
    sidebar.start_rename("two")
    line = sidebar.list.indexWidget(row_of("two"))
    assert isinstance(line, QLineEdit)
    assert line.text() == "Two"
    qtbot.keyClicks(line, "Half")
    for busy in (("one",), ("one", "two"), ()):
        sidebar.show_busy(frozenset(busy))
    assert line.text() == "Half"
    with qtbot.waitSignal(sidebar.rename_requested) as told:
        qtbot.keyClick(line, Qt.Key.Key_Return)
    assert told.args == ["two", "Half"]
    sidebar.start_rename("one")
    other = sidebar.list.indexWidget(row_of("one"))
    assert isinstance(other, QLineEdit)
    assert other.text() == "One"


def test_the_send_button_names_the_key_that_sends(window: MainWindow) -> None:
    composer = window.composer
    told = [composer.send_button.toolTip()]
    window.set_send_key(SendKey.CTRL_ENTER)
    told.append(composer.send_button.toolTip())
    composer.set_running(True)
    window.set_send_key(SendKey.ENTER)
    told.append(composer.send_button.toolTip())
    composer.set_running(False)
    told.append(composer.send_button.toolTip())
    assert told == ["Send (Enter)", "Send (Ctrl+Enter)", "Stop (Esc)", "Send (Enter)"]


def test_the_sidebar_can_be_dragged_within_limits(window: MainWindow) -> None:
    window.sidebar.set_wide(2000)
    assert window.sidebar.width() == 460
    window.sidebar.set_wide(10)
    assert window.sidebar.width() == 200


def test_an_error_tells_its_three_parts_until_it_is_closed(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.show_error(UserError("It broke.", "A file is short.", "Get it again."))
    assert window.banner.isVisible()
    assert window.banner.accessibleName() == "It broke. A file is short. Get it again."
    qtbot.mouseClick(window.banner.close_button, Qt.MouseButton.LeftButton)
    assert not window.banner.isVisible()


def test_errors_that_come_together_are_all_seen_the_newest_first(
    window: MainWindow, qtbot: QtBot
) -> None:
    banner, seen = window.banner, []
    remedied = UserError("three")
    remedied.remedies = (Remedy(512),)
    for words in ("one", "two", "one"):
        window.show_error(UserError(words))
    for error in (remedied, UserError("four")):
        window.show_error(error)
    more = {"four": "3 more", "three": "2 more", "one": "1 more", "two": ""}
    while banner.isVisible():
        seen.append(banner.accessibleName())
        assert banner._more.text() == more[seen[-1]] or not banner._more.isVisible()
        assert not banner.remedies
        qtbot.mouseClick(banner.close_button, Qt.MouseButton.LeftButton)
    assert seen == list(more)
    window.show_error(UserError("five"))
    assert not banner._more.isVisible()


def test_an_error_that_is_so_no_longer_goes_from_behind_another(window: MainWindow) -> None:
    window.show_locked()
    window.show_error(UserError("two"))
    window.end_locked()
    assert window.banner.accessibleName() == "two"
    window.banner.close_error()
    assert not window.banner.isVisible()
    window.show_error(UserError("three"))
    window.show_locked()
    window.end_locked()
    assert window.banner.accessibleName() == "three"


def test_a_note_offers_to_undo_and_stands_clear_of_the_composer(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.toast.show_undo("Deleted “x”", "id")
    assert window.toast.geometry().bottom() <= window.composer.mapTo(
        window.pages, window.composer.rect().topLeft()
    ).y()  # fmt: skip
    with qtbot.waitSignal(window.toast.undone) as told:
        qtbot.mouseClick(window.toast.undo_button, Qt.MouseButton.LeftButton)
    assert told.args == ["id"]
    assert not window.toast.isVisible()
    window.toast.show_text("Copied")
    assert not window.toast.undo_button.isVisible()
    window.toast.hide()
    window.toast._timer.stop()


def undo(toast: Toast) -> None:
    toast.undo_button.click()


def wait(toast: Toast) -> None:
    toast._timer.timeout.emit()


@pytest.mark.parametrize("end", [undo, wait, Toast.close_notice])
def test_what_is_said_while_a_note_offers_to_undo_is_seen_after_it(
    window: MainWindow, end: Callable[[Toast], None]
) -> None:
    toast = window.toast
    toast.show_undo("Deleted “x”", "id")
    for words in ("Copied", "The reply is still being written."):
        window.say(words)
    assert toast.accessibleName() == "Deleted “x”"
    assert toast.undo_button.isVisible()
    end(toast)
    assert toast.isVisible()
    assert toast.accessibleName() == "The reply is still being written."
    assert not toast.undo_button.isVisible()
    toast.close_notice()
    assert not toast.isVisible()


def test_what_is_said_in_a_hidden_window_takes_no_way_back_away(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.toast.show_undo("Deleted “x”", "id")
    window.hide()  # into the tray
    window.say("The model is loaded.")
    with qtbot.waitSignal(window.toast.undone) as told:
        window.toast.undo()
    assert told.args == ["id"]
    window.toast.close_notice()


def test_ctrl_z_passes_a_field_with_nothing_to_undo_while_a_note_offers_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    draft, toast = window.composer.draft, window.toast
    outside = QAction(window)
    outside.setShortcut(QKeySequence("Ctrl+Z"))
    outside.triggered.connect(toast.undo)
    window.addAction(outside)
    window.activateWindow()
    draft.setFocus()
    qtbot.waitUntil(draft.hasFocus)
    toast.show_undo("Deleted “x”", "id")
    assert "Ctrl+Z" in toast.undo_button.toolTip()
    qtbot.keyClicks(draft, "x")
    undone: list[str] = []
    toast.undone.connect(undone.append)
    qtbot.keyClick(draft, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (draft.toPlainText(), undone) == ("", [])
    qtbot.keyClick(draft, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == ["id"]
    qtbot.keyClick(draft, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == ["id"]


def test_shortcuts_are_listed_once_each(look: Look, window: MainWindow, qtbot: QtBot) -> None:
    keys = [key for entry in ACTIONS for key in entry.keys]
    assert len(keys) == len(set(keys))
    dialog = ShortcutsDialog(look, window)
    qtbot.addWidget(dialog)
    named = {widget.accessibleName() for widget in dialog.findChildren(QWidget)}
    for entry in ACTIONS:
        for key in entry.listed:
            assert f"{entry.title}: {key}" in named
    assert "Continue a reply that was cut off: Alt+Enter" in named
    assert not any("Return" in name for name in named)


def test_under_the_first_steps_nothing_below_is_changed_by_a_shortcut(window: MainWindow) -> None:
    done: list[str] = []
    does = {entry.id: partial(done.append, entry.id) for entry in ACTIONS}
    actions = ShortcutActions(window, does).actions
    window.show_settings()
    window.show_welcome("")
    for action in actions.values():
        action.trigger()
    assert done == ["stop", "zoom-in", "zoom-out", "zoom-reset", "shortcuts", "quit"]
    assert window.settings_shown
    window.end_welcome()
    assert window.chat_shown
    assert window.focusWidget() is window.composer.draft


@pytest.mark.parametrize("hidden", [False, True])
def test_a_maximised_window_comes_back_as_large_as_it_was(window: MainWindow, hidden: bool) -> None:
    window.showMaximized()
    window.showMinimized()
    window.setHidden(hidden)  # into the tray
    window.bring_to_front()
    assert window.isVisible()
    assert window.isMaximized()
    assert not window.isMinimized()


@given(st.integers(0, STEPS), st.booleans())
def test_sliders_stay_in_range_and_on_steps(position: int, curved: bool) -> None:
    scale = Scale(0.0, 2.0, 0.05, curved)
    value = scale.value(position)
    assert 0.0 <= value <= 2.0
    assert abs(value / 0.05 - round(value / 0.05)) < 1e-6
    assert abs(scale.value(scale.position(value)) - value) < 0.051


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1,5", "1.5"), (" 0.25 ", "0.25"), ("4 096", "4096"), ("abc", "abc"),
        ("inf", "inf"), ("nan", "nan"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(written: str, read: str) -> None:
    assert plain_number(written) == read


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2.2's ratio."""

    def light(colour: QColor) -> float:
        parts = [colour.redF(), colour.greenF(), colour.blueF()]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.DARK])
def test_text_can_be_read_in_both_themes(look: Look, theme: Theme) -> None:
    look.follow(Appearance(theme=theme))
    tokens = look.tokens
    for ground in (tokens.bg, tokens.surface, tokens.side, tokens.user):
        assert contrast(tokens.text, ground) >= 7
        assert contrast(tokens.muted, ground) >= 4.5
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert contrast(tokens.bad, tokens.surface) >= 4.5
