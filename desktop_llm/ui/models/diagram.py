"""A model's build as a picture: embedding, layers of attention and MLP, norms, head. Paints what it is given."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_llm.core.anatomy import Anatomy, Mlp, Position
from desktop_llm.ui.controls.painting import hairline_box, painter_for
from desktop_llm.ui.look import Look
from desktop_llm.ui.models import words

HEIGHT = 236
MOST_HEADS = 64
"""Heads that are painted one by one; of more, the pattern is shown."""
TALL_BOX, STEP = 116, 22
"""The height of the tables, and the room for an arrow, in pixels at 100% text size."""
NARROWEST = 360
"""Where there is less room than this, at 100% text size, the whole picture becomes smaller."""


class Diagram(QWidget):
    """From left to right: the table of tokens, one layer and how often it repeats, the head."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._anatomy: Anatomy | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self._apply_look)

    def show_anatomy(self, anatomy: Anatomy, told: str) -> None:
        """Paint that build; `told` says it in words, for screen readers."""
        self._anatomy = anatomy
        self.setAccessibleName(self.tr("Diagram of the model"))
        self.setAccessibleDescription(told)
        self.update()

    @Slot()
    def _apply_look(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as the card."""
        return QSize(self._look.px(560), self._look.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """It may become narrow."""
        return QSize(self._look.px(120), self._look.px(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Three columns with arrows between them."""
        if self._anatomy is None:
            return
        painter, px, anatomy = painter_for(self), self._look.px, self._anatomy
        scale = min(1.0, self.width() / px(NARROWEST))
        painter.scale(scale, scale)
        wide, tall = self.width() / scale, self.height() / scale
        table = min(px(104), wide / 6)
        middle, step = tall / 2, px(STEP)
        left = QRectF(0.5, middle - px(TALL_BOX) / 2, table, px(TALL_BOX))
        right = left.translated(wide - table - 1, 0)
        layer = QRectF(
            left.right() + step,
            px(18),
            right.left() - left.right() - 2 * step,
            tall - px(34),
        )
        self._table(painter, left, self.tr("Embedding"), self._embedding_words(anatomy))
        self._arrow(painter, left.right(), layer.left() - px(2), middle)
        self._layers(painter, layer, anatomy)
        self._arrow(painter, layer.right() + px(6), right.left() - px(1), middle)
        self._table(painter, right, self.tr("Head"), self._head_words(anatomy))

    # Words

    def _embedding_words(self, anatomy: Anatomy) -> list[str]:
        size = [f"{words.number(anatomy.vocabulary)}", f"× {words.number(anatomy.hidden)}"]
        if anatomy.position is Position.LEARNED:
            size.append(self.tr("+ positions"))
        return size

    def _head_words(self, anatomy: Anatomy) -> list[str]:
        shared = [self.tr("same table")] if anatomy.tied else []
        return [self.tr("a score for"), self.tr("each token"), *shared]

    # Boxes

    def _table(self, painter: QPainter, box: QRectF, title: str, lines: list[str]) -> None:
        tokens, px = self._look.tokens, self._look.px
        hairline_box(painter, box, px(10), tokens.line, tokens.code)
        top = box.top() + px(14)
        self._line(painter, QRectF(box.left(), top, box.width(), px(20)), title, "text", 12.5, 600)
        for place, text in enumerate(lines):
            row = QRectF(box.left(), top + px(26) + place * px(18), box.width(), px(18))
            self._line(painter, row, text, "muted", 11.5, 400)

    def _layers(self, painter: QPainter, box: QRectF, anatomy: Anatomy) -> None:
        """A stack of sheets; the front one shows a layer."""
        tokens, px = self._look.tokens, self._look.px
        for behind in (2, 1):
            shift = behind * px(4)
            hairline_box(
                painter, box.translated(shift, -shift), px(12), tokens.line, tokens.surface
            )
        hairline_box(painter, box, px(12), tokens.line, tokens.surface)
        title = self.tr("{number} layers, each:").format(number=anatomy.layers)
        head = QRectF(box.left() + px(14), box.top() + px(8), box.width() - px(28), px(20))
        self._line(painter, head, title, "text", 12.5, 600, left=True)
        inner = box.adjusted(px(14), px(34), -px(14), -px(30))
        gap, norm = px(8), px(22)
        kinds = ("norm", "attention", "norm", "mlp") if anatomy.mlp_width else ("norm", "attention")
        narrow = kinds.count("norm")
        room = inner.width() - narrow * norm - (len(kinds) - 1) * gap
        wide = room / (len(kinds) - narrow)
        place = inner.left()
        for kind in kinds:
            width = norm if kind == "norm" else wide
            part = QRectF(place, inner.top(), width, inner.height())
            {"norm": self._norm, "attention": self._attention, "mlp": self._mlp}[kind](
                painter, part, anatomy
            )
            place += width + gap
        foot = QRectF(head.left(), box.bottom() - px(24), head.width(), px(18))
        self._line(painter, foot, self._residual(anatomy), "faint", 11.5, 400, left=True)

    def _residual(self, anatomy: Anatomy) -> str:
        if anatomy.position is Position.ROTARY:
            return self.tr("rotary positions; each part adds to the stream")
        return self.tr("each part adds to the stream of {number} numbers").format(
            number=words.number(anatomy.hidden)
        )

    def _norm(self, painter: QPainter, box: QRectF, anatomy: Anatomy) -> None:
        tokens, px = self._look.tokens, self._look.px
        hairline_box(painter, box, px(7), tokens.line, tokens.code)
        painter.save()
        painter.translate(box.center())
        painter.rotate(-90)
        turned = QRectF(-box.height() / 2, -box.width() / 2, box.height(), box.width())
        self._line(painter, turned, anatomy.norm, "muted", 11.5, 400)
        painter.restore()

    def _attention(self, painter: QPainter, box: QRectF, anatomy: Anatomy) -> None:
        tokens, px = self._look.tokens, self._look.px
        hairline_box(painter, box, px(9), tokens.line, tokens.accent_soft)
        top = QRectF(box.left(), box.top() + px(8), box.width(), px(18))
        title = self.tr("Attention") if anatomy.heads else self.tr("Recurrence")
        self._line(painter, top, title, "text", 12.5, 600)
        if not anatomy.heads:
            return
        foot = QRectF(box.left(), box.bottom() - px(38), box.width(), px(16))
        self._line(
            painter,
            foot,
            self.tr("{number} heads of {size}").format(number=anatomy.heads, size=anatomy.head_dim),
            "muted",
            11.5,
            400,
        )
        groups = self.tr("in {number} groups").format(number=anatomy.kv_heads)
        if anatomy.kv_heads == anatomy.heads:
            groups = self.tr("not grouped")
        self._line(painter, foot.translated(0, px(16)), groups, "muted", 11.5, 400)
        self._heads(
            painter,
            QRectF(
                box.left() + px(8),
                top.bottom() + px(4),
                box.width() - px(16),
                foot.top() - top.bottom() - px(8),
            ),
            anatomy,
        )

    def _heads(self, painter: QPainter, box: QRectF, anatomy: Anatomy) -> None:
        """A dot for each head; heads of one group stand together and share a shade."""
        heads, groups = min(anatomy.heads, MOST_HEADS), max(1, anatomy.kv_heads)
        each = max(1, math.ceil(anatomy.heads / groups))
        columns = _columns(heads, box.width(), box.height(), each)
        rows = math.ceil(heads / columns)
        cell = min(box.width() / columns, box.height() / rows, self._look.px(16))
        left = box.center().x() - columns * cell / 2
        top = box.center().y() - rows * cell / 2
        painter.setPen(Qt.PenStyle.NoPen)
        for head in range(heads):
            colour = QColor(self._look.tokens.accent)
            colour.setAlphaF(0.9 if (head // each) % 2 == 0 else 0.45)
            painter.setBrush(colour)
            row, column = divmod(head, columns)
            dot = QRectF(left + column * cell, top + row * cell, cell, cell)
            inset = cell * 0.15
            painter.drawRoundedRect(
                dot.adjusted(inset, inset, -inset, -inset), cell * 0.2, cell * 0.2
            )

    def _mlp(self, painter: QPainter, box: QRectF, anatomy: Anatomy) -> None:
        tokens, px = self._look.tokens, self._look.px
        hairline_box(painter, box, px(9), tokens.line, tokens.warn_soft)
        names = {
            Mlp.GATED: self.tr("Gated MLP"),
            Mlp.EXPERTS: self.tr("Experts"),
            Mlp.PLAIN: self.tr("MLP"),
        }
        top = QRectF(box.left(), box.top() + px(8), box.width(), px(18))
        self._line(painter, top, names[anatomy.mlp], "text", 12.5, 600)
        foot = QRectF(box.left(), box.bottom() - px(38), box.width(), px(16))
        wide = self.tr("{number} wide").format(number=words.number(anatomy.mlp_width))
        if anatomy.experts:
            wide = self.tr("{number} experts").format(number=anatomy.experts)
        self._line(painter, foot, wide, "muted", 11.5, 400)
        self._line(
            painter, foot.translated(0, px(16)), anatomy.activation.upper(), "muted", 11.5, 400
        )
        room = QRectF(
            box.left() + px(12),
            top.bottom() + px(6),
            box.width() - px(24),
            foot.top() - top.bottom() - px(12),
        )
        self._widening(painter, room, 2 if anatomy.mlp is Mlp.GATED else 1)

    def _widening(self, painter: QPainter, room: QRectF, branches: int) -> None:
        """Narrow, wide, narrow: once, or twice side by side where one gates the other."""
        painter.setPen(Qt.PenStyle.NoPen)
        gap = self._look.px(6)
        height = (room.height() - (branches - 1) * gap) / branches
        for branch in range(branches):
            colour = QColor(self._look.tokens.warn)
            colour.setAlphaF(0.75 if branch == 0 else 0.4)
            painter.setBrush(colour)
            top = room.top() + branch * (height + gap)
            middle, narrow = top + height / 2, height * 0.22
            wide = min(room.width(), self._look.px(110))
            left = room.center().x() - wide / 2
            painter.drawPolygon(QPolygonF([
                QPointF(left, middle - narrow), QPointF(left + wide / 2, top),
                QPointF(left + wide, middle - narrow), QPointF(left + wide, middle + narrow),
                QPointF(left + wide / 2, top + height), QPointF(left, middle + narrow),
            ]))  # fmt: skip

    # Strokes

    def _arrow(self, painter: QPainter, start: float, end: float, y: float) -> None:
        painter.setPen(QPen(self._look.tokens.faint, 1.4))
        tip = self._look.px(4)
        painter.drawLine(QPointF(start + tip, y), QPointF(end - 1, y))
        painter.drawLine(QPointF(end - tip, y - tip), QPointF(end - 1, y))
        painter.drawLine(QPointF(end - tip, y + tip), QPointF(end - 1, y))

    def _line(
        self, painter: QPainter, box: QRectF, text: str, colour: str, size: float, weight: int, *,
        left: bool = False,
    ) -> None:  # fmt: skip
        painter.setFont(self._look.font(size, weight, tabular=True))
        painter.setPen(getattr(self._look.tokens, colour))
        side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignHCenter
        shown = painter.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, int(box.width()) + 1
        )
        painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), shown)


def _columns(heads: int, width: float, height: float, each: int) -> int:
    """How many heads stand in a row, so that the rows fill the room and groups stay whole."""
    best = max(1, min(heads, round(math.sqrt(heads * width / max(1.0, height)))))
    if each > 1 and best > each:
        best -= best % each
    return best
