"""A card of rows: what a setting is called and means at the left, its control at the right."""

from PySide6.QtCore import QLineF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_llm.ui.controls.buttons import IconButton
from desktop_llm.ui.controls.painting import hairline_box, painter_for
from desktop_llm.ui.controls.speaking import Speaker
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look

NARROW = 470
"""Under this width, at 100% text size, the control stands below the words."""
SMALL = 60
"""A control no wider than this, a switch, always fits beside them."""


class Row(QWidget):
    """Signals: `reset()`. `below` puts the control under the words, as wide as the card."""

    reset = Signal()

    def __init__(
        self, look: Look, title: str, about: str, control: QWidget | None, parent: QWidget, *,
        below: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self._below = look, below
        self.control = control
        self.speaker = Speaker(self)
        self._title = Text(look, title, self, size=14)
        self.about = Text(look, about, self, size=12.5, color="muted")
        self.about.setVisible(bool(about))
        self._title.setVisible(bool(title))
        self.problem = Text(look, "", self, size=12.5, color="bad")
        self.problem.hide()
        self.note = Text(look, "", self, size=12, color="faint", mono=True)
        self.note.hide()
        self.reset_button = IconButton(
            look, "undo", self.tr("Reset {title}").format(title=title), self, size=14
        )
        policy = self.reset_button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset_button.setSizePolicy(policy)
        self.reset_button.hide()
        self.reset_button.clicked.connect(self.reset)
        self._lay_out()
        look.changed.connect(self._apply_look)
        self._apply_look()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(1)
        for label in (self._title, self.about, self.problem, self.note):
            words.addWidget(label)
        self._right = QHBoxLayout()
        self._right.addWidget(self.reset_button)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        if self._below:
            top = QHBoxLayout()
            top.addLayout(words, 1)
            top.addWidget(self.reset_button, 0, Qt.AlignmentFlag.AlignTop)
            self._box.setDirection(QBoxLayout.Direction.TopToBottom)
            self._box.addLayout(top)
            if self.control is not None:
                self._box.addWidget(self.control)
            return
        self._box.addLayout(words, 1)
        if self.control is not None:
            self._right.addWidget(self.control)
        self._box.addLayout(self._right)

    def set_words(self, title: str, about: str) -> None:
        """Show another title and text."""
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self.about.setText(about)
        self.about.setVisible(bool(about))

    def show_problem(self, text: str, *, aloud: bool = True) -> None:
        """Say that what was written does not fit, and what would; "" takes that away.

        Not `aloud`: a screen reader leaves it to be found.
        """
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        if text and aloud:
            told = self.tr("{title}: {problem}").format(title=self._title.text(), problem=text)
            self.speaker.say(told, urgent=True)

    def show_note(self, text: str) -> None:
        """Say something small under the help; "" takes that away."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the control below where there is no room beside."""
        super().resizeEvent(event)
        narrow = self.width() < self._look.px(NARROW)
        control = self.control
        if (
            not self._below
            and control is not None
            and control.sizeHint().width() > self._look.px(SMALL)
        ):
            directions = QBoxLayout.Direction
            wanted = directions.TopToBottom if narrow else directions.LeftToRight
            if self._box.direction() != wanted:
                self._box.setDirection(wanted)
                side = Qt.AlignmentFlag.AlignRight if narrow else Qt.AlignmentFlag.AlignVCenter
                self._box.setAlignment(self._right, side)

    @Slot()
    def _apply_look(self) -> None:
        px = self._look.px
        self._box.setContentsMargins(0, px(11), 0, px(12))
        self._box.setSpacing(px(10) if self._below else px(16))
        self._right.setSpacing(px(4))


class Card(QWidget):
    """Rows with hairlines between them on one rounded ground."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._column = QVBoxLayout(self)
        self._column.setSpacing(1)
        look.changed.connect(self._apply_look)
        self._apply_look()

    def count(self) -> int:
        """How many rows there are."""
        return self._column.count()

    def add(self, row: QWidget) -> None:
        """Put a row at the end."""
        self._column.addWidget(row)

    @Slot()
    def _apply_look(self) -> None:
        px = self._look.px
        self._column.setContentsMargins(px(18), px(4), px(14), px(4))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground and the lines."""
        painter, tokens = painter_for(self), self._look.tokens
        hairline_box(painter, QRectF(self.rect()), self._look.px(14), tokens.line, tokens.surface)
        painter.setPen(QPen(tokens.line, 1))
        rows = [self._column.itemAt(i).widget() for i in range(self._column.count())]
        for row in [row for row in rows if row is not None and not row.isHidden()][1:]:
            box, end = row.geometry(), self._look.px(4)
            top = box.top() - 0.5
            painter.drawLine(QLineF(box.left(), top, box.right() - end, top))
