"""A short note at the foot of the window that goes by itself; it can offer to undo."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.painting import hairline_box, painter_for, soft_shadow
from desktop_llm.ui.controls.plain import set_tip
from desktop_llm.ui.controls.speaking import Speaker
from desktop_llm.ui.controls.undo_key import UndoKey
from desktop_llm.ui.look import Look

SHORT_MS, LONG_MS = 2500, 8000
"""How long a note stays, and one that can be undone."""
REACH = 8
ABOVE = 26
MOST = 420


class Toast(QWidget):
    """Signals: `undone(id)` with the id that `show_undo` was given; `gone(id)` once it can no longer be.

    A notice that can be undone is not replaced by one that cannot, which is heard at once all the
    same, and seen when that is over.
    """

    undone = Signal(str)
    gone = Signal(str)

    def __init__(self, look: Look, parent: QWidget, clear_of: QWidget) -> None:
        """`clear_of` is never covered while it is seen."""
        super().__init__(parent)
        self._look, self._clear_of = look, clear_of
        self._id, self._text = "", ""
        self._later = ""  # the last short notice, while it cannot be seen yet
        self._label = QLabel(self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self.speaker = Speaker(self)
        self._undo_key = UndoKey(self)
        self.undo_button = QuietButton(look, self.tr("Undo"), self)
        self.undo_button.setToolTip(self.tr("Undo (Ctrl+Z)"))
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._label)
        self._row.addWidget(self.undo_button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_over)
        self.undo_button.clicked.connect(self._on_undo)
        for around in (parent, clear_of):
            around.installEventFilter(self)
        look.changed.connect(self._apply_look)
        self._apply_look()
        self.hide()

    def show_text(self, text: str) -> None:
        """A short notice."""
        self._later = text
        self._show_later()
        self.speaker.say(text)

    def show_undo(self, text: str, undo_id: str) -> None:
        """A notice with a button to take back what it tells."""
        self._give_up()
        self._show(text, undo_id, LONG_MS)
        self.speaker.say(self.tr("{text}. Ctrl+Z undoes it.").format(text=text))

    def _show_later(self) -> None:
        """Show the last short notice that was not seen yet, once nothing can be undone."""
        if self._later and not self._id:
            text, self._later = self._later, ""
            self._show(text, "", SHORT_MS)

    def _show(self, text: str, undo_id: str, duration: int) -> None:
        self._id, self._text = undo_id, text
        self.undo_button.setVisible(bool(undo_id))
        metrics = QFontMetricsF(self._label.font())
        room = self._look.px(MOST)
        self._label.setText(metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room))
        set_tip(self._label, text)
        self.setAccessibleName(text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(duration)
        self._undo_key.watch(bool(undo_id))

    def _place(self) -> None:
        self.adjustSize()
        parent = self.parentWidget()
        left = (parent.width() - self.width()) // 2
        foot = parent.height() - self._look.px(ABOVE)
        if self._clear_of.isVisible():
            foot = self._clear_of.mapTo(parent, QPoint(0, 0)).y()
        self.move(left, foot - self.height())

    @Slot()
    def _on_undo(self) -> None:
        self._timer.stop()
        self.hide()
        self._undo_key.watch(False)
        undo_id, self._id = self._id, ""
        self.undone.emit(undo_id)
        self._show_later()

    def close_notice(self) -> None:
        """Take the notice away at once; what it could undo no longer can be."""
        self._timer.stop()
        self.hide()
        self._give_up()
        self._show_later()

    @Slot()
    def undo(self) -> None:
        """Take back what the notice tells, if it can be."""
        if self._id:
            self._on_undo()

    @Slot()
    def _on_over(self) -> None:
        if self.underMouse() or self.undo_button.hasFocus():
            self._timer.start(SHORT_MS)  # someone is about to use it
        else:
            self.close_notice()

    def _give_up(self) -> None:
        """What could be undone until now no longer can."""
        self._undo_key.watch(False)
        undo_id, self._id = self._id, ""
        if undo_id:
            self.gone.emit(undo_id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the foot when the window changes its size, and above what grows there."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and self.isVisible():
            self._place()
        return False

    @Slot()
    def _apply_look(self) -> None:
        look, edge = self._look, self._look.px(REACH)
        self._label.setFont(look.font(13.5))
        self._row.setContentsMargins(
            edge + look.px(16), edge + look.px(8), edge + look.px(12), edge + look.px(8)
        )
        self._row.setSpacing(look.px(12))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A card with the soft shadow."""
        painter, tokens, px = painter_for(self), self._look.tokens, self._look.px
        card = QRectF(self.rect()).adjusted(px(REACH), px(REACH), -px(REACH), -px(REACH))
        soft_shadow(painter, card, px(12), px(REACH), self._look)
        hairline_box(painter, card, px(12), tokens.line, tokens.surface)
