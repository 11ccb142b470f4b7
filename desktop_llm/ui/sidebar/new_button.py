"""The button that starts a conversation: an icon, its name, and its shortcut at the right."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from desktop_llm.ui.look import Look


class NewButton(QAbstractButton):
    """Painted as in the pictures: hairline, 10 px corners, the shortcut faint at its end."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setText(self.tr("New conversation"))
        self.setAccessibleName(self.text())
        self.setToolTip(self.tr("New conversation (Ctrl+N)"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        look.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """36 px high at 100% zoom."""
        return QSize(self._look.px(200), self._look.px(36))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the button in the look's colours."""
        look, tokens = self._look, self._look.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(tokens.surface)
        if self.isDown() or self.underMouse():
            ground = ground.darker(104) if not look.dark else ground.lighter(118)
        painter.setBrush(ground)
        painter.setPen(
            QPen(tokens.accent if self.hasFocus() else tokens.line, 1.5 if self.hasFocus() else 1)
        )
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), look.px(10), look.px(10))
        inner = self.rect().adjusted(look.px(12), 0, -look.px(12), 0)
        icon = look.pixmap("plus", "text", 16)
        top = (self.height() - icon.height() / icon.devicePixelRatio()) / 2
        painter.drawPixmap(inner.left(), round(top), icon)
        painter.setFont(look.font(12))
        painter.setPen(tokens.faint)
        painter.drawText(
            inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "Ctrl N"
        )
        painter.setFont(look.font(13.5, 500))
        painter.setPen(tokens.text)
        name = inner.adjusted(look.px(24), 0, 0, 0)
        painter.drawText(
            name, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text()
        )
