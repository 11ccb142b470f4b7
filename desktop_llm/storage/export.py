"""A conversation as Markdown to read, or as JSON that loses nothing. Writes no file.

The Markdown is the shown path; the JSON is the whole tree with every version and every field.
"""

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from desktop_llm.core.messages import Conversation, Message, MessageState, MessageTree, Role
from desktop_llm.core.personal import Change, changed_title, model_going_out

FORMAT = "desktop-llm conversation"
VERSION = 1
SPEAKERS = {Role.SYSTEM: "System", Role.USER: "You", Role.ASSISTANT: "Model"}


def _as_it_is(text: str, before: str) -> str:
    return text


def to_markdown(
    conversation: Conversation, messages: Sequence[Message], change: Change = _as_it_is
) -> str:
    """The shown messages under headings, each reply under its model's name, as it may go out."""
    title = changed_title(conversation, messages, change)
    body = change(_body(conversation, messages), conversation.title)
    return f"# {title or 'Conversation'}\n" + (f"\n{body}\n" if body else "")


def _body(conversation: Conversation, messages: Sequence[Message]) -> str:
    parts = []
    if conversation.system_prompt:
        parts.append("> System prompt: " + conversation.system_prompt.replace("\n", "\n> "))
    for message in MessageTree(messages).path(conversation.leaf_id):
        parts.append(f"## {_speaker(message)}")
        parts.append(message.text.strip())
        if message.state is MessageState.INTERRUPTED:
            parts.append("*(interrupted)*")
    return "\n\n".join(part for part in parts if part)


def _speaker(message: Message) -> str:
    if message.role is Role.ASSISTANT and message.model_id:
        return f"{SPEAKERS[message.role]} ({model_going_out(message.model_id)})"
    return SPEAKERS[message.role]


def to_json(conversation: Conversation, messages: Sequence[Message]) -> str:
    """One JSON object with every field of the conversation and of all its messages."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "conversation": conversation_data(conversation),
        "messages": [_plain(message) for message in messages],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def conversation_data(conversation: Conversation) -> dict[str, Any]:
    """The fields of a conversation in JSON's types; times are ISO 8601."""
    return _plain(conversation)


def _plain(value: Conversation | Message) -> dict[str, Any]:
    return {name: _json(field) for name, field in dataclasses.asdict(value).items()}


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: inner for name, inner in value.items() if inner is not None}
    return value
