"""The statements that write one row of any table. Knows no table."""

from typing import Any

from desktop_llm.core.errors import NotFoundError


def insert(cursor: Any, table: str, row: dict[str, Any]) -> None:
    """Put in a new row."""
    names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
    cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", row)


def update(cursor: Any, table: str, row: dict[str, Any]) -> None:
    """Replace these columns in the row of that "id". Raises NotFoundError."""
    changes = ", ".join(f"{name} = :{name}" for name in row if name != "id")
    cursor.execute(f"UPDATE {table} SET {changes} WHERE id = :id", row)
    if not cursor.rowcount:
        raise missing(row["id"])


def missing(name: str) -> NotFoundError:
    """What is told of an id that is in no row."""
    return NotFoundError(
        "There is no conversation or message {name}.", "It was deleted.", name=name
    )
