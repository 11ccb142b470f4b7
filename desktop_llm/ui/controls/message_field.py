"""The field that a message is written into: the composer's and an edit's. Sends nothing."""

from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget


class MessageField(QPlainTextEdit):
    """Plain text without a frame of its own; Tab leaves it. Files that are dropped are the window's."""

    def __init__(self, parent: QWidget, text: str = "") -> None:
        super().__init__(text, parent)
        self.setProperty("bare", True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setTabChangesFocus(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Leave files to who is around it: their addresses would be written into the message."""
        if local_files(event.mimeData()):
            event.ignore()
            return
        super().dragEnterEvent(event)


def local_files(data: QMimeData) -> tuple[Path, ...]:
    """The files of this computer among what is dragged."""
    return tuple(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
