"""What several controls paint alike: focus rings, hover, hairlines, the soft shadow. No widgets."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from desktop_llm.ui.look import Look

HOVER = 0.045
PRESSED = 0.08
DISABLED = 0.5


def painter_for(widget: QWidget) -> QPainter:
    """A painter with smooth edges."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter


def focus_visible(widget: QWidget) -> bool:
    """Whether the focus came from the keyboard, so that it must be seen.

    Qt remembers on the window whether the focus was last moved by a key.
    """
    by_key = widget.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
    return widget.hasFocus() and by_key


def shade(look: Look, share: float) -> QColor:
    """The text colour as a breath over what lies below: hovered, pressed."""
    colour = QColor(look.tokens.text)
    colour.setAlphaF(share)
    return colour


def hairline_box(
    painter: QPainter, rect: QRectF, radius: float, line: QColor, fill: QColor | None
) -> None:
    """A rounded box with a line of one device-independent pixel that stays inside `rect`."""
    painter.setPen(QPen(line, 1))
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def focus_ring(painter: QPainter, rect: QRectF, radius: float, colour: QColor) -> None:
    """A ring of two pixels just inside `rect`."""
    painter.setPen(QPen(colour, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)


def soft_shadow(painter: QPainter, card: QRectF, radius: float, reach: int, look: Look) -> None:
    """The one soft shadow, under pop-ups: `reach` pixels around `card`, a little lower than it."""
    painter.setPen(Qt.PenStyle.NoPen)
    colour = QColor(look.tokens.shadow)
    whole = colour.alphaF() * 0.55
    for spread in range(reach, 0, -1):
        # Layers add up: each is a thin one, and the outer ones are covered by fewer.
        colour.setAlphaF(whole * (1 - spread / (reach + 1)) * 2 / reach)
        painter.setBrush(colour)
        around = card.adjusted(-spread, -spread + reach / 3, spread, spread + reach / 3)
        painter.drawRoundedRect(around, radius + spread, radius + spread)
