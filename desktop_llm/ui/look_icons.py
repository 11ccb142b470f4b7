"""Draws the shipped SVG icons in a given colour, sharp on any screen. Knows no theme."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from desktop_llm.resources import resource


@cache
def _source(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text("utf-8")


def draw(name: str, colour: QColor, size: int, ratio: float) -> QPixmap:
    """One icon, `size` device-independent pixels wide and high, for a device pixel ratio.

    `currentColor` in the file becomes the colour. Raises FileNotFoundError for an unknown icon.
    """
    svg = _source(name).replace("currentColor", colour.name())
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    side = max(1, round(size * ratio))
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setOpacity(colour.alphaF())
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def app_icon() -> QIcon:
    """The app's own icon, for windows, task bars and the message of an installer."""
    icon = QIcon()
    for side in (16, 24, 32, 48, 64, 128, 256):
        icon.addPixmap(draw("app", QColor("white"), side, 1.0))
    return icon
