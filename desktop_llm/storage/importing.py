"""Reads a conversation that `export.to_json` wrote, perhaps on another computer. Stores nothing.

The file may come from anybody: whatever is not of the form that the export writes is refused.
Every id is made anew, so that an import adds and never replaces.
"""

import dataclasses
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from desktop_llm.core.errors import SettingError, StoreError
from desktop_llm.core.events import EndReason, Usage
from desktop_llm.core.messages import Conversation, Message, MessageState, Role
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.core.sayings import Saying
from desktop_llm.core.session import new_id
from desktop_llm.core.settings_tree import check, walk
from desktop_llm.storage.export import FORMAT, VERSION
from desktop_llm.storage.rows import EARLIEST, LATEST, clean

WRONG = (KeyError, ValueError, TypeError, AttributeError, OverflowError, SettingError)
"""What reading a field raises where it is missing, of another type, or out of range."""
LARGEST = 256 * 1024 * 1024
"""Bytes of a file that is read at all: a thousand times a long conversation."""
HIGHEST = 2**63 - 1
"""The largest whole number that SQLite holds."""


def read_file(path: Path) -> tuple[Conversation, tuple[Message, ...]]:
    """The conversation in a file, with new ids. Raises StoreError, which names the file."""
    try:
        if path.stat().st_size > LARGEST:
            raise _not_ours(path, Saying("It is larger than {most} MiB.", most=LARGEST // 2**20))
        text = path.read_text("utf-8-sig")  # some editors put a mark in front
    except OSError as error:
        raise unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise _not_ours(path, Saying("It is not a text in UTF-8.")) from error
    return _read(path, text)


def unreadable(path: Path, error: OSError) -> StoreError:
    """The system does not let the app read a file."""
    return StoreError(
        "{path} cannot be read.",
        "The system says: {error}.",
        "Check that the file is there and that you may read it.",
        path=path,
        error=error.strerror or error,
    )


def _read(path: Path, text: str) -> tuple[Conversation, tuple[Message, ...]]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_ours(path, Saying("It is not JSON.")) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _not_ours(path, Saying("It was not exported by this app as JSON."))
    if content.get("version") != VERSION:
        raise StoreError(
            "{path} was exported by a newer version of the app.",
            "Its form has the number {version}; this version knows {VERSION}.",
            "Update the app, then open the file again.",
            path=path,
            version=content.get("version"),
            VERSION=VERSION,
        )
    try:
        return _built(content)
    except WRONG as error:
        raise _not_ours(path, Saying("It was changed or is damaged.")) from error


def _built(content: dict[str, Any]) -> tuple[Conversation, tuple[Message, ...]]:
    """Raises one of WRONG where a field is not as exported."""
    told = content["conversation"]
    conversation_id = new_id()
    ids: dict[str, str] = {}
    messages = []
    for data in content["messages"]:
        # A parent stands before what is under it; nothing can be its own ancestor.
        parent = None if data["parent_id"] is None else ids[data["parent_id"]]
        if data["id"] in ids:
            raise ValueError("two messages have one id")
        ids[data["id"]] = new_id()
        messages.append(_message(data, ids[data["id"]], conversation_id, parent))
    leaf = None if told["leaf_id"] is None else ids[told["leaf_id"]]
    conversation = Conversation(
        id=conversation_id,
        title=_text(told["title"]),
        created=_moment(told["created"]),
        updated=_moment(told["updated"]),
        leaf_id=leaf,
        pinned=told["pinned"] is True,
        system_prompt=_text(told["system_prompt"]),
        preset=_text(told["preset"]),
        # A stranger's file may not say which folder, or which computer on the network, is read.
        sampling=dataclasses.replace(
            _sampling(told["sampling"]) or SamplingSettings(), adapter=None, adapter_scale=None
        ),
    )
    return conversation, tuple(messages)


def _message(
    data: dict[str, Any], own_id: str, conversation_id: str, parent: str | None
) -> Message:
    state = MessageState(data["state"])
    reason = data["end_reason"]
    return Message(
        id=own_id,
        conversation_id=conversation_id,
        parent_id=parent,
        role=Role(data["role"]),
        text=_text(data["text"]),
        created=_moment(data["created"]),
        # Nobody writes on in a copy.
        state=MessageState.INTERRUPTED if state is MessageState.STREAMING else state,
        end_reason=None if reason is None else EndReason(reason),
        model_id=_text(data["model_id"]),
        model_hash=_text(data["model_hash"]),
        sampling=_sampling(data["sampling"]),
        usage=_usage(data["usage"]),
        error=_text(data["error"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    # As it will be stored: the safety filter's marks count these code points.
    return clean(value)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    if not EARLIEST <= moment <= LATEST:
        raise ValueError("a time that cannot be shown everywhere")
    return moment


def _sampling(values: Any) -> SamplingSettings | None:
    if values is None:
        return None
    known = {info.key: info for info in walk(SamplingSettings)}
    given = {
        name: check(known[name], _cleaned(value)) for name, value in values.items() if name in known
    }
    return SamplingSettings(**given)


def _cleaned(value: Any) -> Any:
    """A setting's value whose texts a model can read and a file can hold."""
    if isinstance(value, list):
        return [_cleaned(part) if isinstance(part, str) else part for part in value]
    return clean(value) if isinstance(value, str) else value


def _usage(values: Any) -> Usage | None:
    if values is None:
        return None
    kinds = {item.name: item.type for item in dataclasses.fields(Usage)}
    return Usage(
        **{name: _count(kinds[name], value) for name, value in values.items() if name in kinds}
    )


def _count(kind: Any, value: Any) -> Any:
    """A figure of a field of that type, as the history's table can hold it."""
    allowed = (int, float) if kind is float else (int,)
    if isinstance(value, bool) or not isinstance(value, allowed):
        raise TypeError("a figure that is no number")
    if not 0 <= value <= HIGHEST:  # which NaN is not either
        raise ValueError("a figure that nothing counts to")
    return value


def _not_ours(path: Path, why: Saying) -> StoreError:
    return StoreError(
        "{path} is not a conversation of this app.",
        why,
        "Choose a file that was made with “Export as JSON…” in a conversation's menu.",
        path=path,
    )
