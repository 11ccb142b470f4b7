"""The table of what the safety filter did: marks of replies, and counts over a time. Holds no text."""

from collections.abc import Iterable, Sequence
from typing import Any

from desktop_llm.core.events import Mark
from desktop_llm.core.replacing import Replaced, moved
from desktop_llm.core.safety_events import SafetyCounts, Touched


def put_marks(cursor: Any, reply_id: str, marks: Iterable[Mark], start: int, happened: int) -> None:
    """Put marks in the place of those that a reply has from code point `start` on.

    `happened` in microseconds since 1970.
    """
    cursor.execute("DELETE FROM safety_events WHERE reply_id = ? AND first >= ?", (reply_id, start))
    cursor.executemany(
        "INSERT INTO safety_events"
        " (reply_id, happened, category, rule, action, first, last, note)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                reply_id,
                happened,
                mark.category,
                mark.rule,
                mark.action,
                mark.start,
                mark.end,
                mark.note,
            )
            for mark in marks
        ],
    )


def move_marks(cursor: Any, reply_id: str, replaced: Sequence[Replaced]) -> None:
    """Let a reply's marks stand where their words are now; marks of words that are gone go too."""
    cursor.execute("SELECT number, first, last FROM safety_events WHERE reply_id = ?", (reply_id,))
    for row in cursor.fetchall():
        place = moved(row["first"], row["last"], replaced)
        if place is None:
            cursor.execute("DELETE FROM safety_events WHERE number = ?", (row["number"],))
        else:
            cursor.execute(
                "UPDATE safety_events SET first = ?, last = ? WHERE number = ?",
                (*place, row["number"]),
            )


def drop_old(cursor: Any, before: int) -> None:
    """Drop what happened before a moment in replies that are gone: nothing shows or counts it."""
    cursor.execute(
        "DELETE FROM safety_events WHERE happened < ?"
        " AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.id = reply_id)",
        (before,),
    )


def marks_of(cursor: Any, conversation_id: str) -> dict[str, tuple[Mark, ...]]:
    """The marks of a conversation's replies by their ids, in the order of the text."""
    cursor.execute(
        "SELECT safety_events.* FROM safety_events JOIN messages ON messages.id = reply_id"
        " WHERE conversation_id = ? ORDER BY reply_id, first, safety_events.number",
        (conversation_id,),
    )
    found: dict[str, list[Mark]] = {}
    for row in cursor:
        mark = Mark(
            row["first"], row["last"], row["category"], row["rule"], row["action"], row["note"],
        )  # fmt: skip
        found.setdefault(row["reply_id"], []).append(mark)
    return {reply_id: tuple(marks) for reply_id, marks in found.items()}


def counts(cursor: Any, since: int) -> SafetyCounts:
    """How many replies were touched from a moment on, in microseconds since 1970."""
    condition = "FROM safety_events WHERE happened >= ?"
    cursor.execute(f"SELECT count(DISTINCT reply_id) AS replies {condition}", (since,))
    replies = int(cursor.fetchone()["replies"])
    cursor.execute(
        f"SELECT category, count(DISTINCT reply_id) AS replies {condition}"
        " GROUP BY category ORDER BY replies DESC, category",
        (since,),
    )
    touched = tuple(Touched(row["category"], row["replies"]) for row in cursor)
    cursor.execute("SELECT count(*) AS older FROM safety_events WHERE happened < ?", (since,))
    return SafetyCounts(replies, touched, bool(cursor.fetchone()["older"]))
