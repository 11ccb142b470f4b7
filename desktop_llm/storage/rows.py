"""Turns conversations and messages into table rows and back, without losing a bit. Runs no SQL."""

import dataclasses
import functools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from desktop_llm.core.events import EndReason, Usage
from desktop_llm.core.messages import Conversation, Message, MessageState, Role
from desktop_llm.core.sampling import SamplingSettings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
EARLIEST, LATEST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)
"""Between them a moment has a local time in every zone; Windows knows none before 1970 or after 3000."""
USAGE = tuple(item.name for item in dataclasses.fields(Usage))
SAMPLING = tuple(item.name for item in dataclasses.fields(SamplingSettings))


def conversation_row(conversation: Conversation) -> dict[str, Any]:
    """Columns of `conversations`, all but `number` and `deleted_at`."""
    return {
        "id": conversation.id,
        "title": clean(conversation.title),
        "created": to_microseconds(conversation.created),
        "updated": to_microseconds(conversation.updated),
        "leaf_id": conversation.leaf_id,
        "pinned": int(conversation.pinned),
        "system_prompt": clean(conversation.system_prompt),
        "preset": clean(conversation.preset),
        "sampling": sampling_to_json(conversation.sampling),
    }


def conversation_of(row: Mapping[str, Any]) -> Conversation:
    """The conversation of a row of `conversations`."""
    return Conversation(
        id=row["id"],
        title=row["title"],
        created=from_microseconds(row["created"]),
        updated=from_microseconds(row["updated"]),
        leaf_id=row["leaf_id"],
        pinned=bool(row["pinned"]),
        system_prompt=row["system_prompt"],
        preset=row["preset"],
        sampling=sampling_from_json(row["sampling"]),
    )


def message_row(message: Message) -> dict[str, Any]:
    """Columns of `messages`, all but `number`. Without a usage its columns are null."""
    usage = message.usage
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "parent_id": message.parent_id,
        "role": message.role.value,
        "text": clean(message.text),
        "created": to_microseconds(message.created),
        "state": message.state.value,
        "end_reason": message.end_reason.value if message.end_reason else None,
        "model_id": message.model_id,
        "model_hash": message.model_hash,
        "sampling": sampling_to_json(message.sampling) if message.sampling is not None else None,
        **{name: getattr(usage, name) if usage else None for name in USAGE},
        "error": clean(message.error),
    }


def message_of(row: Mapping[str, Any]) -> Message:
    """The message of a row of `messages`."""
    return Message(
        id=row["id"],
        conversation_id=row["conversation_id"],
        parent_id=row["parent_id"],
        role=Role(row["role"]),
        text=row["text"],
        created=from_microseconds(row["created"]),
        state=MessageState(row["state"]),
        end_reason=EndReason(row["end_reason"]) if row["end_reason"] else None,
        model_id=row["model_id"],
        model_hash=row["model_hash"],
        sampling=sampling_from_json(row["sampling"]) if row["sampling"] else None,
        usage=_usage_of(row),
        error=row["error"],
    )


def _usage_of(row: Mapping[str, Any]) -> Usage | None:
    if row["prompt_tokens"] is None:
        return None
    # SQLite keeps what is not a number as null; such a figure was not measured.
    return Usage(**{name: row[name] for name in USAGE if row[name] is not None})


def sampling_to_json(sampling: SamplingSettings) -> str:
    """The values that are given, as one JSON object."""
    values = {name: getattr(sampling, name) for name in SAMPLING}
    return json.dumps({name: value for name, value in values.items() if value is not None})


@functools.lru_cache(maxsize=256)
def sampling_from_json(text: str) -> SamplingSettings:
    """The sampling settings of `sampling_to_json`; names that are not known are left out."""
    values = {name: value for name, value in json.loads(text).items() if name in SAMPLING}
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return SamplingSettings(**(values | lists))


def to_microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970, of a moment that knows its time zone."""
    return (moment - EPOCH) // MICROSECOND


def from_microseconds(count: int) -> datetime:
    """The moment, in UTC; a count that cannot be true becomes the nearest that can be shown."""
    shown = min(max(count, to_microseconds(EARLIEST)), to_microseconds(LATEST))
    return EPOCH + shown * MICROSECOND


def clean(text: str) -> str:
    """Text that can be stored as UTF-8: half a surrogate pair, which pasting can leave, cannot."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
