"""A line above the page that tells of something under way, and can stop it. Does nothing itself."""

from PySide6.QtCore import QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.meter import ProgressLine
from desktop_llm.ui.controls.painting import hairline_box, painter_for
from desktop_llm.ui.controls.speaking import Speaker
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look

LONG_MS = 400
"""What is done sooner is not told of."""


class Strip(QWidget):
    """Signals: `stopped()` where the person wants it to end."""

    stopped = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.speaker = Speaker(self)
        self.text = Text(look, "", self, size=13.5)
        self.text.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self.line = ProgressLine(look, self)
        self.stop_button = QuietButton(look, self.tr("Stop"), self)
        self.stop_button.clicked.connect(self.stopped)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.text, 1)
        self._row.addWidget(self.line)
        self._row.addWidget(self.stop_button)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(LONG_MS)
        self._late.timeout.connect(self._appear)
        look.changed.connect(self._apply_look)
        self._apply_look()
        self.hide()

    @Slot(str, object)
    def show_step(self, text: str, share: float | None) -> None:
        """Tell what is being done, and how far it is, 0 to 1; None where that is not known."""
        self.text.setText(text)
        self.setAccessibleName(text)
        self.line.show_share(share)
        if self.isHidden() and not self._late.isActive():
            self._late.start()

    @Slot()
    def end(self) -> None:
        """It is done, or stopped."""
        self._late.stop()
        self.hide()

    @Slot()
    def _appear(self) -> None:
        self.show()
        self.speaker.say(self.text.text())

    @Slot()
    def _apply_look(self) -> None:
        px = self._look.px
        self._row.setContentsMargins(px(30), px(14), px(24), px(14))
        self._row.setSpacing(px(14))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A card, as that of an error, on quiet ground."""
        painter, tokens, px = painter_for(self), self._look.tokens, self._look.px
        card = QRectF(self.rect()).adjusted(px(14), px(8), -px(14), -px(8))
        hairline_box(painter, card, px(12), tokens.line, tokens.surface)
