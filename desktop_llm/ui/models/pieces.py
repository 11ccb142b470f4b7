"""What the pages about one model are made of: a head with a way back, a scrolling column, tables of facts."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
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
from desktop_llm.ui.controls.flow import Flow
from desktop_llm.ui.controls.painting import painter_for
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.models import words
from desktop_llm.ui.settings.cards import Card

MEASURE = 748
"""The widest column of a page about one model, in pixels at 100% text size."""
LINE, NAME, BAR, WORDS = 34, 52, 60, 300
"""Of what a precision takes: the line's height, the name, the shortest bar, the words beside it."""
MUCH = 100_000.0
WRAPPED = int(Qt.TextFlag.TextWordWrap)


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
        self.actions = Flow()
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
    """What a model takes in each precision on this computer, painted as bars of its memory.

    Where there is no room for the words beside a bar they stand below it.
    """

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._made: tuple[Estimate, ...] = ()
        self._free = 0
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        look.changed.connect(self.updateGeometry)

    def show_estimates(self, made: Sequence[Estimate], free: int) -> None:
        """Show these; `free` is the free memory in bytes."""
        self._made, self._free = tuple(made), free
        self.setAccessibleName(self.tr("What it takes on this computer"))
        self.setAccessibleDescription("; ".join(self._spoken(one) for one in made))
        self.updateGeometry()
        self.update()

    def _spoken(self, one: Estimate) -> str:
        return ", ".join([one.precision, *_told(one)])

    def sizeHint(self) -> QSize:
        """A line each."""
        wide = self._look.px(420)
        return QSize(wide, self.heightForWidth(max(self.width(), wide)))

    def minimumSizeHint(self) -> QSize:
        """It may become narrow."""
        return QSize(self._look.px(120), self._look.px(LINE))

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """A line each, and its words below it where they have no room beside."""
        lines = self._look.px(LINE) * max(1, len(self._made))
        if self._beside(width):
            return lines
        return lines + sum(math.ceil(self._below(one, width)) for one in self._made)

    def _beside(self, width: float) -> bool:
        return width >= self._look.px(NAME + BAR + WORDS)

    def _below(self, one: Estimate, width: float) -> float:
        """How high the words are below the bar."""
        room = QRectF(0, 0, width, MUCH)
        metrics = QFontMetricsF(self._font_below())
        return metrics.boundingRect(room, WRAPPED, " · ".join(_told(one))).height()

    def _font_below(self) -> QFont:
        return self._look.font(13, 500, tabular=True)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Precision, bar, amount, fit, speed."""
        painter, line = painter_for(self), QRectF(0, 0, self.width(), self._look.px(LINE))
        for one in self._made:
            self._paint_line(painter, line, one)
            line.translate(0, line.height())
            if not self._beside(self.width()):
                line.translate(0, self._paint_below(painter, line, one))

    def _paint_below(self, painter: QPainter, line: QRectF, one: Estimate) -> float:
        high = math.ceil(self._below(one, line.width()))
        painter.setFont(self._font_below())
        painter.setPen(getattr(self._look.tokens, words.fit_color(one.fit)))
        place = QRectF(line.left(), line.top() - self._look.px(4), line.width(), high)
        painter.drawText(place, WRAPPED, " · ".join(_told(one)))
        return high

    def _paint_line(self, painter: QPainter, line: QRectF, one: Estimate) -> None:
        self._words(painter, line, one.precision, "text", 500)
        px, beside = self._look.px, self._beside(line.width())
        words_at = line.right() - px(WORDS)
        self._paint_bar(painter, line, words_at - px(12) if beside else line.right(), one)
        if beside:
            self._paint_words(painter, line, words_at, one)

    def _paint_bar(self, painter: QPainter, line: QRectF, end: float, one: Estimate) -> None:
        px, tokens = self._look.px, self._look.tokens
        left = px(NAME)
        bar = QRectF(left, line.center().y() - px(4), end - left, px(8))
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

    def _paint_words(self, painter: QPainter, line: QRectF, left: float, one: Estimate) -> None:
        px = self._look.px
        size = QRectF(left, line.top(), px(70), line.height())
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


def _told(one: Estimate) -> list[str]:
    """The amount, whether it fits, the speed."""
    told = [words.data_size(one.needed), words.fit(one.fit), words.pace(one)]
    return [part for part in told if part]


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
