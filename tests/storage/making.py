"""Conversations and messages for tests, with as little said as the test needs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from desktop_llm.core.messages import Conversation, Message, Role

START = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def conversation(name: str = "c", minute: int = 0, **fields: Any) -> Conversation:
    when = START + timedelta(minutes=minute)
    return Conversation(**{"id": name, "title": name, "created": when, "updated": when} | fields)


def message(name: str, parent: str | None = None, text: str = "", **fields: Any) -> Message:
    """A person's message unless `role` says otherwise, in conversation "c"."""
    given = {
        "id": name, "conversation_id": "c", "parent_id": parent, "role": Role.USER,
        "text": text or name, "created": START,
    }  # fmt: skip
    return Message(**given | fields)
