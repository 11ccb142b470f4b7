"""A model that could be fetched: what it is, what it takes here, its files and its card. Fetches nothing."""

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Signal, Slot
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_llm.core.catalogue import CatalogueModel
from desktop_llm.core.fitting import Machine, estimates
from desktop_llm.core.gguf_parts import is_single_file, part_names
from desktop_llm.core.hub import HubFile, HubRepo
from desktop_llm.ui.controls.buttons import PrimaryButton, QuietButton
from desktop_llm.ui.controls.choice import Choice
from desktop_llm.ui.controls.meter import ProgressLine
from desktop_llm.ui.controls.tab_order import follow_layout
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.models import words
from desktop_llm.ui.models.card_text import CardText
from desktop_llm.ui.models.pieces import Detail, FactsCard, FitTable
from desktop_llm.ui.settings.cards import Card, Row

MOST_FILES = 40
"""Files that are listed; a repository may have thousands."""
WEB = "https://huggingface.co/"


class OfferView(Detail):
    """Signals: `download(repo id, revision, file name or "", again)`, `look(repo id, revision)`,

    `page(address)` to open the model's page in a browser.
    """

    download = Signal(str, str, str, bool)
    look = Signal(str, str)
    page = Signal(str)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._id, self._revision, self._source = "", "", ""
        self._from_catalogue, self._here = False, False
        self.download_button = PrimaryButton(look, self.tr("Download"), self)
        self.look_button = QuietButton(look, self.tr("Files and model card"), self)
        self.page_button = QuietButton(look, self.tr("Web page"), self, flat=True)
        self.variants = Choice(look, self.tr("File to fetch"), [], self)
        self.variants.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.line = ProgressLine(look, self)
        for button in (self.download_button, self.variants, self.look_button, self.page_button):
            self.actions.addWidget(button)
        self.actions.addWidget(self.line)
        self.told = Text(look, "", self.body, size=13.5, color="bad")
        self.facts = FactsCard(look, self.body)
        self.fits = FitTable(look, self.body)
        self.fit_card = Card(look, self.body)
        self.fit_row = Row(
            look, self.tr("On this computer"), "", self.fits, self.fit_card, below=True
        )
        self.fit_card.add(self.fit_row)
        self.files = FactsCard(look, self.body, self.tr("Files"))
        self.card = CardText(look, self.body)
        for part in (self.told, self.facts, self.fit_card, self.files, self.card):
            self.column.addWidget(part)
        self.column.addStretch(1)
        follow_layout(self)
        self.download_button.clicked.connect(self._on_download)
        self.look_button.clicked.connect(lambda: self.look.emit(self._id, self._revision))
        self.page_button.clicked.connect(lambda: self.page.emit(self._source))

    @property
    def shown_id(self) -> str:
        """The id of the model that is shown."""
        return self._id

    # What it shows

    def show_model(self, model: CatalogueModel, machine: Machine, here: bool) -> None:
        """A model of the catalogue."""
        self._begin(model.id, model.revision if model.pinned else "", model.source, here)
        self._from_catalogue = True
        self.title.setText(model.name)
        self.under.setText(model.sentence(QLocale().name()))
        pinned = model.revision[:12] if model.pinned else self.tr("the newest; pinned when fetched")
        shape = model.shape
        self.facts.show_facts([
            (self.tr("For"), words.kind(model.kind)),
            (self.tr("Languages"), words.languages(model)),
            (self.tr("Licence"), model.licence + (self.tr(", to be accepted on the hub") if model.gated else "")),
            (self.tr("Parameters"), words.parameters(shape.parameters)),
            (self.tr("Reads up to"), self.tr("{number} tokens").format(number=QLocale().toString(shape.context))),
            (self.tr("To fetch"), words.data_size(model.download)),
            (self.tr("From"), model.id),
            (self.tr("Revision"), pinned),
            (self.tr("Not verified"), ", ".join(words.fact(name) for name in model.unverified)),
        ])  # fmt: skip
        self._show_fits(model, machine)

    def _show_fits(self, model: CatalogueModel, machine: Machine) -> None:
        about = self.tr(
            "Weights and a conversation of up to 4,096 tokens, of {free} of memory that are free now."
        ).format(free=words.data_size(machine.free))
        if not model.shape.writes:
            about += " " + self.tr("It writes nothing itself.")
        elif machine.speed.probes:
            about += " " + self.tr("Speeds follow from what was measured on this computer.")
        elif machine.bandwidth:
            about += " " + self.tr("Speeds are estimates from this computer's memory, {number} GB/s; the catalogue's list has a button that measures it.").format(number=words.number(machine.bandwidth / 1e9))  # fmt: skip
        self.fit_row.set_words(self.tr("On this computer"), about)
        self.fits.show_estimates(estimates(model.shape, machine), machine.free)
        self.fit_card.show()

    def show_repo(self, repo: HubRepo, to_fetch: Sequence[HubFile], here: bool) -> None:
        """What the hub has. `to_fetch` are the files that a download would take; empty: choose one."""
        if self._id != repo.model.id or not self._from_catalogue:
            self._begin(repo.model.id, repo.revision, WEB + repo.model.id, here)
            self.title.setText(repo.model.id.partition("/")[2])
            self.under.setText(repo.model.id)
            self.fit_card.hide()
            self._show_repo_facts(repo, to_fetch)
        self._revision = repo.revision
        self._show_files(repo.files, {file.name for file in to_fetch})
        self._offer_variants(repo, to_fetch)
        self.card.show_markdown(repo.card)
        self._settle()

    def _show_repo_facts(self, repo: HubRepo, to_fetch: Sequence[HubFile]) -> None:
        model = repo.model
        count = words.parameters(model.parameters) if model.parameters else ""
        fetched = words.data_size(sum(file.size for file in to_fetch)) if to_fetch else ""
        self.facts.show_facts([
            (self.tr("Task"), model.task), (self.tr("Licence"), model.licence),
            (self.tr("Terms"), self.tr("to be accepted on the hub") if model.gated else ""),
            (self.tr("Parameters"), count), (self.tr("To fetch"), fetched),
            (self.tr("Downloads"), QLocale().toString(model.downloads)),
            (self.tr("Revision"), repo.revision[:12]),
        ])  # fmt: skip

    def _show_files(self, files: Sequence[HubFile], wanted: set[str]) -> None:
        ordered = sorted(files, key=lambda file: (file.name not in wanted, -file.size))
        facts = []
        for file in ordered[:MOST_FILES]:
            mark = "" if file.name in wanted else " · " + self.tr("not fetched")
            facts.append((words.data_size(file.size), file.name + mark))
        if len(ordered) > MOST_FILES:
            facts.append(("…", self.tr("{number} more").format(number=len(ordered) - MOST_FILES)))
        self.files.show_facts(facts)
        self.files.show()

    def _offer_variants(self, repo: HubRepo, to_fetch: Sequence[HubFile]) -> None:
        """Of several GGUF models one is chosen; of one in parts, its first file stands for all."""
        self.variants.clear()
        sizes = {file.name: file.size for file in repo.files}
        gguf = {
            name: sum(sizes.get(part, 0) for part in part_names(name))
            for name in sizes
            if not to_fetch and is_single_file(name)
        }
        for name, size in sorted(gguf.items(), key=lambda item: item[1]):
            self.variants.addItem(f"{name.rpartition('/')[2]}  {words.data_size(size)}", name)
        self.variants.updateGeometry()
        self.variants.setVisible(bool(gguf))
        self.download_button.setEnabled(bool(to_fetch or gguf))

    def show_waiting(self, model_id: str) -> None:
        """The hub is being asked about a model."""
        if model_id != self._id:
            self._begin(model_id, "", WEB + model_id, False)
            self.title.setText(model_id.partition("/")[2])
            self.under.setText(model_id)
            self.facts.hide()
            self.fit_card.hide()
        self.told.hide()
        self.look_button.setEnabled(False)
        self.line.setVisible(True)
        self.line.show_share(None)

    def show_problem(self, text: str) -> None:
        """What went wrong with it."""
        self._settle()
        self.told.setText(text)
        self.told.setVisible(bool(text))

    def _begin(self, model_id: str, revision: str, source: str, here: bool) -> None:
        self._id, self._revision, self._source = model_id, revision, source
        self._here = here
        self._from_catalogue = False
        self.told.hide()
        self.files.hide()
        self.card.hide()
        self.variants.hide()
        self.facts.show()
        self.download_button.setEnabled(True)
        self.download_button.setText(self.tr("Download again") if here else self.tr("Download"))
        self.download_button.updateGeometry()
        self._settle()
        self.to_top()

    def _settle(self) -> None:
        self.look_button.setEnabled(True)
        self.line.setVisible(False)

    @Slot()
    def _on_download(self) -> None:
        name = self.variants.value if self.variants.isVisible() else ""
        self.download.emit(self._id, self._revision, name, self._here)
