"""An edit and the keyboard: whoever has it keeps it, whatever becomes of the editor meanwhile."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.ui.composer import Composer
from desktop_llm.ui.conversation.editor import MessageEditor
from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.look import Look
from tests.ui.saying import said


class Page(QWidget):
    """A conversation over the composer."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.view, self.composer = ConversationView(look, self), Composer(look, self)
        column = QVBoxLayout(self)
        column.addWidget(self.view)
        column.addWidget(self.composer)

    def edit(self, message_id: str) -> MessageEditor:
        """The editor over that message."""
        self.view.start_edit(message_id)
        assert self.view.editing.editor is not None
        return self.view.editing.editor


@pytest.fixture
def page(look: Look, qtbot: QtBot) -> Iterator[Page]:
    made = Page(look)
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    qtbot.waitExposed(made)
    made.view.show_path([said(f"m{number}", f"message {number}") for number in range(40)])
    yield made
    made.close()


def test_another_look_leaves_the_keyboard_and_the_place_to_the_composer(
    page: Page, look: Look, qtbot: QtBot
) -> None:
    bar = page.view.verticalScrollBar()
    page.view.start_edit("m1")
    bar.setValue(bar.maximum() // 2)
    page.composer.focus()
    look.changed.emit()
    there = page.focusWidget()
    assert there is page.composer.draft
    qtbot.keyClicks(there, "typed on")
    assert page.composer.text() == "typed on"
    assert page.view.editing.editor is not None
    assert page.view.editing.editor.field.toPlainText() == "message 1"
    assert bar.value() > bar.maximum() // 4


def test_another_look_leaves_the_keyboard_to_the_edit(page: Page, look: Look, qtbot: QtBot) -> None:
    page.view.start_edit("m1")
    look.changed.emit()
    editor = page.view.editing.editor
    assert editor is not None
    assert page.focusWidget() is editor.field
    qtbot.keyClicks(editor.field, "!")
    assert editor.field.toPlainText() == "message 1!"


def test_what_an_edit_does_is_cut_with_an_ellipsis_where_there_is_no_room(
    page: Page, look: Look, qtbot: QtBot
) -> None:
    editor = page.edit("m2")
    whole = editor._hint.text()
    look.set_zoom(150)
    page.resize(420, 500)
    qtbot.waitUntil(lambda: editor._hint.text().endswith("…"))
    assert whole.startswith(editor._hint.text()[:-1])
    assert editor._hint.accessibleName() == editor._hint.toolTip() == whole
    assert editor._hint.fontMetrics().horizontalAdvance(editor._hint.text()) <= editor._hint.width()
    page.resize(1200, 500)
    look.set_zoom(100)
    qtbot.waitUntil(lambda: editor._hint.text() == whole)


def test_another_look_leaves_cursor_selection_and_undo_of_an_edit(
    page: Page, look: Look, qtbot: QtBot
) -> None:
    editor = page.edit("m1")
    qtbot.keyClicks(editor.field, "!")
    cursor = editor.field.textCursor()
    cursor.setPosition(2)
    cursor.setPosition(5, cursor.MoveMode.KeepAnchor)
    editor.field.setTextCursor(cursor)
    for zoom in (150, 80):
        look.set_zoom(zoom)
        assert page.view.editing.editor is editor
        assert page.focusWidget() is editor.field
        assert editor.field.textCursor().selectedText() == "ssa"
        assert editor.field.font().pointSizeF() == look.font(15).pointSizeF()
        assert editor.height() >= editor.height_for_text()
        edited, below = page.view._doc.find("m1"), page.view._doc.find("m2")
        assert edited is not None
        assert below is not None
        scrolled = page.view.verticalScrollBar().value()
        assert editor.y() == int(page.view._doc.rect(edited.frame).top()) - scrolled
        assert editor.geometry().bottom() <= page.view._doc.rect(below.frame).top() - scrolled
        assert 0 <= editor.y() < page.view.viewport().height()
    qtbot.keyClick(editor.field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.field.toPlainText() == "message 1"


def test_an_edit_that_goes_leaves_the_keyboard_to_the_composer_or_gives_it_to_the_view(
    page: Page,
) -> None:
    for by_composer in (True, False):
        page.view.start_edit("m1")
        if by_composer:
            page.composer.focus()
        page.view.show_path([said("other", "another conversation")])
        assert page.view.editing.editor is None
        assert page.focusWidget() is (page.composer.draft if by_composer else page.view)
        page.view.show_path([said("m1", "message 1")])


def test_what_follows_lies_below_the_editor_at_any_width(page: Page, qtbot: QtBot) -> None:
    page.resize(420, 500)
    page.view.show_path([said("m1", "a message of some lines " * 8), said("m2", "below")])
    page.view.start_edit("m1")
    for width in (1200, 420, 800):
        page.resize(width, 500)
        qtbot.waitUntil(lambda width=width: page.view.width() == width - 2 * page.view.x())
        editor, below = page.view.editing.editor, page.view._doc.find("m2")
        assert editor is not None
        assert below is not None
        top = page.view._doc.rect(below.frame).top() - page.view.verticalScrollBar().value()
        assert editor.geometry().bottom() <= top
