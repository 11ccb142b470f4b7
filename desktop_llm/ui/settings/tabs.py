"""The list of sections at the left of the settings. Arrow keys go up and down."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QSizePolicy, QVBoxLayout, QWidget

from desktop_llm.ui.controls.painting import HOVER, focus_ring, focus_visible, painter_for, shade
from desktop_llm.ui.look import Look

WIDTH = 200


class Tab(QRadioButton):
    """One section; a radio button to the keyboard and to screen readers."""

    def __init__(self, look: Look, section: str, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self._look, self.section = look, section
        self.setAccessibleName(text)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A line of the list."""
        return QSize(self._look.px(120), self._look.px(35))

    def hitButton(self, pos: object) -> bool:
        """All of it can be clicked."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """The soft accent where it is chosen."""
        painter, tokens, px = painter_for(self), self._look.tokens, self._look.px
        rect = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked():
            painter.setBrush(tokens.accent_soft)
            painter.drawRoundedRect(rect, px(9), px(9))
        elif self.underMouse():
            painter.setBrush(shade(self._look, HOVER))
            painter.drawRoundedRect(rect, px(9), px(9))
        painter.setPen(tokens.text)
        painter.setFont(self._look.font(13.5, 500))
        words = rect.adjusted(px(12), 0, -px(8), 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())
        if focus_visible(self):
            focus_ring(painter, rect, px(9), tokens.accent)


class Tabs(QWidget):
    """Signals: `chosen(section)`; `choose(section)` shows one as chosen."""

    chosen = Signal(str)

    def __init__(self, look: Look, sections: Sequence[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._group = QButtonGroup(self)
        self._column = QVBoxLayout(self)
        self.tabs: dict[str, Tab] = {}
        for section, text in sections:
            tab = Tab(look, section, text, self)
            tab.toggled.connect(self._on_toggled)
            self._group.addButton(tab)
            self._column.addWidget(tab)
            self.tabs[section] = tab
        self._column.addStretch(1)
        self.setAccessibleName(self.tr("Sections"))
        first = next(iter(self.tabs.values()))
        first.setChecked(True)
        self.setFocusProxy(first)
        look.changed.connect(self._apply_look)
        self._apply_look()

    def choose(self, section: str) -> None:
        """Show that one as chosen."""
        tab = self.tabs[section]
        if not tab.isChecked():
            tab.setChecked(True)

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        tab = self.sender()
        if on and isinstance(tab, Tab):
            self.setFocusProxy(tab)
            self.chosen.emit(tab.section)

    @Slot()
    def _apply_look(self) -> None:
        px = self._look.px
        self.setFixedWidth(px(WIDTH))
        self._column.setContentsMargins(px(12), px(18), px(12), px(12))
        self._column.setSpacing(px(3))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The hairline at its right."""
        painter = QPainter(self)
        painter.setPen(QPen(self._look.tokens.line, 1))
        painter.drawLine(self.width() - 1, 0, self.width() - 1, self.height())
