"""What an empty conversation shows: a greeting, and up to four questions to click."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop_llm.ui.controls.painting import (
    HOVER,
    focus_ring,
    focus_visible,
    hairline_box,
    painter_for,
    shade,
)
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look

WIDTH = 640
TWO_COLUMNS = 480


class QuestionCard(QPushButton):
    """A question as a card; its text may wrap into two lines."""

    def __init__(self, look: Look, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self._look = look
        self.setAccessibleName(text)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self._apply_look)
        self._apply_look()

    @Slot()
    def _apply_look(self) -> None:
        self.setFont(self._look.font(14))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Two lines high."""
        return QSize(self._look.px(220), self._look.px(66))

    def minimumSizeHint(self) -> QSize:
        """It may become narrow."""
        return QSize(self._look.px(120), self._look.px(66))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A quiet card."""
        painter, tokens, px = painter_for(self), self._look.tokens, self._look.px
        rect = QRectF(self.rect())
        hairline_box(painter, rect, px(12), tokens.line, tokens.surface)
        if self.underMouse() or self.isDown():
            hairline_box(painter, rect, px(12), tokens.accent, shade(self._look, HOVER / 2))
        painter.setFont(self.font())
        painter.setPen(tokens.text)
        inside = rect.adjusted(px(16), px(6), -px(16), -px(6))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(inside, int(flags), self.text())
        if focus_visible(self):
            focus_ring(painter, rect, px(12), tokens.accent)


class Greeting(QWidget):
    """Signals: `question_chosen(text)`."""

    question_chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._title = Text(look, self.tr("What would you like to know?"), self, size=24, weight=600)
        self._sub = Text(
            look,
            self.tr("The model runs on this computer. Nothing you write leaves it."),
            self, size=14, color="muted",
        )  # fmt: skip
        for label in (self._title, self._sub):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.cards: list[QuestionCard] = []
        self._grid = QGridLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._title)
        column.addWidget(self._sub)
        column.addSpacing(18)
        column.addLayout(self._grid)
        look.changed.connect(self._apply_look)
        self._apply_look()

    def set_questions(self, questions: Sequence[str]) -> None:
        """The questions to offer."""
        for card in self.cards:
            card.hide()  # or it takes room until it is gone
            card.deleteLater()
        self.cards = [QuestionCard(self._look, text, self) for text in questions]
        self._arrange(2)
        for card in self.cards:
            card.clicked.connect(self._on_clicked)
            card.show()  # the layout has no room for what it would show only later

    def _arrange(self, columns: int) -> None:
        for number, card in enumerate(self.cards):
            self._grid.addWidget(card, number // columns, number % columns)

    def place(self, width: int, height: int) -> None:
        """Stand a little above the middle of a room of that size, with as many questions as it holds."""
        wide = min(self._look.px(WIDTH), width - self._look.px(32))
        self._arrange(2 if wide >= self._look.px(TWO_COLUMNS) else 1)
        wide = max(160, wide)
        top = self._look.px(12)
        self.resize(wide, self._offer(wide, height - top))
        spare = height - self.height()
        self.move((width - self.width()) // 2, max(top, int(spare * 0.42)))

    def _offer(self, wide: int, room: int) -> int:
        """Show the first questions, no more than there is room for. Returns the height of all."""
        layout = self.layout()
        assert layout is not None
        for count in range(len(self.cards), -1, -1):
            for number, card in enumerate(self.cards):
                card.setVisible(number < count)  # what nobody can scroll to no key goes to either
            layout.activate()
            tall = layout.heightForWidth(wide)
            if tall <= room:
                break
        return tall

    @Slot()
    def _on_clicked(self) -> None:
        card = self.sender()
        if isinstance(card, QuestionCard):
            self.question_chosen.emit(card.text())

    @Slot()
    def _apply_look(self) -> None:
        self._grid.setSpacing(self._look.px(12))
        for card in self.cards:
            card.updateGeometry()  # it hears of the look only after who places it here
