"""The history: conversations and messages in one encrypted file. Knows no key's home and no window.

Every write is one transaction, on disk when the method returns; only what is added whole is several.
Safe from any thread.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlcipher3

from desktop_llm.core.errors import StoreError, TracesLeftError
from desktop_llm.core.events import Mark
from desktop_llm.core.messages import Conversation, Message, SearchHit
from desktop_llm.core.ports import Alive
from desktop_llm.core.replacing import Replaced
from desktop_llm.core.safety_events import SafetyCounts
from desktop_llm.storage import adding, finding, rows, safety_events
from desktop_llm.storage.adding import UNFINISHED
from desktop_llm.storage.connections import Connections, DamagedError
from desktop_llm.storage.exclusive import exclusive, if_free
from desktop_llm.storage.keys import KeyPlace
from desktop_llm.storage.problems import why_and_todo
from desktop_llm.storage.statements import insert, missing, update

BRANCH = """
    WITH RECURSIVE branch (id) AS (
        SELECT id FROM messages WHERE id = ?
        UNION ALL
        SELECT messages.id FROM messages JOIN branch ON messages.parent_id = branch.id
    )
    DELETE FROM messages WHERE id IN (SELECT id FROM branch)
"""

REWRITTEN = {
    "messages": ("id", "text", "error", "sampling"),
    "conversations": ("id", "title", "system_prompt", "sampling"),
}
"""The columns in which a person's or a model's words can stand."""

TRACES_DUE = ".traces-due"
"""What the name of the file ends in that says: older text may still stand beside the history."""

DRAFT = """
    INSERT INTO drafts (conversation_id, text)
    SELECT :id, :text WHERE :id = '' OR EXISTS (SELECT 1 FROM conversations WHERE id = :id)
"""


class History:
    """A `core.ports.ConversationStore`. Made by `opening.open_history`, which checks the file."""

    def __init__(
        self, path: Path, key: bytes, key_place: KeyPlace, place: Path | None = None
    ) -> None:
        """`place` is the link that leads to `path`, if one does: older copies may lie beside it."""
        self.path = path
        self._places = {path, place or path}
        self._traces_due = path.with_name(f"{path.name}{TRACES_DUE}")
        self._adding_lock = path.with_name(f".{path.name}.adding")
        self.key_place = key_place
        self._connections = Connections(path, key)

    # Conversations

    def add_conversation(self, conversation: Conversation) -> None:
        """Keep a new conversation."""
        with self._write() as cursor:
            insert(cursor, "conversations", rows.conversation_row(conversation))

    def add_whole(
        self,
        conversation: Conversation,
        messages: Sequence[Message],
        marks: Mapping[str, Sequence[Mark]] | None = None,
        alive: Alive = lambda: None,
    ) -> None:
        """Keep a conversation with all its messages and their marks; see `ConversationStore`."""
        with self._adding():
            adding.add_whole(self._write, self._erasing, conversation, messages, marks or {}, alive)

    def conversations(self) -> tuple[Conversation, ...]:
        """All that are not deleted, pinned ones first, then the most recently used."""
        with self._read() as cursor:
            cursor.execute(
                "SELECT * FROM conversations WHERE deleted_at IS NULL"
                " ORDER BY pinned DESC, updated DESC, number DESC"
            )
            return tuple(rows.conversation_of(row) for row in cursor)

    def conversation(self, conversation_id: str) -> Conversation:
        """One conversation that is not deleted. Raises NotFoundError."""
        with self._read() as cursor:
            return rows.conversation_of(_visible(cursor, conversation_id))

    def update_conversation(self, conversation: Conversation) -> None:
        """Replace all but the id and the times of the conversation of this id."""
        row = rows.conversation_row(conversation)
        del row["created"], row["updated"]
        with self._write() as cursor:
            update(cursor, "conversations", row)

    def delete_conversation(self, conversation_id: str) -> None:
        """Hide it; `restore_conversation` brings it back until `purge_deleted`."""
        now = rows.to_microseconds(datetime.now(UTC))
        with self._write() as cursor:
            update(cursor, "conversations", {"id": conversation_id, "deleted_at": now})

    def restore_conversation(self, conversation_id: str) -> None:
        """Undo a deletion."""
        with self._write() as cursor:
            update(cursor, "conversations", {"id": conversation_id, "deleted_at": None})

    def purge_deleted(self) -> int:
        """Erase everything deleted, so that no trace is left in any file. Returns how many.

        What an earlier erasing had to leave goes now, also where it was another process's.
        """
        erased = self._erase("deleted_at <> ?", (UNFINISHED,))
        self._erase_unfinished()
        if self._traces_due.exists():
            with self._erasing():
                pass
        return erased

    def erase_conversation(self, conversation_id: str) -> None:
        """Erase one conversation at once, with no way back. Raises NotFoundError."""
        if not self._erase("id = ?", (conversation_id,)):
            raise missing(conversation_id)

    # Messages

    def messages(self, conversation_id: str) -> tuple[Message, ...]:
        """All messages of a conversation, every version, oldest first. Raises NotFoundError."""
        with self._read() as cursor:
            _visible(cursor, conversation_id)
            cursor.execute(
                "SELECT * FROM messages WHERE conversation_id = ? ORDER BY number",
                (conversation_id,),
            )
            return tuple(rows.message_of(row) for row in cursor)

    def message(self, message_id: str) -> Message:
        """One message, also of a deleted conversation while it is there. Raises NotFoundError."""
        with self._read() as cursor:
            row = cursor.execute("SELECT * FROM messages WHERE id = ?", (message_id,)).fetchone()
        if row is None:
            raise missing(message_id)
        return rows.message_of(row)

    def add_message(self, message: Message, *, make_leaf: bool = True) -> None:
        """Keep a new message; by default it becomes the conversation's leaf, in the same commit."""
        row = rows.message_row(message)
        used = {"id": message.conversation_id, "updated": row["created"]}
        if make_leaf:
            used["leaf_id"] = message.id
        with self._write() as cursor:
            insert(cursor, "messages", row)
            update(cursor, "conversations", used)

    def update_message(self, message: Message) -> None:
        """Replace a message's text, state, end, usage and error (a streaming reply's flush)."""
        row = rows.message_row(message)
        # Its place in the tree and its birth never change; the index need not look at them.
        del row["conversation_id"], row["parent_id"], row["role"], row["created"]
        with self._write() as cursor:
            update(cursor, "messages", row)

    def delete_message(
        self, message_id: str, new_leaf_id: str | None, title: str | None = None
    ) -> None:
        """Erase a message and all below it, and show `new_leaf_id` instead, in one commit.

        A `title` replaces the conversation's.
        """
        with self._erasing() as cursor:
            cursor.execute("SELECT conversation_id FROM messages WHERE id = ?", (message_id,))
            row = cursor.fetchone()
            if row is None:
                raise missing(message_id)
            cursor.execute(BRANCH, (message_id,))
            left = {"id": row["conversation_id"], "leaf_id": new_leaf_id}
            if title is not None:
                left["title"] = rows.clean(title)
            update(cursor, "conversations", left)

    def rewrite(
        self,
        messages: Iterable[Message],
        conversations: Iterable[Conversation] = (),
        replaced: Mapping[str, Sequence[Replaced]] | None = None,
        drafts: Mapping[str, str] | None = None,
    ) -> None:
        """Replace all texts of all these, so that no trace of the old ones is left.

        `replaced` tells by the messages' ids what of their texts it was: their marks follow.
        """
        with self._erasing() as cursor:
            for message in messages:
                _rewrite(cursor, "messages", rows.message_row(message))
            for message_id, pieces in (replaced or {}).items():
                safety_events.move_marks(cursor, message_id, pieces)
            for conversation in conversations:
                _rewrite(cursor, "conversations", rows.conversation_row(conversation))
            for conversation_id, text in (drafts or {}).items():
                _replace_draft(cursor, conversation_id, rows.clean(text))

    # Drafts

    def drafts(self) -> dict[str, str]:
        """What was written and not sent, by conversation id; "" is the one not yet begun."""
        with self._read() as cursor:
            cursor.execute("SELECT conversation_id, text FROM drafts")
            return {row["conversation_id"]: row["text"] for row in cursor}

    def put_draft(self, conversation_id: str, text: str) -> None:
        """Keep what was written and not sent, so that no trace of the draft before it is left.

        Keeps nothing where the text is empty. Raises NotFoundError where the conversation is gone.
        """
        text, before = rows.clean(text), self.drafts().get(conversation_id, "")
        if text == before:
            return
        with self._erasing() if before else self._write() as cursor:
            if not _replace_draft(cursor, conversation_id, text):
                raise missing(conversation_id)

    # What the safety filter did

    def put_marks(self, reply_id: str, marks: Iterable[Mark], start: int = 0) -> None:
        """Keep where the safety filter touched a reply, from code point `start` of it on."""
        with self._write() as cursor:
            now = rows.to_microseconds(datetime.now(UTC))
            safety_events.put_marks(cursor, reply_id, marks, start, now)

    def marks(self, conversation_id: str) -> dict[str, tuple[Mark, ...]]:
        """Where the safety filter touched a conversation's replies, by their ids."""
        with self._read() as cursor:
            return safety_events.marks_of(cursor, conversation_id)

    def safety_counts(self, since: datetime) -> SafetyCounts:
        """How many replies the safety filter touched since a moment."""
        with self._read() as cursor:
            return safety_events.counts(cursor, rows.to_microseconds(since))

    def forget_safety_events(self) -> None:
        """Erase the list of what the safety filter did, so that no trace of it is left."""
        with self._erasing() as cursor:
            cursor.execute("DELETE FROM safety_events")

    def forget_old_safety_events(self, before: datetime) -> None:
        """Drop what the safety filter did before a moment in replies that are gone."""
        with self._write() as cursor:
            safety_events.drop_old(cursor, rows.to_microseconds(before))

    def mark_interrupted(self) -> int:
        """At start: replies still marked streaming never ended. Returns how many there were."""
        with self._write() as cursor:
            cursor.execute("UPDATE messages SET state = 'interrupted' WHERE state = 'streaming'")
            return int(cursor.rowcount)

    # The whole

    def search(self, text: str, limit: int = 50) -> tuple[SearchHit, ...]:
        """Titles and messages that contain every word of the text, in any script, best first."""
        with self._read() as cursor:
            return finding.search(cursor, rows.clean(text), limit)

    def verify(self) -> bool:
        """Whether every page of the file is sound. For `doctor`, and after a crash."""
        try:
            with self._read() as cursor:
                if cursor.execute("PRAGMA cipher_integrity_check").fetchone() is not None:
                    return False
                return bool(cursor.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
        except DamagedError:
            return False

    def close(self) -> None:
        """Write everything into the one file, and close it for all threads."""
        self._connections.close()

    # Inside

    @contextmanager
    def _read(self) -> Iterator[Any]:
        with self._connections.read() as connection:
            yield _cursor(connection)

    @contextmanager
    def _write(self) -> Iterator[Any]:
        with self._connections.write() as connection:
            yield _cursor(connection)

    @contextmanager
    def _erasing(self) -> Iterator[Any]:
        """A write that leaves no trace of what it takes out. Raises TracesLeftError where some stay.

        A copy that cannot be removed, or a log that cannot be cut, does not keep the text: it is told,
        and a file beside the history remembers it, whatever ends the app.
        """
        was_due = self._traces_due.exists()
        with suppress(OSError):
            self._traces_due.touch(mode=0o600)
        try:
            with self._write() as cursor:
                yield cursor
                # Before the commit: whatever ends the app in between, no copy is left that holds more.
                stays = self._drop_copies()
        except BaseException:
            if not was_due:  # nothing was erased: the copies may stay
                self._traces_due.unlink(missing_ok=True)
            raise
        self._connections.truncate_log()
        if stays is not None:
            raise stays
        self._traces_due.unlink(missing_ok=True)

    def _erase(self, condition: str, values: tuple[object, ...]) -> int:
        which = f"FROM conversations WHERE {condition}"
        if not self._count(condition, values):
            return 0  # so the copies may stay
        with self._erasing() as cursor:
            cursor.execute(f"DELETE {which}", values)
            return int(cursor.rowcount)

    def _count(self, condition: str, values: tuple[object, ...]) -> int:
        with self._read() as cursor:
            cursor.execute(f"SELECT count(*) FROM conversations WHERE {condition}", values)
            return int(cursor.fetchone()[0])

    @contextmanager
    def _adding(self) -> Iterator[None]:
        """One conversation is added at a time, in whatever process. Raises StoreError, busy for long."""
        with ExitStack() as held:
            try:
                held.enter_context(exclusive(self._adding_lock))
            except OSError as error:
                raise StoreError(
                    "The history could not be read or written.", *why_and_todo(error)
                ) from error
            yield

    def _erase_unfinished(self) -> None:
        """What a crash left of a conversation that was being added; not one that is added now."""
        which = "deleted_at = ?", (UNFINISHED,)
        if not self._count(*which):
            return
        with ExitStack() as held:
            free = False
            with suppress(OSError):
                free = held.enter_context(if_free(self._adding_lock))
            if free:
                self._erase(*which)

    def _drop_copies(self) -> TracesLeftError | None:
        """Remove what holds more than the file; the last one that stays is told."""
        stays = None
        for copy in self._copies():
            try:
                copy.unlink(missing_ok=True)
            except OSError as error:
                stays = _stays(copy, error)
        return stays

    def _copies(self) -> Iterator[Path]:
        """The files beside the history in which its older texts can be read."""
        for place in self._places:
            yield from backups(place)
            for copy in taken_for_damaged(place):
                if self._connections.reads(copy):  # so it was not damaged
                    yield copy
                    yield log_of(copy)


def log_of(path: Path) -> Path:
    """SQLite's write-ahead log of a database file."""
    return path.with_name(f"{path.name}-wal")


def backups(path: Path) -> tuple[Path, ...]:
    """The copies that were made of a history before its tables were changed."""
    copies = path.parent.glob(f"{path.name}.before-v*")
    return tuple(copy for copy in copies if not copy.is_dir())


def taken_for_damaged(path: Path) -> tuple[Path, ...]:
    """The copies that were made of a history that could not be read; the key was wrong, perhaps."""
    copies = path.parent.glob(f"{path.name}.damaged-*")
    return tuple(copy for copy in copies if not copy.name.endswith(("-wal", "-shm")))


def _cursor(connection: Any) -> Any:
    cursor = connection.cursor()
    cursor.row_factory = sqlcipher3.Row
    return cursor


def _rewrite(cursor: Any, table: str, row: dict[str, Any]) -> None:
    update(cursor, table, {name: row[name] for name in REWRITTEN[table]})


def _replace_draft(cursor: Any, conversation_id: str, text: str) -> bool:
    """False where the conversation is gone; what was written in it is kept nowhere then."""
    cursor.execute("DELETE FROM drafts WHERE conversation_id = ?", (conversation_id,))
    if not text:
        return True
    cursor.execute(DRAFT, {"id": conversation_id, "text": text})
    return bool(cursor.rowcount)


def _visible(cursor: Any, conversation_id: str) -> Any:
    row = cursor.execute(
        "SELECT * FROM conversations WHERE id = ? AND deleted_at IS NULL", (conversation_id,)
    ).fetchone()
    if row is None:
        raise missing(conversation_id)
    return row


def _stays(copy: Path, error: OSError) -> TracesLeftError:
    why, _ = why_and_todo(error)
    return TracesLeftError(
        "Deleted text may still be in {path}, a copy of the history.",
        why,
        "Close what else has that file open, or delete it yourself.",
        path=copy,
    )
