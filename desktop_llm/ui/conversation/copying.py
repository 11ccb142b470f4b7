"""What is copied out of the conversation: nothing that may still be taken back."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QTextFrame

from desktop_llm.ui.conversation.document import ConversationDocument, Item, frame_text
from desktop_llm.ui.conversation.tame import TameBrowser


class Copying(QObject):
    """Signals: `copied(text)` for who puts it on the clipboard, and may ask first; `refused()`."""

    copied = Signal(str)
    refused = Signal()

    def __init__(self, view: TameBrowser, doc: ConversationDocument) -> None:
        super().__init__(view)
        self._view, self._doc = view, doc

    @Slot()
    def selection(self) -> None:
        """Copy the selected text."""
        cursor = self._view.textCursor()
        if cursor.hasSelection():
            text = self._view.selected_text()
            self._copy(text, cursor.selectionStart(), cursor.selectionEnd())

    def last_code(self) -> None:
        """Copy the last code block."""
        for item in reversed(self._doc.items):
            if codes := self._doc.codes(item):
                self.code(codes[-1])
                return

    def code(self, frame: QTextFrame) -> None:
        """Copy that code block."""
        self._copy(frame_text(frame), frame.firstPosition(), frame.lastPosition())

    def code_of(self, item: Item, number: int, named: str = "") -> None:
        """Copy the code block of that number, from 0, if it is there and begins as `named` says.

        It may have been taken back since it was offered, and another may stand in its place.
        """
        codes = self._doc.codes(item)
        if number < len(codes) and frame_text(codes[number]).startswith(named):
            self.code(codes[number])

    def _copy(self, text: str, start: int, end: int) -> None:
        if self._doc.may_leave(start, end):
            self.copied.emit(text)
        else:
            self.refused.emit()
