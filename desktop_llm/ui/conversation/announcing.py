"""Tells a screen reader what is being written: whole sentences, politely. Paints nothing.

A reader that is handed every token stutters; one that is handed nothing leaves its listener
guessing. So text is kept until a sentence is whole, and spoken at most once in a while.
"""

import re
from collections.abc import Sequence

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget

from desktop_llm.core.events import EndReason
from desktop_llm.core.messages import Message
from desktop_llm.core.thinking import split_thinking
from desktop_llm.ui.controls.speaking import Speaker
from desktop_llm.ui.conversation.document import Item
from desktop_llm.ui.conversation.hearing import heard
from desktop_llm.ui.conversation.marking import Hide, nothing_hidden
from desktop_llm.ui.conversation.safety_words import notes_under
from desktop_llm.ui.conversation.statistics import end_words

PAUSE_MS = 1500
"""The least time between two announcements: about what a sentence takes to be spoken."""
_SENTENCE_END = re.compile(r"[.!?](?=\s)|[。！？\n]")
FIRST_WORDS = 90
"""How many characters of a chosen message are said: a sentence or so."""
FIRST_CHARACTERS = 1000
"""Of a chosen reply: those in which so many are found, whatever signs and lines stand between them."""
_MARKS = re.compile(r"[*_`#>|]+")
"""Signs of Markdown, which a person would hear as noise."""


class Announcer(Speaker):
    """Speaks for the conversation: what is written in it, and which message was chosen.

    `hide` is what the view covers of a reply by: nothing of that is heard.
    """

    def __init__(self, widget: QWidget, hide: Hide = nothing_hidden) -> None:
        super().__init__(widget)
        self._hide = hide
        self._reply = ""  # the id of the one that is heard
        self._text = ""
        self._done = 0
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._speak)

    def start(self, running: Item | None = None) -> None:
        """That is the reply of the shown path that is being written; another path, perhaps, or place.

        One that goes on is heard from where it is, not once more from its beginning; one that
        was being heard already, from where that was left.
        """
        if running is None:
            self._reply, self._text, self._done = "", "", 0
        elif running.id != self._reply:
            text = running.text[: running.checked]
            self._reply, self._text = running.id, split_thinking(text).answer
            self._done = len(self._text)

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
        text = split_thinking(message.text).answer
        start = self._done if text.startswith(self._text[: self._done]) else 0
        self._pause.stop()
        self.start()
        rest = self._heard(text, start, len(text))
        self._announce(" ".join((rest, *_with_end(message, notes))))

    def chosen(self, item: Item) -> None:
        """A message was chosen with the keyboard: who wrote it, how it begins, how it ended."""
        self._announce(self._told(item))

    def flipped(self, item: Item) -> None:
        """Another version of a message is shown: which one of how many, and what it is."""
        told = self.tr("Version {number} of {count}.").format(
            number=item.shown.version, count=item.shown.versions
        )
        self._announce(f"{told} {self._told(item)}")

    def _told(self, item: Item) -> str:
        text, message = item.text[: item.checked], item.shown.message
        if item.by_user:
            return self.tr("You wrote: {words}").format(words=_beginning(text))
        answer = split_thinking(text).answer.strip()
        first = self._heard(answer, 0, min(len(answer), FIRST_CHARACTERS))
        words = _beginning(first) or self.tr("nothing")
        said = self.tr("The model wrote: {words}").format(words=words)
        notes = () if item.running else _with_end(message, notes_under(message, item.marks))
        return " ".join((said, item.notice, *notes))

    @Slot()
    def _speak(self) -> None:
        ends = [found.end() for found in _SENTENCE_END.finditer(self._text, self._done)]
        if ends:
            whole = self._heard(self._text, self._done, ends[-1])
            self._done = ends[-1]
            self._announce(whole)
            self._pause.start()

    def _heard(self, reply: str, start: int, end: int) -> str:
        """Characters of a reply as they may be heard. That takes a moment, which nobody need wait for."""
        return heard(reply, start, end, self._hide) if QAccessible.isActive() else ""

    def _announce(self, text: str) -> None:
        self.say(_MARKS.sub(" ", text))


def _with_end(message: Message, notes: Sequence[str]) -> tuple[str, ...]:
    """What stands under a reply, and why it ended where none of that says it."""
    says_it = message.end_reason in (EndReason.FAILED, EndReason.BLOCKED)
    return tuple(notes) if notes and says_it else (*notes, end_words(message))


def _beginning(text: str) -> str:
    """The first words, without half a one at their end; Chinese has none to keep whole."""
    words = " ".join(text.split())
    if len(words) <= FIRST_WORDS:
        return words
    whole, _, half = words[: FIRST_WORDS + 1].rpartition(" ")
    return whole if len(half) < FIRST_WORDS // 3 else words[:FIRST_WORDS]
