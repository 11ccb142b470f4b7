"""Where a message is edited: makes room for the editor, keeps it over its message, takes it away."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QTextBrowser

from desktop_llm.ui.conversation.document import ConversationDocument, Item
from desktop_llm.ui.conversation.editor import MessageEditor
from desktop_llm.ui.conversation.following import Following
from desktop_llm.ui.look import Look

EDGE = 12


class Editing(QObject):
    """Signals: `submitted(id, text)` where the text was changed. At most one message at a time.

    What was typed is lost only where the person gives it up: an editor that goes because its
    message is no longer shown leaves its text for when that message is edited again.
    """

    submitted = Signal(str, str)

    def __init__(
        self, view: QTextBrowser, look: Look, document: ConversationDocument, following: Following
    ) -> None:
        super().__init__(view)
        self._view, self._look = view, look
        self._doc, self._following = document, following
        self._item: Item | None = None
        self._left: dict[str, str] = {}  # texts that were put by, by message id
        self.editor: MessageEditor | None = None

    @property
    def focused(self) -> bool:
        """Whether it is the editor that keys go to, as far as this window gets them."""
        there = self._view.window().focusWidget()
        return self.editor is not None and there is not None and self.editor.isAncestorOf(there)

    def start(self, item: Item, *, go: bool = True) -> None:
        """Edit that message where it stands; where it is edited already, only go there.

        Without `go` the cursor and the view stay where they are.
        """
        if go:
            self._following.pause()
        if self.editor is None or self._item is None or self._item.id != item.id:
            self.put_by()
            text = self._left.pop(item.id, item.text)
            self.editor = MessageEditor(self._look, text, item.by_user, self._view.viewport())
            self.editor.saved.connect(self._on_saved)
            self.editor.cancelled.connect(self.stop)
            self._stand_over(item)
            self.editor.show()
        if go:
            self.editor.field.setFocus()
            self._bring_into_view(self.editor)

    def _bring_into_view(self, editor: MessageEditor) -> None:
        bottom = editor.geometry().bottom() - self._view.viewport().height() + EDGE
        top = editor.geometry().top() - EDGE
        bar = self._view.verticalScrollBar()
        bar.setValue(bar.value() + (min(top, bottom) if bottom > 0 else min(0, top)))

    def _stand_over(self, item: Item) -> None:
        """Make room for the editor at that message, and put it there."""
        assert self.editor is not None
        self._item = item
        spare = self.editor.height_for_text() - self._doc.rect(item.frame).height()
        self._doc.reserve(item, max(0.0, spare))
        self._doc.doc.size()  # lays out now, so that the editor stands where the message does
        self.place()

    def make_room(self) -> None:
        """Stand over the message again, which has other lines where the column is of another width."""
        if self._item is not None and self._item in self._doc.items:
            self._stand_over(self._item)

    def place(self) -> None:
        """Put the editor over its message again, after scrolling or another layout."""
        if self.editor is None or self._item is None or self._item not in self._doc.items:
            return  # while another path is being written, its message may be gone
        rect = self._doc.rect(self._item.frame)
        top = int(rect.top()) - self._view.verticalScrollBar().value()
        height = max(self.editor.height_for_text(), int(rect.height()))
        self.editor.setGeometry(0, top, self._view.viewport().width(), height)

    def carry_on(self) -> None:
        """Another path is shown: stay over the same message, or put the text by."""
        if self._item is None:
            return
        item = self._doc.find(self._item.id)
        if item is None or item.running:
            self.put_by()
        elif item is not self._item:
            self._stand_over(item)

    def wear_look(self) -> None:
        """Every message was written anew in another look: stay over the same one, cursor and all."""
        if self.editor is not None:
            self.editor.apply_look()
            self.carry_on()

    def stay_in_view(self) -> None:
        """Scroll to the editor if it is what keys go to."""
        if self.editor is not None and self.focused:
            self._following.pause()
            self._bring_into_view(self.editor)

    def put_by(self) -> str:
        """Take the editor away and keep its text. Returns the message that was edited, or ""."""
        if self.editor is None or self._item is None:
            return ""
        message_id, text = self._item.id, self.editor.field.toPlainText()
        if text != self._item.text:
            self._left[message_id] = text
        self.stop()
        return message_id

    def take_text(self) -> str:
        """Take the editor away and forget the message. Returns what was changed in it, or ""."""
        return self._left.pop(self.put_by(), "")

    def take_over(self, before: "Editing") -> str:
        """Go on with the texts of another window. Returns the message that is edited there."""
        edited = before.put_by()
        self._left = dict(before._left)
        return edited

    @Slot()
    def stop(self) -> None:
        """Leave the message as it was. The cursor goes to the view only where it would be lost."""
        if self.editor is None:
            return
        editor, item, focused = self.editor, self._item, self.focused
        self.editor = self._item = None
        editor.hide()
        editor.deleteLater()
        if item is not None and item in self._doc.items:
            self._doc.reserve(item, 0)
        if focused:
            self._view.setFocus()

    @Slot(str)
    def _on_saved(self, text: str) -> None:
        """The editor stays until the new version is shown: where it is refused, nothing is lost."""
        item = self._item
        if item is None or text == item.text:
            self.stop()
            return
        self.submitted.emit(item.id, text)
        if self.editor is None:
            self._left.pop(item.id, None)  # it is a version of its own now
