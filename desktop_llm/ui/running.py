"""A reply while it is being made, as the window knows it. Asks nobody and stores nothing."""

from dataclasses import dataclass, field

from desktop_llm.core.events import Checked, Delta, Event, Mark, Retract


@dataclass(slots=True)
class Running:
    """Its text so far, for when its conversation is opened again."""

    conversation_id: str
    text: str
    marks: list[Mark] = field(default_factory=list)
    checked: int | None = None  # how much of it stays, where the rest may be taken back

    @property
    def kept(self) -> str:
        """The text that may be stored."""
        return self.text[: self.checked]

    def take(self, event: Event) -> None:
        """Keep what an event says of the text."""
        if isinstance(event, Delta):
            self.text += event.text
        elif isinstance(event, Mark):
            self.marks.append(event)
        elif isinstance(event, Checked):
            self.checked = event.end
        elif isinstance(event, Retract):
            self.text = self.text[: event.start]
            self.marks = [mark for mark in self.marks if mark.in_prompt or mark.start < event.start]
