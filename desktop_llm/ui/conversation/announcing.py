"""Tells a screen reader what is being written: whole sentences, politely. Paints nothing.

A reader that is handed every token stutters; one that is handed nothing leaves its listener
guessing. So text is kept until a sentence is whole, and spoken at most once in a while.
"""

import re
from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from desktop_llm.core.messages import Message
from desktop_llm.core.thinking import split_thinking
from desktop_llm.ui.conversation.statistics import end_words

PAUSE_MS = 1500
"""The least time between two announcements: about what a sentence takes to be spoken."""
_SENTENCE_END = re.compile(r"[.!?](?=\s)|[。！？\n]")
_MARKS = re.compile(r"[*_`#>|]+")
"""Signs of Markdown, which a person would hear as noise."""


class Announcer(QObject):
    """`spoken(text)` goes with every announcement. Does nothing where no screen reader listens."""

    spoken = Signal(str)

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._text = ""
        self._done = 0
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._speak)

    def start(self) -> None:
        """Another reply begins."""
        self._text, self._done = "", 0

    def feed(self, text: str) -> None:
        """The whole reply so far."""
        if not QAccessible.isActive():
            return
        self._text = split_thinking(text).answer
        if not self._pause.isActive():
            self._speak()

    def finish(self, message: Message, notes: Sequence[str] = ()) -> None:
        """The reply has ended: say the rest, and why it ended where that was not by itself.

        `notes` stand under the reply: what the safety filter did.
        """
        if not QAccessible.isActive():
            return
        text = split_thinking(message.text).answer
        rest = text[self._done :] if text.startswith(self._text[: self._done]) else text
        self._pause.stop()
        self.start()
        self._announce(" ".join((rest, *(notes or (end_words(message),)))))

    @Slot()
    def _speak(self) -> None:
        ends = [found.end() for found in _SENTENCE_END.finditer(self._text, self._done)]
        if ends:
            whole, self._done = self._text[self._done : ends[-1]], ends[-1]
            self._announce(whole)
            self._pause.start()

    def _announce(self, text: str) -> None:
        words = " ".join(_MARKS.sub(" ", text).split())
        if words:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._widget, words))
            self.spoken.emit(words)
