"""A field that shows a combination of keys and takes the one that is pressed. Holds none itself."""

import string
import sys

from PySide6.QtCore import QEvent, QKeyCombination, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from desktop_llm.ui.controls.fields import PaintedField
from desktop_llm.ui.look import Look

_ALONE = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta,
          Qt.Key.Key_AltGr, Qt.Key.Key_unknown)  # fmt: skip
_LEAVING = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape, Qt.Key.Key_Return)
_EMPTYING = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
_DIGITS, _FIRST = "1234567890", 10
"""The keys above the letters, and the code that X and Wayland have for the first of them."""
_PLAIN = frozenset(map(ord, string.ascii_uppercase + string.digits))


class KeysField(PaintedField):
    """Signals: `committed(text)`, portable ("Ctrl+Alt+Space"), "" after Backspace.

    Tab and Esc leave it as they leave every field.
    """

    committed = Signal(str)

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(look, name, parent)
        self.setReadOnly(True)
        self.setPlaceholderText(self.tr("Press keys"))
        self.setAccessibleDescription(self.tr("Press the keys to use. Backspace: none."))
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)

    def show_text(self, text: str) -> None:
        """Show a combination as this system writes it."""
        self.setText(QKeySequence(text).toString(QKeySequence.SequenceFormat.NativeText))
        self.set_bad(False)

    def event(self, event: QEvent) -> bool:
        """Keys belong to the field while it has the cursor, shortcuts of the window too."""
        claimed = event.type() == QEvent.Type.ShortcutOverride
        if claimed and isinstance(event, QKeyEvent) and not _leaves(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell the combination once a key that is no modifier is part of it."""
        key = Qt.Key(event.key())
        if _leaves(event):
            super().keyPressEvent(event)
        elif key in _EMPTYING:
            self.committed.emit("")
        elif key not in _ALONE:
            pressed = QKeySequence(QKeyCombination(event.modifiers(), Qt.Key(_key(event))))
            self.committed.emit(pressed.toString(QKeySequence.SequenceFormat.PortableText))


def _leaves(event: QKeyEvent) -> bool:
    return Qt.Key(event.key()) in _LEAVING and not event.modifiers() & (
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    )


def _key(event: QKeyEvent) -> int:
    """The key, a digit's by its place: Qt tells what it writes, with Shift a sign ("!"), and in some
    countries without Shift."""
    key, place = event.key(), event.nativeScanCode() - _FIRST
    if key in _PLAIN:
        return key
    if sys.platform == "win32":
        code = event.nativeVirtualKey()  # there a digit's key has the digit's code
        return code if code in map(ord, _DIGITS) else key
    on_row = sys.platform == "linux" and 0 <= place < len(_DIGITS)
    return ord(_DIGITS[place]) if on_row else key
