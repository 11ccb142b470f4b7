"""A list of models: rows of two lines, painted one by one, so that thousands cost nothing. Decides nothing."""

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop_llm.ui.controls.painting import HOVER, focus_ring, hairline_box, shade
from desktop_llm.ui.controls.plain import tip
from desktop_llm.ui.look import Look
from desktop_llm.ui.models.entries import Entry

Index = QModelIndex | QPersistentModelIndex
ENTRY = int(Qt.ItemDataRole.UserRole)
HEIGHT, GAP = 66, 8
"""Of a row and between two, in pixels at 100% text size."""


class _Rows(QAbstractListModel):
    """The entries as Qt's list wants them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: tuple[Entry, ...] = ()

    def show(self, entries: Iterable[Entry]) -> None:
        """Replace all rows; nothing flickers where they are the same as before."""
        fresh = tuple(entries)
        if fresh == self.entries:
            return
        if [one.id for one in fresh] == [one.id for one in self.entries]:
            self.entries = fresh
            self.dataChanged.emit(self.index(0), self.index(len(fresh) - 1))
            return
        self.beginResetModel()
        self.entries = fresh
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A row's title, its Entry, or what a screen reader says of it."""
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == ENTRY:
            return entry
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(entry.line)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return entry.spoken
        return None


class _Painter(QStyledItemDelegate):
    """Paints one row as a card."""

    def __init__(self, look: Look, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._look, self._view = look, view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are equally high."""
        return QSize(0, self._look.px(HEIGHT) + self._look.px(GAP))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The card, its words, and the ring where the keyboard stands."""
        entry: Entry = index.data(ENTRY)
        look, tokens, px = self._look, self._look.tokens, self._look.px
        card = QRectF(option.rect).adjusted(0, 0, -px(4), -px(GAP))
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = tokens.accent if entry.chosen else tokens.faint if over else tokens.line
        hairline_box(painter, card, px(12), line, tokens.surface)
        if over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade(look, HOVER / 2))
            painter.drawRoundedRect(card, px(12), px(12))
        self._paint_words(painter, card, entry)
        by_key = self._view.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        if option.state & QStyle.StateFlag.State_HasFocus and by_key:
            focus_ring(painter, card, px(12), tokens.accent)
        painter.restore()

    def _paint_words(self, painter: QPainter, card: QRectF, entry: Entry) -> None:
        px, tokens = self._look.px, self._look.tokens
        upper = QRectF(card.left() + px(16), card.top() + px(10), card.width() - px(32), px(22))
        lower = upper.translated(0, px(24))
        right = self._badge(painter, upper, entry)
        upper.setRight(right - px(12))
        title = self._text(painter, upper, entry.title, 14, 600, tokens.text)
        tag = upper.adjusted(title + px(10), 0, 0, 0)
        if tag.width() > px(40):
            self._text(painter, tag, entry.tag, 12.5, 400, tokens.muted)
        if entry.facts:
            metrics = QFontMetricsF(self._look.font(12.5, tabular=True))
            wide = metrics.horizontalAdvance(entry.facts)
            place = QRectF(lower.right() - wide - 1, lower.top(), wide + 2, lower.height())
            self._text(painter, place, entry.facts, 12.5, 400, tokens.muted)
            lower.setRight(place.left() - px(16))
        self._text(painter, lower, entry.line, 13, 400, tokens.muted)

    def _badge(self, painter: QPainter, rect: QRectF, entry: Entry) -> float:
        """The badge at the right of a line. Returns where it begins."""
        if not entry.badge:
            return rect.right()
        px, font = self._look.px, self._look.font(12, 500)
        wide = QFontMetricsF(font).horizontalAdvance(entry.badge) + px(18)
        box = QRectF(rect.right() - wide, rect.top(), wide, px(22))
        colour: QColor = getattr(self._look.tokens, entry.color)
        ground = QColor(colour)
        ground.setAlphaF(0.1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, px(11), px(11))
        painter.setFont(font)
        painter.setPen(QPen(colour))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, entry.badge)
        return box.left()

    def _text(
        self, painter: QPainter, rect: QRectF, text: str, size: float, weight: int, colour: QColor
    ) -> float:
        """One line, cut with an ellipsis. Returns its width."""
        font = self._look.font(size, weight, tabular=True)
        metrics = QFontMetricsF(font)
        line = metrics.elidedText(
            text.replace("\n", " "), Qt.TextElideMode.ElideRight, rect.width() + 1
        )
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, line)
        return metrics.horizontalAdvance(line)


class ModelList(QListView):
    """Signals: `opened(id)` on a click, Enter or Space."""

    opened = Signal(str)

    def __init__(self, look: Look, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._rows = _Rows(self)
        self.setModel(self._rows)
        self.setItemDelegate(_Painter(look, self))
        self.setObjectName("models")
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self.viewport().setAutoFillBackground(False)
        self.clicked.connect(self._on_clicked)
        look.changed.connect(self._apply_look)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is shown."""
        return self._rows.entries

    def show_entries(self, entries: Iterable[Entry]) -> None:
        """Show these; the place and the chosen row stay where the models are the same."""
        chosen = self.currentIndex().row()
        self._rows.show(entries)
        if not self.currentIndex().isValid() and self._rows.entries:
            place = min(max(0, chosen), len(self._rows.entries) - 1)
            self.setCurrentIndex(self._rows.index(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space open the row with the ring."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in keys and self.currentIndex().isValid():
            self._on_clicked(self.currentIndex())
            return
        super().keyPressEvent(event)

    @Slot(object)
    def _on_clicked(self, index: QModelIndex) -> None:
        self.opened.emit(self._rows.entries[index.row()].id)

    @Slot()
    def _apply_look(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
