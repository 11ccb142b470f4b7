"""A reply while it is being made, as the window knows it. Asks nobody and stores nothing."""

from dataclasses import dataclass, field
from typing import Protocol

from desktop_llm.core.events import Checked, Delta, Event, Mark, Retract


class Growing(Protocol):
    """What events write: `checked` is how much of the text stays, where the rest may be taken back."""

    text: str
    marks: list[Mark]
    checked: int | None


def write_into(reply: Growing, event: Event) -> bool:
    """Do what an event says of the text. False where it says nothing of it."""
    if isinstance(event, Delta):
        reply.text += event.text
    elif isinstance(event, Mark):
        reply.marks.append(event)
    elif isinstance(event, Checked):
        reply.checked = event.end
    elif isinstance(event, Retract):
        reply.text = reply.text[: event.start]
        reply.marks = [mark for mark in reply.marks if mark.in_prompt or mark.start < event.start]
    else:
        return False
    return True


@dataclass(slots=True)
class Running:
    """Its text so far, for when its conversation is opened again. It goes on from `began`."""

    conversation_id: str
    text: str
    began: str = ""
    marks: list[Mark] = field(default_factory=list)
    checked: int | None = None

    @property
    def kept(self) -> str:
        """The text that may be stored."""
        return self.text[: self.checked]
