"""Fields to write in: a search, a number, a line. They check nothing; who listens does."""

import math

from PySide6.QtCore import QEvent, QLocale, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QFocusEvent, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from desktop_llm.ui.controls.dropped import leave_files
from desktop_llm.ui.controls.painting import DISABLED, focus_ring, hairline_box, painter_for
from desktop_llm.ui.look import Look

PAUSE_MS = 500
"""How long writing must rest before a longer text counts as changed."""


def is_escape_claim(event: QEvent) -> bool:
    """Qt asking whether Esc belongs to the widget rather than to the window's shortcut.

    Shift+Esc is another key: it leaves any field for the message field.
    """
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    alone = event.modifiers() == Qt.KeyboardModifier.NoModifier
    return alone and event.key() == Qt.Key.Key_Escape


class PaintedField(QLineEdit):
    """A line that paints its own ground: hairline, darker under the pointer, ring with the cursor."""

    pad_left = pad_right = 10.0

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self.bad = False
        self.setProperty("bare", True)
        self.setFrame(False)
        self.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.ensurePolished()  # later, the style sheet would put back the font of then
        look.changed.connect(self._apply_look)
        self._apply_look()

    @Slot()
    def _apply_look(self) -> None:
        px = self.look.px
        self.setFont(self.look.font(13.5, tabular=True))
        self.setTextMargins(px(self.pad_left), 0, px(self.pad_right), 0)
        self.updateGeometry()
        self.update()

    def set_bad(self, bad: bool) -> None:
        """Show that what is written does not fit."""
        self.bad = bad
        self.update()

    def sizeHint(self) -> QSize:
        """As high as the buttons beside it."""
        return QSize(self.look.px(200), self.look.px(35))

    def minimumSizeHint(self) -> QSize:
        """It may become narrow, not low."""
        return QSize(self.look.px(60), self.look.px(35))

    def paint_ground(self) -> None:
        """The box under the text."""
        painter, tokens = painter_for(self), self.look.tokens
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        rect, radius = QRectF(self.rect()), self.look.px(9)
        line = tokens.bad if self.bad else tokens.faint if self.underMouse() else tokens.line
        hairline_box(painter, rect, radius, line, tokens.surface)
        if self.hasFocus():
            focus_ring(painter, rect, radius, tokens.bad if self.bad else tokens.accent)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The box, then Qt's text and cursor."""
        self.paint_ground()
        super().paintEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Enabled or not looks different."""
        super().changeEvent(event)
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are the window's."""
        if not leave_files(event):
            super().dragEnterEvent(event)


class LineField(PaintedField):
    """A line of text. Signals: `committed(text)` on Enter or when the cursor leaves it changed;

    `taken_back()` after Esc has put the value back. `refused`: it holds what cannot be the value.
    """

    committed = Signal(str)
    taken_back = Signal()

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(look, name, parent)
        self._value = self._told = ""
        self.refused = False
        self.editingFinished.connect(self.commit)

    @property
    def unsettled(self) -> bool:
        """Whether it holds what is being written just now, or what has to be corrected."""
        return self.refused or (self.hasFocus() and self.text() != self._told)

    @property
    def unsent(self) -> str | None:
        """What is written in it and was not told yet."""
        return self.text() if self.text() != self._told else None

    def show_text(self, text: str) -> None:
        """Show a value that was set elsewhere, unless it is unsettled."""
        kept, self._value = self.unsettled, text
        if not kept:
            self._put(text)
        elif not self.refused:
            self._told = text

    def refuse(self) -> None:
        """What was committed cannot be the value: it stays until it is corrected or taken back."""
        self.refused = self.text() != self._value
        self.set_bad(self.refused)

    def settle(self) -> None:
        """Whatever is written in it gives way to the value that is shown next."""
        self.refused, self._told = False, self.text()
        self.set_bad(False)

    def _put(self, text: str) -> None:
        if self.text() != text:
            self.setText(text)
        self.settle()

    @Slot()
    def commit(self) -> None:
        """Tell what is written, as when the cursor leaves; once."""
        if self.text() != self._told:
            self._told = self.text()
            self.committed.emit(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc takes back what was written; without a change it belongs to the page."""
        if event.key() == Qt.Key.Key_Escape and self.text() != self._value:
            self._put(self._value)
            self.taken_back.emit()
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Claim Esc while there is something to take back."""
        if is_escape_claim(event) and self.text() != self._value:
            event.accept()
            return True
        return super().event(event)


class NumberField(LineField):
    """A number as text, with arrow keys to step it. Signals: `stepped(steps)`, up is positive.

    What was written is committed before; where that is refused, nothing is stepped.
    """

    stepped = Signal(int)
    pad_left = pad_right = 8.0

    def __init__(
        self, look: Look, name: str, parent: QWidget | None = None, *, width: float = 64
    ) -> None:
        self._width = width
        super().__init__(look, name, parent)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Wide enough for the numbers it was made for."""
        return QSize(self.look.px(self._width), self.look.px(33))

    def minimumSizeHint(self) -> QSize:
        """It does not shrink."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down step, Page Up and Page Down step tenfold."""
        keys = Qt.Key
        steps = {keys.Key_Up: 1, keys.Key_Down: -1, keys.Key_PageUp: 10, keys.Key_PageDown: -10}
        if event.key() in steps:
            self.commit()  # it is stepped from what is written there
            if not self.refused:
                self.stepped.emit(steps[Qt.Key(event.key())])
            return
        super().keyPressEvent(event)


def plain_number(text: str) -> str:
    """What was written, as Python reads it: no groups, a point before the decimals."""
    text = text.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if text.count(",") == 1 and "." not in text and len(text.partition(",")[2]) != 3:
        return text.replace(",", ".")
    number, known = QLocale().toDouble(text)
    if known and math.isfinite(number):  # Qt reads "inf" and "nan" as well
        return repr(int(number)) if number == int(number) else repr(number)
    return text.replace(",", "")


class SearchField(PaintedField):
    """Search as you type; Esc empties it, and when it is empty belongs to who is around it."""

    pad_left = 34.0
    quiet = True

    def __init__(self, look: Look, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(look, placeholder, parent)
        self.setPlaceholderText(placeholder)
        self.setClearButtonEnabled(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc empties it first."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Claim Esc while there is something to empty."""
        if is_escape_claim(event) and self.text():
            event.accept()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A quiet one has no box while it is empty, until the pointer or the cursor is in it."""
        tokens, rect = self.look.tokens, QRectF(self.rect())
        if self.hasFocus() or self.text() or not self.quiet:
            self.paint_ground()
        elif self.underMouse():
            hairline_box(painter_for(self), rect, self.look.px(9), tokens.line, None)
        side = self.look.px(16)
        pixmap = self.look.pixmap("search", "faint", 16, self.devicePixelRatioF())
        spot = QRectF(self.look.px(11), (self.height() - side) / 2, side, side)
        painter_for(self).drawPixmap(spot, pixmap, QRectF(pixmap.rect()))
        QLineEdit.paintEvent(self, event)


class TextArea(QPlainTextEdit):
    """Several lines. Signals: `committed(text)` after a pause, and when the cursor leaves it."""

    committed = Signal(str)

    def __init__(
        self, look: Look, name: str, parent: QWidget | None = None, *, lines: int = 4
    ) -> None:
        super().__init__(parent)
        self._look, self._lines, self._shown = look, lines, ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.commit)
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.textChanged.connect(self._on_text)
        self.ensurePolished()  # later, the style sheet would put back the font of then
        look.changed.connect(self._apply_look)
        self._apply_look()

    @Slot()
    def _apply_look(self) -> None:
        self.setFont(self._look.font(13.5))
        self.setFixedHeight(self.fontMetrics().lineSpacing() * self._lines + self._look.px(12) + 10)

    @property
    def unsent(self) -> str | None:
        """What is written in it and was not told yet."""
        return self.toPlainText() if self.toPlainText() != self._shown else None

    def show_text(self, text: str) -> None:
        """Show a value that was set elsewhere, unless a person is writing just now."""
        self._shown = text
        if not self._pause.isActive() and self.toPlainText() != text:
            self.setPlainText(text)
            self._pause.stop()

    @Slot()
    def _on_text(self) -> None:
        self._pause.start()

    @Slot()
    def commit(self) -> None:
        """Tell what is written, as when the cursor leaves; once."""
        self._pause.stop()
        if self.toPlainText() != self._shown:
            self._shown = self.toPlainText()
            self.committed.emit(self._shown)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are the window's."""
        if not leave_files(event):
            super().dragEnterEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving it counts as done."""
        super().focusOutEvent(event)
        self.commit()

    def hideEvent(self, event: object) -> None:
        """So does closing the page."""
        super().hideEvent(event)  # type: ignore[arg-type]
        self.commit()
