"""Writes a reply into the store while it streams past. Shows nothing; stores what it passes on.

`record` stands behind the safety filter, so the stored text is exactly what was let through.
"""

import dataclasses
import logging
from collections.abc import Callable, Iterator

from desktop_llm.core.errors import NotFoundError, StoreError, UserError
from desktop_llm.core.events import Checked, Delta, End, EndReason, Event, Mark, Retract
from desktop_llm.core.messages import Message, MessageState
from desktop_llm.core.ports import Clock, ConversationStore

FLUSH_S = 0.25
"""The most text a crash can cost, in seconds of streaming."""

log = logging.getLogger(__name__)


def record(
    events: Iterator[Event],
    reply: Message,
    store: ConversationStore,
    clock: Clock,
    tell: Callable[[UserError], str] = str,
) -> Iterator[Event]:
    """Pass events on; append text to `reply` in the store every 250 ms and finish it at its end.

    Text that may still be taken back is not stored. If the consumer stops pulling, the reply is
    finished as cancelled with the text so far. If the store fails (a full disk), the reply goes
    on, every later flush tries again, and the `End` carries the store's error where even the last
    one failed. A reply that was erased meanwhile is stopped; its `End` carries the NotFoundError.
    `tell` says an error as it is stored.
    """
    flush = _Flush(reply, store, clock, tell)
    unfinished = EndReason.FAILED
    try:
        for event in events:
            if isinstance(event, Delta):
                flush.text(event.text)
            elif isinstance(event, Retract):
                flush.take_back(event.start)
            elif isinstance(event, Mark):
                flush.marks.append(event)
            elif isinstance(event, Checked):
                flush.checked = event.end
            elif isinstance(event, End):
                event = flush.end(event)
            yield event
            if flush.gone and not flush.ended:
                yield flush.end(End(EndReason.CANCELLED))
                return
    except GeneratorExit:
        unfinished = EndReason.CANCELLED
        raise
    finally:
        if not flush.ended:
            flush.end(End(unfinished))


def finished(begun: Message, text: str, end: End, error: str) -> Message:
    """A reply that has ended with that text. `begun` is how it was when its making began.

    Where a reply that goes on fails, or is stopped before anything was added, it is as it was: it
    was not whole, and can still be gone on with. Only what was added, and the error, are new.
    What was measured is of the whole reply.
    """
    nothing_new = text == begun.text
    failed = end.reason is EndReason.FAILED
    measured = begun.usage.with_more(end.usage) if begun.text and begun.usage else end.usage
    if begun.text and (failed or (nothing_new and end.reason is EndReason.CANCELLED)):
        # One that the app's end had interrupted has no reason.
        state = MessageState.COMPLETE if begun.end_reason else MessageState.INTERRUPTED
        usage = begun.usage if nothing_new else measured
        return dataclasses.replace(
            begun, text=text, state=state, usage=usage, error=error or begun.error
        )
    return dataclasses.replace(
        begun,
        text=text,
        state=MessageState.COMPLETE,
        end_reason=end.reason,
        usage=measured,
        error=error,
    )


class _Flush:
    def __init__(
        self,
        reply: Message,
        store: ConversationStore,
        clock: Clock,
        tell: Callable[[UserError], str],
    ) -> None:
        self._reply, self._store, self._clock, self._tell = reply, store, clock, tell
        self._pieces = [reply.text]
        self._last = clock.monotonic()
        self.checked: int | None = None  # how much may be stored, where that is less than all
        self.marks: list[Mark] = []
        self._new = len(reply.text)  # from here on the marks are this recording's
        self.gone = self.ended = False

    def text(self, text: str) -> None:
        self._pieces.append(text)
        if self._clock.monotonic() - self._last >= FLUSH_S:
            self._save(MessageState.STREAMING)

    def take_back(self, start: int) -> None:
        self._pieces = ["".join(self._pieces)[:start]]
        self.marks = [mark for mark in self.marks if mark.in_prompt or mark.start < start]
        self._new = min(self._new, start)
        self._save(MessageState.STREAMING)

    def end(self, end: End) -> End:
        self.ended = True
        error = self._tell(end.error) if end.error else ""
        self._reply = finished(self._reply, self._kept(), end, error)
        failure = self._save(self._reply.state)
        return dataclasses.replace(end, error=end.error or failure)

    def _kept(self) -> str:
        """The text that may be stored."""
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0][: self.checked]

    def _save(self, state: MessageState) -> UserError | None:
        kept = self._kept()
        try:
            self._store.update_message(dataclasses.replace(self._reply, text=kept, state=state))
            if state is not MessageState.STREAMING and self.marks:
                marks = [m for m in self.marks if m.in_prompt or m.start <= len(kept)]
                self._store.put_marks(self._reply.id, marks, self._new)
        except NotFoundError as error:  # erased by another process, or with all conversations
            self.gone = True
            return error
        except StoreError as error:
            log.warning("The reply could not be saved yet: %s", error)
            return error
        finally:
            self._last = self._clock.monotonic()
        return None
