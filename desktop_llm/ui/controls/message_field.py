"""The field that a message is written into: the composer's and an edit's. Sends nothing."""

from PySide6.QtGui import QDragEnterEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop_llm.ui.controls.dropped import leave_files


class MessageField(QPlainTextEdit):
    """Plain text without a frame of its own; Tab leaves it. Files that are dropped are the window's."""

    def __init__(self, parent: QWidget, text: str = "") -> None:
        super().__init__(text, parent)
        self.setProperty("bare", True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setTabChangesFocus(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Leave files to who is around it."""
        if not leave_files(event):
            super().dragEnterEvent(event)
