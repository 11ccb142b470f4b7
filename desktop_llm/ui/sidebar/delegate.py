"""How the rows of the list are painted and edited, and where their dots are. Decides nothing."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop_llm.ui.look import Look
from desktop_llm.ui.sidebar.list_model import BUSY, ROW
from desktop_llm.ui.sidebar.rows import Row, RowKind

Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """`editing` says whether a title is being edited."""

    def __init__(self, look: Look, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._look, self._view = look, view
        self.editing = False
        self._filled = False  # the open line has the title already

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Rows are 33 px, headings 32, hits 54, at 100% zoom."""
        heights = {RowKind.HEADING: 32, RowKind.CONVERSATION: 33, RowKind.HIT: 54}
        return QSize(0, self._look.px(heights[index.data(ROW).kind]))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row with the look's colours."""
        row: Row = index.data(ROW)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.kind is RowKind.HEADING:
            self._paint_heading(painter, option.rect, row)
        else:
            self._paint_entry(painter, option, index, row)
        painter.restore()

    def _paint_heading(self, painter: QPainter, rect: QRect, row: Row) -> None:
        painter.setFont(self._look.font(11.5, 500))
        painter.setPen(self._look.tokens.faint)
        place = rect.adjusted(
            self._look.px(12), self._look.px(10), -self._look.px(12), -self._look.px(4)
        )
        painter.drawText(
            place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, row.title
        )

    def _paint_entry(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, row: Row
    ) -> None:
        look, tokens = self._look, self._look.tokens
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus) and self._by_keyboard()
        ground = option.rect.adjusted(0, 1, 0, -1)
        if chosen or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.accent_soft if chosen else self._hover())
            painter.drawRoundedRect(ground, look.px(9), look.px(9))
        if focused:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.accent, 1.5))
            painter.drawRoundedRect(ground.adjusted(1, 1, -1, -1), look.px(8), look.px(8))
        text = ground.adjusted(look.px(12), 0, -look.px(12), 0)
        if over and row.kind is RowKind.CONVERSATION:
            painter.drawPixmap(self._dots(option.rect).topLeft(), look.pixmap("more", "muted", 16))
            text.setRight(self._dots(option.rect).left() - look.px(4))
        elif index.data(BUSY):
            self._paint_busy(painter, text)
        self._paint_text(painter, text, row, chosen)

    def _paint_text(self, painter: QPainter, rect: QRect, row: Row, chosen: bool) -> None:
        look, tokens = self._look, self._look.tokens
        title = QRect(rect)
        if row.kind is RowKind.HIT:
            title.setHeight(rect.height() // 2)
            under = QRect(rect)
            under.setTop(title.bottom() - look.px(2))
            self._line(painter, under, row.snippet, 12, 400, tokens.faint, top=True)
        weight = 500 if chosen else 400
        self._line(
            painter,
            title,
            row.title,
            13.5,
            weight,
            tokens.muted if row.old and not chosen else tokens.text,
        )

    def _line(
        self,
        painter: QPainter,
        rect: QRect,
        text: str,
        size: float,
        weight: int,
        colour: QColor,
        top: bool = False,
    ) -> None:
        painter.setFont(self._look.font(size, weight))
        painter.setPen(colour)
        elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        vertical = Qt.AlignmentFlag.AlignTop if top else Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | vertical, elided)

    def _paint_busy(self, painter: QPainter, text: QRect) -> None:
        size = self._look.px(7)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.tokens.accent)
        painter.drawEllipse(text.right() - size, text.center().y() - size // 2, size, size)
        text.setRight(text.right() - size - self._look.px(6))

    def _hover(self) -> QColor:
        colour = QColor(self._look.tokens.text)
        colour.setAlphaF(0.05)
        return colour

    def _by_keyboard(self) -> bool:
        return self._view.property("by_keyboard") is True

    def _dots(self, rect: QRect) -> QRect:
        size = self._look.px(16)
        return QRect(
            rect.right() - size - self._look.px(10), rect.center().y() - size // 2, size, size
        )

    def dots_area(self, rect: QRect, index: Index) -> QRect:
        """Where a click on a row's three dots counts; empty where the row has none."""
        if index.data(ROW).kind is not RowKind.CONVERSATION:
            return QRect()
        margin = self._look.px(6)
        return self._dots(rect).adjusted(-margin, -margin, margin, margin)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """A line to edit the title in, of the row's own size."""
        self.editing, self._filled = True, False
        line = QLineEdit(parent)
        line.setObjectName("rename")
        line.setFont(self._look.font(13.5))
        line.setAccessibleName(self.tr("Title of the conversation"))
        return line

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Put the title in, once: Qt asks again whenever anything of the row changes, be it only its
        dot, and what was typed meanwhile would be gone."""
        if not self._filled:
            super().setEditorData(editor, index)
            self._filled = True

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        """The editing is over."""
        self.editing = False
        super().destroyEditor(editor, index)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """The line fills the row."""
        editor.setGeometry(option.rect.adjusted(self._look.px(4), 1, -self._look.px(4), -1))
