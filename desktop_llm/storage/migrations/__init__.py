"""Brings a history file's tables up to date by numbered steps. Knows no conversation and no message.

A step is frozen once it was released: it is made of SQL alone and never edited, since files made by
it are out there. To change a table, add `m0004_what_it_does.py` and put it into `MIGRATIONS`.
"""

from typing import Any, NamedTuple

from desktop_llm.core.errors import StoreError
from desktop_llm.storage.migrations import (
    m0001_conversations,
    m0002_safety_events,
    m0003_drafts,
)


class Migration(NamedTuple):
    """From version `number - 1` to `number`, statement by statement."""

    number: int
    statements: tuple[str, ...]


MIGRATIONS = (
    Migration(1, m0001_conversations.STATEMENTS),
    Migration(2, m0002_safety_events.STATEMENTS),
    Migration(3, m0003_drafts.STATEMENTS),
)


def version(connection: Any) -> int:
    """The version of a file's tables; 0 for a new file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_outdated(connection: Any, migrations: tuple[Migration, ...] = MIGRATIONS) -> bool:
    """Whether `migrate` has something to do. Raises StoreError for a file that is too new."""
    found, newest = version(connection), migrations[-1].number
    if found > newest:
        raise StoreError(
            "The history was written by a newer version of the app.",
            "Its tables have version {found}; this app knows up to {newest}.",
            "Update the app. The history was left as it is.",
            found=found,
            newest=newest,
        )
    return found < newest


def migrate(connection: Any, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Take every step that the file lacks, each whole or not at all."""
    for migration in migrations:
        if version(connection) >= migration.number:
            continue
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in migration.statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {migration.number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
