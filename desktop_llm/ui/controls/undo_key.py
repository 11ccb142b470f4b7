"""Lets Ctrl+Z through to the window where the text that has the cursor has nothing to take back.

Qt's text fields claim that key always. Takes nothing back itself.
"""

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit


class UndoKey(QObject):
    """Watches the keys of the whole app, but only while `watch` says that there is something to undo."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._watching = False

    def watch(self, on: bool) -> None:
        """Begin or end to look at keys."""
        app = QCoreApplication.instance()
        if app is None or on == self._watching:
            return
        self._watching = on
        if on:
            app.installEventFilter(self)
        else:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A field is not asked whether the key is its own where it could do nothing with it."""
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        if not event.matches(QKeySequence.StandardKey.Undo) or not _is_spent(watched):
            return False
        event.ignore()
        return True


def _is_spent(field: QObject) -> bool:
    """Whether it is a text field without anything to undo."""
    if isinstance(field, QLineEdit):
        return not field.isUndoAvailable()
    if isinstance(field, QPlainTextEdit | QTextEdit):
        return not field.document().isUndoAvailable()
    return False
