"""The conversation on the screen: shows messages, streams replies, tells what the person wants.

Knows no store and no worker. Text comes in as `ShownMessage` and events; wishes go out as signals.
"""

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, Qt, QUrl, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from desktop_llm.core.events import Event
from desktop_llm.ui.controls.painting import painter_for
from desktop_llm.ui.conversation.actions import MessageActions
from desktop_llm.ui.conversation.announcing import Announcer
from desktop_llm.ui.conversation.copying import Copying
from desktop_llm.ui.conversation.document import ConversationDocument, Item, ShownMessage
from desktop_llm.ui.conversation.editing import Editing
from desktop_llm.ui.conversation.feeding import Feeding
from desktop_llm.ui.conversation.finding import Finder
from desktop_llm.ui.conversation.following import Following
from desktop_llm.ui.conversation.greeting import Greeting
from desktop_llm.ui.conversation.jump import JumpButton
from desktop_llm.ui.conversation.marking import Hide
from desktop_llm.ui.conversation.menus import COPY_CODE, MessageMenu, marks_at, marks_by_key
from desktop_llm.ui.conversation.paging import Paging
from desktop_llm.ui.conversation.painting import Grounds, Spot
from desktop_llm.ui.conversation.safety_words import notes_under
from desktop_llm.ui.conversation.streaming import TOGGLE
from desktop_llm.ui.conversation.tame import TameBrowser
from desktop_llm.ui.look import Look


class ConversationView(TameBrowser):
    """Signals carry a message's id first. `flip_requested(id, step)`, `edit_submitted(id, text)`.

    `copy_refused()` and `link_refused()` in place of `text_copied(text)` and
    `link_activated(address)` where some of it may still be taken back. `found(count)` where what is
    looked for was looked for again in another path.
    """

    copy_requested = Signal(str)
    edit_submitted = Signal(str, str)
    regenerate_requested = Signal(str)
    continue_requested = Signal(str)
    delete_requested = Signal(str)
    flip_requested = Signal(str, int)
    question_chosen = Signal(str)
    link_activated = Signal(str)
    text_copied = Signal(str)
    copy_refused = Signal()
    link_refused = Signal()
    wrong_block = Signal(object)
    found = Signal(int)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._doc = ConversationDocument(look)
        self._grounds = Grounds(look, self._doc)
        self._paging = Paging(self._doc)
        self._finder = Finder(look)
        self._pointer: QPointF | None = None
        self._clicked: QPointF | None = None  # while Qt follows a link because of a click there
        self._chosen: Item | None = None
        self.setDocument(self._doc.doc)
        self.setAccessibleName(self.tr("Conversation"))
        self.anchorClicked.connect(self._on_anchor)
        self._greeting = Greeting(look, self)
        self._greeting.question_chosen.connect(self.question_chosen)
        self._actions = MessageActions(look, self.viewport())
        self._actions.chosen.connect(self._on_action)
        self._jump = JumpButton(look, self)
        self._following = Following(self, self._jump)
        self._jump.clicked.connect(self._following.resume)
        self.editing = Editing(self, look, self._doc, self._following)
        self.editing.submitted.connect(self.edit_submitted)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.announcer = Announcer(self, lambda text: self._doc.hide(text))
        self._feeding = Feeding(self.announcer, self)
        self._feeding.written.connect(self._on_written)
        self.copying = Copying(self, self._doc)
        self.copying.copied.connect(self.text_copied)
        self.copying.refused.connect(self.copy_refused)
        self._menu = MessageMenu(look, self, self._doc, self.copying)
        self._menu.chosen.connect(self._on_menu)
        self._menu.wrong.connect(self.wrong_block)
        look.changed.connect(self._on_look)
        self._greet()

    # What is shown

    def set_hide(self, hide: Hide) -> None:
        """What the safety filter would not let out of a text as it is shown."""
        self._doc.hide = hide

    def show_path(self, items: Sequence[ShownMessage], keep_place: bool = False) -> None:
        """Show a conversation from its first message to its leaf; unchanged messages stay.

        So does an edit that was begun, where its message is still shown.
        """
        self._actions.put_away()
        self._feeding.flush()
        self.setExtraSelections([])
        bar = self.verticalScrollBar()
        place = bar.value()
        stayed = self._paging.show(items)
        self.announcer.start(self._doc.running)
        self.editing.carry_on()
        self._find_again()
        self._greet()
        self._place_column()
        if stayed and (keep_place or self.editing.editor is not None):
            bar.setValue(min(place, bar.maximum()))
        else:
            self._following.resume()
        self.viewport().update()

    def feed(self, message_id: str, event: Event) -> None:
        """An event of a reply that is being written."""
        item = self._doc.find(message_id)
        if item is None:
            self._paging.take(message_id, event)
            return
        self._feeding.take(item, event)
        self.viewport().update()

    @Slot()
    def _on_written(self) -> None:
        self._following.follow()
        self._place_actions()

    def finish(self, shown: ShownMessage) -> None:
        """A reply has ended; that is how the store has it."""
        self._paging.replace(shown)
        item = self._doc.find(shown.message.id)
        if item is None:
            return
        self._feeding.stop()
        item.reading = ""
        self._doc.finish(item, shown)
        self.announcer.finish(shown.message, notes_under(shown.message, shown.marks))
        if self._actions.item is item:
            self._show_actions(item)  # other things can be done with it now
        self._on_written()
        self.viewport().update()

    def set_questions(self, questions: Sequence[str]) -> None:
        """What an empty conversation offers to ask."""
        self._greeting.set_questions(questions)
        self._greet()

    def set_show_statistics(self, shown: bool) -> None:
        """Whether numbers stand under replies."""
        self._grounds.show_statistics = shown
        self.viewport().update()

    def _greet(self) -> None:
        self._greeting.setVisible(not self._doc.items)
        if not self._doc.items:
            self._greeting.place(self.width(), self.height())

    # Finding

    def find(self, text: str, backwards: bool = False) -> int:  # type: ignore[override]
        """Mark a text wherever it stands and go to the next place. Returns how many there are."""
        if text:
            self._paging.load_all()
        near = self.cursorForPosition(QPoint(0, 0)).position()
        self._finder.find(self._doc.doc, text, near, backwards)
        self.setExtraSelections(self._finder.marks())
        if self._finder.current >= 0:
            self._following.pause()
            self.bring_into_view(self._finder.places[self._finder.current])
        return len(self._finder.places)

    def _find_again(self) -> None:
        """Mark what was looked for in what is shown now. Nobody asked to go there."""
        if not self._finder.text:
            return
        self._paging.load_all()
        self._finder.mark(self._doc.doc)
        self.setExtraSelections(self._finder.marks())
        self.found.emit(len(self._finder.places))

    @Slot()
    def clear_find(self) -> None:
        """Take the marks away."""
        self._finder.clear()
        self.setExtraSelections([])

    def scroll_to_message(self, message_id: str) -> None:
        """Bring a message of the shown path into view."""
        self._paging.load_through(message_id)
        item = self._doc.find(message_id)
        if item is not None:
            self._following.pause()
            self._doc.doc.size()  # finishes the layout; until then places below are guesses
            top = self._doc.rect(item.frame).top()
            self.verticalScrollBar().setValue(int(top) - self._look.px(24))

    def say_version(self, parent_id: str | None) -> None:
        """Tell a screen reader which version of what follows that message is shown."""
        below = (one for one in self._doc.items if one.shown.message.parent_id == parent_id)
        if (item := next(below, None)) is not None:
            self.announcer.flipped(item)

    def start_edit(self, message_id: str) -> None:
        """Edit a message where it stands, from where that was left."""
        item = self._doc.find(message_id)
        if item is not None and not item.running:
            self._actions.put_away()
            self.editing.start(item)

    def take_edits(self, before: "ConversationView") -> str:
        """Go on with another window's edits. Returns the message that is edited there, or ""."""
        return self.editing.take_over(before.editing)

    # Actions on messages

    @Slot(str)
    def _on_action(self, action: str) -> None:
        if self._actions.item is not None:
            self._do(action, self._actions.item)

    def _do(self, action: str, item: Item) -> None:
        if action.startswith(COPY_CODE):
            self.copying.code_of(item, int(action.removeprefix(COPY_CODE)))
        elif action == "edit":
            self.start_edit(item.id)
        elif action in ("previous", "next"):
            self.flip_requested.emit(item.id, 1 if action == "next" else -1)
        else:
            signals = {
                "copy": self.copy_requested,
                "regenerate": self.regenerate_requested,
                "continue": self.continue_requested,
                "delete": self.delete_requested,
            }
            signals[action].emit(item.id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Right button or menu key: what can be done with that message."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self._open_menu_by_key()
        elif (item := self._item_at(QPointF(event.pos()))) is not None:
            marks = marks_at(item, self.cursorForPosition(event.pos()))
            self._menu.open(item, marks, event.globalPos())

    def _open_menu_by_key(self) -> None:
        """About the chosen message, or where none is, the one that the text cursor is in."""
        cursor = self.textCursor()
        there = self._chosen if self._chosen in self._doc.items else None
        item = there or self._doc.around(cursor.position())
        if item is not None:
            spot = self._on_screen(self._doc.rect(item.frame)).topLeft().toPoint()
            spot.setY(max(0, spot.y()))  # its beginning may be far above
            self._menu.open(item, marks_by_key(item, cursor), self.viewport().mapToGlobal(spot))

    @Slot(str, str)
    def _on_menu(self, action: str, message_id: str) -> None:
        if (item := self._doc.find(message_id)) is not None:
            self._do(action, item)

    @Slot(QUrl)
    def _on_anchor(self, url: QUrl) -> None:
        if url.toString() != TOGGLE:
            if self._doc.may_open(url):
                self.link_activated.emit(url.toString())
            else:
                self.link_refused.emit()
            return
        place, click = self.textCursor().position(), self._clicked
        item = self._doc.around(place) if click is None else self._item_at(click)
        if item is not None:
            self._doc.toggle_thinking(item)
            self.viewport().update()

    # Pointer and keys

    def _on_screen(self, rect: QRectF) -> QRectF:
        """From the document's coordinates to the viewport's."""
        return rect.translated(0, -self.verticalScrollBar().value())

    def _item_at(self, pos: QPointF) -> Item | None:
        place = self._doc.at(pos.y() + self.verticalScrollBar().value())
        return self._doc.items[place] if place < len(self._doc.items) else None

    def _spot_at(self, pos: QPointF) -> Spot | None:
        there = pos + QPointF(0, self.verticalScrollBar().value())
        return next((spot for spot in self._grounds.spots if spot.rect.contains(there)), None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Offer the actions of the message under the pointer."""
        super().mouseMoveEvent(event)
        self._pointer = event.position()
        if event.buttons() == Qt.MouseButton.NoButton and self.editing.editor is None:
            item = self._item_at(event.position())
            if item is not self._actions.item or not self._actions.isVisible():
                self._show_actions(item)
        if self._spot_at(event.position()) is not None:
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        elif not self.anchorAt(event.position().toPoint()):
            self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self.viewport().update()

    def leaveEvent(self, event: object) -> None:
        """The pointer has gone: nothing is offered."""
        super().leaveEvent(event)  # type: ignore[arg-type]
        self._pointer = None
        if self._chosen is None:
            self._actions.put_away()
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a painted button: copy a code block, flip between versions."""
        spot = self._spot_at(event.position())
        left = event.button() == Qt.MouseButton.LeftButton
        selected = self.textCursor().hasSelection()
        self._clicked = event.position()
        super().mouseReleaseEvent(event)
        self._clicked = None
        if spot is None or not left or selected:
            return
        event.accept()
        item = self._doc.find(spot.message_id)
        if item is not None:
            suffix = f":{spot.number}" if spot.action == "copy-code" else ""
            self._do(spot.action + suffix, item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt+Up and Alt+Down choose a message; End goes to the newest text; Ctrl+C copies."""
        alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)  # it selects
        if alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._choose(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() == Qt.Key.Key_End and not shift:
            self._following.resume()
        elif event.key() == Qt.Key.Key_Home and not shift:
            self.verticalScrollBar().setValue(0)
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copying.selection()
        else:
            super().keyPressEvent(event)

    def createMimeDataFromSelection(self) -> QMimeData:
        """What is dragged away, or selected for the middle button, is copied without being asked for."""
        cursor = self.textCursor()
        if self._doc.may_leave(cursor.selectionStart(), cursor.selectionEnd()):
            return super().createMimeDataFromSelection()
        return QMimeData()

    def _choose(self, step: int) -> None:
        items = self._doc.items
        if not items:
            return
        place = items.index(self._chosen) + step if self._chosen in items else len(items) - 1
        self._chosen = items[max(0, min(place, len(items) - 1))]
        self.scroll_to_message(self._chosen.id)
        self._show_actions(self._chosen)
        self.announcer.chosen(self._chosen)
        self.viewport().update()

    def _show_actions(self, item: Item | None) -> None:
        if item is None:
            self._actions.put_away()
        else:
            self._actions.show_for(item)
            self._place_actions()

    def _place_actions(self) -> None:
        item = self._actions.item
        if item is not None and self._actions.isVisible() and item in self._doc.items:
            self._actions.place(self._on_screen(self._grounds.foot(item)))

    # Geometry, painting, look

    @Slot(int)
    def _on_scrolled(self, value: int) -> None:
        self._place_actions()
        self.editing.place()
        if value < self._look.px(200) and not self._paging.complete and self.isVisible():
            bar = self.verticalScrollBar()
            below = self._doc.doc.size().height() - value
            self._paging.load_older()
            bar.setValue(int(self._doc.doc.size().height() - below))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The column stays in the middle."""
        super().resizeEvent(event)
        self._place_column()
        self._greet()
        self._jump.place(self.size())
        self._following.follow()

    def _place_column(self) -> None:
        self.place_column()
        self._doc.set_width(self.viewport().width())
        self.editing.make_room()
        self._place_actions()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grounds first, then the text, then the caret of a reply that is being written."""
        painter = painter_for(self.viewport())
        scrolled = self.verticalScrollBar().value()
        painter.translate(0, -scrolled)
        there = self._pointer + QPointF(0, scrolled) if self._pointer is not None else None
        area = event.rect()
        if self._chosen in self._doc.items and self.hasFocus():
            self._grounds.chosen(painter, self._chosen)
        self._grounds.paint(painter, scrolled + area.top(), scrolled + area.bottom(), there)
        painter.end()
        super().paintEvent(event)
        item = self._doc.running
        if item is not None and item.writer is not None and not item.reading:
            painter = painter_for(self.viewport())
            self._grounds.caret(painter, QRectF(self.cursorRect(item.writer.end)))
            painter.end()

    @Slot()
    def _on_look(self) -> None:
        self._actions.put_away()
        self._feeding.flush()  # what waits to be written is an item of the document that goes now
        self._chosen = None
        bar = self.verticalScrollBar()
        share = bar.value() / bar.maximum() if bar.maximum() else 1.0
        self._paging.write_again()
        self._find_again()
        self._place_column()
        self._greet()
        self.editing.wear_look()
        self._doc.doc.size()
        if self._following.active:
            self._following.resume()
        else:
            bar.setValue(int(share * bar.maximum()))
        self.editing.stay_in_view()
