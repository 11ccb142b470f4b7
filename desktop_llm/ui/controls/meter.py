"""Two thin bars: how full something is, and how far a step has come. They measure nothing."""

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_llm.ui.controls.painting import painter_for
from desktop_llm.ui.look import Look

NEARLY_FULL = 0.9
FRAME_MS, SWEEP_MS = 40, 1600


class Meter(QWidget):
    """A bar of 64 pixels; from 90% on it takes the colour of a warning."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._share = look, 0.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Context window"))
        look.changed.connect(self._apply_look)

    @Slot()
    def _apply_look(self) -> None:
        self.updateGeometry()
        self.update()

    def show_share(self, share: float, text: str) -> None:
        """Fill that share, 0 to 1; `text` says it in words."""
        self._share = min(1.0, max(0.0, share))
        self.setToolTip(self.tr("Context window: {text}").format(text=text))
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as a word, as thin as a line."""
        return QSize(self._look.px(64), self._look.px(6))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The empty bar, and what is full of it."""
        painter, tokens = painter_for(self), self._look.tokens
        painter.setPen(Qt.PenStyle.NoPen)
        bar, radius = QRectF(self.rect()), self.height() / 2
        painter.setBrush(tokens.line)
        painter.drawRoundedRect(bar, radius, radius)
        if self._share:
            painter.setBrush(tokens.warn if self._share >= NEARLY_FULL else tokens.accent)
            bar.setWidth(max(self.height(), bar.width() * self._share))
            painter.drawRoundedRect(bar, radius, radius)


class ProgressLine(QWidget):
    """How far a step has come; where that is not known, a part of the line moves along."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._share: float | None = None
        self._sweep = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._on_frame)
        self.setAccessibleName(self.tr("Progress"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.updateGeometry)

    def show_share(self, share: float | None) -> None:
        """That share, 0 to 1; None where it is not known."""
        self._share = share
        self.setAccessibleDescription("" if share is None else f"{share:.0%}")
        self._run()
        self.update()

    def _run(self) -> None:
        moving = self._share is None and self.isVisible() and self._look.motion_ms(1) > 0
        if moving != self._timer.isActive():
            self._timer.start() if moving else self._timer.stop()

    @Slot()
    def _on_frame(self) -> None:
        self._sweep = (self._sweep + FRAME_MS / SWEEP_MS) % 1
        self.update()

    def showEvent(self, event: object) -> None:
        """Move only while it is seen."""
        super().showEvent(event)  # type: ignore[arg-type]
        self._run()

    def hideEvent(self, event: object) -> None:
        """Rest while it is not."""
        super().hideEvent(event)  # type: ignore[arg-type]
        self._timer.stop()

    def sizeHint(self) -> QSize:
        """Long enough to see it grow."""
        return QSize(self._look.px(96), self._look.px(4))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line, and the part of it that is done."""
        painter, tokens = painter_for(self), self._look.tokens
        painter.setPen(Qt.PenStyle.NoPen)
        line, radius = QRectF(self.rect()), self.height() / 2
        painter.setBrush(tokens.line)
        painter.drawRoundedRect(line, radius, radius)
        painter.setBrush(tokens.accent)
        if self._share is None:
            part = line.width() * 0.3
            left = (line.width() + part) * self._sweep - part
            line = QRectF(left, 0, part, line.height()).intersected(line)
        else:
            line.setWidth(line.width() * self._share)
        painter.drawRoundedRect(line, radius, radius)
