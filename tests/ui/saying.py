"""Shown messages for tests, with as little said as the test needs."""

import dataclasses
from datetime import UTC, datetime

from desktop_llm.core.events import EndReason, Mark, Usage
from desktop_llm.core.messages import Message, MessageState, Role
from desktop_llm.ui.conversation.document import ShownMessage

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def said(name: str, text: str, *, version: int = 1, versions: int = 1) -> ShownMessage:
    """A person's message."""
    return ShownMessage(Message(name, "c", None, Role.USER, text, NOW), version, versions)


def replied(
    name: str,
    text: str,
    state: MessageState = MessageState.COMPLETE,
    reason: EndReason | None = EndReason.STOP,
    error: str = "",
) -> ShownMessage:
    """A reply, ended unless `state` says otherwise."""
    running = state is MessageState.STREAMING
    message = Message(
        name, "c", None, Role.ASSISTANT, text, NOW, state=state,
        end_reason=None if running else reason, error=error,
        usage=None if running else Usage(new_tokens=118, ttft_s=0.31, tokens_per_s=41.2),
    )  # fmt: skip
    return ShownMessage(message)


def running(name: str, text: str = "") -> ShownMessage:
    """A reply that is being written."""
    return replied(name, text, MessageState.STREAMING)


def marked(shown: ShownMessage, *marks: Mark) -> ShownMessage:
    """The same with the safety filter's marks in it."""
    return dataclasses.replace(shown, marks=marks)
