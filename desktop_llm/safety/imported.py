"""The filter for replies that come from a file instead of a model. Knows no file."""

import dataclasses

from desktop_llm.core.messages import Message, Role
from desktop_llm.core.policy import Policy
from desktop_llm.safety.filter import filter_text


def filtered(message: Message, safety: Policy) -> Message:
    """The message as it may be kept: a reply is filtered, what a person wrote is theirs."""
    if message.role is not Role.ASSISTANT:
        return message
    return dataclasses.replace(message, text=filter_text(safety, message.text).text)
