"""A small window over whatever the person is doing, for one question. Answers nothing itself."""

from PySide6.QtCore import QEvent, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QCursor, QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop_llm.core.settings import SendKey
from desktop_llm.ui.composer import DraftEdit
from desktop_llm.ui.controls.buttons import PrimaryButton
from desktop_llm.ui.look import Look

WIDTH = 560
HEIGHT_ON_SCREEN = 0.28
"""Where its top is, as a share of the screen's height."""


class QuickAsk(QWidget):
    """Signals: `asked(text)`. Esc and a click elsewhere put it away; what was typed stays."""

    asked = Signal(str)

    def __init__(self, look: Look, parent: QWidget) -> None:
        flags = Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint
        super().__init__(parent, flags | Qt.WindowType.WindowStaysOnTopHint)
        self._look = look
        self.setWindowTitle(self.tr("Quick ask"))
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.draft = DraftEdit(look, self)
        self.send_button = PrimaryButton(look, self.tr("Ask"), self)
        self._hint = QLabel(self.tr("A new conversation. Esc puts this away."), self)
        self._column = QVBoxLayout(self)
        self._column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        self._column.addWidget(self.draft)
        row = QHBoxLayout()
        row.addWidget(self._hint)
        row.addStretch(1)
        row.addWidget(self.send_button)
        self._column.addLayout(row)
        self.draft.send_pressed.connect(self._send)
        self.draft.textChanged.connect(self._update)
        self.send_button.clicked.connect(self._send)
        look.changed.connect(self._apply_look)
        self._apply_look()
        self._update()

    @Slot()
    def appear(self) -> None:
        """Show it on the screen where the pointer is, ready to type in."""
        screen = QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()
        place = screen.availableGeometry()
        self.adjustSize()
        left = place.left() + (place.width() - self.width()) // 2
        self.move(left, place.top() + int(place.height() * HEIGHT_ON_SCREEN))
        self.show()
        self.raise_()
        self.activateWindow()
        self.draft.setFocus(Qt.FocusReason.ActiveWindowFocusReason)

    def go_on_from(self, before: "QuickAsk") -> None:
        """Take over what is typed in another window's."""
        self.draft.setPlainText(before.draft.toPlainText())
        self.draft.moveCursor(self.draft.textCursor().MoveOperation.End)

    def set_send_key(self, key: SendKey) -> None:
        """Enter or Ctrl+Enter."""
        self.draft.send_key = key

    @Slot()
    def _send(self) -> None:
        text = self.draft.toPlainText()
        if text.strip():
            self.hide()
            self.draft.clear()
            self.asked.emit(text)

    @Slot()
    def _update(self) -> None:
        self.send_button.setEnabled(bool(self.draft.toPlainText().strip()))

    def event(self, event: QEvent) -> bool:
        """Claim every key: in a tool window Qt lets the shortcuts of the window behind it work too.

        They would act on a conversation that nobody is looking at.
        """
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc puts it away."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """A click elsewhere puts it away."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.hide()

    @Slot()
    def _apply_look(self) -> None:
        look = self._look
        edge = look.px(16)
        self.draft.setFixedWidth(look.px(WIDTH) - 2 * edge)
        self._column.setContentsMargins(edge, look.px(14), edge, look.px(12))
        self._column.setSpacing(look.px(8))
        # As far in as the field's text.
        self._hint.setContentsMargins(int(self.draft.document().documentMargin()), 0, 0, 0)
        self._hint.setFont(look.font(12.5))
        self._hint.setStyleSheet(f"color: {look.tokens.muted.name()};")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A card with a hairline. Its corners are square: round ones need a desktop that composes."""
        painter, tokens = QPainter(self), self._look.tokens
        painter.fillRect(self.rect(), tokens.surface)
        painter.setPen(QPen(tokens.muted, 1))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
