"""A reply that has ended, as the store has it, or as it is put there now. Paints nothing."""

import dataclasses
from collections.abc import Callable

from desktop_llm.core.errors import NotFoundError, UserError
from desktop_llm.core.events import End
from desktop_llm.core.messages import Message, MessageState
from desktop_llm.core.ports import ConversationStore
from desktop_llm.core.recording import finished
from desktop_llm.ui.language import error_text
from desktop_llm.ui.running import Running


def ended(
    store: ConversationStore,
    reply_id: str,
    job: Running,
    end: End,
    shown: Message | None,
    tell: Callable[[UserError], None],
) -> Message | None:
    """The reply as the store has it; None where it was deleted meanwhile.

    A reply whose last save failed, or that never began, is finished here: nothing may look as if it
    were still being written. Nor may one that cannot be read: it is what the window saw of it then,
    if it is `shown`, and what the store has stays. What fails is told.
    """
    try:
        stored = store.message(reply_id)
    except NotFoundError:
        return None
    except UserError as error:
        tell(error)
        return None if shown is None else _finished(shown, job, end)
    if stored.state is not MessageState.STREAMING:
        return stored
    message = _finished(stored, job, end)
    try:
        store.update_message(message)
    except UserError as error:
        tell(error)
    return message


def _finished(reply: Message, job: Running, end: End) -> Message:
    begun = dataclasses.replace(reply, text=job.began)
    error = error_text(end.error) if end.error else ""
    return finished(begun, job.kept or reply.text, end, error)
