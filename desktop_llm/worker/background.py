"""A thread for long steps that are not the model's: searching the hub, fetching files. Knows none of them.

It receives callables; one runs at a time, in an order that can be changed while they wait.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QThread, Signal, Slot

from desktop_llm.core.errors import Cancelled, UserError
from desktop_llm.core.ports import Report
from desktop_llm.worker.inference import BUG

log = logging.getLogger(__name__)

TELL_S = 0.1
"""Seconds between two reports that reach the window."""

Work = Callable[[Report, threading.Event], object]


@dataclass(frozen=True, slots=True)
class _Job:
    id: str
    work: Work
    cancel: threading.Event = field(default_factory=threading.Event)


class _Worker(QObject):
    """Lives in the thread. Every job ends in exactly one of `finished`, `failed` and `cancelled`."""

    progress = Signal(str, object, object)
    finished = Signal(str, object)
    failed = Signal(str, object)
    cancelled = Signal(str)

    @Slot()
    def finish(self) -> None:
        """End the thread after everything that was asked for before."""
        self.thread().quit()

    @Slot(object)
    def perform(self, job: _Job) -> None:
        """Do one job. Nothing it raises gets past here: `SystemExit` would wedge the thread."""
        last = 0.0

        def report(done: int, total: int) -> None:
            nonlocal last
            if time.monotonic() - last >= TELL_S or done >= total:
                last = time.monotonic()
                self.progress.emit(job.id, done, total)

        try:
            if job.cancel.is_set():
                raise Cancelled
            result = job.work(report, job.cancel)
        except Cancelled:
            self.cancelled.emit(job.id)
        except UserError as error:
            self.failed.emit(job.id, error)
        except BaseException:
            log.exception("A step in the background failed")
            self.failed.emit(job.id, UserError(BUG))
        else:
            self.finished.emit(job.id, result)


class Background(QObject):
    """What the window asks for such steps. Lives in the GUI thread, as do its signals.

    Signals: `progress(id, done, total)`; `finished(id, result)`, `failed(id, UserError)`,
    `cancelled(id)`, one of them for every job; `changed()` when what runs or waits has changed.
    """

    progress = Signal(str, object, object)
    finished = Signal(str, object)
    failed = Signal(str, object)
    cancelled = Signal(str)
    changed = Signal()
    _perform = Signal(object)
    _finish = Signal()

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: list[_Job] = []
        self._current: _Job | None = None
        self._thread = QThread()
        self._thread.setObjectName(name)
        self._worker = _Worker()
        self._worker.moveToThread(self._thread)
        self._perform.connect(self._worker.perform)
        self._finish.connect(self._worker.finish)
        self._worker.progress.connect(self.progress)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._worker.cancelled.connect(self._on_cancelled)
        self._thread.start()

    @property
    def running(self) -> str:
        """The id of the job that runs, or ""."""
        return self._current.id if self._current is not None else ""

    @property
    def waiting(self) -> tuple[str, ...]:
        """The ids of the jobs that wait, the next one first."""
        return tuple(job.id for job in self._queue)

    def start(self, job_id: str, work: Work) -> None:
        """Do that after everything that was asked for before."""
        self._queue.append(_Job(job_id, work))
        self._next()

    def cancel(self, job_id: str) -> None:
        """Stop a job; one that only waits is taken out at once."""
        if self._current is not None and self._current.id == job_id:
            self._current.cancel.set()
        elif job_id in self.waiting:
            self._queue = [job for job in self._queue if job.id != job_id]
            self.cancelled.emit(job_id)
            self.changed.emit()

    def move(self, job_id: str, steps: int) -> None:
        """Let a waiting job come earlier (-1) or later (1)."""
        if job_id not in self.waiting:
            return
        place = self.waiting.index(job_id)
        job = self._queue.pop(place)
        self._queue.insert(max(0, place + steps), job)
        self.changed.emit()

    def shutdown(self, timeout_ms: int = 1000) -> bool:
        """Cancel everything and end the thread. False if it did not end in time."""
        self._queue.clear()
        if self._current is not None:
            self._current.cancel.set()
        self._finish.emit()
        return self._thread.wait(timeout_ms)

    # Inside

    def _next(self) -> None:
        if self._current is None and self._queue:
            self._current = self._queue.pop(0)
            self._perform.emit(self._current)
        self.changed.emit()

    @Slot(str, object)
    def _on_finished(self, job_id: str, result: object) -> None:
        self._current = None
        self.finished.emit(job_id, result)
        self._next()

    @Slot(str, object)
    def _on_failed(self, job_id: str, error: UserError) -> None:
        self._current = None
        self.failed.emit(job_id, error)
        self._next()

    @Slot(str)
    def _on_cancelled(self, job_id: str) -> None:
        self._current = None
        self.cancelled.emit(job_id)
        self._next()
