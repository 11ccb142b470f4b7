"""Which rows the list shows: conversations under the day they were last used, or search hits. No Qt widgets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from desktop_llm.core.messages import Conversation, SearchHit


class RowKind(Enum):
    """A heading cannot be chosen; the others open a conversation."""

    HEADING = auto()
    CONVERSATION = auto()
    HIT = auto()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. `old` ones are painted quieter; `snippet` belongs to hits."""

    kind: RowKind
    title: str
    conversation_id: str = ""
    message_id: str = ""
    snippet: str = ""
    pinned: bool = False
    old: bool = False


def conversation_rows(conversations: Iterable[Conversation], now: datetime) -> Iterator[Row]:
    """Conversations under headings: pinned, today, yesterday, last 7 days, last 30 days, months.

    `now` and the conversations' times are timezone-aware; days are those of the local time.
    """
    today = now.astimezone().date()
    last = ""
    for conversation in conversations:
        day = conversation.updated.astimezone().date()
        heading = _tr("Pinned") if conversation.pinned else day_heading(day, today)
        if heading != last:
            yield Row(RowKind.HEADING, heading)
            last = heading
        yield Row(
            RowKind.CONVERSATION,
            conversation.title or _tr("Untitled"),
            conversation.id,
            pinned=conversation.pinned,
            old=not conversation.pinned and day < today,
        )


def hit_rows(hits: Iterable[SearchHit]) -> Iterator[Row]:
    """Search hits, each with the place where the text was found."""
    for hit in hits:
        yield Row(
            RowKind.HIT,
            hit.title or _tr("Untitled"),
            hit.conversation_id,
            hit.message_id or "",
            " ".join(hit.snippet.split()),
        )


def day_heading(day: date, today: date) -> str:
    """The heading that a day stands under."""
    if day >= today:
        return _tr("Today")
    if day == today - timedelta(days=1):
        return _tr("Yesterday")
    if day > today - timedelta(days=7):
        return _tr("Last 7 days")
    if day > today - timedelta(days=30):
        return _tr("Last 30 days")
    # A pattern of Qt's, which a language changes where it has another order: MMMM is the month's name.
    return QLocale().toString(QDate(day.year, day.month, 1), _tr("MMMM yyyy"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Sidebar", text)
