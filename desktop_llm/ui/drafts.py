"""What is written in each conversation and not sent: kept soon, shown again. Sends nothing."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop_llm.core.errors import UserError
from desktop_llm.core.ports import ConversationStore
from desktop_llm.core.session import Session
from desktop_llm.ui.composer import Composer

KEEP_MS = 2000
"""How long writing must rest before a draft is on disk: not every end of an app is an orderly one."""


class Drafts(QObject):
    """By conversation id; "" is the conversation not yet begun.

    Signals: `failed(UserError)`, a NotFoundError where the shown conversation is gone.
    """

    failed = Signal(object)

    def __init__(
        self, store: ConversationStore, session: Session, composer: Composer, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._store, self._session, self._composer = store, session, composer
        self._texts: dict[str, str] = {}
        self._unread = False  # whether the history could not tell yet what it holds
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(KEEP_MS)
        self._rest.timeout.connect(self.keep)

    @property
    def name(self) -> str:
        """What the shown conversation's draft is kept under."""
        return "" if self._session.is_new else self._session.conversation.id

    @Slot()
    def keep_soon(self) -> None:
        """Keep what is being written once the person pauses."""
        self._rest.start()

    @Slot()
    def keep(self) -> None:
        """Keep what is written: the shown conversation is left, the window is, or there is a pause."""
        self._rest.stop()
        self.put(self.name, self._composer.text())

    def put(self, name: str, text: str) -> None:
        """Keep a draft under that name; "" forgets it. Writes nothing where it is kept already."""
        self._texts[name] = text
        if self._unread:
            self._read_late()
        else:
            self._store_it(name)

    def _store_it(self, name: str) -> None:
        try:
            self._store.put_draft(name, self._texts[name])
        except UserError as error:
            self.failed.emit(error)

    def take_up(self) -> None:
        """Show what was written and not sent when the app ended last."""
        self._unread = not self._read()
        self.show()

    def _read(self) -> bool:
        """Know what the history holds; what was written in its place since then stands below it."""
        try:
            held = self._store.drafts()
        except UserError as error:
            self.failed.emit(error)
            return False
        for name, text in self._texts.items():
            before = held.get(name, "")
            held[name] = text if text == before else "\n\n".join(filter(None, (before, text)))
        self._texts = held
        return True

    def _read_late(self) -> None:
        """Try again. Before that succeeds nothing is stored: it would replace what nobody has seen."""
        self._texts[self.name] = self._composer.text()
        written = dict(self._texts)
        self._unread = not self._read()
        if self._unread:
            return
        if self._texts[self.name] != written[self.name]:
            self.show()
        for name in written:
            self._store_it(name)

    def carry_over(self) -> None:
        """Show another conversation than the one that is gone, and what was being written there too."""
        text = self._composer.text()
        self.show()
        self._composer.add_text(text)
        self.keep()

    @Slot(object)
    def take(self, texts: Mapping[str, str]) -> None:
        """Go on with these, which the history holds now in the place of what was kept."""
        self._texts.update(texts)
        if self.name in texts:
            self.show()

    def take_over(self, before: "Drafts") -> None:
        """Go on with those of another window."""
        before.keep()
        self._texts, self._unread = dict(before._texts), before._unread

    def show(self) -> None:
        """Show the shown conversation's draft."""
        self._composer.set_text(self._texts.get(self.name, ""))
