"""One of many options behind an arrow: a combo box in the app's own clothes."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QListView, QSizePolicy, QWidget

from desktop_llm.ui.controls.painting import (
    DISABLED,
    focus_ring,
    focus_visible,
    hairline_box,
    painter_for,
)
from desktop_llm.ui.look import Look


class Choice(QComboBox):
    """Signals: `chosen(value)` when a person chooses; `choose(value)` shows one without it."""

    chosen = Signal(str)

    def __init__(
        self,
        look: Look,
        name: str,
        options: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self.setAccessibleName(name)
        self.setView(QListView(self))
        for value, text in options:
            self.addItem(text, value)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.activated.connect(self._on_activated)
        self.ensurePolished()  # later, the style sheet would put back the font of then
        look.changed.connect(self._apply_look)
        self._apply_look()

    @Slot()
    def _apply_look(self) -> None:
        self.setFont(self._look.font(13, 500))
        self.view().setFont(self._look.font(13))
        self.updateGeometry()
        self.update()

    @property
    def value(self) -> str:
        """The chosen option."""
        return str(self.currentData())

    def choose(self, value: str) -> None:
        """Show an option as chosen."""
        self.setCurrentIndex(self.findData(value))

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.chosen.emit(self.itemData(index))

    def sizeHint(self) -> QSize:
        """As wide as the longest option."""
        metrics = QFontMetricsF(self._look.font(13, 500))
        texts = [self.itemText(i) for i in range(self.count())]
        widest = max((metrics.horizontalAdvance(text) for text in texts), default=0.0)
        return QSize(round(widest) + self._look.px(48), self._look.px(35))

    def minimumSizeHint(self) -> QSize:
        """Where its size policy lets it shrink, a long option is cut off."""
        hint = self.sizeHint()
        return QSize(min(hint.width(), self._look.px(120)), hint.height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel belongs to the page: nobody changes a setting by scrolling past it."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The box, the chosen text and the arrow."""
        painter, tokens, px = painter_for(self), self._look.tokens, self._look.px
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        rect = QRectF(self.rect())
        line = tokens.faint if self.underMouse() else tokens.line
        hairline_box(painter, rect, px(10), line, None)
        painter.setFont(self._look.font(13, 500))
        painter.setPen(tokens.text)
        room = rect.adjusted(px(14), 0, -px(30), 0)
        metrics = QFontMetricsF(painter.font())
        text = metrics.elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room.width() + 1)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        side = px(14)
        pixmap = self._look.pixmap("chevron-down", "muted", 14, self.devicePixelRatioF())
        spot = QRectF(rect.right() - side - px(11), (rect.height() - side) / 2, side, side)
        painter.drawPixmap(spot, pixmap, QRectF(pixmap.rect()))
        if focus_visible(self):
            focus_ring(painter, rect, px(10), tokens.accent)
