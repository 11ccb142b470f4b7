"""One of up to four options, all in sight. Radio buttons to the keyboard and to screen readers."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QPainterPath, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QRadioButton,
    QSizePolicy,
    QWidget,
)

from desktop_llm.ui.controls.painting import (
    DISABLED,
    HOVER,
    focus_ring,
    focus_visible,
    hairline_box,
    painter_for,
    shade,
)
from desktop_llm.ui.look import Look

RADIUS = 10


class Segment(QRadioButton):
    """One option. The group paints the box around all; this paints its own ground and text."""

    def __init__(self, look: Look, value: str, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self._look, self.value = look, value
        self.first = self.last = False
        self.setAccessibleName(text)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        look.changed.connect(self._apply_look)
        self._apply_look()

    @Slot()
    def _apply_look(self) -> None:
        self.setFont(self._look.font(13, 600))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """The text in its strong form, so that choosing moves nothing."""
        width = QFontMetricsF(self.font()).horizontalAdvance(self.text())
        return QSize(round(width) + self._look.px(28), self._look.px(33))

    def minimumSizeHint(self) -> QSize:
        """It gives a little of its padding where space is short."""
        hint = self.sizeHint()
        return QSize(hint.width() - self._look.px(12), hint.height())

    def hitButton(self, pos: object) -> bool:
        """All of it can be clicked."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """The soft accent where it is chosen."""
        painter, tokens = painter_for(self), self._look.tokens
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        if self.isChecked():
            painter.fillPath(self._ground(), tokens.accent_soft)
        elif self.underMouse() and self.isEnabled():
            painter.fillPath(self._ground(), shade(self._look, HOVER))
        painter.setFont(self._look.font(13, 600 if self.isChecked() else 500))
        painter.setPen(tokens.accent if self.isChecked() else tokens.muted)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if focus_visible(self):
            focus_ring(painter, QRectF(self.rect()), self._look.px(RADIUS - 1), tokens.accent)

    def _ground(self) -> QPainterPath:
        """Its box, rounded only at the ends of the group."""
        radius, box = float(self._look.px(RADIUS - 1)), QRectF(self.rect())
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.WindingFill)
        path.addRoundedRect(box, radius, radius)
        if not self.first:
            path.addRect(box.adjusted(0, 0, -box.width() / 2, 0))
        if not self.last:
            path.addRect(box.adjusted(box.width() / 2, 0, 0, 0))
        return path.simplified()


class Segmented(QWidget):
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
        self._group = QButtonGroup(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(1, 1, 1, 1)
        self._row.setSpacing(0)
        self.segments = [Segment(look, value, text, self) for value, text in options]
        for segment in self.segments:
            self._row.addWidget(segment)
            self._group.addButton(segment)
        self.segments[0].first = self.segments[-1].last = True
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.segments[0])
        self._group.buttonToggled.connect(self._on_toggled)
        look.changed.connect(self.update)

    @property
    def value(self) -> str:
        """The chosen option; "" where none is."""
        button = self._group.checkedButton()
        return button.value if isinstance(button, Segment) else ""

    def choose(self, value: str) -> None:
        """Show an option as chosen; none where no option has that value."""
        self._group.blockSignals(True)
        self._group.setExclusive(False)
        for segment in self.segments:
            segment.setChecked(segment.value == value)
        self._group.setExclusive(True)
        self._group.blockSignals(False)
        self._take_focus()

    def _take_focus(self) -> None:
        checked = self._group.checkedButton()
        self.setFocusProxy(checked or self.segments[0])

    @Slot(QAbstractButton, bool)
    def _on_toggled(self, button: QAbstractButton, on: bool) -> None:
        if on and isinstance(button, Segment):
            self._take_focus()
            self.chosen.emit(button.value)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The hairline around all options."""
        painter = painter_for(self)
        hairline_box(
            painter, QRectF(self.rect()), self._look.px(RADIUS), self._look.tokens.line, None
        )
