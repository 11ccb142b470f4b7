"""The models page's doings: its lists, the hub's answers, what is set for a model. Paints nothing.

What waits for disk or network runs in the background; its answer comes back under the id that it
was asked with, and the answer to an older question is dropped.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QInputDialog

from desktop_llm.core.anatomy import ModelDescription
from desktop_llm.core.errors import UserError
from desktop_llm.core.hub import HubFile, HubQuery, HubRepo
from desktop_llm.core.model_defaults import ModelDefaults
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.presets import settings_sampling
from desktop_llm.core.settings_tree import find
from desktop_llm.ui.downloads_presenter import ADD, DISCARD, LIST, DownloadsPresenter
from desktop_llm.ui.keeping import attempt, keep
from desktop_llm.ui.language import error_text
from desktop_llm.ui.model_presenter import FOLDER
from desktop_llm.ui.models import page as pages
from desktop_llm.ui.models.entries import repositories
from desktop_llm.ui.models.page import ModelsPage
from desktop_llm.ui.removal_presenter import RemovalPresenter
from desktop_llm.ui.services import Services
from desktop_llm.ui.speed_presenter import SpeedPresenter
from desktop_llm.ui.template_presenter import TemplatePresenter

SEARCH, LOOK, FETCH, DESCRIBE, MEASURE, MOVE = (
    "search:", "look:", "fetch:", "describe:", "measure", "move",
)  # fmt: skip
"""What the ids of questions to the background begin with."""
ONLINE = "privacy.online"


class ModelsPresenter(QObject):
    """Signals: `failed(UserError)`, `said(str)`; `chosen(id)` to load a model; `changed(id)` after

    something was set for a model; `listed()` after models came or went; `setting(key, value)`.
    """

    failed = Signal(object)
    said = Signal(str)
    chosen = Signal(str)
    changed = Signal(str)
    listed = Signal()
    setting = Signal(str, object)

    def __init__(
        self,
        services: Services,
        page: ModelsPage,
        confirmed: Callable[[str, str], bool],
        known: tuple[ModelOnDisk, ...],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._services, self._supply, self._page = services, services.supply, page
        self._confirmed = confirmed
        self.downloads = DownloadsPresenter(services.supply, page.downloads, confirmed, self)
        self.speeds = SpeedPresenter(services, page.catalogue.speeds, page.model.bench, self)
        self.speeds.measured.connect(self.show)
        self.templates = TemplatePresenter(services.supply, page.model, self)
        self.templates.changed.connect(self.changed)
        self.templates.failed.connect(self.failed)
        self.removal = RemovalPresenter(services, page.model, confirmed, self)
        self.removal.removed.connect(self._on_removed)
        self.removal.failed.connect(self.failed)
        self._models = known
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.refresh)
        self._description: ModelDescription | None = None
        self._asked = 0
        self._fetching: set[str] = set()  # the questions whose answer is to be fetched
        self._connect_page()
        for background in (self._supply.lookups, self._supply.moves):
            background.finished.connect(self._on_answer)
            background.failed.connect(self._on_trouble)
            background.progress.connect(self._on_progress)
            background.cancelled.connect(self._on_cancelled)
        self.downloads.arrived.connect(self._on_arrived)
        self.downloads.begun.connect(self._on_begun)
        self.downloads.failed.connect(self.failed)
        self.downloads.counted.connect(page.show_count)

    def _connect_page(self) -> None:
        page = self._page
        page.tabs.chosen.connect(self._show_section)
        page.installed.opened.connect(self.open_model)
        page.installed.added.connect(self.add)
        page.installed.moved.connect(self.move)
        page.installed.stopped.connect(self.stop_moving)
        page.catalogue.opened.connect(self.open_offer)
        page.hub.opened.connect(self.open_found)
        page.hub.searched.connect(self.search)
        page.hub.online_changed.connect(self.set_online)
        page.offer.look.connect(self.look)
        page.offer.download.connect(self.download)
        page.model.use.connect(self.chosen)
        page.model.duplicate.connect(self.duplicate)
        page.model.changed.connect(self.change)
        page.model.reset.connect(self.reset)

    # Showing

    def start(self) -> None:
        """Show what is known, and look again after that is seen; measure this computer once."""
        self.show_usual()
        self.show()
        self.refresh_soon()
        self.downloads.start()
        self._supply.lookups.start(MEASURE, lambda report, cancel: self._supply.measure())

    def go_on_from(self, before: "ModelsPresenter") -> None:
        """Take over another window's downloads, those included that have not begun.

        The threads outlive a window, and answer here what was asked for there.
        """
        self._asked = before._asked + 1  # all that was asked for one of its pages is old here
        self._fetching, before._fetching = before._fetching, set()
        self.downloads.go_on_from(before.downloads)

    def refresh_soon(self) -> None:
        """Look for models again once the page is painted: hundreds take a moment."""
        self._later.start(0)

    @Slot()
    def refresh(self) -> None:
        """Look for models again, and show what is there."""
        try:
            self._models = self._services.models.list()
        except UserError as error:
            self.failed.emit(error)
        self.show()

    @Slot()
    def show(self) -> None:
        """Show what is known."""
        self._show_installed()
        self._show_section(self._page.section)

    def _show_installed(self) -> None:
        selected = self._services.settings.values.model.selected
        loaded = self._services.inference.model
        used = loaded.model.id if loaded is not None else ""
        self._page.installed.show_models(self._models, selected, used)

    @Slot(str)
    def _show_section(self, section: str) -> None:
        """Fill a list that is only filled while it is looked at."""
        machine = self._supply.machine()
        if section == pages.CATALOGUE:
            self._page.catalogue.show_models(self._supply.catalogue(), machine, self._here())
        elif section == pages.HUB:
            self._page.hub.set_machine(machine)
            self._page.hub.show_online(self._services.settings.values.privacy.online)

    def _here(self) -> frozenset[str]:
        return repositories(self._models)

    @Slot(str)
    def open_model(self, model_id: str) -> None:
        """Show a model of this computer; its files are read in the background."""
        model = next((one for one in self._models if one.id == model_id), None)
        if model is None:
            return
        self._asked += 1  # what was asked for the page before is old now
        self._show_model(model)
        self._page.show_model()
        if not model.problem:
            self._ask(DESCRIBE, lambda: self._supply.describe(model))

    def _show_model(self, model: ModelOnDisk) -> None:
        loaded = self._services.inference.model
        self._page.model.show_model(model, loaded is not None and loaded.model.id == model.id)
        self._page.model.offer_drafts(self._models)
        self._page.model.show_defaults(self._supply.notes.defaults(model.id))
        self.speeds.show_model(model)

    @Slot(object)
    def on_loaded(self, info: object) -> None:
        """Another model is in use."""
        shown = self._page.model.model
        if shown is not None and self._page.one_shown:
            self._show_model(shown)
        self._show_installed()

    @Slot(str)
    def open_offer(self, model_id: str) -> None:
        """Show a model of the catalogue."""
        self._asked += 1  # what was asked for the page before is old now
        model = next(one for one in self._supply.catalogue() if one.id == model_id)
        here = model_id in self._here()
        self._page.offer.show_model(model, self._supply.machine(), here)
        self._page.show_offer()

    # The hub

    @Slot(bool)
    def set_online(self, online: bool) -> None:
        """Allow connections, or not."""
        self.setting.emit(ONLINE, online)
        self.show()

    def _may_go_online(self) -> bool:
        """Whether connections are allowed; where not, the person is asked to allow them."""
        if self._services.settings.values.privacy.online:
            return True
        question = self.tr(
            "The app is offline. Let it connect to the model hub when you ask it to?\n\n"
            "It then fetches what you choose and sends nothing of yours. You can switch it off, and "
            "see every connection, in Settings, Privacy."
        )
        if not self._confirmed(question, self.tr("Go online")):
            return False
        self.set_online(True)
        return True

    @Slot(object)
    def search(self, query: HubQuery) -> None:
        """Ask the hub."""
        self._page.hub.show_searching()
        self._ask(SEARCH, lambda: self._supply.hub().search(query))

    @Slot(str)
    def open_found(self, model_id: str) -> None:
        """Show a model that was found on the hub."""
        self._page.offer.show_waiting(model_id)
        self._page.show_offer()
        self._ask(LOOK, lambda: self._supply.hub().look(model_id))

    @Slot(str, str)
    def look(self, model_id: str, revision: str) -> None:
        """Ask the hub for a model's files and card."""
        if self._may_go_online():
            self._page.offer.show_waiting(model_id)
            self._ask(LOOK, lambda: self._supply.hub().look(model_id, revision))

    @Slot(str, str, str, bool)
    def download(self, model_id: str, revision: str, name: str, again: bool = False) -> None:
        """Fetch a model: the files that are needed, or the one of that name.

        `again`: also where it is there, in the place of what is.
        """
        if not self._may_go_online():
            return
        self._page.offer.show_waiting(model_id)
        hub = self._supply.hub
        self._ask(FETCH, lambda: (hub().look(model_id, revision), (name,) if name else (), again))
        self._fetching.add(f"{FETCH}{self._asked}")

    def _fetch(self, repo: HubRepo, names: tuple[str, ...], again: bool, *, shown: bool) -> None:
        """Download it, unless one of its files is to be chosen first: who was quick saw none of them."""
        if shown and not names and not self._to_fetch(repo)[0]:
            self._show_repo(repo)
            if self._page.offer.variants.count():
                told = self.tr("Choose the file to fetch, then press Download.")
                self._page.offer.show_problem(told)
                return
        self.downloads.add(repo, names, again=again)

    def _show_repo(self, repo: HubRepo) -> None:
        files, problem = self._to_fetch(repo)
        self._page.offer.show_repo(repo, files, repo.model.id in self._here())
        if problem:
            self._page.offer.show_problem(problem)

    def _to_fetch(self, repo: HubRepo) -> tuple[tuple[HubFile, ...], str]:
        """What a download takes by itself, and why there is nothing that one could take."""
        try:
            return self._supply.to_fetch(repo), ""
        except UserError as error:
            return (), error_text(error)

    @Slot(str)
    def _on_begun(self, repo: str) -> None:
        self._page.offer.show_problem("")
        self._page.show_section(pages.DOWNLOADS)

    @Slot(str)
    def _on_arrived(self, repo: str) -> None:
        self.refresh()
        self.listed.emit()
        self.said.emit(self.tr("{name} has arrived").format(name=repo.partition("/")[2]))

    # What is set for a model

    @property
    def _shown_id(self) -> str:
        model = self._page.model.model
        return model.id if model is not None else ""

    @Slot()
    def show_usual(self) -> None:
        """Show what the app's settings say, which holds where a model has no value of its own."""
        settings = self._services.settings
        self._page.model.show_usual(settings_sampling(settings.values, settings.own_presets))

    @Slot(str)
    def setting_changed(self, key: str) -> None:
        """Show what the app's settings say now; in another folder there are other models."""
        self.show_usual()
        if key == FOLDER:
            self.refresh()
            self.downloads.look_again()

    @Slot(str, object)
    def change(self, key: str, value: object) -> None:
        """Set a default of the shown model."""
        attempt(lambda: self._supply.notes.change(self._shown_id, key, value), self.failed.emit)
        self._page.model.show_defaults(self._supply.notes.defaults(self._shown_id))
        self.changed.emit(self._shown_id)

    @Slot(str)
    def reset(self, key: str) -> None:
        """Put a default of the shown model back."""
        self.change(key, find(ModelDefaults, key).default)

    # Models come and go

    @Slot(str)
    def add(self, path: str) -> None:
        """Use a model that lies elsewhere, and show it."""
        added: list[ModelOnDisk] = []
        if attempt(lambda: added.append(self._services.models.add(Path(path))), self.failed.emit):
            self.refresh()
            self.listed.emit()
            self._page.show_section(pages.INSTALLED)
            self.open_model(added[0].id)

    @Slot(str)
    def duplicate(self, model_id: str) -> None:
        """Make a variant: the same files under another name, with defaults of its own."""
        model = self._page.model.model
        if model is None:
            return
        suggestion = self.tr("{name}, variant").format(name=model.name)
        name, accepted = QInputDialog.getText(
            self._page, self.tr("Duplicate"),
            self.tr("Name of the variant. It shares the files and has defaults of its own."),
            text=suggestion,
        )  # fmt: skip
        if not accepted or not name.strip():
            return
        base, notes = model.variant_of or model.id, self._supply.notes
        keep(lambda: notes.add_variant(model_id, base, name.strip()), self.failed.emit)
        self.refresh()
        self.listed.emit()
        self.open_model(notes.variants()[-1].id)

    @Slot(str)
    def _on_removed(self, base: str) -> None:
        self.refresh()
        if all(one.id != self._shown_id for one in self._models):
            self.listed.emit()
            self._page.show_list()
            if base:
                self.chosen.emit(base)

    @Slot(str)
    def move(self, folder: str) -> None:
        """Keep all models in another folder from now on."""
        if self.downloads.busy:
            self.failed.emit(
                UserError(
                    self.tr("The models cannot be moved now."),
                    self.tr("A download is running."),
                    self.tr("Pause it, and try again."),
                )
            )
            return
        models = self._services.models
        self._page.installed.show_moving(0.0)
        self._supply.moves.start(
            MOVE, lambda report, cancel: models.move(Path(folder), report, cancel)
        )

    @Slot()
    def stop_moving(self) -> None:
        """Leave the models where they are."""
        self._supply.moves.cancel(MOVE)

    @Slot(str, object, object)
    def _on_progress(self, job_id: str, done: int, total: int) -> None:
        if job_id == MOVE:
            self._page.installed.show_moving(done / max(1, total))

    @Slot(str)
    def _on_cancelled(self, job_id: str) -> None:
        if job_id == MOVE:
            self._end_moving(self.tr("The models are where they were"))

    def _end_moving(self, told: str) -> None:
        self._page.installed.show_moving(None)
        self.refresh()
        self.listed.emit()
        self.said.emit(told)

    # Questions and answers

    def _ask(self, kind: str, question: Callable[[], object]) -> None:
        self._asked += 1
        self._supply.lookups.start(f"{kind}{self._asked}", lambda report, cancel: question())

    def _is_old(self, job_id: str) -> bool:
        return not job_id.endswith(f":{self._asked}")

    @Slot(str, object)
    def _on_answer(self, job_id: str, result: object) -> None:
        if job_id == MEASURE and isinstance(result, float):
            self._supply.keep_bandwidth(result)
            self.show()
        elif job_id == MOVE:
            self._end_moving(self.tr("The models have moved"))
        elif job_id in self._fetching and isinstance(result, tuple):
            self._fetching.discard(job_id)
            self._fetch(*result, shown=not self._is_old(job_id))
        elif job_id.startswith(SEARCH) and isinstance(result, tuple):
            self._page.hub.show_found(result, self._supply.machine(), self._here())
        elif self._is_old(job_id):
            return
        elif job_id.startswith(LOOK) and isinstance(result, HubRepo):
            self._show_repo(result)
        elif job_id.startswith(DESCRIBE) and isinstance(result, ModelDescription):
            defaults = self._supply.notes.defaults(self._shown_id)
            self._page.model.show_description(result, defaults)

    @Slot(str, object)
    def _on_trouble(self, job_id: str, error: UserError) -> None:
        told, old = error_text(error), self._is_old(job_id)
        self._fetching.discard(job_id)
        if job_id.startswith((LOOK, DESCRIBE)) and old:
            return
        on_offer = job_id.startswith((LOOK, FETCH)) and not old
        if job_id.startswith(SEARCH):
            self._page.hub.show_problem(told)
        elif on_offer or job_id == ADD + self._page.offer.shown_id:
            self._page.offer.show_problem(told)
        elif job_id.startswith(DESCRIBE):
            self._page.model.show_problem(told)
        elif job_id == MOVE:
            self._page.installed.show_moving(None)
            self.failed.emit(error)
        elif job_id.startswith((FETCH, ADD, DISCARD, LIST, MEASURE)):
            self.failed.emit(error)
