"""Where a message is edited: makes room for the editor, keeps it over its message, takes it away."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QTextBrowser

from desktop_llm.ui.conversation.document import ConversationDocument, Item
from desktop_llm.ui.conversation.editor import MessageEditor
from desktop_llm.ui.conversation.following import Following
from desktop_llm.ui.look import Look

EDGE = 12


class Editing(QObject):
    """Signals: `submitted(id, text)` where the text was changed. At most one message at a time."""

    submitted = Signal(str, str)

    def __init__(
        self, view: QTextBrowser, look: Look, document: ConversationDocument, following: Following
    ) -> None:
        super().__init__(view)
        self._view, self._look = view, look
        self._doc, self._following = document, following
        self._item: Item | None = None
        self.editor: MessageEditor | None = None

    def start(self, item: Item, text: str | None = None) -> None:
        """Edit that message where it stands, beginning with `text` where it was begun before."""
        self.stop()
        viewport = self._view.viewport()
        self._item = item
        begun = item.text if text is None else text
        self.editor = MessageEditor(self._look, begun, item.by_user, viewport)
        self.editor.saved.connect(self._on_saved)
        self.editor.cancelled.connect(self.stop)
        self._following.pause()
        spare = self.editor.height_for_text() - self._doc.rect(item.frame).height()
        self._doc.reserve(item, max(0.0, spare))
        self._doc.doc.size()  # lays out now, so that the editor stands where the message does
        self.place()
        self.editor.show()
        self.editor.field.setFocus()
        bottom = self.editor.geometry().bottom() - viewport.height() + EDGE
        top = self.editor.geometry().top() - EDGE
        bar = self._view.verticalScrollBar()
        bar.setValue(bar.value() + (min(top, bottom) if bottom > 0 else min(0, top)))

    def place(self) -> None:
        """Put the editor over its message again, after scrolling or another layout."""
        if self.editor is None or self._item is None:
            return
        rect = self._doc.rect(self._item.frame)
        top = int(rect.top()) - self._view.verticalScrollBar().value()
        height = max(self.editor.height_for_text(), int(rect.height()))
        self.editor.setGeometry(0, top, self._view.viewport().width(), height)

    def begun(self) -> tuple[str, str] | None:
        """The id of the message that is edited and the text so far."""
        if self.editor is None or self._item is None:
            return None
        return self._item.id, self.editor.field.toPlainText()

    @Slot()
    def stop(self) -> None:
        """Leave the message as it was."""
        if self.editor is None:
            return
        editor, item = self.editor, self._item
        self.editor = self._item = None
        editor.hide()
        editor.deleteLater()
        if item is not None and item in self._doc.items:
            self._doc.reserve(item, 0)
        self._view.setFocus()

    @Slot(str)
    def _on_saved(self, text: str) -> None:
        """The editor stays until the new version is shown: where it is refused, nothing is lost."""
        item = self._item
        if item is not None and text != item.text:
            self.submitted.emit(item.id, text)
        else:
            self.stop()
