"""Journeys through the list of conversations with a real mouse and real keys: menu, rename, delete."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from desktop_llm.core.messages import Conversation, Message, Role
from desktop_llm.ui.sidebar.list_model import ROW, SAID
from tests.journeys.conftest import Person

pytestmark = pytest.mark.journey

NAMES = ("a", "b", "c", "d")


class Listed(Person):
    """Somebody with four conversations, "a" the newest and shown, and the hands for the list."""

    @property
    def rows(self) -> list[str]:
        """The conversations of the list, from top to bottom."""
        model = self.window.sidebar.list.model()
        rows = (model.index(number, 0).data(ROW) for number in range(model.rowCount()))
        return [row.conversation_id for row in rows if row.conversation_id]

    @property
    def current(self) -> str:
        """The row that a key acts on."""
        index = self.window.sidebar.list.currentIndex()
        return index.data(ROW).conversation_id if index.isValid() else ""

    @property
    def shown(self) -> str:
        """The conversation on the screen."""
        return self.wiring.chat.session.conversation.id

    @property
    def editor(self) -> QLineEdit | None:
        """The field of a title that is being edited."""
        fields = self.window.sidebar.list.findChildren(QLineEdit, "rename")
        return next((field for field in fields if field.isVisible()), None)

    def place(self, name: str) -> QPoint:
        """Where a row's three dots are."""
        sidebar = self.window.sidebar
        area = sidebar.list.visualRect(sidebar.list.model().row_of(name))
        return QPoint(area.right() - self.app.look.px(18), area.center().y())

    def choose(self, name: str, entry: str) -> None:
        """Click a row's three dots, then an entry of the menu that opens."""
        QTimer.singleShot(300, self.window, lambda: self._click_entry(entry))
        viewport = self.window.sidebar.list.viewport()
        self.qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=self.place(name))
        self.qtbot.wait(50)

    def _click_entry(self, text: str) -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        entry = next(action for action in menu.actions() if action.text() == text)
        place = menu.actionGeometry(entry).center()
        self.qtbot.mouseMove(menu, place)
        self.qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=place)

    def go_to_list(self) -> None:
        """Put the keyboard into the list."""
        self.window.activateWindow()
        self.window.sidebar.list.setFocus(Qt.FocusReason.TabFocusReason)
        self.qtbot.waitUntil(self.window.sidebar.list.hasFocus)

    def key(self, key: Qt.Key) -> None:
        """Press a key where the keyboard is."""
        self.qtbot.keyClick(QApplication.focusWidget(), key)


@pytest.fixture
def listed(open_app: Callable[..., Person]) -> Listed:
    person = open_app()
    services = person.wiring.services
    for number, name in enumerate(NAMES):
        when = services.clock.now() - timedelta(days=number)
        services.store.add_conversation(Conversation(name, name.upper(), when, when))
    person.wiring.commands.open_conversation("a")
    person.window.activateWindow()
    person.qtbot.waitUntil(person.window.isActiveWindow)
    return Listed(person.app, person.qtbot)


def test_rename_in_a_rows_menu_stays_open_and_opens_nothing(listed: Listed) -> None:
    listed.choose("b", "Rename")
    assert listed.editor is not None
    assert listed.shown == "a"
    listed.qtbot.keyClicks(listed.editor, "Better")
    listed.key(Qt.Key.Key_Return)
    listed.qtbot.waitUntil(lambda: listed.editor is None)
    assert listed.wiring.services.store.conversation("b").title == "Better"
    assert (listed.shown, listed.current) == ("a", "b")


def test_pin_and_delete_in_a_rows_menu_open_nothing_and_break_nothing(listed: Listed) -> None:
    listed.choose("c", "Pin")
    assert listed.rows == ["c", "a", "b", "d"]
    listed.choose("d", "Delete")
    assert listed.rows == ["c", "a", "b"]
    listed.choose("b", "Pin")
    assert listed.shown == "a"
    assert not listed.window.banner.isVisible()


def test_a_row_is_still_opened_by_a_click_beside_its_dots(listed: Listed) -> None:
    viewport = listed.window.sidebar.list.viewport()
    place = listed.place("b") - QPoint(120, 0)
    listed.qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    assert listed.shown == "b"


def test_the_hit_that_was_opened_is_the_one_that_is_marked(listed: Listed) -> None:
    services, sidebar, before = listed.wiring.services, listed.window.sidebar, None
    for name in ("b1", "b2", "b3"):
        now = services.clock.now()
        message = Message(name, "b", before, Role.USER, f"A needle in {name}", now)
        services.store.add_message(message)
        before = name
    listed.press("Ctrl+K")
    sidebar.search_field.insert("needle")
    listed.qtbot.waitUntil(lambda: listed.rows == ["b"] * 3)
    third = sidebar.list.model().index(2, 0)
    opened, place = third.data(ROW), sidebar.list.visualRect(third).center()
    listed.qtbot.mouseClick(sidebar.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert listed.shown == "b"
    assert sidebar.list.currentIndex().data(ROW) == opened
    listed.wiring.list.rename("b", "Better")  # and so all is looked for again
    listed.qtbot.waitUntil(lambda: sidebar.list.model().index(0, 0).data() == "Better")
    assert sidebar.list.currentIndex().data(ROW).message_id == opened.message_id


def test_a_hit_shows_no_word_that_only_its_line_makes_of_a_reply(listed: Listed) -> None:
    listed.wiring.settings.change("safety.level", "balanced")
    listed.wiring.settings.change("safety.words", ("blue falcon",))
    services, sidebar = listed.wiring.services, listed.window.sidebar
    now, text = services.clock.now(), "1. a blue\n   falcon"
    services.store.add_message(Message("b1", "b", None, Role.USER, text, now))
    services.store.add_message(Message("b2", "b", "b1", Role.ASSISTANT, text, now))
    listed.press("Ctrl+K")
    sidebar.search_field.insert("falcon")
    listed.qtbot.waitUntil(lambda: listed.rows == ["b"] * 2)
    roles = (ROW, SAID, Qt.ItemDataRole.ToolTipRole)
    hits = [sidebar.list.model().index(number, 0) for number in range(2)]
    told = {hit.data(ROW).message_id: [str(hit.data(role)) for role in roles] for hit in hits}
    assert all("1. a █" in words and "falcon" not in words for words in told["b2"])
    assert all("1. a blue falcon" in words for words in told["b1"])


def test_delete_goes_on_with_the_neighbour_never_with_the_shown_one(listed: Listed) -> None:
    listed.go_to_list()
    listed.key(Qt.Key.Key_Down)
    listed.key(Qt.Key.Key_Down)
    assert listed.current == "c"
    listed.key(Qt.Key.Key_Delete)
    assert listed.rows == ["a", "b", "d"]
    assert listed.current == "d"
    listed.key(Qt.Key.Key_Delete)
    assert listed.rows == ["a", "b"]
    assert listed.current == "b"
    assert listed.shown == "a"


def test_a_refresh_leaves_the_keyboard_where_it_is(listed: Listed) -> None:
    listed.go_to_list()
    listed.key(Qt.Key.Key_Down)
    listed.wiring.services.store.delete_conversation("d")  # as a reply's end does: all is read anew
    listed.wiring.commands.refresh()
    assert listed.current == "b"
    listed.window.composer.focus()
    assert listed.current == "a"
    listed.wiring.commands.refresh()
    assert listed.current == "a"


def test_a_held_delete_key_deletes_one(listed: Listed) -> None:
    listed.go_to_list()
    listed.key(Qt.Key.Key_Down)
    listed.key(Qt.Key.Key_Delete)
    again = QKeyEvent(
        QEvent.Type.KeyPress, Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier, "", True
    )
    QApplication.sendEvent(listed.window.sidebar.list, again)
    assert listed.rows == ["a", "c", "d"]


def test_a_refresh_does_not_end_a_rename(listed: Listed) -> None:
    listed.go_to_list()
    listed.key(Qt.Key.Key_Down)
    listed.key(Qt.Key.Key_F2)
    assert listed.editor is not None
    listed.qtbot.keyClicks(listed.editor, "Half")
    listed.wiring.services.store.delete_conversation("d")
    listed.wiring.commands.refresh()
    assert listed.editor is not None
    listed.qtbot.keyClicks(listed.editor, " and half")
    listed.key(Qt.Key.Key_Return)
    listed.qtbot.waitUntil(lambda: listed.editor is None)
    assert listed.wiring.services.store.conversation("b").title == "Half and half"
    assert listed.rows == ["a", "b", "c"]
    assert listed.current == "b"


def test_a_rename_given_up_shows_what_came_meanwhile(listed: Listed) -> None:
    listed.go_to_list()
    listed.key(Qt.Key.Key_F2)
    listed.wiring.services.store.delete_conversation("d")
    listed.wiring.commands.refresh()
    listed.key(Qt.Key.Key_Escape)
    assert listed.rows == ["a", "b", "c"]
    assert listed.wiring.services.store.conversation("a").title == "A"


def test_what_stands_there_for_a_missing_title_does_not_become_one(listed: Listed) -> None:
    store = listed.wiring.services.store
    store.update_conversation(dataclasses.replace(store.conversation("b"), title=""))
    listed.wiring.commands.refresh()
    listed.go_to_list()
    listed.key(Qt.Key.Key_Down)
    listed.key(Qt.Key.Key_F2)
    assert listed.editor is not None
    assert listed.editor.text() == "Untitled"
    listed.key(Qt.Key.Key_Return)
    listed.qtbot.waitUntil(lambda: listed.editor is None)
    assert store.conversation("b").title == ""
    listed.key(Qt.Key.Key_F2)
    assert listed.editor is not None
    listed.qtbot.keyClicks(listed.editor, "Mine")
    listed.key(Qt.Key.Key_Return)
    listed.qtbot.waitUntil(lambda: listed.editor is None)
    assert store.conversation("b").title == "Mine"


def test_ctrl_z_brings_a_deleted_conversation_back(listed: Listed) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    listed.go_to_list()
    listed.key(Qt.Key.Key_Down)
    listed.key(Qt.Key.Key_Delete)
    assert listed.rows == ["a", "c", "d"]
    listed.qtbot.keyClick(listed.window.sidebar.list, Qt.Key.Key_Z, control)
    assert listed.rows == ["a", "b", "c", "d"]
    listed.window.composer.focus()
    listed.press("Ctrl+Shift+Backspace")
    assert listed.rows == ["b", "c", "d"]
    listed.qtbot.keyClick(listed.window.composer.draft, Qt.Key.Key_Z, control)
    assert listed.rows == ["a", "b", "c", "d"]
    assert listed.shown == "a"
