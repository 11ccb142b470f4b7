"""A switch: on or off at once. A check box to the keyboard and to screen readers."""

from PySide6.QtCore import QEasingCurve, QPoint, QRectF, QSize, Qt, QVariantAnimation, Slot
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from desktop_llm.ui.controls.painting import DISABLED, focus_ring, focus_visible, painter_for
from desktop_llm.ui.look import Look
from desktop_llm.ui.look_sheet import mixed

WIDTH, HEIGHT = 36, 20
RING = 3
"""Room around it for the focus ring."""
MOTION_MS = 130


class Switch(QCheckBox):
    """Use `toggled(bool)` or `clicked(bool)` of QCheckBox; the latter only for what a person does."""

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._place = 0.0
        self._motion = QVariantAnimation(self)
        self._motion.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._motion.valueChanged.connect(self._on_moved)
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.toggled.connect(self._on_toggled)
        look.changed.connect(self._apply_look)

    @Slot()
    def _apply_look(self) -> None:
        self.updateGeometry()
        self.update()

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        self._motion.stop()
        duration = self._look.motion_ms(MOTION_MS) if self.isVisible() else 0
        if duration == 0:
            self._place = float(on)
            self.update()
            return
        self._motion.setDuration(duration)
        self._motion.setStartValue(self._place)
        self._motion.setEndValue(float(on))
        self._motion.start()

    @Slot(object)
    def _on_moved(self, place: float) -> None:
        self._place = place
        self.update()

    def sizeHint(self) -> QSize:
        """The switch and room for the ring."""
        px = self._look.px
        return QSize(px(WIDTH) + 2 * RING, px(HEIGHT) + 2 * RING)

    def minimumSizeHint(self) -> QSize:
        """It does not shrink."""
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        """All of it can be clicked."""
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The track, and the knob on its way."""
        painter, tokens = painter_for(self), self._look.tokens
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        track = QRectF(self.rect()).adjusted(RING, RING, -RING, -RING)
        radius = track.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(tokens.accent, self._off(), self._place))
        painter.drawRoundedRect(track, radius, radius)
        inset = track.height() * 0.1
        side = track.height() - 2 * inset
        left = track.left() + inset + self._place * (track.width() - side - 2 * inset)
        painter.setBrush(QColor("white"))
        painter.drawEllipse(QRectF(left, track.top() + inset, side, side))
        if focus_visible(self):
            focus_ring(painter, QRectF(self.rect()), radius + RING - 1, tokens.accent)

    def _off(self) -> QColor:
        """The track when off: stronger than a hairline, so that it is seen at 3:1 (WCAG 1.4.11)."""
        tokens = self._look.tokens
        return mixed(tokens.faint, tokens.surface, 0.78 if not self._look.dark else 0.72)
