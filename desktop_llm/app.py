"""Puts the app together: the only module that knows every layer. Decides nothing by itself.

Start: the window first; then the history and settings; then the model, whose libraries (torch)
are imported in the worker. End: everything is cancelled, what was streaming is kept, and the
process leaves, whatever the worker is stuck in.
"""

import logging
import os
import sys
import threading
from collections.abc import Iterator
from types import TracebackType

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from desktop_llm import __version__
from desktop_llm.core.clock import SystemClock
from desktop_llm.core.errors import StoreError, UserError
from desktop_llm.core.events import Event, Mark
from desktop_llm.core.models import LoadedModelInfo
from desktop_llm.core.ports import Engine
from desktop_llm.core.recording import record
from desktop_llm.core.session import Job
from desktop_llm.library.models import Library
from desktop_llm.resources import resource
from desktop_llm.safety.filter import build_filter, filter_text
from desktop_llm.storage import export
from desktop_llm.storage.history import History
from desktop_llm.storage.logs import start_logging
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import Paths, find_paths
from desktop_llm.storage.settings_file import SettingsFile
from desktop_llm.storage.state_file import StateFile
from desktop_llm.ui.look import Look
from desktop_llm.ui.services import Places, Services
from desktop_llm.ui.single import SingleInstance
from desktop_llm.ui.window import MainWindow
from desktop_llm.ui.wiring import Wiring
from desktop_llm.worker.counting import TokenCounter
from desktop_llm.worker.gc_guard import GcGuard
from desktop_llm.worker.inference import Inference

log = logging.getLogger(__name__)

UNSEEN_MS = 1000
"""A window that is not painted by then, minimised perhaps, is not waited for."""
LEAVE_MS = 1500
"""How long the worker may take to stop when the window closes; the process leaves in any case."""


class DesktopApp(QObject):
    """The whole app over one home folder. `start` opens it; `shutdown` ends it, once."""

    def __init__(self, paths: Paths) -> None:
        super().__init__()
        self._paths = paths
        self._gc = GcGuard(self)
        self.settings = SettingsFile(paths)
        self.state = StateFile(paths.state)
        self.look = Look(self)
        self.look.follow(self.settings.values.appearance)
        self.window = MainWindow(self.look)
        self.window.restore_place(self.state)
        self._services: Services | None = None
        self._history: History | None = None
        self.wiring: Wiring | None = None

    def start(self) -> None:
        """Open the history, connect the window to it, and begin to load the model."""
        history = self._history = open_history(self._paths)
        history.purge_deleted()
        interrupted = history.mark_interrupted()
        if interrupted:
            log.info("%d replies had been interrupted", interrupted)
        self._services = Services(
            store=history,
            settings=self.settings,
            state=self.state,
            models=Library(self._paths.models, resource("guide_model")),
            inference=Inference(_make_engine, self._run),
            counter=TokenCounter(),
            clock=SystemClock(),
            places=self._places(history.key_place.sentence),
            try_filter=self._try_filter,
            export=self._export,
            notices=self.settings.notices,
        )
        self._services.inference.loaded.connect(self._on_loaded)
        self.wiring = Wiring(self.window, self.look, self._services)
        self.wiring.start()

    def shutdown(self) -> bool:
        """Stop the worker, keep everything. False if the worker would not stop in time."""
        self.window.save_place(self.state)
        self._gc.stop()
        if self._services is None or self._history is None:
            return True
        stopped = self._services.inference.shutdown(LEAVE_MS)
        self._services.counter.shutdown()
        try:
            self._history.purge_deleted()
            self._history.close()
        except StoreError:
            log.exception("The history could not be closed cleanly")
        return stopped

    def _run(self, engine: Engine, job: Job, cancel: threading.Event) -> Iterator[Event]:
        """The one way a reply takes: engine, filter, store; the window sees what is left."""
        passes = build_filter(self.settings.values.safety)
        events = passes(engine.generate(job.request, cancel), already=job.request.prefix)
        assert self._history is not None
        return record(events, job.reply, self._history, SystemClock())

    def _try_filter(self, text: str) -> tuple[str, tuple[Mark, ...]]:
        passed = filter_text(self.settings.values.safety, text)
        return passed.text, passed.marks

    def _export(self, conversation_id: str, form: str) -> str:
        assert self._history is not None
        conversation = self._history.conversation(conversation_id)
        messages = self._history.messages(conversation_id)
        write = export.to_json if form == "json" else export.to_markdown
        return write(conversation, messages)

    def _places(self, key: str) -> Places:
        paths = self._paths
        return Places(paths.history, paths.models, paths.settings, paths.logs, key)

    @Slot(object)
    def _on_loaded(self, info: LoadedModelInfo) -> None:
        self._gc.settle()
        # Tests and the packaged app's smoke test wait for this line.
        log.info("ready: %s", info.model.id)


def _make_engine() -> Engine:
    """Runs in the worker's thread: the first import of torch in this process."""
    from desktop_llm.engine.preload import preload

    preload()
    from desktop_llm.engine.engine import TransformersEngine

    return TransformersEngine()


def main(argv: list[str]) -> int:
    """Open the window and stay until it is closed. Returns the process's exit code."""
    qt = QApplication.instance() or QApplication(argv[:1])
    assert isinstance(qt, QApplication)
    qt.setApplicationName("Desktop LLM")
    qt.setApplicationVersion(__version__)
    qt.setDesktopFileName("desktop-llm")
    try:
        paths = find_paths()
        paths.prepare()
    except UserError as error:
        return _refuse(error)
    start_logging(paths)
    single = SingleInstance(paths.home)
    if not single.first:
        single.raise_first()
        print("Desktop LLM is already open; its window was brought to the front.")  # noqa: T201
        return 0
    return _stay(qt, paths, single)


def _stay(qt: QApplication, paths: Paths, single: SingleInstance) -> int:
    app = DesktopApp(paths)
    app.look.apply(qt)
    hook = _Hook(app)
    sys.excepthook = hook.on_exception
    single.asked.connect(app.window.bring_to_front)
    hook.start_after_paint()
    app.window.show()
    code = qt.exec()
    stopped = app.shutdown()
    single.release()
    if not stopped:
        log.warning("The worker did not stop in time; leaving without it")
        logging.shutdown()
        os._exit(hook.code or code)
    return hook.code or code


class _Hook(QObject):
    """Where errors that nobody caught end: in the log, and calmly in the window."""

    def __init__(self, app: DesktopApp) -> None:
        super().__init__(app)
        self._app = app
        self.code = 0
        self._starter = QTimer(self)
        self._starter.setSingleShot(True)
        self._starter.timeout.connect(self._start)

    def start_after_paint(self) -> None:
        """Open the history once the window is seen; it must be there at once."""
        self._app.window.installEventFilter(self)
        self._starter.start(UNSEEN_MS)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The first paint: a timer of no time fires when it is done."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            self._starter.start(0)
        return False

    @Slot()
    def _start(self) -> None:
        """Start the app; what makes that impossible is said in a window of its own."""
        try:
            self._app.start()
        except UserError as error:
            log.error("Cannot start: %s", error)
            self.code = _refuse(error)
            QApplication.exit(self.code)

    def on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Log a bug with its traceback; say so in the window; keep running."""
        log.critical("A bug", exc_info=(kind, error, trace))
        if threading.current_thread() is threading.main_thread():
            self._app.window.show_bug()


def _refuse(error: UserError) -> int:
    """Say why the app cannot start, on the screen and on standard error."""
    from desktop_llm.ui.refusal import show_refusal

    print(f"desktop-llm: {error}", file=sys.stderr)  # noqa: T201
    show_refusal(error)
    return error.exit_code
