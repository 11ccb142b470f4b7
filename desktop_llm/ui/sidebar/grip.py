"""The edge of the left column that is dragged to make it wider. Keeps no width."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

WIDTH = 6


class Grip(QWidget):
    """Signals: `dragged(x)` in the parent's coordinates; `reset()` on a double click."""

    dragged = Signal(int)
    reset = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.SplitHCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell where the pointer is while the button is down."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(self.mapToParent(event.position().toPoint()).x())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the usual width."""
        self.reset.emit()
