"""The one thread that owns the model: jobs in, events out, one at a time. Knows what it runs by call only.

`Inference` lives in the GUI thread and is what the window talks to. `_Worker` lives in the
thread. Between them there are only signals, and one `threading.Event` per job for stopping.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from PySide6.QtCore import QDeadlineTimer, QObject, QThread, QTimer, Signal, Slot

from desktop_llm.core.errors import Cancelled, UserError
from desktop_llm.core.events import End, EndReason, Event
from desktop_llm.core.models import LoadedModelInfo, LoadRequest, ModelOnDisk
from desktop_llm.core.ports import Engine, Report
from desktop_llm.core.session import Job

log = logging.getLogger(__name__)

SILENCE_S = 30.0
"""A busy worker that has shown no sign of life for so long is reported as stalled."""

BUG = "Something went wrong inside the app. The log has the details; nothing was lost."

MakeEngine = Callable[[], Engine]
Run = Callable[[Engine, Job, threading.Event], Iterator[Event]]
Work = Callable[[Report, threading.Event], object]
"""A long step that can be stopped; it raises Cancelled then."""
Check = Callable[[ModelOnDisk, Report, threading.Event], None]
"""Returns where a model may be loaded; raises UserError, or Cancelled."""
MakeRoom = Callable[[LoadRequest | None], None]
"""Frees what is in memory beside the model and is not wanted: before a load, or (None) all of it."""


@dataclass(frozen=True, slots=True)
class _Task:
    """One thing for the thread to do: a reply, a load, a call, a long step, or (none given) unload."""

    reply: Job | None = None
    load: LoadRequest | None = None
    call: tuple[str, Callable[[], object]] | None = None
    work: tuple[str, Work] | None = None
    cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def replaces(self) -> bool:
        """Whether another model, or none, is in memory after it."""
        return self.reply is None and self.call is None and self.work is None


class _Worker(QObject):
    """Lives in the thread. Every task ends in exactly one `done`."""

    happened = Signal(str, object)
    load_progress = Signal(object, object)
    loaded = Signal(object)
    load_failed = Signal(object)
    unloaded = Signal()
    engine_ready = Signal(object)
    answered = Signal(str, object)
    work_progress = Signal(str, object, object)
    worked = Signal(str, object)
    done = Signal()

    def __init__(
        self, make_engine: MakeEngine, run: Run, check: Check, make_room: MakeRoom
    ) -> None:
        super().__init__()
        self._make_engine, self._run = make_engine, run
        self._check, self._make_room = check, make_room
        self._engine: Engine | None = None
        # Read by the GUI thread: a float is replaced in one step, so no lock is needed.
        self.beat = time.monotonic()

    @Slot()
    def finish(self) -> None:
        """End the thread after everything that was asked for before."""
        self.thread().quit()

    @Slot(object)
    def perform(self, task: _Task) -> None:
        """Do one task. Nothing it raises gets past here: `SystemExit` would wedge the thread."""
        self.beat = time.monotonic()
        if task.reply is not None:
            self._reply(task.reply, task.cancel)
        elif task.load is not None:
            self._load(task.load, task.cancel)
        elif task.call is not None:
            self._answer(*task.call)
        elif task.work is not None:
            self._work(*task.work, task.cancel)
        else:
            self._unload()
        self.done.emit()

    def _ready_engine(self) -> Engine:
        if self._engine is None:
            self._engine = self._make_engine()
            self.engine_ready.emit(self._engine)
        return self._engine

    def _reply(self, job: Job, cancel: threading.Event) -> None:
        ended = False
        try:
            for event in self._run(self._ready_engine(), job, cancel):
                self.beat = time.monotonic()
                ended = isinstance(event, End)
                self.happened.emit(job.reply.id, event)
                if ended:
                    return
        except BaseException as error:
            log.exception("A reply failed")
            if not ended:
                self.happened.emit(job.reply.id, End(EndReason.FAILED, error=_told(error)))
            return
        self.happened.emit(job.reply.id, End(EndReason.FAILED, error=UserError(BUG)))

    def _load(self, request: LoadRequest, cancel: threading.Event) -> None:
        try:
            self._prepare(request, cancel)
            info = self._ready_engine().load(request, self._on_progress, cancel)
        except Cancelled:
            self.unloaded.emit()
        except UserError as error:
            self.load_failed.emit(error)
        except BaseException:
            log.exception("Loading a model failed")
            self.load_failed.emit(UserError("The model could not be loaded.", BUG))
        else:
            self.loaded.emit(info)

    def _prepare(self, request: LoadRequest, cancel: threading.Event) -> None:
        """A model that is refused leaves none in memory, as one that fails to load does."""
        try:
            self._make_room(request)
            for model in filter(None, (request.model, request.draft)):
                self._check(model, self._on_progress, cancel)
        except BaseException:
            if self._engine is not None:
                self._engine.unload()
            raise

    def _answer(self, name: str, function: Callable[[], object]) -> None:
        try:
            self.answered.emit(name, function())
        except BaseException as error:
            log.exception("A question to the worker failed")
            self.answered.emit(name, _told(error))

    def _work(self, name: str, work: Work, cancel: threading.Event) -> None:
        def report(done: int, total: int) -> None:
            self.beat = time.monotonic()
            self.work_progress.emit(name, done, total)

        try:
            if cancel.is_set():
                raise Cancelled
            self.worked.emit(name, work(report, cancel))
        except (Cancelled, UserError) as error:
            self.worked.emit(name, error)
        except BaseException as error:
            log.exception("A long step in the worker failed")
            self.worked.emit(name, _told(error))

    def _unload(self) -> None:
        try:
            self._make_room(None)
            if self._engine is not None:
                self._engine.unload()
        except BaseException:
            log.exception("Unloading the model failed")
        self.unloaded.emit()

    def _on_progress(self, done: int, total: int) -> None:
        self.beat = time.monotonic()
        self.load_progress.emit(done, total)


def _told(error: BaseException) -> UserError:
    return error if isinstance(error, UserError) else UserError(BUG)


class Inference(QObject):
    """What the window asks for replies and models. Lives in the GUI thread, as do its signals.

    Signals: `happened(reply id, core event)`; `load_progress(done, total)` in bytes;
    `loaded(LoadedModelInfo)`, `load_failed(UserError)`, `unloaded()`; `changed()` when it becomes
    busy or idle or its queue changes; `stalled(bool)` when it stops giving signs of life;
    `work_progress(name, done, total)` and `worked(name, result)` of a long step: its result, the
    UserError it ended with, or Cancelled.
    """

    happened = Signal(str, object)
    load_progress = Signal(object, object)
    loaded = Signal(object)
    load_failed = Signal(object)
    unloaded = Signal()
    engine_ready = Signal(object)
    answered = Signal(str, object)
    work_progress = Signal(str, object, object)
    worked = Signal(str, object)
    changed = Signal()
    stalled = Signal(bool)
    _perform = Signal(object)
    _finish = Signal()

    def __init__(
        self,
        make_engine: MakeEngine,
        run: Run,
        check: Check = lambda *_: None,
        make_room: MakeRoom = lambda _: None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._queue: deque[_Task] = deque()
        self._current: _Task | None = None
        self._told: _Task | None = None  # its result is known; only its `done` is yet to come
        self.model: LoadedModelInfo | None = None
        self.engine: Engine | None = None
        self._thread = QThread()
        self._thread.setObjectName("inference")
        self._worker = _Worker(make_engine, run, check, make_room)
        self._worker.moveToThread(self._thread)
        self._connect()
        self._thread.start()
        self._watch = QTimer(self)
        self._watch.setInterval(1000)
        self._watch.timeout.connect(self._on_watch)
        self._was_stalled = False

    def _connect(self) -> None:
        worker = self._worker
        self._perform.connect(worker.perform)
        self._finish.connect(worker.finish)
        worker.happened.connect(self.happened)
        worker.load_progress.connect(self.load_progress)
        worker.engine_ready.connect(self._on_engine_ready)
        worker.answered.connect(self.answered)
        worker.work_progress.connect(self.work_progress)
        worker.worked.connect(self._on_worked)
        worker.loaded.connect(self._on_loaded)
        worker.load_failed.connect(self._on_load_failed)
        worker.unloaded.connect(self._on_unloaded)
        worker.done.connect(self._on_done)

    # What is asked

    def generate(self, job: Job) -> None:
        """Make a reply, after everything asked for before it."""
        self._put(_Task(reply=job))

    def load(self, request: LoadRequest) -> None:
        """Replace the model. What runs or waits is cancelled first: it belongs to the old one."""
        self.cancel_all()
        self._put(_Task(load=request))

    def unload(self) -> None:
        """Free the model's memory."""
        self.cancel_all()
        self._put(_Task())

    def call(self, name: str, function: Callable[[], object]) -> None:
        """Run a function in the thread that owns the models; `answered(name, result)` tells the rest."""
        self._put(_Task(call=(name, function)))

    def work(self, name: str, work: Work) -> None:
        """Do a long step while the models rest: whatever else is asked for meanwhile stops it."""
        self._put(_Task(work=(name, work)))

    def stop_work(self) -> None:
        """Stop long steps. Of one that waits `worked` tells that before this returns."""
        for task in self._tasks():
            if task.work is not None and self._stop_waiting(task):
                self.worked.emit(task.work[0], Cancelled())
                self.changed.emit()

    def cancel(self, reply_id: str) -> None:
        """Stop a reply. It ends with its one `End(CANCELLED)`, before this returns where it waits."""
        for task in self._tasks():
            if task.reply is None or task.reply.reply.id != reply_id:
                continue
            if self._stop_waiting(task):
                self.happened.emit(reply_id, End(EndReason.CANCELLED))
                self.changed.emit()

    def alive(self) -> None:
        """A step of a reply that tells nothing for long, in the worker's thread, is not stuck."""
        self._worker.beat = time.monotonic()

    def cancel_load(self) -> None:
        """Stop loading."""
        for task in self._tasks():
            if task.load is not None:
                task.cancel.set()

    def cancel_all(self) -> None:
        """Stop whatever runs or waits."""
        for task in self._tasks():
            task.cancel.set()

    def shutdown(self, timeout_ms: int = 2000) -> bool:
        """Cancel everything and end the thread. False if it did not end in time."""
        self.ask_to_end()
        return self.wait_for_end(QDeadlineTimer(timeout_ms))

    def ask_to_end(self) -> None:
        """Cancel everything, and let the thread end after that."""
        self._watch.stop()
        self.cancel_all()
        self._queue = deque(task for task in self._queue if task.reply is not None)
        for task in self._queue:
            self._perform.emit(task)
        self._queue.clear()
        self._finish.emit()

    def wait_for_end(self, until: QDeadlineTimer) -> bool:
        """Whether the thread, having been asked to, has ended by then."""
        return self._thread.wait(until)

    # What is so

    @property
    def loading(self) -> bool:
        """A model is being loaded or waits to be; one whose loading was stopped does not count."""
        return bool(self._loads())

    @property
    def coming(self) -> ModelOnDisk | None:
        """The model of a reply asked for now: the last one that loads, else the one in memory.

        None where that one is being unloaded, or where the loading of another was stopped.
        """
        for task in reversed(self._tasks()):
            if task.replaces and task is not self._told:
                return None if task.load is None or task.cancel.is_set() else task.load.model
        return self.model.model if self.model is not None else None

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        return self._current is None and not self._queue

    @property
    def running(self) -> str | None:
        """The id of the reply being made now."""
        task = self._current
        return task.reply.reply.id if task is not None and task.reply is not None else None

    @property
    def working(self) -> tuple[str, ...]:
        """The names of the long steps that run or wait, and have not ended."""
        tasks = (task for task in self._tasks() if task is not self._told)
        return tuple(task.work[0] for task in tasks if task.work is not None)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The ids of the replies that wait for their turn, in order."""
        return tuple(task.reply.reply.id for task in self._queue if task.reply is not None)

    # Inside

    def _tasks(self) -> tuple[_Task, ...]:
        return (*((self._current,) if self._current else ()), *self._queue)

    def _loads(self) -> list[LoadRequest]:
        """What is being loaded or waits to be, in order."""
        return [
            task.load
            for task in self._tasks()
            if task.load is not None and not task.cancel.is_set() and task is not self._told
        ]

    def _stop_waiting(self, task: _Task) -> bool:
        """Stop a task; whether it waited and is gone: what runs before it may run for minutes."""
        task.cancel.set()
        if task not in self._queue:
            return False
        self._queue.remove(task)
        return True

    def _put(self, task: _Task) -> None:
        if task.work is None:
            self.stop_work()
        self._queue.append(task)
        self._next()

    def _next(self) -> None:
        if self._current is None and self._queue:
            self._current = self._queue.popleft()
            self._worker.beat = time.monotonic()
            self._watch.start()
            self._perform.emit(self._current)
        self.changed.emit()

    @Slot()
    def _on_done(self) -> None:
        self._current = self._told = None
        self._watch.stop()
        self._report_stall(False)
        self._next()

    @Slot(object)
    def _on_engine_ready(self, engine: Engine) -> None:
        self.engine = engine
        self.engine_ready.emit(engine)

    @Slot(object)
    def _on_loaded(self, info: LoadedModelInfo) -> None:
        self._told, self.model = self._current, info
        self.loaded.emit(info)

    @Slot(object)
    def _on_load_failed(self, error: UserError) -> None:
        self._told, self.model = self._current, None
        self.load_failed.emit(error)

    @Slot(str, object)
    def _on_worked(self, name: str, result: object) -> None:
        self._told = self._current
        self.worked.emit(name, result)

    @Slot()
    def _on_unloaded(self) -> None:
        self.model = None
        self.unloaded.emit()

    @Slot()
    def _on_watch(self) -> None:
        self._report_stall(time.monotonic() - self._worker.beat > SILENCE_S)

    def _report_stall(self, stalled: bool) -> None:
        if stalled != self._was_stalled:
            self._was_stalled = stalled
            self.stalled.emit(stalled)
