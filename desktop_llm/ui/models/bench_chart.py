"""A model's measured speed as six small pictures: one result's figures large, all results as bars.

Measures nothing and keeps nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QCoreApplication,
    QDateTime,
    QEvent,
    QLocale,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop_llm.core.benchmarks import Benchmark, BenchResult
from desktop_llm.ui.controls.painting import painter_for
from desktop_llm.ui.controls.speaking import Speaker
from desktop_llm.ui.look import Look
from desktop_llm.ui.models import words

MOST = 8
"""Results that are shown beside each other."""
TILE, HEIGHT = 200, 96
BAR, GAP, BARS = 12, 4, 30
EARLIER = 110
"""How much of the accent an earlier result has, of 255."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("BenchChart", text)


@dataclass(frozen=True, slots=True)
class _Figure:
    """One of the figures: its name, its value in a result, and that value in words with its unit."""

    name: str
    value: Callable[[BenchResult], float]
    said: Callable[[float], tuple[str, str]]


def figures() -> tuple[_Figure, ...]:
    """All of them, the one that is felt most first."""
    return (
        _Figure(_tr("Writing"), lambda r: r.decode_tokens_per_s, _pace),
        _Figure(_tr("Reading"), lambda r: r.prefill_tokens_per_s, _pace),
        _Figure(_tr("First token after"), lambda r: r.ttft_s, _seconds),
        _Figure(_tr("Loading"), lambda r: r.load_s, _seconds),
        _Figure(_tr("Memory at most"), lambda r: float(r.peak_rss_bytes), _size),
        _Figure(_tr("Of the memory's bandwidth"), lambda r: r.bandwidth_share, _share),
    )


def _pace(value: float) -> tuple[str, str]:
    return words.number(value, 0 if value >= 20 else 1), _tr("tokens/s")


def _seconds(value: float) -> tuple[str, str]:
    return words.number(value, 1 if value >= 10 else 2), _tr("s")


def _size(value: float) -> tuple[str, str]:
    number, _, unit = words.data_size(value).partition(" ")
    return number, unit


def _share(value: float) -> tuple[str, str]:
    return (words.number(100 * value), "%") if value else ("–", "")


class BenchChart(QWidget):
    """Pictures in two or three columns. Resting the mouse on a bar tells of that result.

    The figures are those of the last one; with the keyboard Left and Right go through the others.
    Signals: `turned(Benchmark)` when they show another; `focus_moved()` when the keyboard comes or goes,
    which who has room for a ring around it shows.
    """

    turned = Signal(object)
    focus_moved = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._shown: tuple[Benchmark, ...] = ()
        self._at = 0  # the one whose figures are shown
        self.speaker = Speaker(self)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Measured speed"))
        self._figures = figures()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        look.changed.connect(self._apply_look)

    def show_results(self, results: Sequence[Benchmark]) -> None:
        """Show these, the oldest first."""
        self._shown = tuple(results)[-MOST:]
        self._at = max(0, len(self._shown) - 1)
        # The newest first: it is what is wanted most, and what the picture shows.
        self.setAccessibleDescription(". ".join(map(self._spoken, reversed(self._shown))))
        self.updateGeometry()
        self.update()

    def _spoken(self, one: Benchmark) -> str:
        """A result in words: how and when it was measured, and all figures."""
        figures = [self._told(figure, one.result) for figure in self._figures]
        return "; ".join([_measured(one), *figures])

    def _told(self, figure: _Figure, result: BenchResult) -> str:
        return f"{figure.name} {' '.join(figure.said(figure.value(result)))}".strip()

    # Its size

    def _columns(self, width: int) -> int:
        return max(1, min(3, width // self._look.px(TILE)))

    def heightForWidth(self, width: int) -> int:
        """As many rows as the columns leave."""
        rows = -(-len(self._figures) // self._columns(width))
        return rows * self._look.px(HEIGHT) if self._shown else 0

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def sizeHint(self) -> QSize:
        """As it is at its width now."""
        least = self._look.px(TILE)
        return QSize(least, self.heightForWidth(max(self.width(), least)))

    def _tile(self, place: int) -> QRectF:
        columns, px = self._columns(self.width()), self._look.px
        row, column = divmod(place, columns)
        wide = self.width() / columns
        return QRectF(column * wide, row * px(HEIGHT), wide - px(18), px(HEIGHT) - px(14))

    def _bar(self, tile: QRectF, place: int) -> QRectF:
        """Where the bar of a result may be, at its full height."""
        px = self._look.px
        left = tile.left() + place * (px(BAR) + px(GAP))
        return QRectF(left, tile.bottom() - px(BARS), px(BAR), px(BARS))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Name, figure, bars; six times."""
        painter = painter_for(self)
        for place, figure in enumerate(self._figures if self._shown else ()):
            self._paint_tile(painter, self._tile(place), figure)

    def _paint_tile(self, painter: QPainter, tile: QRectF, figure: _Figure) -> None:
        px, tokens = self._look.px, self._look.tokens
        name = QRectF(tile.left(), tile.top(), tile.width(), px(18))
        self._write(painter, name, figure.name, 12.5, 400, tokens.muted)
        number, unit = figure.said(figure.value(self._shown[self._at].result))
        line = QRectF(tile.left(), name.bottom(), tile.width(), px(28))
        wide = self._write(painter, line, number, 19, 650, tokens.text)
        line.setLeft(line.left() + wide + px(5))
        self._write(painter, line.translated(0, px(2)), unit, 12.5, 400, tokens.muted)
        most = max(figure.value(one.result) for one in self._shown) or 1.0
        painter.setPen(Qt.PenStyle.NoPen)
        for place, one in enumerate(self._shown):
            bar = self._bar(tile, place)
            high = max(px(2), bar.height() * figure.value(one.result) / most)
            painter.setBrush(self._colour(one))
            painter.drawRoundedRect(bar.adjusted(0, bar.height() - high, 0, 0), px(2), px(2))

    def _colour(self, one: Benchmark) -> QColor:
        """The shown result in the accent, the others paler, those of another precision grey."""
        shown, tokens = self._shown[self._at], self._look.tokens
        if one is shown:
            return tokens.accent
        same = one.result.precision == shown.result.precision
        other = QColor(tokens.accent if same else tokens.faint)
        other.setAlpha(EARLIER)
        return other

    def _write(
        self, painter: QPainter, rect: QRectF, text: str, size: float, weight: int, ink: QColor
    ) -> float:
        """Write on one line; returns how wide it is."""
        painter.setFont(self._look.font(size, weight, tabular=True))
        painter.setPen(ink)
        metrics = QFontMetricsF(painter.font())
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, rect.width()))
        side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect, int(side), shown)
        return metrics.horizontalAdvance(shown)

    # With the keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to an earlier or a later result; other keys belong to the page."""
        last = len(self._shown) - 1
        places = {
            Qt.Key.Key_Left: max(0, self._at - 1), Qt.Key.Key_Right: min(last, self._at + 1),
            Qt.Key.Key_Home: 0, Qt.Key.Key_End: last,
        }  # fmt: skip
        if event.key() in places and self._shown:
            self._turn(places[Qt.Key(event.key())])
            self.speaker.say(self._spoken(self._shown[self._at]))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keyboard is here."""
        super().focusInEvent(event)
        self.focus_moved.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show the last result again."""
        super().focusOutEvent(event)
        self._turn(len(self._shown) - 1)
        self.focus_moved.emit()

    def _turn(self, at: int) -> None:
        if self._shown and at != self._at:
            self._at = at
            self.turned.emit(self._shown[at])
            self.update()

    # What a bar tells

    def event(self, event: QEvent) -> bool:
        """Tell of the bar under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.about_bar(event.pos().x(), event.pos().y()))
            return True
        return super().event(event)

    def about_bar(self, x: int, y: int) -> str:
        """The result whose bar is there, in words; "" where none is."""
        for place, figure in enumerate(self._figures):
            for number, one in enumerate(self._shown):
                bar = self._bar(self._tile(place), number).adjusted(-2, 0, 2, 0)
                if bar.contains(x, y):
                    return f"{self._told(figure, one.result)}\n{_measured(one)}"
        return ""

    @Slot()
    def _apply_look(self) -> None:
        self.updateGeometry()
        self.update()


def _measured(one: Benchmark) -> str:
    return f"{one.result.precision}, {when(one)}"


def when(one: Benchmark) -> str:
    """When a result was measured, as this language writes it."""
    moment = QDateTime.fromSecsSinceEpoch(int(one.at))
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)
