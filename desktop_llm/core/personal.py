"""Personal data in what is kept or given away: found, masked, cut out. Knows no rule and no database.

What counts as personal data is told by `find`; the store is the history's port.
"""

import dataclasses
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from desktop_llm.core.errors import Cancelled
from desktop_llm.core.events import Mark
from desktop_llm.core.messages import Conversation, Message
from desktop_llm.core.ports import ConversationStore, Report

SIGN = "█"


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in a text; `marks` count its code points."""

    text: str
    marks: tuple[Mark, ...]

    @property
    def masked(self) -> str:
        """The text with one sign in the place of each finding."""
        return self._with(SIGN)

    @property
    def cut(self) -> str:
        """The text without what was found."""
        return self._with("")

    def only(self, wanted: Callable[[str], bool]) -> "Findings":
        """What rules of these names found."""
        return Findings(self.text, tuple(mark for mark in self.marks if wanted(mark.rule)))

    def _with(self, sign: str) -> str:
        parts, place = [], 0
        for mark in sorted(self.marks, key=lambda mark: mark.start):
            if mark.start >= place:
                parts += [self.text[place : mark.start], sign]
            place = max(place, mark.end)
        return "".join((*parts, self.text[place:]))

    @property
    def pieces(self) -> tuple[tuple[str, str], ...]:
        """The rule and the words of each finding."""
        return tuple((mark.rule, self.text[mark.start : mark.end]) for mark in self.marks)


Find = Callable[[str], Findings]
Fields = tuple[str, ...]
CONVERSATION: Fields = ("title", "system_prompt")
MESSAGE: Fields = ("text",)


@dataclass(frozen=True, slots=True)
class Holder:
    """A conversation or message of the history that holds personal data, by field."""

    conversation_id: str
    title: str
    held: Conversation | Message
    found: tuple[tuple[str, Findings], ...]

    @property
    def pieces(self) -> tuple[tuple[str, str], ...]:
        """The rule and the words of each finding."""
        return tuple(piece for _, findings in self.found for piece in findings.pieces)


def scan(
    store: ConversationStore, find: Find, report: Report, cancel: threading.Event
) -> Iterator[Holder]:
    """Everything in the history that holds personal data, all versions of all messages.

    Reports conversations. Raises Cancelled between two messages.
    """
    conversations = store.conversations()
    for number, conversation in enumerate(conversations):
        report(number, len(conversations))
        yield from _holders(conversation, conversation, CONVERSATION, find)
        for message in store.messages(conversation.id):
            if cancel.is_set():
                raise Cancelled
            yield from _holders(conversation, message, MESSAGE, find)


def _holders(
    conversation: Conversation, held: Conversation | Message, fields: Fields, find: Find
) -> Iterator[Holder]:
    found = ((name, find(getattr(held, name))) for name in fields if getattr(held, name))
    bad = tuple((name, findings) for name, findings in found if findings.marks)
    if bad:
        yield Holder(conversation.id, conversation.title, held, bad)


def clean(
    store: ConversationStore, holders: Iterable[Holder], wanted: Callable[[str], bool], *,
    delete: bool,
) -> int:  # fmt: skip
    """Mask what rules that are `wanted` found, or delete it from the texts, leaving no trace.

    Returns how many pieces that were.
    """
    messages, conversations, count = [], [], 0
    for holder in holders:
        chosen = {name: findings.only(wanted) for name, findings in holder.found}
        pieces = sum(len(findings.marks) for findings in chosen.values())
        if not pieces:
            continue
        count += pieces
        texts = {name: f.cut if delete else f.masked for name, f in chosen.items()}
        changed = dataclasses.replace(holder.held, **texts)  # type: ignore[arg-type]
        if isinstance(changed, Message):
            messages.append(changed)
        else:
            conversations.append(changed)
    if count:
        store.rewrite(messages, conversations)
    return count


def counted(pieces: Iterable[tuple[str, str]], kind: Callable[[str], str]) -> dict[str, int]:
    """How often each kind occurs, the most frequent first. `kind` gives a rule's kind."""
    return dict(Counter(kind(rule) for rule, _ in pieces).most_common())
