"""Conversations and messages: a tree by parent id, as frozen values. Storage gives them identity.

A message's siblings (same parent) are its versions. A conversation shows one path: from a root
to its `leaf_id`. Nothing is ever erased by regenerating or editing; a new sibling is made.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from desktop_llm.core.events import EndReason, Usage
from desktop_llm.core.sampling import SamplingSettings


class Role(StrEnum):
    """Who speaks. Names are the chat templates' own."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class MessageState(StrEnum):
    """STREAMING while a reply is being written; INTERRUPTED if the app ended before it did."""

    COMPLETE = "complete"
    STREAMING = "streaming"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn's text, and for a reply all that is needed to make it again."""

    id: str
    conversation_id: str
    parent_id: str | None
    role: Role
    text: str
    created: datetime
    state: MessageState = MessageState.COMPLETE
    end_reason: EndReason | None = None
    model_id: str = ""
    model_hash: str = ""
    sampling: SamplingSettings | None = None
    usage: Usage | None = None
    error: str = ""

    @property
    def refused(self) -> bool:
        """Whether nothing was made because the safety filter refused what it would have answered."""
        return self.end_reason is EndReason.BLOCKED and not self.text


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation without its messages. `sampling` holds only what differs from the preset."""

    id: str
    title: str
    created: datetime
    updated: datetime
    leaf_id: str | None = None
    pinned: bool = False
    system_prompt: str = ""
    preset: str = ""
    sampling: SamplingSettings = field(default_factory=SamplingSettings)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A place where a search text was found. Where the title matched, there is no message.

    `role` tells who wrote what the snippet is of.
    """

    conversation_id: str
    title: str
    message_id: str | None
    snippet: str
    role: Role | None = None


class MessageTree:
    """The messages of one conversation, looked up by id, by parent, and as the shown path."""

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self._by_id: dict[str, Message] = {}
        self._children: dict[str | None, list[str]] = {}
        for message in messages:
            self.put(message)

    def put(self, message: Message) -> None:
        """Add a message, or replace the one of the same id (its parent never changes)."""
        if message.id not in self._by_id:
            self._children.setdefault(message.parent_id, []).append(message.id)
        self._by_id[message.id] = message

    def remove(self, message_id: str) -> None:
        """Take a message and everything under it out of the tree."""
        self._children[self._by_id[message_id].parent_id].remove(message_id)
        doomed = [message_id]
        while doomed:  # not by recursion: a conversation may be thousands of messages deep
            gone = doomed.pop()
            doomed += self._children.pop(gone, ())
            del self._by_id[gone]

    def __contains__(self, message_id: object) -> bool:
        return message_id in self._by_id

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, message_id: str) -> Message:
        """The message of that id. Raises KeyError where there is none."""
        return self._by_id[message_id]

    def path(self, leaf_id: str | None) -> tuple[Message, ...]:
        """The messages from a root down to the leaf, oldest first; empty for None."""
        found: list[Message] = []
        while leaf_id is not None:
            message = self._by_id[leaf_id]
            found.append(message)
            leaf_id = message.parent_id
        return tuple(reversed(found))

    def versions(self, message_id: str) -> tuple[str, ...]:
        """The ids of all versions of a message (itself and its siblings), oldest first."""
        message = self._by_id[message_id]
        siblings = self._children[message.parent_id]
        return tuple(i for i in siblings if self._by_id[i].role == message.role)

    def leaf_under(self, message_id: str) -> str:
        """The newest leaf below a message: what is shown when a person flips to that version."""
        while children := self._children.get(message_id):
            message_id = children[-1]
        return message_id
