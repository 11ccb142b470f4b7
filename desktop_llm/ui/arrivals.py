"""Files that come from outside: a second start, the desktop, a drop on the window. Reads none itself.

What is neither a conversation nor a model is a text that somebody wants to ask about.

A long conversation takes a while to go through the filter, so each is added in the background, one
after the other. The threads outlive a window, whose language may change: the next one goes on.
"""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from desktop_llm.core.errors import NotFoundError, UserError
from desktop_llm.core.session import new_id
from desktop_llm.ui.services import Services

CONVERSATIONS = (".llmchat", ".json")
IMPORT = "import:"
"""What the ids of its steps in the background begin with."""


class Arrivals(QObject):
    """Signals: `adding(text, share)` while files are added: which, and how far it is, 0 to 1, or None
    where that is not known; `ended()` when all are. `imported(conversation_id)` is the last of them,
    `model_given(path)` what may be a model, `text_given(name, text)` a text; `said(str)`;
    `failed(UserError)`; `erased()` after one that came too late was taken out again.
    """

    failed = Signal(object)
    said = Signal(str)
    adding = Signal(str, object)
    ended = Signal()
    imported = Signal(str)
    model_given = Signal(str)
    text_given = Signal(str, str)
    erased = Signal()

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._add, self._lookups = services.import_file, services.supply.lookups
        self._read_text = services.read_text
        self._store = services.store
        self._left: dict[str, Path] = {}  # by the ids of their steps, in their order
        self._given_up: frozenset[str] = frozenset()  # those of which nothing may stay
        self._added: list[str] = []  # conversations, since there was nothing to add
        self._lookups.progress.connect(self._on_progress)
        self._lookups.finished.connect(self._on_added)
        self._lookups.failed.connect(self._on_refused)
        self._lookups.cancelled.connect(self._on_cancelled)

    @Slot(object)
    def take(self, files: Sequence[Path]) -> None:
        """Add every conversation, and show the last of them; give on what is a text or a model."""
        for path in files:
            if path.suffix.lower() in CONVERSATIONS:
                self._begin(path)
            else:
                self._give(path)

    def _give(self, path: Path) -> None:
        try:
            text = self._read_text(path)
        except UserError as error:
            self.failed.emit(error)
            return
        if text is None:
            self.model_given.emit(str(path))
        else:
            self.text_given.emit(path.name, text)

    def go_on_from(self, before: "Arrivals") -> None:
        """Take over what another window's has begun."""
        self._left, self._added, self._given_up = before._left, before._added, before._given_up
        before._left, before._added = {}, []
        if self._left:
            self._tell(None)

    @Slot()
    def stop(self) -> None:
        """Add no more. What was added stays."""
        for job_id in tuple(self._left):
            self._lookups.cancel(job_id)

    @Slot()
    def give_up(self) -> None:
        """Add no more, and show nothing: what was added is erased with all the others."""
        self._given_up = frozenset(self._left)
        self._added.clear()
        self.stop()

    def _begin(self, path: Path) -> None:
        job_id, add = IMPORT + new_id(), self._add
        self._left[job_id] = path
        self._lookups.start(job_id, lambda report, cancel: add(path, report, cancel))
        self._tell(None)

    def _tell(self, share: float | None) -> None:
        """The first one is what is being added."""
        path = next(iter(self._left.values()))
        self.adding.emit(self.tr("Adding {name}").format(name=path.name), share)

    def _end(self, job_id: str) -> None:
        """One is done with, in one way or another; tell of all of them when it was the last."""
        del self._left[job_id]
        if self._left:
            self._tell(None)
            return
        self.ended.emit()
        added, self._added = self._added, []
        if added:
            self.imported.emit(added[-1])
            self.said.emit(self.tr("%n conversations added", "", len(added)))

    # Answers

    @Slot(str, object, object)
    def _on_progress(self, job_id: str, done: int, total: int) -> None:
        if job_id in self._left:
            self._tell(done / max(1, total))

    @Slot(str, object)
    def _on_added(self, job_id: str, conversation_id: object) -> None:
        if job_id not in self._left:
            return
        if job_id in self._given_up:
            self._erase(str(conversation_id))
        else:
            self._added.append(str(conversation_id))
        self._end(job_id)

    def _erase(self, conversation_id: str) -> None:
        """It was all there before it could be stopped; perhaps it went with the others."""
        try:
            self._store.erase_conversation(conversation_id)
        except NotFoundError:
            return
        except UserError as error:
            self.failed.emit(error)
        self.erased.emit()

    @Slot(str, object)
    def _on_refused(self, job_id: str, error: UserError) -> None:
        if job_id in self._left:
            self.failed.emit(error)
            self._end(job_id)

    @Slot(str)
    def _on_cancelled(self, job_id: str) -> None:
        if job_id in self._left:
            if len(self._left) == 1 and not self._added:
                self.said.emit(self.tr("Stopped; nothing was added"))
            self._end(job_id)
