"""A slider with a number beside it, and a state of its own for "no value". Checks no range itself."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QWidget

from desktop_llm.ui.controls.fields import NumberField
from desktop_llm.ui.controls.painting import DISABLED, focus_ring, focus_visible, painter_for
from desktop_llm.ui.look import Look

STEPS = 1000
"""Positions of the slider's knob."""
KEYS = {
    QSlider.SliderAction.SliderSingleStepAdd.value: 1,
    QSlider.SliderAction.SliderSingleStepSub.value: -1,
}
"""What the arrow keys ask of the knob, in steps of the number."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where numbers lie on a slider. `curved` gives small numbers more room (a cubic)."""

    low: float
    high: float
    step: float
    curved: bool = False

    def position(self, value: float) -> int:
        """The knob's place, 0 to STEPS; values outside stand at the ends."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(STEPS * (math.cbrt(share) if self.curved else share))

    def value(self, position: int) -> float:
        """The number at a place, on the nearest whole step."""
        share = position / STEPS
        raw = self.low + (share**3 if self.curved else share) * (self.high - self.low)
        return self.snapped(raw)

    def snapped(self, raw: float) -> float:
        """The nearest number on a step, inside the range."""
        steps = round((raw - self.low) / self.step)
        return min(self.high, max(self.low, round(self.low + steps * self.step, 6)))


class ValueSlider(QSlider):
    """The line and the knob; `hollow` where the knob only shows what holds without a value."""

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._look, self._hollow = look, False
        self.setRange(0, STEPS)
        self.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self._apply_look)

    @Slot()
    def _apply_look(self) -> None:
        self.updateGeometry()
        self.update()

    def set_hollow(self, hollow: bool) -> None:
        """Show the knob as a mere outline."""
        self._hollow = hollow
        self.update()

    def sizeHint(self) -> QSize:
        """The knob's height, and a length that is easy to hit."""
        return QSize(self._look.px(150), self._look.px(24))

    def minimumSizeHint(self) -> QSize:
        """It may become short."""
        return QSize(self._look.px(70), self._look.px(24))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel belongs to the page: nobody changes a setting by scrolling past it."""
        event.ignore()

    def mousePressEvent(self, event: object) -> None:
        """Take the knob to the pointer at once, then drag it."""
        super().mousePressEvent(event)  # type: ignore[arg-type]

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line, accent up to the knob."""
        painter, tokens, px = painter_for(self), self._look.tokens, self._look.px
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        knob, thick = px(16), px(4)
        middle = self.height() / 2
        room = self.width() - knob
        left = self.sliderPosition() / STEPS * room
        painter.setPen(Qt.PenStyle.NoPen)
        line = QRectF(knob / 2, middle - thick / 2, room, thick)
        painter.setBrush(tokens.line)
        painter.drawRoundedRect(line, thick / 2, thick / 2)
        if not self._hollow:
            line.setWidth(left)
            painter.setBrush(tokens.accent)
            painter.drawRoundedRect(line, thick / 2, thick / 2)
        circle = QRectF(left, middle - knob / 2, knob, knob).adjusted(1.5, 1.5, -1.5, -1.5)
        painter.setBrush(tokens.surface if not self._look.dark else tokens.bg)
        painter.setPen(QPen(self._edge(), 2))
        painter.drawEllipse(circle)
        if focus_visible(self):
            focus_ring(painter, QRectF(self.rect()), px(9), tokens.accent)

    def _edge(self) -> QColor:
        tokens = self._look.tokens
        return tokens.faint if self._hollow else tokens.accent


class SliderRow(QWidget):
    """Signals: `dragged(value)` from the slider and the arrow keys, `written(text)` from the field.

    `show_value(None, own)` shows no value: the field is empty and says what holds instead.
    """

    dragged = Signal(float)
    written = Signal(str)

    def __init__(
        self, look: Look, name: str, scale: Scale, parent: QWidget | None = None, *,
        field_width: float = 64,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self._scale = look, scale
        self._at = scale.low  # where the knob stands: the value, or what holds instead
        self._silent = False
        self.slider = ValueSlider(look, name, self)
        self.field = NumberField(look, name, self, width=field_width)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self.slider, 1)
        self._row.addWidget(self.field)
        self.slider.setSingleStep(self._key_step())
        self.slider.setPageStep(STEPS // 10)
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.actionTriggered.connect(self._on_action)
        self.field.committed.connect(self.written)
        self.field.stepped.connect(self._on_stepped)
        self.setFocusProxy(self.slider)
        look.changed.connect(self._apply_look)
        self._apply_look()

    @Slot()
    def _apply_look(self) -> None:
        self._row.setSpacing(self._look.px(12))

    def _key_step(self) -> int:
        steps = (self._scale.high - self._scale.low) / self._scale.step
        return max(1, round(STEPS / max(1.0, min(steps, STEPS))))

    def show_value(self, value: float | None, text: str, own: float | None, hint: str) -> None:
        """Show a number written as `text`; or none, with the knob at `own` and `hint` in the field."""
        self._silent = True
        self._at = value if value is not None else own if own is not None else self._scale.low
        self.slider.setValue(self._scale.position(self._at))
        self._silent = False
        self.slider.set_hollow(value is None)
        self.field.setPlaceholderText(hint)
        self.field.show_text(text)
        spoken = text if value is not None else hint
        self.slider.setAccessibleDescription(spoken)

    @Slot(int)
    def _on_slider(self, position: int) -> None:
        if self._silent:
            return
        value, before = self._scale.value(position), self._scale.snapped(self._at)
        if value == before and not self.slider.isSliderDown():
            # A screen reader's "increase" moves the knob one place, which is less than a step
            # where small numbers have much room.
            self._on_stepped(1 if position > self._scale.position(self._at) else -1)
        else:
            self.dragged.emit(value)

    @Slot(int)
    def _on_action(self, action: int) -> None:
        """The arrow keys go by the number's own steps; the knob's places lie closer or wider."""
        if action in KEYS:
            self.slider.setSliderPosition(self.slider.value())  # not where Qt would put it
            self._on_stepped(KEYS[action])

    @Slot(int)
    def _on_stepped(self, steps: int) -> None:
        self.dragged.emit(self._scale.snapped(self._at + steps * self._scale.step))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that neither part takes belong to the page."""
        event.ignore()
