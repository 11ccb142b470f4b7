"""Find in the conversation (Ctrl+F): a line that slides in under the top bar. Searches nothing itself."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop_llm.ui.controls.buttons import IconButton
from desktop_llm.ui.controls.fields import SearchField
from desktop_llm.ui.controls.speaking import Speaker
from desktop_llm.ui.look import Look


class FindBar(QWidget):
    """Signals: `find_requested(text, backwards)`, `closed()`."""

    find_requested = Signal(str, bool)
    closed = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.speaker = Speaker(self)
        self.field = SearchField(look, self.tr("Find in this conversation"), self)
        self._count = QLabel(self)
        previous = IconButton(look, "chevron-left", self.tr("Previous (Shift+Enter)"), self)
        following = IconButton(look, "chevron-right", self.tr("Next (Enter)"), self)
        close = IconButton(look, "close", self.tr("Close (Esc)"), self)
        row = QHBoxLayout(self)
        row.addStretch(1)
        for widget in (self.field, self._count, previous, following, close):
            row.addWidget(widget)
        self._row = row
        self.field.textChanged.connect(self._on_text)
        previous.clicked.connect(self._on_previous)
        following.clicked.connect(self._on_next)
        close.clicked.connect(self.close_bar)
        look.changed.connect(self._apply_look)
        self._apply_look()

    @Slot()
    def open_bar(self) -> None:
        """Show the line with the cursor in it."""
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        self._on_text(self.field.text())

    @Slot()
    def close_bar(self) -> None:
        """Hide the line and the marks it made."""
        self.hide()
        self.closed.emit()

    @Slot(int)
    def show_count(self, count: int) -> None:
        """How many places were found; a screen reader says it too."""
        if not self.field.text():
            self._count.setText("")
        elif count:
            self._count.setText(self.tr("%n found", "", count).replace("%n", str(count)))
        else:
            self._count.setText(self.tr("Not found"))
        self.speaker.say(self._count.text())

    @Slot(str)
    def _on_text(self, text: str) -> None:
        self.find_requested.emit(text, False)

    @Slot()
    def _on_next(self) -> None:
        self.find_requested.emit(self.field.text(), False)

    @Slot()
    def _on_previous(self) -> None:
        self.find_requested.emit(self.field.text(), True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, Shift+Enter back, Esc closes."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            backwards = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.find_requested.emit(self.field.text(), backwards)
        elif event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _apply_look(self) -> None:
        look = self._look
        self._row.setContentsMargins(look.px(20), look.px(6), look.px(14), look.px(6))
        self._row.setSpacing(look.px(6))
        self.field.setFixedWidth(look.px(280))
        self._count.setFont(look.font(12.5))
        self._count.setMinimumWidth(look.px(64))
        self._count.setStyleSheet(f"color: {look.tokens.muted.name()};")

    def paintEvent(self, event: QPaintEvent) -> None:
        """The hairline under it."""
        painter = QPainter(self)
        painter.setPen(QPen(self._look.tokens.line, 1))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
