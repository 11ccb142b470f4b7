"""Paints what lies behind and under the text: bubbles, code grounds, statistics, the caret."""

from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QTextFrame

from desktop_llm.core.policy import FilterAction
from desktop_llm.ui.conversation.document import ConversationDocument, Item, kind, language
from desktop_llm.ui.conversation.formats import CODE_BLOCK, ERROR, HELP, QUOTE, THINKING
from desktop_llm.ui.conversation.statistics import can_continue, end_words, statistics
from desktop_llm.ui.look import Look

FOOT_HEIGHT = 26


@dataclass(slots=True)
class Spot:
    """A place that can be clicked: what happens ("copy-code", "continue", "previous", "next"), to what."""

    rect: QRectF
    action: str
    message_id: str
    number: int = 0


@dataclass(slots=True)
class Grounds:
    """Paints in document coordinates, only what is visible. `spots` are those of the last time."""

    look: Look
    document: ConversationDocument
    show_statistics: bool = True
    pressed_spot: str = ""
    spots: list[Spot] = field(default_factory=list)

    def paint(self, painter: QPainter, top: float, bottom: float, pointer: QPointF | None) -> None:
        """Everything between two heights of the document; `pointer` is where the mouse is."""
        self.spots = []
        items = self.document.items
        place = self.document.at(top)
        while place < len(items):
            item = items[place]
            rect = self.document.rect(item.frame)
            if rect.top() > bottom:
                break
            if item.by_user:
                self._bubble(painter, rect)
            else:
                self._grounds(painter, item, pointer)
                self._masks(painter, item)
            self._foot(painter, item, rect, pointer)
            place += 1

    def _bubble(self, painter: QPainter, rect: QRectF) -> None:
        """Round, with a small corner towards the person."""
        large, small = self.look.px(16), self.look.px(4)
        path = QPainterPath()
        path.addRoundedRect(rect, large, large)
        corner = QRectF(rect.right() - large, rect.bottom() - large, large, large)
        square = QPainterPath()
        square.addRoundedRect(corner, small, small)
        painter.fillPath(path.united(square), self.look.tokens.user)

    # Replies

    def _grounds(self, painter: QPainter, item: Item, pointer: QPointF | None) -> None:
        number = 0
        for frame in _frames(item.frame):
            rect = self.document.rect(frame)
            what = kind(frame)
            if what == CODE_BLOCK:
                self._code(painter, frame, rect, item, number, pointer)
                number += 1
            elif what in (QUOTE, THINKING):
                bar = QRectF(rect.left(), rect.top() + 2, self.look.px(3), rect.height() - 4)
                painter.fillRect(bar, self.look.tokens.line)
            elif what == ERROR:
                self._box(painter, rect, self.look.tokens.warn_soft, self.look.tokens.warn)
            elif what == HELP:
                self._box(painter, rect, self.look.tokens.accent_soft, self.look.tokens.line)

    def _masks(self, painter: QPainter, item: Item) -> None:
        """A bar over each sign that hides something."""
        if not any(mark.action == FilterAction.MASK for mark in item.marks):
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.look.tokens.text)
        radius = self.look.px(3)
        for rect in self.document.masks(item):
            painter.drawRoundedRect(rect, radius, radius)

    def _box(self, painter: QPainter, rect: QRectF, fill: QColor, line: QColor) -> None:
        painter.setPen(QPen(line, 1))
        painter.setBrush(fill)
        radius = self.look.px(12)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def _code(
        self, painter: QPainter, frame: QTextFrame, rect: QRectF, item: Item, number: int,
        pointer: QPointF | None,
    ) -> None:  # fmt: skip
        tokens, px = self.look.tokens, self.look.px
        self._box(painter, rect, tokens.code, tokens.line)
        painter.setFont(self.look.font(12))
        bar = QRectF(rect.left() + px(16), rect.top() + px(6), rect.width() - px(28), px(22))
        painter.setPen(tokens.faint)
        painter.drawText(bar, Qt.AlignmentFlag.AlignVCenter, language(frame) or _tr("code"))
        text = _tr("Copy")
        width = QFontMetricsF(painter.font()).horizontalAdvance(text)
        spot = QRectF(bar.right() - width - px(8), bar.top(), width + px(8), bar.height())
        painter.setPen(tokens.text if pointer and spot.contains(pointer) else tokens.muted)
        painter.drawText(spot, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        self.spots.append(Spot(spot, "copy-code", item.id, number))

    def caret(self, painter: QPainter, line: QRectF) -> None:
        """Where the next word will stand; `line` is the text cursor's rectangle."""
        width, height = self.look.px(8), self.look.px(16)
        box = QRectF(line.left() + self.look.px(2), 0, width, height)
        box.moveCenter(QPointF(box.center().x(), line.center().y()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.look.tokens.accent)
        painter.drawRoundedRect(box, 2, 2)

    def chosen(self, painter: QPainter, item: Item) -> None:
        """A soft ground behind the message that the keyboard has chosen."""
        rect = self.document.rect(item.frame)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.look.tokens.accent_soft)
        painter.drawRoundedRect(rect, self.look.px(9), self.look.px(9))

    # Under a message

    def foot(self, item: Item) -> QRectF:
        """The line under a message, as wide as the column."""
        rect = self.document.rect(item.frame)
        width = self.document.doc.textWidth()
        return QRectF(0, rect.bottom() + self.look.px(2), width, self.look.px(FOOT_HEIGHT))

    def _foot(
        self, painter: QPainter, item: Item, rect: QRectF, pointer: QPointF | None
    ) -> None:  # fmt: skip
        line = self.foot(item)
        painter.setFont(self.look.font(12, tabular=True))
        parts = self._words(item)
        gap = self.look.px(14)
        metrics = QFontMetricsF(painter.font())
        width = sum(metrics.horizontalAdvance(part) + gap for part in parts)
        if item.shown.versions > 1:
            width += self._flipper_width(metrics, item) + gap
        left = line.right() - width + gap if item.by_user else line.left()
        if item.shown.versions > 1:
            left += self._flipper(painter, item, left, line, pointer) + gap
        painter.setPen(self.look.tokens.faint)
        for part in parts:
            advance = metrics.horizontalAdvance(part)
            spot = QRectF(left, line.top(), advance + 2, line.height())
            painter.drawText(spot, Qt.AlignmentFlag.AlignVCenter, part)
            left += advance + gap
        if not item.by_user and not item.running and can_continue(item.shown.message):
            words = _tr("Continue")
            spot = QRectF(left, line.top(), metrics.horizontalAdvance(words) + 2, line.height())
            under = pointer is not None and spot.contains(pointer)
            painter.setPen(self.look.tokens.text if under else self.look.tokens.accent)
            painter.drawText(spot, Qt.AlignmentFlag.AlignVCenter, words)
            self.spots.append(Spot(spot, "continue", item.id))

    def _words(self, item: Item) -> list[str]:
        if item.by_user:
            return []
        parts = list(statistics(item.shown.message)) if self.show_statistics else []
        if not item.running:
            parts += [word for word in (end_words(item.shown.message),) if word]
        return [*parts, *(words for words in (item.reading, item.notice) if words)]

    def _flipper_width(self, metrics: QFontMetricsF, item: Item) -> float:
        words = f"{item.shown.version} / {item.shown.versions}"
        return metrics.horizontalAdvance(words) + 2 * self.look.px(18)

    def _flipper(
        self, painter: QPainter, item: Item, left: float, line: QRectF, pointer: QPointF | None
    ) -> float:
        """The arrows between versions; returns how wide they are."""
        side = self.look.px(18)
        metrics = QFontMetricsF(painter.font())
        words = f"{item.shown.version} / {item.shown.versions}"
        advance = metrics.horizontalAdvance(words)
        back = QRectF(left, line.top(), side, line.height())
        on = QRectF(left + side + advance, line.top(), side, line.height())
        for spot, icon, action, ends in (
            (back, "chevron-left", "previous", item.shown.version == 1),
            (on, "chevron-right", "next", item.shown.version == item.shown.versions),
        ):
            under = pointer is not None and spot.contains(pointer) and not ends
            ink = "line" if ends else "text" if under else "muted"
            size = self.look.px(14)
            place = QRectF(0, 0, size, size)
            place.moveCenter(spot.center())
            pixmap = self.look.pixmap(icon, ink, 14, painter.device().devicePixelRatioF())
            painter.drawPixmap(place, pixmap, QRectF(pixmap.rect()))
            if not ends:
                self.spots.append(Spot(spot, action, item.id))
        painter.setPen(self.look.tokens.muted)
        middle = QRectF(left + side, line.top(), advance + 2, line.height())
        painter.drawText(middle, Qt.AlignmentFlag.AlignVCenter, words)
        return advance + 2 * side


def _frames(frame: QTextFrame) -> list[QTextFrame]:
    found = []
    for child in frame.childFrames():
        found += [child, *_frames(child)]
    return found


def _tr(text: str) -> str:
    return QCoreApplication.translate("Reply", text)
