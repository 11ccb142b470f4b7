"""Adds a whole conversation in many short transactions: nobody waits long to write. Holds no lock itself.

Until the last of them it is hidden, as a deleted one is. Whatever ends the app in between, half a
conversation is never shown.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from typing import Any

from desktop_llm.core.errors import UserError
from desktop_llm.core.events import Mark
from desktop_llm.core.messages import Conversation, Message
from desktop_llm.core.ports import Alive
from desktop_llm.storage import rows, safety_events
from desktop_llm.storage.statements import insert, update

UNFINISHED = 0
"""What the row of such a conversation says of when it was deleted."""
LETTERS = 300_000
"""How many are written in one transaction: the index of them takes the time."""
EACH = 500
"""What a message costs besides, in letters."""
PAUSE_S = 0.06
"""Between two transactions: who waits to write looks whether they can every 50 ms, later 100."""

Write = Callable[[], AbstractContextManager[Any]]
"""A transaction, which gives its cursor."""


def add_whole(
    write: Write,
    erase: Write,
    conversation: Conversation,
    messages: Sequence[Message],
    marks: Mapping[str, Sequence[Mark]],
    alive: Alive,
) -> None:
    """Keep all of it. Where that fails, or `alive` raises, it is taken back as far as that can be.

    A parent stands before what is under it. `erase` leaves no trace of what was taken out until then.
    """
    alive()
    row = rows.conversation_row(conversation)
    with write() as cursor:
        insert(cursor, "conversations", row | {"deleted_at": UNFINISHED})
    added: list[Message] = []
    try:
        for portion in _portions(messages):
            with write() as cursor:
                for message in portion:
                    insert(cursor, "messages", rows.message_row(message))
            added += portion
            alive()
        with write() as cursor:
            _finish(cursor, conversation.id, marks)
    except BaseException:
        with suppress(UserError):  # what stays is hidden, and goes with what is deleted
            _take_back(write, erase, conversation.id, added)
        raise


def _finish(cursor: Any, conversation_id: str, marks: Mapping[str, Sequence[Mark]]) -> None:
    now = rows.to_microseconds(datetime.now(UTC))
    for message_id, touched in marks.items():
        safety_events.put_marks(cursor, message_id, touched, 0, now)
    update(cursor, "conversations", {"id": conversation_id, "deleted_at": None})


def _take_back(write: Write, erase: Write, conversation_id: str, added: list[Message]) -> None:
    for portion in _portions(reversed(added)):  # no message may be without its parent
        with write() as cursor:
            ids = [(message.id,) for message in portion]
            cursor.executemany("DELETE FROM messages WHERE id = ?", ids)
    with erase() as cursor:  # last: what was deleted before it goes from the log as well
        cursor.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))


def _portions(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """What is written in one transaction each. Others write in between."""
    portion: list[Message] = []
    left = LETTERS
    for message in messages:
        portion.append(message)
        left -= len(message.text) + EACH
        if left <= 0:
            yield portion
            time.sleep(PAUSE_S)
            portion, left = [], LETTERS
    if portion:
        yield portion
