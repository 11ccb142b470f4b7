"""The app's life: a window at once, what works behind it after the first paint, an end in time.

Start: the window first; then the history and settings; then the model, whose libraries (torch)
are imported in the worker. End: everything is cancelled, what was streaming is kept, and the
process leaves, whatever the worker is stuck in.
"""

import importlib
import logging
import os
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from desktop_llm import __version__
from desktop_llm.core.errors import UserError
from desktop_llm.core.launch import Launch
from desktop_llm.core.sayings import Saying
from desktop_llm.core.settings import Language
from desktop_llm.storage.keys import KeyStore, keys_of
from desktop_llm.storage.logs import log_if_possible
from desktop_llm.storage.paths import Paths, find_paths
from desktop_llm.storage.settings_file import SettingsFile
from desktop_llm.storage.state_file import StateFile
from desktop_llm.ui.language import speak
from desktop_llm.ui.look import Look
from desktop_llm.ui.single import SingleInstance
from desktop_llm.ui.undisturbed import busy_with_dialog
from desktop_llm.ui.window import MainWindow
from desktop_llm.worker.gc_guard import GcGuard

if TYPE_CHECKING:
    from desktop_llm.assembly import Assembly
    from desktop_llm.ui.wiring import Wiring

log = logging.getLogger(__name__)

UNSEEN_MS = 1000
"""A window that is not painted by then, minimised perhaps, is not waited for."""
LATER = (
    "markdown_it",
    "pygments.lexers",
    "desktop_llm.ui.conversation.code",
    "sqlcipher3",
    "desktop_llm.storage.history",
    "desktop_llm.storage.opening",
    "desktop_llm.safety.filter",
    "desktop_llm.library.models",
    "desktop_llm.ui.settings.page",
    "desktop_llm.ui.models.model_view",
    "desktop_llm.ui.models.page",
    "desktop_llm.ui.models_presenter",
    "desktop_llm.ui.commands",
    "desktop_llm.assembly",
)
"""Imported after the first paint, one in each turn of the event loop: all at once would be felt."""
SILENT_S, ASK_AGAIN_MS = 1.0, 20
"""A keyring that says nothing for so long is locked; how often it is looked whether it has answered."""
LEAVE_MS = 1500
"""How long the worker may take to stop when the window closes; the process leaves in any case."""


SHOWN = Launch()
"""What a start without arguments asks for."""
REST_MS = 50
"""How often it is looked whether the window may be exchanged for one in another language."""


class DesktopApp(QObject):
    """The whole app over one home folder. `start` opens it; `shutdown` ends it, once.

    `notices` are what to tell of what went before.
    """

    def __init__(
        self, paths: Paths, keys: KeyStore | None = None, notices: tuple[Saying, ...] = ()
    ) -> None:
        super().__init__()
        self._paths, self._notices = paths, notices
        self._keys = keys or keys_of(paths)
        self._gc = GcGuard(self)
        self.settings = SettingsFile(paths)
        self.state = StateFile(paths.state)
        self.look = Look(self)
        self.look.follow(self.settings.values.appearance)
        speak(self.settings.values.general.language)
        self.window = MainWindow(self.look)
        self.window.restore_place(self.state)
        self._assembly: Assembly | None = None
        self.wiring: Wiring | None = None
        self._asked: list[Launch] = []
        self._exchange = QTimer(self)
        self._exchange.setInterval(REST_MS)
        self._exchange.timeout.connect(self._exchange_at_rest)

    def ask_for_key(self) -> threading.Thread:
        """Begin to ask the keyring for the history's key, so that `start` need not wait for it.

        A daemon: a keyring that nobody unlocks must not keep the app from ending.
        """
        asking = threading.Thread(target=self._keys.prepare, name="history key", daemon=True)
        asking.start()
        return asking

    def start(self) -> None:
        """Open the history, connect the window to it, and begin to load the model."""
        from desktop_llm.assembly import Assembly

        self._assembly = Assembly(
            self._paths, self._keys, self.settings, self.state, self._gc, self, self._notices
        )
        self._take(self._assembly.wire(self.window, self.look))
        while self._asked:
            self.on_asked(self._asked.pop(0))

    @Slot(object)
    def on_asked(self, launch: Launch) -> None:
        """Do what this start, another one or the desktop asks for, once there is a history."""
        if launch.quit:
            self.window.leave()
        elif self.wiring is None:
            self._asked.append(launch)
            if not launch.quick_ask:
                self.window.bring_to_front()
        else:
            self.wiring.answer(launch)

    def _take(self, wiring: "Wiring") -> None:
        self.wiring = wiring
        wiring.settings.language_changed.connect(self.change_language)

    @Slot()
    def change_language(self) -> None:
        """Put a window in the chosen language in the place of this one, once nothing goes on in it.

        Never at once: the window that the person changed it in is still handling their click.
        """
        if self._replying:
            self.window.say_language_waits()
        self._exchange.start()

    @property
    def _replying(self) -> bool:
        """Whether a reply is being made, or waits to be."""
        assert self.wiring is not None
        inference = self.wiring.services.inference
        return bool(inference.running or inference.waiting)

    @Slot()
    def _exchange_at_rest(self) -> None:
        """What a dialog belongs to must outlive it, and what waits for its end belongs to this window.

        So does the quick question, which must not go while it is written.
        """
        assert self._assembly is not None
        assert self.wiring is not None
        if self._replying or busy_with_dialog() or self.wiring.undisturbed.waiting:
            return
        if self.wiring.quick_ask.isVisible():
            return
        self._exchange.stop()
        old, before = self.window, self.wiring
        old.save_place(self.state)
        old.settings_page.commit()
        speak(self.settings.values.general.language)
        self.window = MainWindow(self.look)
        self.window.restore_place(self.state)
        self._take(self._assembly.wire(self.window, self.look, before))
        self.window.settings_page.go_on_from(old.settings_page)
        if old.settings_shown:
            self.window.show_settings_tab(old.settings_page.section)
        if old.isVisible():  # one that waits in the tray is not brought forward by what was put off
            self.window.show()
        old.close()
        old.deleteLater()

    def shutdown(self) -> bool:
        """Stop the worker, keep everything. False if the worker would not stop in time."""
        self._exchange.stop()
        self.window.save_place(self.state)
        if self.wiring is not None:
            self.wiring.chat.drafts.keep()  # whatever ends the app
            self.wiring.models.end_loading()
            self.wiring.global_shortcut.close()
        self._gc.stop()
        return self._assembly is None or self._assembly.shutdown(LEAVE_MS)


class DesktopQt(QApplication):
    """Qt's side of the app. Signals: `asked(Launch)` where macOS hands over a file to open."""

    asked = Signal(object)

    def event(self, event: QEvent) -> bool:
        """Only events to the application itself come here, a handful in its life."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self.asked.emit(Launch(files=(Path(event.file()),)))
            return True
        return super().event(event)


def main(argv: list[str], launch: Launch = SHOWN) -> int:
    """Open the window and stay until it is closed. Returns the process's exit code."""
    qt = QApplication.instance() or DesktopQt(argv[:1])
    assert isinstance(qt, QApplication)
    qt.setApplicationName("Desktop LLM")
    qt.setApplicationVersion(__version__)
    qt.setDesktopFileName("desktop-llm")
    try:
        paths = find_paths()
        paths.prepare()
    except UserError as error:
        return _told(error) if launch.quit else refuse(argv, error)
    notices = log_if_possible(paths)
    single = SingleInstance(paths.home)
    if not single.first and (code := _hand_over(single, launch)) is not None:
        return code
    if launch.quit:
        print("Desktop LLM is not open.")  # noqa: T201
        return 0
    return _stay(qt, DesktopApp(paths, notices=notices), single, launch)


def _hand_over(single: SingleInstance, launch: Launch) -> int | None:
    """The exit code. None: the first process was about to end, and this one is the first now."""
    if not single.hand_over(launch):
        if single.first:
            return None
        print("desktop-llm: the open window does not answer.", file=sys.stderr)  # noqa: T201
        return 1
    if launch.quit and not single.wait_for_end():
        print("desktop-llm: the open window has not closed yet.", file=sys.stderr)  # noqa: T201
        return 1
    if launch == SHOWN:
        print("Desktop LLM is already open; its window was brought to the front.")  # noqa: T201
    return 0


def _stay(qt: QApplication, app: DesktopApp, single: SingleInstance, launch: Launch) -> int:
    app.look.apply(qt)
    hook = _Hook(app)
    sys.excepthook = hook.on_exception
    single.asked.connect(app.on_asked)
    if isinstance(qt, DesktopQt):
        qt.asked.connect(app.on_asked)
    if launch != SHOWN:
        app.on_asked(launch)
    hook.start_after_paint()
    app.window.show()
    code = qt.exec()
    single.close()
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
        self._painted = 0.0
        self._later = list(LATER)
        self._asking: threading.Thread | None = None
        self._asking_since = 0.0
        self._told_locked = False
        self._starter = QTimer(self)
        self._starter.setSingleShot(True)
        self._starter.timeout.connect(self._step)

    def start_after_paint(self) -> None:
        """Open the history once the window is seen; it must be there at once."""
        self._app.window.installEventFilter(self)
        self._starter.start(UNSEEN_MS)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The first paint: a timer of no time fires when it is done."""
        if event.type() == QEvent.Type.Paint:
            self._painted = time.time()
            watched.removeEventFilter(self)
            self._starter.start(0)
        return False

    @Slot()
    def _step(self) -> None:
        """One import; when all are there, the question for the key; the start when it is answered."""
        if self._later:
            importlib.import_module(self._later.pop(0))
            self._starter.start(0)
        elif self._asking is None:
            self._asking, self._asking_since = self._app.ask_for_key(), time.monotonic()
            self._starter.start(0)
        elif self._asking.is_alive():
            if not self._told_locked and time.monotonic() - self._asking_since > SILENT_S:
                self._told_locked = True
                self._app.window.show_locked()
            self._starter.start(ASK_AGAIN_MS)
        else:
            self._app.window.end_locked()
            self._start()

    def _start(self) -> None:
        """Start the app; what makes that impossible is said in a window of its own."""
        try:
            self._app.start()
            self._tell_start()
        except UserError as error:
            log.error("Cannot start: %s", error)
            self.code = _refuse(error)
            QApplication.exit(self.code)

    def _tell_start(self) -> None:
        """How long a person waited for the window. The packaged app's smoke test reads this line."""
        if self._painted:
            waited = self._painted - _began()
            log.info("first paint: %.2f s after the process began", waited)

    def on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Log a bug with its traceback; say so in the window; keep running."""
        log.critical("A bug", exc_info=(kind, error, trace))
        if threading.current_thread() is threading.main_thread():
            self._app.window.show_bug()


def _began() -> float:
    """The time of day, in seconds since 1970, at which this process began."""
    if not sys.platform.startswith("linux"):
        import psutil

        return float(psutil.Process().create_time())
    # Linux counts from its boot, whose time of day psutil knows to whole seconds only.
    ticks = float(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    now = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return now + ticks / os.sysconf("SC_CLK_TCK")


def _chosen_language() -> Language:
    """That of the settings, which may be readable where nothing can be written."""
    try:
        return SettingsFile(find_paths(), set_broken_aside=False).values.general.language
    except UserError:
        return Language.SYSTEM


def refuse(argv: list[str], error: UserError) -> int:
    """Say why no window can be opened, in the language that was chosen. Returns the exit code."""
    qt = QApplication.instance() or DesktopQt(argv[:1])
    assert isinstance(qt, QApplication)
    speak(_chosen_language())
    return _refuse(error)


def _refuse(error: UserError) -> int:
    """Say why the app cannot start, on the screen and on standard error."""
    from desktop_llm.ui.refusal import show_refusal

    code = _told(error)
    show_refusal(error)
    return code


def _told(error: UserError) -> int:
    """Say it on standard error alone: who asks another window to close looks at no screen."""
    print(f"desktop-llm: {error}", file=sys.stderr)  # noqa: T201
    return error.exit_code
