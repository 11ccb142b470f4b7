"""Buttons: the main one, quiet ones, icons, chips, and the model's name. Each paints itself."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QEnterEvent, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from desktop_llm.ui.controls.painting import (
    DISABLED,
    HOVER,
    PRESSED,
    focus_ring,
    focus_visible,
    hairline_box,
    painter_for,
    shade,
)
from desktop_llm.ui.look import Look


class PaintedButton(QPushButton):
    """What all buttons share: hover, size from text and icons, painting again when the look changes.

    A subclass gives its font, paddings and ground; lengths are pixels at 100% text size.
    """

    size, weight = 13.0, 500
    pad_x, pad_y = 12.0, 7.0
    gap = 8.0
    icon_size = 16.0

    def __init__(self, look: Look, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.look = look
        self._leading, self._trailing = "", ""
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)
        look.changed.connect(self._apply_look)
        self._apply_look()

    def set_icon(self, name: str) -> None:
        """Show that icon before the text; "" shows none."""
        self._leading = name
        self.updateGeometry()
        self.update()

    @Slot()
    def _apply_look(self) -> None:
        self.setFont(self.text_font())
        self.updateGeometry()
        self.update()

    def text_font(self) -> QFont:
        """The font of its text."""
        return self.look.font(self.size, self.weight, tabular=True)

    def ink(self) -> str:
        """The token of its text and icons."""
        return "text"

    def paint_ground(self, painter: QPainter, rect: QRectF) -> None:
        """What lies under the text."""

    def corner(self) -> float:
        """The radius of its corners, in pixels on the screen."""
        return self.look.px(9)

    def sizeHint(self) -> QSize:
        """Text and icons with the paddings around them."""
        px = self.look.px
        width = QFontMetricsF(self.text_font()).horizontalAdvance(self.text())
        icons = [name for name in (self._leading, self._trailing) if name]
        between = len(icons) if self.text() else max(0, len(icons) - 1)
        width += len(icons) * px(self.icon_size) + between * px(self.gap)
        height = px(self.size * 1.5) + 2 * px(self.pad_y)
        return QSize(round(width + 0.5) + 2 * px(self.pad_x), height)

    def minimumSizeHint(self) -> QSize:
        """Buttons do not shrink."""
        return self.sizeHint()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be pressed."""
        super().enterEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        """Enabled or not looks different."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, icon, text, icon, and the ring where the keyboard stands."""
        painter = painter_for(self)
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        rect = QRectF(self.rect())
        self.paint_ground(painter, rect)
        self._paint_content(painter, rect)
        if focus_visible(self):
            focus_ring(painter, rect, self.corner(), self.ring())

    def ring(self) -> QColor:
        """The colour of the focus ring."""
        return self.look.tokens.accent

    def _paint_content(self, painter: QPainter, rect: QRectF) -> None:
        px, ink = self.look.px, self.ink()
        hint = self.sizeHint().width() - 2 * px(self.pad_x)
        left = rect.left() + max(px(self.pad_x), (rect.width() - hint) / 2)
        if self._leading:
            left = self._paint_icon(painter, self._leading, left, rect) + px(self.gap)
        painter.setFont(self.text_font())
        painter.setPen(getattr(self.look.tokens, ink))
        icon = px(self.icon_size) + px(self.gap) if self._trailing else 0
        room = rect.right() - px(self.pad_x) - left - icon
        metrics = QFontMetricsF(self.text_font())
        text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room + 1)
        line = QRectF(left, rect.top(), room + 2, rect.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, text)
        if self._trailing:
            left += metrics.horizontalAdvance(text) + (px(self.gap) if text else 0)
            self._paint_icon(painter, self._trailing, left, rect)

    def _paint_icon(self, painter: QPainter, name: str, left: float, rect: QRectF) -> float:
        side = self.look.px(self.icon_size)
        pixmap = self.look.pixmap(name, self.ink(), self.icon_size, self.devicePixelRatioF())
        top = rect.top() + (rect.height() - side) / 2
        painter.drawPixmap(QRectF(left, top, side, side), pixmap, QRectF(pixmap.rect()))
        return left + side

    def shade_of_state(self) -> QColor | None:
        """How much darker or lighter the ground is under the pointer; None where it is not."""
        if self.isDown():
            return shade(self.look, PRESSED)
        return shade(self.look, HOVER) if self.underMouse() and self.isEnabled() else None


class PrimaryButton(PaintedButton):
    """The one button of a place that acts: filled with the accent."""

    weight = 600
    pad_x = 14.0

    def corner(self) -> float:
        """Rounder than a field, as in the composer."""
        return self.look.px(10)

    def ink(self) -> str:
        """Text on the accent."""
        return "on_accent"

    def ring(self) -> QColor:
        """The accent would not be seen on itself."""
        return self.look.tokens.text

    def paint_ground(self, painter: QPainter, rect: QRectF) -> None:
        """The accent, a little deeper under the pointer."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.look.tokens.accent)
        painter.drawRoundedRect(rect, self.corner(), self.corner())
        over = self.shade_of_state()
        if over is not None:
            painter.setBrush(over)
            painter.drawRoundedRect(rect, self.corner(), self.corner())


class QuietButton(PaintedButton):
    """A button with a hairline, for what is done now and then; `danger` for what destroys."""

    def __init__(
        self, look: Look, text: str, parent: QWidget | None = None, *, danger: bool = False,
        flat: bool = False,
    ) -> None:  # fmt: skip
        self._danger, self._flat = danger, flat
        super().__init__(look, text, parent)

    def ink(self) -> str:
        """Text, red where it destroys, grey where it has no line."""
        if self._flat and not self.underMouse() and not self._danger:
            return "muted"
        return "bad" if self._danger else "text"

    def paint_ground(self, painter: QPainter, rect: QRectF) -> None:
        """A hairline, and a breath of grey under the pointer."""
        line = QColor(Qt.GlobalColor.transparent) if self._flat else self.look.tokens.line
        hairline_box(painter, rect, self.corner(), line, self.shade_of_state())


class IconButton(PaintedButton):
    """An icon alone; its name is its tooltip and what a screen reader says."""

    def __init__(
        self, look: Look, icon: str, name: str, parent: QWidget | None = None, *, size: float = 18
    ) -> None:
        self.icon_size = size
        self.pad_x = self.pad_y = max(4.0, round((32 - size) / 2))
        super().__init__(look, "", parent)
        self._leading = icon
        self.set_name(name)

    def set_name(self, name: str) -> None:
        """Say what it does: the tooltip, and without its shortcut the accessible name."""
        self.setToolTip(name)
        self.setAccessibleName(name.partition(" (")[0])

    def ink(self) -> str:
        """Grey until the pointer or the keyboard is on it."""
        return "text" if self.underMouse() or focus_visible(self) else "muted"

    def sizeHint(self) -> QSize:
        """A square."""
        side = self.look.px(self.icon_size) + 2 * self.look.px(self.pad_x)
        return QSize(side, side)

    def paint_ground(self, painter: QPainter, rect: QRectF) -> None:
        """Nothing, or a breath of grey."""
        over = self.shade_of_state()
        if over is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(over)
            painter.drawRoundedRect(rect, self.corner(), self.corner())

    def _paint_content(self, painter: QPainter, rect: QRectF) -> None:
        left = rect.left() + (rect.width() - self.look.px(self.icon_size)) / 2
        self._paint_icon(painter, self._leading, left, rect)


class Chip(PaintedButton):
    """A small pill: a state that can be clicked. With `menu` it shows that it opens one."""

    size, weight = 12.5, 400
    pad_x, pad_y = 10.0, 3.0
    gap, icon_size = 3.0, 12.0

    def __init__(
        self, look: Look, text: str, parent: QWidget | None = None, *, menu: bool = False
    ) -> None:
        super().__init__(look, text, parent)
        self._trailing = "chevron-down" if menu else ""

    def corner(self) -> float:
        """Half its height."""
        return self.height() / 2

    def chosen(self) -> bool:
        """Whether it is the one of several that is on."""
        return self.isCheckable() and self.isChecked()

    def ink(self) -> str:
        """Grey; the accent where it is chosen."""
        if self.chosen():
            return "accent"
        return "text" if self.underMouse() and self.isEnabled() else "muted"

    def text_font(self) -> QFont:
        """A little stronger where it is chosen."""
        return self.look.font(self.size, self.weight, tabular=True)

    def paint_ground(self, painter: QPainter, rect: QRectF) -> None:
        """A hairline; the soft accent where it is chosen."""
        tokens = self.look.tokens
        fill = tokens.accent_soft if self.chosen() else self.shade_of_state()
        line = tokens.accent_soft if self.chosen() else tokens.line
        hairline_box(painter, rect, self.corner() - 0.5, line, fill)


class ModelButton(PaintedButton):
    """The model's name in the top bar, with the arrow of its menu."""

    size, weight = 13.5, 600
    pad_x, pad_y = 6.0, 5.0
    gap, icon_size = 4.0, 14.0

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, "", parent)
        self._trailing = "chevron-down"
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """A long name gives way in a narrow window."""
        hint = self.sizeHint()
        return QSize(min(hint.width(), self.look.px(120)), hint.height())

    def paint_ground(self, painter: QPainter, rect: QRectF) -> None:
        """Nothing, or a breath of grey."""
        over = self.shade_of_state()
        if over is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(over)
            painter.drawRoundedRect(rect, self.corner(), self.corner())
