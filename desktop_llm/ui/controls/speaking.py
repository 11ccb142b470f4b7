"""Says something to a screen reader without moving its cursor. Decides nothing about what is said."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


class Speaker(QObject):
    """`spoken(text)` goes with every announcement. Does nothing where no screen reader listens."""

    spoken = Signal(str)

    def __init__(self, widget: QWidget) -> None:
        """The widget is what the reader takes for the one who speaks."""
        super().__init__(widget)
        self._widget = widget

    def say(self, text: str, *, urgent: bool = False) -> None:
        """Say it when the reader is done with its sentence, or at once where it is urgent."""
        words = " ".join(text.split())
        if not words or not QAccessible.isActive():
            return
        event = QAccessibleAnnouncementEvent(self._widget, words)
        if urgent:
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)
        self.spoken.emit(words)
