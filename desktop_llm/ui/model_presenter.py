"""Which model runs: the menu at the top, loading it and saying so. Paints nothing, loads nothing."""

import dataclasses
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop_llm.core.errors import Remedy, UserError
from desktop_llm.core.memory import Need, needs, plan_of
from desktop_llm.core.model_defaults import load_request
from desktop_llm.core.models import LoadedModelInfo, LoadRequest, ModelOnDisk
from desktop_llm.core.settings import GUIDE_MODEL_ID
from desktop_llm.ui.keeping import keep
from desktop_llm.ui.language import said
from desktop_llm.ui.services import Services
from desktop_llm.ui.topbar import TopBar

RELOADING_KEYS = ("model.device", "model.precision", "model.context_window", "model.threads")
"""Settings that a loaded model only takes on when it is loaded again."""
RELOAD_DELAY_MS = 600
"""How long they must rest before that: a slider passes many values on its way."""
FOLDER = "model.folder"
LOADING = "loading"
"""The state that remembers which model is being loaded, should the app not survive that."""


class ModelPresenter(QObject):
    """Signals: `failed(UserError)`; `said(str)`; `loaded(LoadedModelInfo or None)`."""

    failed = Signal(object)
    said = Signal(str)
    loaded = Signal(object)

    def __init__(self, services: Services, topbar: TopBar, parent: QObject) -> None:
        super().__init__(parent)
        self._services, self._topbar = services, topbar
        self._loading: ModelOnDisk | None = None
        self._needs_of: dict[Path, tuple[Need, ...]] = {}
        topbar.set_needs(self._needs)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._on_idle)
        self._request: LoadRequest | None = None
        self.known: tuple[ModelOnDisk, ...] = ()  # as the menu shows them
        self._reload = QTimer(self)
        self._reload.setSingleShot(True)
        self._reload.setInterval(RELOAD_DELAY_MS)
        self._reload.timeout.connect(self.load_selected)

    def start(self) -> None:
        """Show the models, and load the one that was chosen last where none is there.

        What the window before this one began to load is asked for once more, by this one.
        """
        self.refresh()
        inference = self._services.inference
        if inference.model is not None and not inference.loading:
            self.on_loaded(inference.model)
            self.watch_use()
        elif inference.loading:
            self.load_selected()
        elif self._services.settings.values.model.load_at_start:
            self._load_at_start()

    def _load_at_start(self) -> None:
        """Not the model whose loading the app did not survive: it would end at every start."""
        selected = self._services.settings.values.model.selected
        if self._services.state.get(LOADING) != selected:
            self.load_selected()
            return
        name = next((model.name for model in self.known if model.id == selected), selected)
        self._topbar.show_unloaded(failed=True)
        self.failed.emit(
            UserError(
                self.tr("{name} is not loaded.").format(name=name),
                self.tr("The app ended while it was being loaded the last time."),
                self.tr("Load it again or choose a smaller model, in the menu at the top."),
            )
        )

    def go_on_from(self, before: "ModelPresenter") -> None:
        """Take over from another window how the model in memory was asked for, and whether it is to be
        loaded anew."""
        self._request = before._request
        if before._reload.isActive():
            self._reload.start()

    @Slot()
    def refresh(self) -> None:
        """Look for models again."""
        try:
            models = self._services.models.list()
        except UserError as error:
            self.failed.emit(error)
            models = ()
        self.known = models
        self._topbar.show_models(models, self._services.settings.values.model.selected)

    @Slot()
    def load_selected(self) -> None:
        """Load the chosen model; where it is gone, say so and load the guide model for now.

        The choice stays: it may lie on a drive that is not plugged in.
        """
        selected = self._services.settings.values.model.selected
        try:
            self._load(self._services.models.find(selected))
        except UserError as error:
            self.failed.emit(error)
            if selected != GUIDE_MODEL_ID:
                self._load_guide()

    def _load_guide(self) -> None:
        try:
            self._load(self._services.models.find(GUIDE_MODEL_ID))
        except UserError as error:
            self.failed.emit(error)

    @Slot(str)
    def choose(self, model_id: str) -> None:
        """Take another model, now and at the next start."""
        try:
            model, settings = self._services.models.find(model_id), self._services.settings
            keep(lambda: settings.change("model.selected", model.id), self.failed.emit)
            self._load(model)
        except UserError as error:
            self.failed.emit(error)
        self.refresh()

    @Slot(str)
    def add(self, path: str) -> None:
        """Add a model that lies elsewhere, a folder or a file, and take it."""
        try:
            model = self._services.models.add(Path(path))
        except UserError as error:
            self.failed.emit(error)
            return
        self.choose(model.id)

    @Slot()
    def unload(self) -> None:
        """Free the model's memory."""
        self._services.inference.unload()

    @Slot()
    def watch_use(self) -> None:
        """Begin to wait for the next use when the model has nothing to do, as the settings say."""
        minutes, inference = (
            self._services.settings.values.model.unload_after,
            self._services.inference,
        )
        self._idle.stop()
        if minutes and inference.model is not None and inference.idle:
            self._idle.start(minutes * 60_000)

    @Slot()
    def _on_idle(self) -> None:
        self.said.emit(self.tr("The model rests, its memory is free. The next message loads it."))
        self.unload()

    def _needs(self, model: ModelOnDisk) -> tuple[Need, ...]:
        if model.path not in self._needs_of:
            try:
                self._needs_of[model.path] = needs(plan_of(model.path))
            except UserError:
                self._needs_of[model.path] = ()
        return self._needs_of[model.path]

    @Slot(object)
    def mend(self, remedy: Remedy) -> None:
        """Load the model that was asked for last so that it fits, from now on."""
        if self._request is None:
            return
        model, notes = self._request.model, self._services.supply.notes
        changes: dict[str, object] = {"context_window": remedy.context_window}
        if remedy.precision:
            changes["precision"] = remedy.precision
        try:
            for key, value in changes.items():
                keep(partial(notes.change, model.id, key, value), self.failed.emit)
            self._load(model)
        except UserError as error:
            self.failed.emit(error)

    @Slot()
    def cancel_load(self) -> None:
        """Stop loading."""
        self._services.inference.cancel_load()

    @Slot(str)
    def setting_changed(self, key: str) -> None:
        """Load the model again where a setting asks for it; know where models are, and which is chosen."""
        inference = self._services.inference
        if key == FOLDER:  # moved by another process: nothing more is to arrive where they were
            self._services.supply.fetches.cancel_all()
        if key in (FOLDER, "model.selected"):
            self.refresh()
        if key == "model.unload_after":
            self.watch_use()
        if key in RELOADING_KEYS and (inference.model is not None or inference.loading):
            self._reload.start()

    @Slot(str)
    def model_changed(self, model_id: str) -> None:
        """Load the model again where what was set for it alone asks for that, also while it comes."""
        coming = self._services.inference.coming
        if coming is None or coming.id != model_id:
            return
        if self._how_to_load(coming) != self._request:
            self._reload.start()

    def _how_to_load(self, model: ModelOnDisk) -> LoadRequest:
        """As was set for it. A draft model that is gone is told, and done without."""
        services = self._services
        own, settings = services.supply.notes.defaults(model.id), services.settings.values.model
        try:
            return load_request(model, own, settings, services.models.find)
        except UserError as error:
            self.failed.emit(error)
            own = dataclasses.replace(own, draft="")
            return load_request(model, own, settings, services.models.find)

    def _load(self, model: ModelOnDisk) -> None:
        if model.problem:
            raise UserError(
                self.tr("{name} cannot be loaded.").format(name=model.name),
                said(model.problem),
                self.tr("Choose another model in the menu at the top."),
            )
        self._request = self._how_to_load(model)
        self._loading = model
        self._services.state.put(LOADING, model.id)
        self._topbar.show_loading(model.name, 0, 0)
        self.loaded.emit(None)
        self._services.inference.load(self._request)

    @Slot(object, object)
    def on_progress(self, done: int, total: int) -> None:
        """Show how far the loading is, in bytes."""
        if self._loading is not None:
            self._topbar.show_loading(self._loading.name, done, total)

    @Slot(object)
    def on_loaded(self, info: LoadedModelInfo) -> None:
        """The model is there, unless another was chosen meanwhile, whose loading takes it out again."""
        if self._services.inference.loading:
            return  # what is to be told is told when that one has come or failed
        self.end_loading()
        self._topbar.show_loaded(info)
        self.loaded.emit(info)

    @Slot(object)
    def on_load_failed(self, error: UserError) -> None:
        """The model could not be loaded: say so, with what to do."""
        if self._services.inference.loading:
            self.failed.emit(error)
            return  # another one is on its way
        self.end_loading()
        self._topbar.show_unloaded(failed=True)
        self.loaded.emit(None)
        self.failed.emit(error)

    @Slot()
    def on_unloaded(self) -> None:
        """No model is in memory."""
        if self._services.inference.loading:
            return  # another one is on its way
        self.end_loading()
        self._topbar.show_unloaded(failed=False)
        self.loaded.emit(None)

    def end_loading(self) -> None:
        """No model is being loaded any more; nor is the next start to think that it ended this one."""
        if self._loading is not None:
            self._loading = None
            self._services.state.put(LOADING, None)

    @Slot(bool)
    def on_stalled(self, stalled: bool) -> None:
        """The worker has shown no sign of life for a while."""
        if stalled:
            self.said.emit(
                self.tr("The model has not answered for 30 seconds. It may be swapping to disk.")
            )
