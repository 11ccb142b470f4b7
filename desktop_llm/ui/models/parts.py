"""Where a model's parameters are: one bar in shares, and the parts by name below it. Counts nothing."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_llm.core.anatomy import Part
from desktop_llm.ui.controls.painting import painter_for
from desktop_llm.ui.look import Look
from desktop_llm.ui.models import words

COLUMN, LINE = 176, 24


class PartsBar(QWidget):
    """Parts in the colours of the diagram."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._parts: tuple[Part, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        look.changed.connect(self._apply_look)

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Show these."""
        self._parts = tuple(parts)
        self.setAccessibleName(self.tr("Parameters by part"))
        self.setAccessibleDescription("; ".join(self._told(part) for part in parts))
        self.updateGeometry()
        self.update()

    def _told(self, part: Part) -> str:
        total = sum(one.parameters for one in self._parts) or 1
        share = words.number(
            100 * part.parameters / total, 0 if part.parameters > total / 100 else 1
        )
        return f"{self._name(part.name)} {words.parameters(part.parameters)} · {share}%"

    def _name(self, name: str) -> str:
        return {
            "embedding": self.tr("Embedding"), "attention": self.tr("Attention"),
            "mlp": self.tr("MLP"), "norms": self.tr("Norms"), "head": self.tr("Head"),
            "other": self.tr("Other"),
        }[name]  # fmt: skip

    def _colour(self, name: str) -> QColor:
        token, strength = {
            "embedding": ("fn", 0.8), "attention": ("accent", 0.9), "mlp": ("warn", 0.8),
            "norms": ("faint", 0.8), "head": ("kw", 0.8), "other": ("faint", 0.5),
        }[name]  # fmt: skip
        colour = QColor(getattr(self._look.tokens, token))
        colour.setAlphaF(strength)
        return colour

    def heightForWidth(self, width: int) -> int:
        """The bar and as many lines as the names need."""
        columns = max(1, width // self._look.px(COLUMN))
        lines = -(-len(self._parts) // columns)
        return self._look.px(22) + lines * self._look.px(LINE)

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def sizeHint(self) -> QSize:
        """As it is at its width now."""
        return QSize(self._look.px(420), self.heightForWidth(max(self.width(), self._look.px(420))))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bar, then the names."""
        painter, px = painter_for(self), self._look.px
        bar = QRectF(0, 0, self.width(), px(12))
        path = QPainterPath()
        path.addRoundedRect(bar, px(6), px(6))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.save()
        painter.setClipPath(path)
        left, total = 0.0, sum(part.parameters for part in self._parts) or 1
        for part in self._parts:
            wide = bar.width() * part.parameters / total
            painter.setBrush(self._colour(part.name))
            painter.drawRect(QRectF(left, 0, wide, bar.height()))
            left += wide
        painter.restore()
        columns = max(1, self.width() // px(COLUMN))
        painter.setFont(self._look.font(12.5, tabular=True))
        for place, part in enumerate(self._parts):
            row, column = divmod(place, columns)
            spot = QRectF(column * px(COLUMN), px(22) + row * px(LINE), px(COLUMN), px(LINE))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colour(part.name))
            painter.drawEllipse(QRectF(spot.left(), spot.center().y() - px(4), px(8), px(8)))
            painter.setPen(self._look.tokens.muted)
            painter.drawText(
                spot.adjusted(px(15), 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), self._told(part)
            )

    @Slot()
    def _apply_look(self) -> None:
        self.updateGeometry()
        self.update()
