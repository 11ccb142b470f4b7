"""Edits a message where it stands: a card with its text, Save and Cancel. Stores nothing."""

from PySide6.QtCore import QEvent, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.ui.controls.buttons import PrimaryButton, QuietButton
from desktop_llm.ui.controls.fields import is_escape_claim
from desktop_llm.ui.controls.message_field import MessageField
from desktop_llm.ui.controls.painting import hairline_box, painter_for
from desktop_llm.ui.look import Look

LINES = 10


class MessageEditor(QWidget):
    """Signals: `saved(text)`, `cancelled()`. Ctrl+Enter saves, Esc cancels."""

    saved = Signal(str)
    cancelled = Signal()

    def __init__(self, look: Look, text: str, by_user: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.field = MessageField(self, text)
        self.field.setAccessibleName(self.tr("Edit message"))
        self._hint = _Hint(
            self.tr("The reply is made anew; the old version stays.")
            if by_user
            else self.tr("Saved as a new version; the old one stays."),
            self,
        )
        self.save = PrimaryButton(look, self.tr("Send") if by_user else self.tr("Save"), self)
        self.cancel = QuietButton(look, self.tr("Cancel"), self)
        row = QHBoxLayout()
        row.addWidget(self._hint, 1)
        row.addWidget(self.cancel)
        row.addWidget(self.save)
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addLayout(row)
        self._column = column
        self.save.clicked.connect(self._on_save)
        self.cancel.clicked.connect(self.cancelled)
        self.apply_look()
        self.field.moveCursor(self.field.textCursor().MoveOperation.End)

    def height_for_text(self) -> int:
        """The height that shows the whole text, at most ten lines of it."""
        lines = min(LINES, max(2, int(self.field.document().size().height())))
        margins = self._column.contentsMargins()
        text = lines * self.field.fontMetrics().lineSpacing() + 12
        buttons = self.save.sizeHint().height() + self._column.spacing()
        return text + buttons + margins.top() + margins.bottom()

    @Slot()
    def _on_save(self) -> None:
        if self.field.toPlainText().strip():
            self.saved.emit(self.field.toPlainText())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc cancels; Ctrl+Enter saves, as the text field leaves it to us."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        elif enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._on_save()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Claim Esc, which the window would take for stopping a reply."""
        if is_escape_claim(event):
            event.accept()
            return True
        return super().event(event)

    def apply_look(self) -> None:
        """Take the look as it is now. Its height is another then: who places it asks for this."""
        look = self._look
        side = look.px(14)
        self._column.setContentsMargins(side, look.px(10), side, look.px(12))
        self._column.setSpacing(look.px(8))
        self.field.setFont(look.font(15))
        self._hint.setFont(look.font(12.5))
        self._hint.setStyleSheet(f"color: {look.tokens.muted.name()};")

    def paintEvent(self, event: QPaintEvent) -> None:
        """A card with the accent's line: this is where one writes now."""
        tokens = self._look.tokens
        rect = QRectF(self.rect())
        hairline_box(painter_for(self), rect, self._look.px(14), tokens.accent, tokens.surface)


class _Hint(QLabel):
    """A line that ends in "…" where there is no room for it; heard, and told on hovering, as a whole."""

    def __init__(self, words: str, parent: QWidget) -> None:
        super().__init__(words, parent)
        self._words = words
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As much as there is room for."""
        super().resizeEvent(event)
        self._cut()

    def changeEvent(self, event: QEvent) -> None:
        """Another font takes another width."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._cut()

    def _cut(self) -> None:
        metrics = self.fontMetrics()
        shown = metrics.elidedText(self._words, Qt.TextElideMode.ElideRight, self.width())
        self.setText(shown)
        self.setToolTip(self._words if shown != self._words else "")
