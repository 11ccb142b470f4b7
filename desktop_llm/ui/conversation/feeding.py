"""A reply while it is being written: its events go into its item, and its text into the document.

The text is written a frame at a time, and the rarer the longer that takes.
"""

import time

from PySide6.QtCore import QLocale, QObject, Qt, QTimer, Signal, Slot

from desktop_llm.core.events import Delta, Event, LeftOut, Progress, Stage
from desktop_llm.ui.conversation.announcing import Announcer
from desktop_llm.ui.conversation.document import Item
from desktop_llm.ui.running import write_into

FRAME_MS = 16
SHARE = 3
"""Time between two updates of a stream is at least this many times what the last one took."""
FEW = 64
"""Tokens of a prompt that are read so soon that nobody need be told."""
SLOW_S = 4.0
"""Seconds after which who listens, and hears nothing, is told that a prompt is being read."""


class Feeding(QObject):
    """Signal: `written()` after the document has got more of a reply."""

    written = Signal()

    def __init__(self, announcer: Announcer, parent: QObject) -> None:
        super().__init__(parent)
        self._announcer = announcer
        self._dirty: Item | None = None
        self._wait_ms = FRAME_MS
        self._stage: tuple[str, Stage] | None = None  # of which reply, before its first text
        self._since, self._told = 0.0, False  # when that began, and whether it was said aloud
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.flush)

    def take(self, item: Item, event: Event) -> None:
        """An event of the reply that an item shows."""
        self._announcer.start(item)  # it may have come into the document since its path was shown
        if write_into(item, event):
            self._write_soon(item)
        if isinstance(event, Delta):
            item.reading, self._stage = "", None  # it may be read once more, to go on
        elif isinstance(event, Progress):
            item.reading = self._reading(event)
            self._tell_once(item, event.stage)
        elif isinstance(event, LeftOut):
            count = len(event.message_ids)
            item.notice = self.tr("the oldest %n messages were left out", "", count).replace(
                "%n", str(count)
            )
            self._announcer.say(item.notice)

    def _tell_once(self, item: Item, stage: Stage) -> None:
        """Say what is done before the first text: a guard model's loading at once, reading if it is slow."""
        now = time.perf_counter()
        if self._stage != (item.id, stage):
            self._stage, self._since, self._told = (item.id, stage), now, False
        due = stage is Stage.GUARD or now - self._since >= SLOW_S
        if due and not self._told and item.reading:
            self._announcer.say(item.reading)
            self._told = True

    def _write_soon(self, item: Item) -> None:
        self._dirty = item
        if not self._timer.isActive():
            self._timer.start(self._wait_ms)

    def _reading(self, event: Progress) -> str:
        if event.stage is Stage.GUARD:
            return self.tr("loading the guard model")
        if event.total < FEW:
            return ""
        numbers = QLocale()
        return self.tr("reading {done} of {total} tokens").format(
            done=numbers.toString(event.done), total=numbers.toString(event.total)
        )

    def stop(self) -> None:
        """What waits to be written is not wanted any more: the reply is there as the store has it."""
        self._timer.stop()
        self._dirty = self._stage = None

    @Slot()
    def flush(self) -> None:
        """Write what has come since the last time."""
        item, self._dirty = self._dirty, None
        if item is None or item.writer is None:
            return
        started = time.perf_counter()
        item.writer.update(item.text, item.marks)
        self._announcer.feed(item.text[: item.checked])  # what was said cannot be taken back
        self.written.emit()
        spent = (time.perf_counter() - started) * 1000
        self._wait_ms = max(FRAME_MS, int(SHARE * spent))
