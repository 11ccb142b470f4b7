"""The list itself: a click on a row's three dots is none on the row. Opens no menu, knows no row's kind."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QListView, QWidget

from desktop_llm.ui.look import Look
from desktop_llm.ui.sidebar.delegate import RowDelegate


class RowList(QListView):
    """Signal: `dots_clicked(index, global position)`.

    The dots take their clicks before Qt's list sees them: it would choose the row and open it after
    the menu, and end the rename that the menu began.
    """

    dots_clicked = Signal(object, object)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.delegate = RowDelegate(look, self)
        self.setItemDelegate(self.delegate)
        self._pressed = QPersistentModelIndex()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Keep a press on the dots from the list."""
        self._pressed = QPersistentModelIndex(self._dots_at(event))
        if not self._pressed.isValid():
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second press of two quick ones."""
        self._pressed = QPersistentModelIndex(self._dots_at(event))
        if not self._pressed.isValid():
            super().mouseDoubleClickEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A press on the dots draws no selection."""
        if not self._pressed.isValid():
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the dots is over."""
        pressed, self._pressed = self._pressed, QPersistentModelIndex()
        there = self._dots_at(event)
        if not pressed.isValid():
            super().mouseReleaseEvent(event)
        elif pressed == there:
            self.dots_clicked.emit(pressed, self._below(there))

    def _dots_at(self, event: QMouseEvent) -> QModelIndex:
        """The row whose dots are there; an invalid index where none are."""
        place = event.position().toPoint()
        index = self.indexAt(place)
        if event.button() != Qt.MouseButton.LeftButton or not index.isValid():
            return QModelIndex()
        area = self.delegate.dots_area(self.visualRect(index), index)
        return index if area.contains(place) else QModelIndex()

    def _below(self, index: QModelIndex) -> QPoint:
        area = self.delegate.dots_area(self.visualRect(index), index)
        return self.viewport().mapToGlobal(area.bottomLeft())
