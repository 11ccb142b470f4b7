"""The foot of the left column: the promise that nothing leaves this computer, and the settings."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop_llm.ui.controls.buttons import IconButton
from desktop_llm.ui.look import Look


class Foot(QWidget):
    """A green dot, the sentence, and a hairline above.

    Signals: `settings_requested()`.
    """

    settings_requested = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._online = look, False
        self._text = QLabel(self.tr("Offline. Nothing leaves this computer."), self)
        self._text.setWordWrap(True)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._text, 1)
        self.settings_button = IconButton(look, "settings", self.tr("Settings (Ctrl+,)"), self)
        self.settings_button.clicked.connect(self.settings_requested)
        self._row.addWidget(self.settings_button)
        look.changed.connect(self._apply_look)
        self._apply_look()

    def show_online(self, online: bool) -> None:
        """Say whether the app may connect to anything."""
        self._online = online
        told = self.tr("Offline. Nothing leaves this computer.")
        if online:
            told = self.tr("Goes online only when you ask. Your words stay here.")
        self._text.setText(told)
        self.update()

    @Slot()
    def _apply_look(self) -> None:
        look = self._look
        self._row.setContentsMargins(look.px(25), look.px(10), 0, 0)
        self._text.setFont(look.font(12.5))
        self._text.setStyleSheet(f"color: {look.tokens.muted.name()};")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The hairline and the dot."""
        look = self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.tokens.line, 1))
        painter.drawLine(0, 0, self.width(), 0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.tokens.warn if self._online else look.tokens.good)
        size = look.px(7)
        painter.drawEllipse(look.px(10), self._text.geometry().center().y() - size // 2, size, size)
