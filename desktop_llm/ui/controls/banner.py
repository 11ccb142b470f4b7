"""An error in three parts (what happened, why, what to do) that stays until it is closed.

Where a button can do something about it, there is one. Does nothing itself.
"""

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_llm.core.errors import Remedy, UserError
from desktop_llm.ui.controls.buttons import IconButton, QuietButton
from desktop_llm.ui.controls.painting import hairline_box, painter_for
from desktop_llm.ui.controls.speaking import Speaker
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.language import error_text, error_words, remedy_words
from desktop_llm.ui.look import Look


class Banner(QWidget):
    """A card above the conversation. An error that comes while it is open stands in front of those
    before it, which are seen again one by one as it is closed: none is lost unread.

    Signals: `remedy_chosen(Remedy)`, after which it is closed.
    """

    remedy_chosen = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.speaker = Speaker(self)
        self._what = Text(look, "", self, size=13.5, weight=600)
        self._why = Text(look, "", self, size=13, color="muted")
        self._todo = Text(look, "", self, size=13)
        self._more = Text(look, "", self, size=12.5, color="muted")
        for label in (self._what, self._why, self._todo):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.close_button = IconButton(look, "close", self.tr("Close"), self, size=15)
        self.close_button.clicked.connect(self.close_error)
        column = QVBoxLayout()
        column.setSpacing(2)
        for label in (self._what, self._why, self._todo):
            column.addWidget(label)
        self._buttons = QVBoxLayout()
        self._buttons.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._buttons)
        column.addWidget(self._more)
        self.remedies: dict[QuietButton, Remedy] = {}
        self.error: UserError | None = None
        """What it shows, or showed last."""
        self._behind: list[UserError] = []  # the last one is seen first
        self._row = QHBoxLayout(self)
        self._row.addLayout(column, 1)
        self._row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        look.changed.connect(self._apply_look)
        self._apply_look()

    def show_error(self, error: UserError) -> None:
        """Show what happened, why, and what to do, and say it to a screen reader."""
        behind = [*self._behind, self.error] if not self.isHidden() and self.error else []
        told = error_text(error)
        self._behind = [one for one in behind if error_text(one) != told]
        self._show(error, error.remedies)
        self.speaker.say(told, urgent=True)

    @Slot()
    def close_error(self) -> None:
        """Close what is shown. One that stood behind it is seen then."""
        if not self._behind:
            self.hide()
            return
        error = self._behind.pop()
        self._show(error, ())  # what its buttons would have done was for the moment it came
        self.speaker.say(error_text(error))

    def take_over(self, before: "Banner") -> None:
        """Show what stood unread in another one, which is going; a screen reader hears the first."""
        if before.isHidden() or before.error is None:
            return
        *behind, front = (*before._behind, before.error)
        before.hide()
        if not self.isHidden():
            self._behind = [*behind, front, *self._behind]
            self._count()
            return
        self._behind = behind
        self._show(front, ())  # what its buttons would have done was for the moment it came
        self.speaker.say(error_text(front))

    def take_back(self, error: UserError) -> None:
        """It is so no longer, wherever it stands."""
        if error in self._behind:
            self._behind.remove(error)
            self._count()
        elif self.error is error and not self.isHidden():
            self.close_error()

    def _show(self, error: UserError, remedies: tuple[Remedy, ...]) -> None:
        self.error = error
        parts = error_words(error)
        for label, text in zip((self._what, self._why, self._todo), parts, strict=True):
            label.setText(text)
            label.setVisible(bool(text))
        self.setAccessibleName(error_text(error))
        self._offer(remedies)
        self._count()
        self.show()

    def _count(self) -> None:
        """How many stand behind."""
        count = len(self._behind)
        self._more.setText(self.tr("%n more", "", count).replace("%n", str(count)))
        self._more.setVisible(bool(count))

    def _offer(self, remedies: tuple[Remedy, ...]) -> None:
        """A button for each of them, in the place of those before."""
        while (item := self._buttons.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().deleteLater()
        self.remedies.clear()
        for remedy in remedies:
            button = QuietButton(self._look, remedy_words(remedy), self)
            button.clicked.connect(self._on_remedy)
            self.remedies[button] = remedy
            self._buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._buttons.setSpacing(self._look.px(6))
        top = self._look.px(6) if remedies else 0
        self._buttons.setContentsMargins(0, top, 0, 0)

    @Slot()
    def _on_remedy(self) -> None:
        button = self.sender()
        if isinstance(button, QuietButton) and button in self.remedies:
            chosen = self.remedies[button]
            self.close_error()
            self.remedy_chosen.emit(chosen)

    @Slot()
    def _apply_look(self) -> None:
        px = self._look.px
        self._row.setContentsMargins(px(56), px(18), px(30), px(18))
        self._row.setSpacing(px(12))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A soft warning ground with a sign."""
        painter, tokens, px = painter_for(self), self._look.tokens, self._look.px
        card = QRectF(self.rect()).adjusted(px(14), px(8), -px(14), -px(8))
        hairline_box(painter, card, px(12), tokens.warn, tokens.warn_soft)
        side = px(18)
        pixmap = self._look.pixmap("warning", "warn", 18, self.devicePixelRatioF())
        spot = QRectF(card.left() + px(14), card.top() + px(11), side, side)
        painter.drawPixmap(spot, pixmap, QRectF(pixmap.rect()))
