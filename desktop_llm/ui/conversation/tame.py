"""Qt's text browser, tamed: fetches nothing, opens nothing, copies plain text, one column in the middle.

Knows no message.
"""

from PySide6.QtCore import QMargins, QMimeData, Qt, QUrl
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QTextBrowser, QWidget

from desktop_llm.ui.conversation.breaking import unbroken
from desktop_llm.ui.look import Look

COLUMN, SIDE = 720, 22
"""The widest column and the least room beside it, in pixels at 100% text size."""


class TameBrowser(QTextBrowser):
    """Read-only text of a readable width, selectable with pointer and keyboard."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setReadOnly(True)
        self.setLineWrapMode(QTextBrowser.LineWrapMode.FixedPixelWidth)
        self.setAcceptDrops(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.viewport().setMouseTracking(True)

    def place_column(self) -> None:
        """Put the column in the middle, whether there is a scroll bar or not."""
        bar = self.verticalScrollBar().sizeHint().width()
        room = self.width() - 2 * bar
        side = max(self._look.px(SIDE), (room - self._look.px(COLUMN)) // 2) + bar
        taken = bar if self.verticalScrollBar().isVisible() else 0
        margins = QMargins(side, 0, side - taken, 0)
        if self.viewportMargins() != margins:
            self.setViewportMargins(margins)
        width = self.viewport().width()
        if self.lineWrapColumnOrWidth() != width:
            self.setLineWrapColumnOrWidth(width)

    def bring_into_view(self, cursor: QTextCursor) -> None:
        """Scroll until that place is on the screen, unless it is."""
        rect = self.cursorRect(cursor)
        if not self.viewport().rect().adjusted(0, 24, 0, -24).contains(rect.center()):
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + rect.center().y() - self.viewport().height() // 3)

    def loadResource(self, kind: int, name: QUrl) -> None:
        """Nothing is ever fetched: a picture in a reply would tell its server that it was read."""

    def selected_text(self) -> str:
        """The selection as plain text, without the invisible marks that let long words break."""
        text = self.textCursor().selection().toPlainText()
        return unbroken(text).replace("\ufffc", "")

    def createMimeDataFromSelection(self) -> QMimeData:
        """What is dragged or selected is plain text."""
        data = QMimeData()
        data.setText(self.selected_text())
        return data
