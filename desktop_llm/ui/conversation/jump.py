"""The round button that leads back to the newest text."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop_llm.ui.controls.buttons import PaintedButton
from desktop_llm.ui.controls.painting import (
    HOVER,
    focus_ring,
    focus_visible,
    hairline_box,
    painter_for,
    shade,
    soft_shadow,
)
from desktop_llm.ui.look import Look

SIDE = 36
REACH = 6


class JumpButton(PaintedButton):
    """A disc with an arrow downwards, over the text."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, "", parent)
        self.setAccessibleName(self.tr("Go to the newest text"))
        self.setToolTip(self.tr("Go to the newest text (End)"))
        self.hide()

    def sizeHint(self) -> QSize:
        """The disc and its shadow."""
        side = self.look.px(SIDE + 2 * REACH)
        return QSize(side, side)

    def place(self, around: QSize) -> None:
        """In the middle, above the lower edge of what has that size."""
        self.adjustSize()
        side = self.width()
        self.move((around.width() - side) // 2, around.height() - side - self.look.px(4))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Shadow, disc, arrow."""
        painter, tokens, px = painter_for(self), self.look.tokens, self.look.px
        disc = QRectF(self.rect()).adjusted(px(REACH), px(REACH), -px(REACH), -px(REACH))
        radius = disc.width() / 2
        soft_shadow(painter, disc, radius, px(REACH), self.look)
        hairline_box(painter, disc, radius, tokens.line, tokens.surface)
        if self.underMouse():
            hairline_box(painter, disc, radius, tokens.line, shade(self.look, HOVER))
        size = px(16)
        place = QRectF(0, 0, size, size)
        place.moveCenter(disc.center())
        pixmap = self.look.pixmap("arrow-down", "muted", 16, self.devicePixelRatioF())
        painter.drawPixmap(place, pixmap, QRectF(pixmap.rect()))
        if focus_visible(self):
            focus_ring(painter, disc, radius, tokens.accent)
