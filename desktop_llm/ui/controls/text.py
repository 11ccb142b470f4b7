"""A label with the line height and colour that the look asks for. Shows text, reads nothing."""

import math

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop_llm.ui.look import Look

MUCH = 100_000.0


class Text(QLabel):
    """Plain text that wraps. Sizes as in the look: `size` in pixels, `leading` times that a line.

    A QLabel, so that screen readers and layouts take it for one, but Qt's labels know no line
    height.
    """

    def __init__(
        self, look: Look, text: str = "", parent: QWidget | None = None, *,
        size: float = 13.5, weight: int = 400, color: str = "text", leading: float = 1.45,
        mono: bool = False, tabular: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self._size, self._weight = look, size, weight
        self._color, self._leading, self._mono, self._tabular = color, leading, mono, tabular
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        look.changed.connect(self._apply_look)
        self._apply_look()

    def set_color(self, color: str) -> None:
        """Take the colour of another token."""
        self._color = color
        self.update()

    @Slot()
    def _apply_look(self) -> None:
        # Kept here: the style sheet puts an older font back into widgets that were not shown yet.
        self._used = self._look.font(self._size, self._weight, self._mono, tabular=self._tabular)
        self.setFont(self._used)
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return self.wordWrap()

    def heightForWidth(self, width: int) -> int:
        """The height of all lines at that width."""
        return self._lay_out(max(1, width)).height()

    def sizeHint(self) -> QSize:
        """The text in one line."""
        return self._lay_out(MUCH).size()

    def minimumSizeHint(self) -> QSize:
        """Wrapping text may become narrow; a single line may not."""
        hint = self.sizeHint()
        if not self.wordWrap():
            return hint
        return QSize(min(hint.width(), self._look.px(72)), self.line_height())

    def line_height(self) -> int:
        """The height of one line in device-independent pixels."""
        return self._look.px(self._size * self._leading)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Each line in the middle of its height."""
        painter = QPainter(self)
        painter.setPen(getattr(self._look.tokens, self._color))
        if not self.isEnabled():
            painter.setOpacity(0.5)
        layout = QTextLayout(self._lines(), self._used)
        used = self._fill(layout, float(self.width()) if self.wordWrap() else MUCH)
        spare = max(0, self.height() - used.height())
        down = spare / 2 if self.alignment() & Qt.AlignmentFlag.AlignVCenter else 0
        layout.draw(painter, QPointF(self._start(used.width()), down))

    def _lines(self) -> str:
        return self.text().replace("\n", "\u2028")  # a layout knows only the line separator

    def _start(self, used: int) -> float:
        spare = self.width() - used
        if self.alignment() & Qt.AlignmentFlag.AlignRight:
            return spare
        return spare / 2 if self.alignment() & Qt.AlignmentFlag.AlignHCenter else 0

    def _lay_out(self, width: float) -> QRect:
        return self._fill(QTextLayout(self._lines(), self._used), width)

    def _fill(self, layout: QTextLayout, width: float) -> QRect:
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        height, widest, step = 0.0, 0.0, self.line_height()
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, height + (step - line.height()) / 2))
            widest = max(widest, line.naturalTextWidth())
            height += step
        layout.endLayout()
        return QRect(0, 0, math.ceil(widest), math.ceil(max(height, step)))
