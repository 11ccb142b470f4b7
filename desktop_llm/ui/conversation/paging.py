"""Which part of a conversation is in the document: the newest messages, older ones on demand."""

import dataclasses
from collections.abc import Sequence

from desktop_llm.core.events import Event
from desktop_llm.core.messages import MessageState
from desktop_llm.ui.conversation.document import ConversationDocument, Item, ShownMessage
from desktop_llm.ui.running import Running, write_into

PAGE = 200
"""Messages that are written at once: more than fit on any screen, few enough to be there at once."""


class Paging:
    """Knows the whole path from the first message to the leaf; the document has an end of it."""

    def __init__(self, document: ConversationDocument) -> None:
        self._document = document
        self._path: list[ShownMessage] = []
        self._first = 0

    @property
    def complete(self) -> bool:
        """Whether every message is in the document."""
        return self._first == 0

    def show(self, path: Sequence[ShownMessage]) -> bool:
        """Show that path, leaving in place what is in the document already.

        True where some of it could stay.
        """
        items = self._document.items
        starts = [one.message.id for one in path]
        place = starts.index(items[0].id) if items and items[0].id in starts else -1
        same = 0
        if place >= 0:
            for item, shown in zip(items, path[place:], strict=False):
                if not _unchanged(item, shown):
                    break
                item.shown = shown
                same += 1
        self._path = list(path)
        if same == 0:
            self._document.clear()
            self._first = max(0, len(path) - PAGE)
        else:
            self._document.remove_from(same)
            self._first = place
        self._document.append(self._path[self._first + same :])
        return same > 0

    def write_again(self) -> None:
        """Write what is shown anew, in the look as it is now."""
        texts = {
            item.id: (item.text, item.shown, item.notice, item.marks, item.checked)
            for item in self._document.items
        }
        shown = self._path[self._first :]
        self._document.clear()
        self._document.append([texts[one.message.id][1] for one in shown])
        for item in self._document.items:
            text, _, item.notice, item.marks, item.checked = texts[item.id]
            if item.writer is not None and (text, item.marks) != (item.text, [*item.shown.marks]):
                item.text = text
                item.writer.update(text, item.marks)

    def load_older(self, count: int = PAGE) -> bool:
        """Put older messages before those that are shown. False where there are none."""
        if self._first == 0:
            return False
        start = max(0, self._first - count)
        self._document.prepend(self._path[start : self._first])
        self._first = start
        return True

    def load_all(self) -> None:
        """Put every message into the document."""
        self.load_older(self._first)

    def load_through(self, message_id: str) -> None:
        """Make sure that a message of the path is in the document."""
        for place, shown in enumerate(self._path):
            if shown.message.id == message_id and place < self._first:
                self.load_older(self._first - place)

    def replace(self, shown: ShownMessage) -> None:
        """A message of the path is now that."""
        place = self._place(shown.message.id)
        if place is not None:
            self._path[place] = shown

    def take(self, message_id: str, event: Event) -> None:
        """An event of a reply that is not in the document: it is kept for when it comes into it."""
        place = self._place(message_id)
        if place is None:
            return
        shown = self._path[place]
        message = shown.message
        reply = Running(
            message.conversation_id, message.text, marks=list(shown.marks), checked=shown.checked
        )
        if write_into(reply, event):
            self._path[place] = dataclasses.replace(
                shown,
                message=dataclasses.replace(message, text=reply.text),
                marks=tuple(reply.marks),
                checked=reply.checked,
            )

    def _place(self, message_id: str) -> int | None:
        """Where in the path a message stands; looked for from its end."""
        places = range(len(self._path) - 1, -1, -1)
        return next((n for n in places if self._path[n].message.id == message_id), None)


def _unchanged(item: Item, shown: ShownMessage) -> bool:
    """Whether a message can stay as it is written."""
    before, now = item.shown.message, shown.message
    if before.id != now.id or before.state is not now.state or before.error != now.error:
        return False
    same = item.text == now.text and item.marks == [*shown.marks]
    return now.state is MessageState.STREAMING or same
