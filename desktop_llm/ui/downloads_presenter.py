"""Downloads in the window: their order, how fast they are, pause and resume. Fetches nothing itself.

The threads outlive a window (its language may change): what runs is asked of them, never assumed.
"""

import dataclasses
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from desktop_llm.core.errors import UserError
from desktop_llm.core.hub import Download, DownloadState, HubRepo
from desktop_llm.core.pace import Pace
from desktop_llm.core.ports import Report
from desktop_llm.ui.models import words
from desktop_llm.ui.models.downloads_tab import DownloadsTab, Shown
from desktop_llm.ui.services import Supply

LIST, ADD, DISCARD = "downloads", "add:", "discard:"
"""What the ids of questions to the background begin with."""


class DownloadsPresenter(QObject):
    """Signals: `failed(UserError)`; `arrived(repo)`; `begun(repo)`; `counted(number)`."""

    failed = Signal(object)
    arrived = Signal(str)
    begun = Signal(str)
    counted = Signal(int)

    def __init__(
        self,
        supply: Supply,
        tab: DownloadsTab,
        confirmed: Callable[[str, str], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._supply, self._tab, self._confirmed = supply, tab, confirmed
        self._known: dict[str, Download] = {}
        self._paces: dict[str, Pace] = {}
        self._leaving: set[str] = set()  # to be discarded once they have stopped
        supply.lookups.finished.connect(self._on_looked)
        supply.fetches.progress.connect(self._on_progress)
        supply.fetches.finished.connect(self._on_fetched)
        supply.fetches.failed.connect(self._on_failed)
        supply.fetches.cancelled.connect(self._on_cancelled)
        supply.fetches.changed.connect(self.show)
        tab.paused.connect(self.pause)
        tab.resumed.connect(self.resume)
        tab.sooner.connect(self.sooner)
        tab.discarded.connect(self.discard)

    def start(self) -> None:
        """Look for what was begun before."""
        self._supply.lookups.start(LIST, lambda report, cancel: self._supply.downloads().pending())

    def look_again(self) -> None:
        """Forget what was known, and look in the folder where models are kept now."""
        self._known.clear()
        self.show()
        self.start()

    def go_on_from(self, before: "DownloadsPresenter") -> None:
        """Know what another window's knows, which tells nothing of it any more."""
        self._known, before._known = before._known, {}
        self._paces, before._paces = before._paces, {}
        self._leaving, before._leaving = before._leaving, set()
        self.show()

    @property
    def busy(self) -> bool:
        """Whether files of downloads come or go, or are about to."""
        lookups, fetches = self._supply.lookups, self._supply.fetches
        asked = (*lookups.running, *lookups.waiting)
        about_to = any(job_id.startswith((ADD, DISCARD)) for job_id in asked)
        return about_to or bool(fetches.running or fetches.waiting)

    def _in_the_way(self) -> UserError | None:
        """Why nothing may come or go: what is moved must stay as it is until it is there."""
        if not self._supply.moves.running:
            return None
        return UserError(
            self.tr("Downloads have to wait."),
            self.tr("The models are being moved."),
            self.tr("Try again when they are there, or stop moving them."),
        )

    def add(self, repo: HubRepo, names: Iterable[str] = (), *, again: bool = False) -> None:
        """Fetch a model; where it was begun before, its rest. `again`: also where it is there."""
        wanted, trouble = tuple(names), self._in_the_way()

        def work(report: Report, cancel: threading.Event) -> Download:
            if trouble is not None:
                raise trouble
            return self._supply.downloads().add(repo, wanted, again=again)

        self._supply.lookups.start(ADD + repo.model.id, work)

    @Slot(str)
    def resume(self, download_id: str) -> None:
        """Go on with one."""
        if trouble := self._in_the_way():
            self.failed.emit(trouble)
            return
        busy = (*self._supply.fetches.running, *self._supply.fetches.waiting)
        if download_id in self._known and download_id not in busy:
            known = self._known[download_id]
            self._known[download_id] = dataclasses.replace(known, problem=())
            self._paces[download_id] = Pace()
            self._leaving.discard(download_id)
            self._supply.fetches.start(
                download_id,
                lambda report, cancel: self._supply.downloads().fetch(download_id, report, cancel),
            )

    @Slot(str)
    def pause(self, download_id: str) -> None:
        """Stop one; what has arrived stays."""
        self._supply.fetches.cancel(download_id)

    @Slot(str)
    def sooner(self, download_id: str) -> None:
        """Let a waiting one come earlier."""
        self._supply.fetches.move(download_id, -1)

    @Slot(str)
    def discard(self, download_id: str) -> None:
        """Forget one and delete what has arrived, after asking and once it has stopped."""
        if trouble := self._in_the_way():
            self.failed.emit(trouble)
            return
        if not self._may_go(download_id):
            return
        self._leaving.add(download_id)
        if download_id in self._supply.fetches.running:
            self.pause(download_id)
            return
        self.pause(download_id)
        self._discard_now(download_id)

    def _may_go(self, download_id: str) -> bool:
        download = self._known.get(download_id)
        if download is not None and download.done:
            question = self.tr("Discard {name}? The {size} that have arrived are deleted.").format(
                name=download.name, size=words.data_size(download.done)
            )
            if not self._confirmed(question, ""):
                return False
        return download_id in self._known  # it may have arrived while that was asked

    def _discard_now(self, download_id: str) -> None:
        if download_id not in self._leaving:
            return
        self._leaving.discard(download_id)
        self._known.pop(download_id, None)
        self._supply.lookups.start(
            DISCARD + download_id,
            lambda report, cancel: self._supply.downloads().discard(download_id),
        )
        self.show()

    @Slot()
    def show(self) -> None:
        """Show all of them as they are: what runs, what waits in its order, what rests."""
        fetches = self._supply.fetches
        order = [*fetches.running, *fetches.waiting]
        ids = [one for one in order if one in self._known]
        ids += [one for one in self._known if one not in ids]
        self._tab.show_downloads([self._shown(one) for one in ids])
        self.counted.emit(len(ids))

    def _shown(self, download_id: str) -> Shown:
        download, pace = self._known[download_id], self._paces.get(download_id, Pace())
        fetches = self._supply.fetches
        if download_id in fetches.running:
            download = dataclasses.replace(download, state=DownloadState.RUNNING)
            return Shown(download, pace.per_s, pace.seconds_left(download.total))
        if download_id in fetches.waiting:
            download = dataclasses.replace(download, state=DownloadState.WAITING)
            return Shown(download, first=fetches.waiting[0] == download_id)
        if download.state is not DownloadState.REFUSED:
            download = dataclasses.replace(download, state=DownloadState.PAUSED)
        return Shown(download)

    # Answers

    @Slot(str, object)
    def _on_looked(self, job_id: str, result: object) -> None:
        if job_id == LIST and isinstance(result, tuple):
            self._known = {download.id: download for download in result} | self._known
            self.show()
        elif job_id.startswith(ADD) and isinstance(result, Download):
            self._known[result.id] = result
            self.begun.emit(result.repo)
            self.resume(result.id)

    @Slot(str, object, object)
    def _on_progress(self, job_id: str, done: int, total: int) -> None:
        if job_id not in self._known:
            return
        self._known[job_id] = dataclasses.replace(self._known[job_id], done=done)
        self._paces.setdefault(job_id, Pace()).add(time.monotonic(), done)
        self.show()

    @Slot(str, object)
    def _on_fetched(self, job_id: str, result: object) -> None:
        self._leaving.discard(job_id)  # it was quicker, and is a model now
        download = self._known.pop(job_id, None)
        if download is not None and isinstance(result, Path):
            self.arrived.emit(download.repo)
        self.show()

    @Slot(str, object)
    def _on_failed(self, job_id: str, error: UserError) -> None:
        if job_id in self._known:
            problem = error.sayings[1:] if error.why else error.sayings[:1]
            self._known[job_id] = dataclasses.replace(self._known[job_id], problem=problem)
            self.failed.emit(error)
        self._discard_now(job_id)
        self.show()

    @Slot(str)
    def _on_cancelled(self, job_id: str) -> None:
        self._discard_now(job_id)
        self.show()
