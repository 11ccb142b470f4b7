"""What the pages about one model are made of: a head with a way back, a scrolling column, tables of facts."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.core.fitting import Estimate
from desktop_llm.ui.controls.buttons import IconButton
from desktop_llm.ui.controls.painting import painter_for
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.models import words
from desktop_llm.ui.settings.cards import Card

MEASURE = 748
"""The widest column of a page about one model, in pixels at 100% text size."""


class Detail(QWidget):
    """A page about one model. Signals: `back()`. Subclasses fill `column` and `actions`."""

    back = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.back_button = IconButton(look, "chevron-left", self.tr("Back to the list"), self)
        self.back_button.clicked.connect(self.back)
        self.title = Text(look, "", self, size=20, weight=650)
        self.under = Text(look, "", self, size=13.5, color="muted", leading=1.6)
        self.actions = QHBoxLayout()
        self.body = QWidget(self)
        self.column = QVBoxLayout(self.body)
        self._lay_out()
        self.setFocusProxy(self.back_button)
        look.changed.connect(self._apply_detail_look)
        self._apply_detail_look()

    def _lay_out(self) -> None:
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(self.title)
        names.addWidget(self.under)
        self._head = QHBoxLayout()
        self._head.addWidget(self.back_button, 0, Qt.AlignmentFlag.AlignTop)
        self._head.addLayout(names, 1)
        self.column.addLayout(self._head)
        self.column.addLayout(self.actions)
        frame = QWidget()
        row = QHBoxLayout(frame)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.body, 1)
        row.addStretch(0)
        self.area = scrolling(frame, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.area)

    def to_top(self) -> None:
        """Show the beginning."""
        self.area.verticalScrollBar().setValue(0)

    @Slot()
    def _apply_detail_look(self) -> None:
        px = self._look.px
        self.body.setMaximumWidth(px(MEASURE))
        self.column.setContentsMargins(0, 0, px(10), px(24))
        self.column.setSpacing(px(14))
        self._head.setSpacing(px(8))
        self.actions.setSpacing(px(8))
        self.actions.setContentsMargins(px(40), 0, 0, 0)


class FactsCard(Card):
    """Names at the left, what is so at the right. Values can be selected."""

    def __init__(self, look: Look, parent: QWidget, title: str = "") -> None:
        super().__init__(look, parent)
        self._look = look
        self._body = QWidget(self)
        outer = QVBoxLayout(self._body)
        outer.setContentsMargins(0, look.px(10), 0, look.px(12))
        outer.setSpacing(look.px(8))
        if title:
            outer.addWidget(Text(look, title, self._body, size=14, weight=600))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(look.px(18))
        self._grid.setVerticalSpacing(look.px(6))
        self._grid.setColumnStretch(1, 1)
        outer.addLayout(self._grid)
        self.add(self._body)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show these names and values; empty values are left out."""
        empty_grid(self._grid)
        for row, (name, value) in enumerate((n, v) for n, v in facts if v):
            label = Text(self._look, name, self._body, size=13, color="muted")
            label.setWordWrap(False)
            told = Text(self._look, value, self._body, size=13, tabular=True)
            told.setAccessibleName(f"{name}: {value}")
            self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(told, row, 1)


class FitTable(QWidget):
    """What a model takes in each precision on this computer, painted as bars of its memory."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._made: tuple[Estimate, ...] = ()
        self._free = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.updateGeometry)

    def show_estimates(self, made: Sequence[Estimate], free: int) -> None:
        """Show these; `free` is the free memory in bytes."""
        self._made, self._free = tuple(made), free
        self.setAccessibleName(self.tr("What it takes on this computer"))
        self.setAccessibleDescription("; ".join(self._spoken(one) for one in made))
        self.updateGeometry()
        self.update()

    def _spoken(self, one: Estimate) -> str:
        parts = [one.precision, words.data_size(one.needed), words.fit(one.fit), words.pace(one)]
        return ", ".join(part for part in parts if part)

    def sizeHint(self) -> QSize:
        """A line each."""
        return QSize(self._look.px(420), self._look.px(34) * max(1, len(self._made)))

    def minimumSizeHint(self) -> QSize:
        """It may become narrow."""
        return QSize(self._look.px(300), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Precision, bar, amount, fit, speed."""
        painter, px = painter_for(self), self._look.px
        for place, one in enumerate(self._made):
            line = QRectF(0, place * px(34), self.width(), px(34))
            self._paint_line(painter, line, one)

    def _paint_line(self, painter: QPainter, line: QRectF, one: Estimate) -> None:
        px, tokens = self._look.px, self._look.tokens
        self._words(painter, line, one.precision, "text", 500)
        left, wide = px(52), px(300)
        right = QRectF(line.right() - wide, line.top(), wide, line.height())
        bar = QRectF(left, line.center().y() - px(4), right.left() - left - px(12), px(8))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.line)
        painter.drawRoundedRect(bar, px(4), px(4))
        share = min(1.0, one.needed / self._free) if self._free else 1.0
        colour = getattr(tokens, words.fit_color(one.fit))
        painter.setBrush(colour)
        painter.drawRoundedRect(
            QRectF(bar.left(), bar.top(), max(px(8), bar.width() * share), bar.height()),
            px(4),
            px(4),
        )
        size = QRectF(right.left(), line.top(), px(70), line.height())
        self._words(painter, size, words.data_size(one.needed), "text", 400, right=True)
        fit = QRectF(size.right() + px(14), line.top(), px(96), line.height())
        self._words(painter, fit, words.fit(one.fit), words.fit_color(one.fit), 500)
        pace = QRectF(fit.right(), line.top(), line.right() - fit.right(), line.height())
        self._words(painter, pace, words.pace(one), "muted", 400, right=True)

    def _words(
        self, painter: QPainter, rect: QRectF, text: str, colour: str, weight: int, *, right: bool = False
    ) -> None:  # fmt: skip
        painter.setFont(self._look.font(13, weight, tabular=True))
        ink: QColor = getattr(self._look.tokens, colour)
        painter.setPen(QPen(ink))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        metrics = QFontMetricsF(painter.font())
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, rect.width() + 1)
        painter.drawText(rect, int(side | Qt.AlignmentFlag.AlignVCenter), shown)


def empty_grid(grid: QGridLayout) -> None:
    """Take all widgets out of a grid; they are gone from the screen at once."""
    while (item := grid.takeAt(0)) is not None:
        item.widget().hide()
        item.widget().deleteLater()


def scrolling(inside: QWidget, parent: QWidget) -> QScrollArea:
    """A widget that scrolls up and down on the page's own ground."""
    area = QScrollArea(parent)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    area.viewport().setAutoFillBackground(False)
    inside.setAutoFillBackground(False)
    return area
