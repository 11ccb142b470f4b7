"""The list of conversations: what it shows, and rename, pin, delete with undo, search. Paints nothing.

A deletion can be undone while the notice that offers it is seen; `purge` then leaves nothing.
"""

import dataclasses
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop_llm.core.covering import covered_hits
from desktop_llm.core.errors import NotFoundError, UserError
from desktop_llm.core.messages import Conversation
from desktop_llm.ui.services import Services
from desktop_llm.ui.sidebar.sidebar import Sidebar

SEARCH_DELAY_MS = 120


class ListPresenter(QObject):
    """Signals: `failed(UserError)`; `deleted(id, title)` to offer the undo; `changed(id)`."""

    failed = Signal(object)
    deleted = Signal(str, str)
    changed = Signal(str)

    def __init__(self, services: Services, sidebar: Sidebar, parent: QObject) -> None:
        super().__init__(parent)
        self._store, self._clock, self._sidebar = services.store, services.clock, sidebar
        self._hide = services.safety.to_hide
        self._shown: str | None = None
        self._query = ""
        self._deleted: dict[str, str] = {}  # titles by id, while it can be undone
        self._search_timer = self._timer(SEARCH_DELAY_MS, self._search)

    def _timer(self, interval_ms: int, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(act)
        return timer

    def refresh(self, shown_id: str | None, busy: frozenset[str] = frozenset()) -> None:
        """Read the list again and mark the shown conversation and those being answered."""
        self._shown = shown_id
        try:
            self._sidebar.show_conversations(self._store.conversations(), self._clock.now())
        except UserError as error:
            self.failed.emit(error)
            return
        self._sidebar.select(shown_id)
        self._sidebar.show_busy(busy)
        if self._query:
            self._search_timer.start()

    @Slot(str, str)
    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title; an empty one changes nothing."""
        if title.strip():
            self._change(conversation_id, title=title.strip())

    @Slot(str, bool)
    def pin(self, conversation_id: str, pinned: bool) -> None:
        """Keep a conversation at the top, or no longer."""
        self._change(conversation_id, pinned=pinned)

    @Slot(str)
    def delete(self, conversation_id: str) -> None:
        """Hide a conversation; unless it is undone, it is erased a few seconds later."""
        try:
            title = self._store.conversation(conversation_id).title
            self._store.delete_conversation(conversation_id)
        except UserError as error:
            self.failed.emit(error)
            return
        self._deleted[conversation_id] = title
        self.deleted.emit(conversation_id, title)

    def go_on_from(self, before: "ListPresenter") -> None:
        """Offer what another window offers to undo, which no longer erases it, once this one is seen."""
        self._deleted, before._deleted = before._deleted, {}
        QTimer.singleShot(0, self, self._offer_again)

    @Slot()
    def _offer_again(self) -> None:
        for conversation_id, title in tuple(self._deleted.items()):
            self.deleted.emit(conversation_id, title)

    def restore(self, conversation_id: str) -> bool:
        """Undo a deletion. False where it is not back; one that still can be is offered again."""
        title = self._deleted.pop(conversation_id, None)
        try:
            self._store.restore_conversation(conversation_id)
        except UserError as error:
            self.failed.emit(error)
            if title is not None and not isinstance(error, NotFoundError):
                # The notice with the undo is gone, and what cannot be undone is erased at the end.
                self._deleted[conversation_id] = title
                self.deleted.emit(conversation_id, title)
            return False
        self.changed.emit(conversation_id)
        return True

    @Slot()
    def delete_all(self) -> None:
        """Erase every conversation now, for good, and what the safety filter did in them."""
        for step in (self._hide_all, self._store.purge_deleted, self._store.forget_safety_events):
            try:
                step()
            except UserError as error:
                self.failed.emit(error)
        self.changed.emit("")

    def _hide_all(self) -> None:
        for conversation in self._store.conversations():
            self._store.delete_conversation(conversation.id)

    @Slot(str)
    def search(self, text: str) -> None:
        """Show what contains the text, a moment after the last keystroke."""
        self._query = text.strip()
        self._search_timer.start()

    @Slot()
    def _search(self) -> None:
        if not self._query:
            self._sidebar.show_hits((), "")
            return
        try:
            hits = covered_hits(self._store.search(self._query), self._hide)
            self._sidebar.show_hits(hits, self._query)
        except UserError as error:
            self.failed.emit(error)

    @Slot(str)
    def purge(self, conversation_id: str) -> None:
        """Erase a deleted conversation for good: nothing of it is left in any file."""
        if self._deleted.pop(conversation_id, None) is None:
            return
        try:
            self._store.erase_conversation(conversation_id)
        except NotFoundError:
            return  # "Delete all" was quicker
        except UserError as error:
            self.failed.emit(error)

    def _change(self, conversation_id: str, **fields: object) -> None:
        try:
            conversation: Conversation = self._store.conversation(conversation_id)
            changed = dataclasses.replace(conversation, **fields)  # type: ignore[arg-type]
            self._store.update_conversation(changed)
        except UserError as error:
            self.failed.emit(error)
            return
        self.changed.emit(conversation_id)
