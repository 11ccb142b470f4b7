"""Threads for long steps that are not the model's: searching the hub, fetching files. Knows none of them.

They receive callables; so many run at once, the others in an order that can be changed while they wait.
"""

import logging
import threading
import time
from dataclasses import dataclass, field

from PySide6.QtCore import QDeadlineTimer, QObject, QThread, Signal, Slot

from desktop_llm.core.errors import Cancelled, UserError
from desktop_llm.worker.inference import BUG, Work

log = logging.getLogger(__name__)

TELL_S = 0.1
"""Seconds between two reports that reach the window."""


@dataclass(frozen=True, slots=True)
class _Job:
    id: str
    work: Work
    cancel: threading.Event = field(default_factory=threading.Event)


class _Worker(QObject):
    """Lives in a thread. Every job ends in exactly one of `finished`, `failed` and `cancelled`.

    `asked(job)` and `ending()` are emitted from the GUI thread and so are answered in this one's.
    """

    asked = Signal(object)
    ending = Signal()
    progress = Signal(str, object, object)
    finished = Signal(str, object)
    failed = Signal(str, object)
    cancelled = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.asked.connect(self.perform)
        self.ending.connect(self.finish)

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

    def __init__(self, name: str, at_once: int = 1, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: list[_Job] = []
        self._running: dict[_Worker, _Job] = {}
        self._lanes = [self._lane(f"{name} {number + 1}") for number in range(at_once)]

    def _lane(self, name: str) -> tuple[QThread, _Worker]:
        thread, worker = QThread(), _Worker()
        thread.setObjectName(name)
        worker.moveToThread(thread)
        worker.progress.connect(self.progress)
        worker.finished.connect(self._on_finished)
        worker.failed.connect(self._on_failed)
        worker.cancelled.connect(self._on_cancelled)
        thread.start()
        return thread, worker

    @property
    def running(self) -> tuple[str, ...]:
        """The ids of the jobs that run."""
        return tuple(job.id for job in self._running.values())

    @property
    def waiting(self) -> tuple[str, ...]:
        """The ids of the jobs that wait, the next one first."""
        return tuple(job.id for job in self._queue)

    def start(self, job_id: str, work: Work) -> None:
        """Do that once a thread is free and everything that was asked for before has begun."""
        self._queue.append(_Job(job_id, work))
        self._next()

    def cancel(self, job_id: str) -> None:
        """Stop a job; one that only waits is taken out at once."""
        for job in self._running.values():
            if job.id == job_id:
                job.cancel.set()
        if job_id in self.waiting:
            self._queue = [job for job in self._queue if job.id != job_id]
            self.cancelled.emit(job_id)
            self.changed.emit()

    def cancel_all(self) -> None:
        """Stop every job; those that only wait are taken out first, so that none of them begins."""
        for job_id in (*self.waiting, *self.running):
            self.cancel(job_id)

    def move(self, job_id: str, steps: int) -> None:
        """Let a waiting job come earlier (-1) or later (1)."""
        if job_id not in self.waiting:
            return
        place = self.waiting.index(job_id)
        job = self._queue.pop(place)
        self._queue.insert(max(0, place + steps), job)
        self.changed.emit()

    def shutdown(self, timeout_ms: int = 1000) -> bool:
        """Cancel everything and end the threads. False if one did not end in time."""
        self.ask_to_end()
        return self.wait_for_end(QDeadlineTimer(timeout_ms))

    def ask_to_end(self) -> None:
        """Cancel everything, and let the threads end after that."""
        self._queue.clear()
        for job in self._running.values():
            job.cancel.set()
        for _, worker in self._lanes:
            worker.ending.emit()

    def wait_for_end(self, until: QDeadlineTimer) -> bool:
        """Whether all threads, having been asked to, have ended by then."""
        ended = [thread.wait(until) for thread, _ in self._lanes]
        return all(ended)

    # Inside

    def _next(self) -> None:
        for _, worker in self._lanes:
            if worker not in self._running and self._queue:
                self._running[worker] = self._queue.pop(0)
                worker.asked.emit(self._running[worker])
        self.changed.emit()

    def _ended(self, job_id: str) -> None:
        self._running = {w: job for w, job in self._running.items() if job.id != job_id}

    @Slot(str, object)
    def _on_finished(self, job_id: str, result: object) -> None:
        self._ended(job_id)
        self.finished.emit(job_id, result)
        self._next()

    @Slot(str, object)
    def _on_failed(self, job_id: str, error: UserError) -> None:
        if any(job.cancel.is_set() for job in self._running.values() if job.id == job_id):
            self._on_cancelled(job_id)  # it was to stop: what it stumbled over is no trouble
            return
        self._ended(job_id)
        self.failed.emit(job_id, error)
        self._next()

    @Slot(str)
    def _on_cancelled(self, job_id: str) -> None:
        self._ended(job_id)
        self.cancelled.emit(job_id)
        self._next()
