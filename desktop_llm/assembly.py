"""Puts together what works behind the window: the only module that knows every layer.

Decides nothing by itself. Imported after the first paint: a window need not wait for a database.
"""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QObject, Slot

from desktop_llm.core.clock import SystemClock
from desktop_llm.core.errors import Cancelled, StoreError
from desktop_llm.core.events import End, EndReason, Event, Mark, Progress, Stage
from desktop_llm.core.guards import Exchange, Finding, GuardModel, Verdict
from desktop_llm.core.models import LoadedModelInfo, LoadRequest, ModelOnDisk
from desktop_llm.core.personal import Change, Findings, changed
from desktop_llm.core.policy import Policy
from desktop_llm.core.ports import Engine, Report, Watch
from desktop_llm.core.recording import record
from desktop_llm.core.safety_events import COUNTED
from desktop_llm.core.sayings import Saying, together
from desktop_llm.core.session import Job, answered_by
from desktop_llm.core.settings import Settings
from desktop_llm.library.found import found_models, here
from desktop_llm.library.models import Library
from desktop_llm.resources import resource
from desktop_llm.safety.filter import filter_text, moderated, to_hide
from desktop_llm.safety.guards.keeper import Keeper, guard_choices
from desktop_llm.safety.imported import filtered, length
from desktop_llm.safety.personal import find_personal
from desktop_llm.safety.policy_file import policy_to_toml, read_policy
from desktop_llm.safety.rule_files import rule_counts
from desktop_llm.storage import export
from desktop_llm.storage.atomic import write_atomically
from desktop_llm.storage.importing import read_file
from desktop_llm.storage.keys import KeyStore
from desktop_llm.storage.model_notes import ModelNotes
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import Paths, models_folder
from desktop_llm.storage.settings_file import SettingsFile
from desktop_llm.storage.state_file import StateFile
from desktop_llm.storage.texts import read_text
from desktop_llm.supply import make_supply
from desktop_llm.ui.language import error_text
from desktop_llm.ui.look import Look
from desktop_llm.ui.services import Places, SafetyServices, Services
from desktop_llm.ui.window import MainWindow
from desktop_llm.ui.wiring import Wiring
from desktop_llm.worker.counting import TokenCounter
from desktop_llm.worker.gc_guard import GcGuard
from desktop_llm.worker.inference import Inference

log = logging.getLogger(__name__)


class Assembly(QObject):
    """History, worker and presenters of one window. Raises StoreError where the history is shut."""

    def __init__(
        self,
        paths: Paths,
        keys: KeyStore,
        settings: SettingsFile,
        state: StateFile,
        gc: GcGuard,
        parent: QObject,
        notices: tuple[Saying, ...] = (),
    ) -> None:
        super().__init__(parent)
        self._paths, self._settings, self._gc = paths, settings, gc
        self._leaving = threading.Event()
        self._history = open_history(paths, keys)
        notices = (*notices, *self._erase_what_is_due())
        interrupted = self._history.mark_interrupted()
        if interrupted:
            log.info("%d replies had been interrupted", interrupted)
        self._notes = notes = ModelNotes(paths.model_notes)
        library = self._library(notes)
        self._check_model = library.check
        self._keeper = Keeper(library.listed, self._load_guard)
        self.services = Services(
            store=self._history,
            settings=settings,
            state=state,
            models=library,
            inference=Inference(self._make_engine, self._run, library.check, self._make_room),
            counter=TokenCounter(),
            supply=make_supply(paths, settings, state, notes),
            clock=SystemClock(),
            places=self._places(self._history.key_place.saying),
            try_filter=self._try_filter,
            safety=SafetyServices(
                guard_choices=lambda: guard_choices(library.list()),
                guard_state=lambda: self._keeper.state(settings.values.safety),
                judge=self._judge,
                policy_text=policy_to_toml,
                read_policy=read_policy,
                rule_counts=rule_counts,
                find_personal=self._find_personal,
                to_hide=lambda text: to_hide(settings.values.safety, text),
            ),
            export=self._export,
            write_file=_write_file,
            import_file=self._import,
            read_text=read_text,
            notices=(*notices, *settings.notices, *notes.notices),
        )
        self.services.inference.loaded.connect(self._on_loaded)

    def wire(self, window: MainWindow, look: Look, before: Wiring | None = None) -> Wiring:
        """Connect the window to all this, fill it, and begin to load the model."""
        wiring = Wiring(window, look, self.services)
        wiring.start(before)
        return wiring

    def shutdown(self, wait_ms: int) -> bool:
        """Stop all threads, keep everything. False if one would not stop in time."""
        self._leaving.set()
        services, supply = self.services, self.services.supply
        threads = (
            services.inference, services.counter, supply.fetches, supply.lookups, supply.moves,
        )  # fmt: skip
        for thread in threads:
            thread.ask_to_end()
        until = QDeadlineTimer(wait_ms)  # for all of them together
        stopped = [thread.wait_for_end(until) for thread in threads]
        for step in (self._history.purge_deleted, self._history.close):
            try:
                step()
            except StoreError:
                log.exception("The history could not be closed cleanly")
        return all(stopped)

    def _erase_what_is_due(self) -> tuple[Saying, ...]:
        """Where that fails it is told, and tried again at the next end or start: no start fails by it."""
        try:
            self._history.purge_deleted()
            self._history.forget_old_safety_events(SystemClock().now() - COUNTED)
        except StoreError as error:
            log.warning("Not all that was deleted could be erased: %s", error)
            return (together(error.sayings),)
        return ()

    def _make_engine(self) -> Engine:
        """Runs in the worker's thread: the first import of torch in this process."""
        from desktop_llm.engine.preload import preload

        preload()
        from desktop_llm.engine.engine import TransformersEngine

        self._gc.settle()
        return TransformersEngine(self._paths.cache)

    def _library(self, notes: ModelNotes) -> Library:
        library = Library(
            self._models_folder(self._settings.values),
            resource("guide_model"),
            lambda: found_models(here()) if self._settings.values.model.use_found else (),
            lambda moved: self._settings.change("model.folder", str(moved)),
            notes.variants,
        )
        self._settings.subscribe(lambda values: library.follow(self._models_folder(values)))
        return library

    def _models_folder(self, values: Settings) -> Path:
        return models_folder(self._paths, values.model.folder)

    def _run(self, engine: Engine, job: Job, cancel: threading.Event) -> Iterator[Event]:
        """The one way a reply takes: filter, engine, filter, store; the window sees what is left."""
        policy = self._settings.values.safety
        if (model := engine.loaded) is not None:
            job = answered_by(job, model, self._notes.defaults(model.model.id))
        return record(
            self._moderated(engine, job, cancel, policy),
            job.reply,
            self._history,
            SystemClock(),
            error_text,
        )

    def _moderated(
        self, engine: Engine, job: Job, cancel: threading.Event, policy: Policy
    ) -> Iterator[Event]:
        if cancel.is_set():  # while it waited: the model that it was asked of may be gone by now
            yield End(EndReason.CANCELLED)
            return
        if self._keeper.must_load(policy):
            yield Progress(Stage.GUARD, 0, 1)
        try:
            guard = self._keeper.guard(policy, cancel)
        except Cancelled:
            yield End(EndReason.CANCELLED)
            return
        yield from moderated(engine.generate, job.request, cancel, policy, guard)

    def _judge(self, text: str) -> Verdict:
        """What the guard model says of a reply; runs in the worker's thread."""
        try:
            guard = self._keeper.guard(self._settings.values.safety, self._leaving)
            if guard is None:
                return Verdict(Finding.UNKNOWN, why=(Saying("There is no guard model."),))
            return guard(Exchange("", text), self._leaving)
        except Cancelled:
            return Verdict(Finding.UNKNOWN, why=(Saying("Loading the guard model was stopped."),))

    def _load_guard(self, model: ModelOnDisk, cancel: threading.Event) -> GuardModel:
        """Runs in the worker's thread, like all that touches torch."""
        from desktop_llm.engine.preload import preload

        preload()
        from desktop_llm.engine.guard import load_guard

        alive = self.services.inference.alive
        self._check_model(model, lambda done, total: alive(), cancel)
        wanted = self._settings.values.model
        request = LoadRequest(model, wanted.device, threads=wanted.threads)
        return load_guard(request, cancel, alive)

    def _make_room(self, request: LoadRequest | None) -> None:
        """A guard model that is not wanted any more leaves its memory to the model that is loaded.

        Where that one goes, whoever wants its memory back wants the guard model's too. Runs in the
        worker's thread.
        """
        if request is None:
            self._keeper.let_go()
        else:
            self._keeper.keep_only(self._settings.values.safety)

    def _try_filter(self, text: str) -> tuple[str, tuple[Mark, ...]]:
        passed = filter_text(self._settings.values.safety, text)
        return passed.text, passed.marks

    def _export(self, conversation_id: str, form: str, change: Change) -> str:
        conversation = self._history.conversation(conversation_id)
        messages = self._history.messages(conversation_id)
        if form == "json":
            return export.to_json(*changed(conversation, messages, change))
        return export.to_markdown(conversation, messages, change)

    def _import(self, path: Path, report: Report, cancel: threading.Event) -> str:
        """Runs in the background: the filter takes its time. All of it is kept, or nothing."""
        read = read_file(path)
        done, total = 0, length(*read)

        def watch(count: int) -> None:
            nonlocal done
            if cancel.is_set():
                raise Cancelled
            done += count
            report(done, total)

        conversation, messages, marks = filtered(*read, self._settings.values.safety, watch)
        self._history.add_whole(conversation, messages, marks, lambda: watch(0))
        return conversation.id

    def _find_personal(self, text: str, watch: Watch | None = None) -> Findings:
        return find_personal(self._settings.values.safety, text, watch)

    def _places(self, key: Saying) -> Places:
        paths = self._paths
        return Places(
            paths.history, paths.models, paths.settings, paths.logs, key, portable=paths.portable
        )

    @Slot(object)
    def _on_loaded(self, info: LoadedModelInfo) -> None:
        # Tests and the packaged app's smoke test wait for this line.
        log.info("ready: %s", info.model.id)


def _write_file(path: Path, text: str) -> None:
    """Where the disk is full, what the file held before must still be there."""
    write_atomically(path, text.encode("utf-8", "replace"), private=False)
