"""A model on this computer: what it is inside, its files, template and defaults, and what can be done with it.

Reads no file and keeps no value.
"""

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_llm.core.anatomy import Anatomy, ModelDescription
from desktop_llm.core.model_defaults import ModelDefaults
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.on_disk import is_folder
from desktop_llm.core.sampling import NOTHING_SET, SamplingSettings
from desktop_llm.core.settings_tree import get, walk
from desktop_llm.ui.controls.buttons import PrimaryButton, QuietButton
from desktop_llm.ui.controls.tab_order import follow_layout
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.language import said
from desktop_llm.ui.look import Look
from desktop_llm.ui.models import words
from desktop_llm.ui.models.bench_card import BenchCard
from desktop_llm.ui.models.build_words import build
from desktop_llm.ui.models.diagram import Diagram
from desktop_llm.ui.models.entries import place
from desktop_llm.ui.models.parts import PartsBar
from desktop_llm.ui.models.pieces import Detail, FactsCard
from desktop_llm.ui.models.template_card import TemplateCard
from desktop_llm.ui.settings.cards import Card
from desktop_llm.ui.settings.editors import Editor
from desktop_llm.ui.settings.fold import Fold

MOST_FILES = 12


class ModelView(Detail):
    """Signals: `use(id)`, `duplicate(id)`, `remove(id)`, `reveal(folder)`, `changed(key, value)`,

    `reset(key)`, `template_saved(text)`, `template_restored()`.
    """

    use = Signal(str)
    duplicate = Signal(str)
    remove = Signal(str)
    reveal = Signal(str)
    changed = Signal(str, object)
    reset = Signal(str)
    template_saved = Signal(str)
    template_restored = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self.model: ModelOnDisk | None = None
        self._own_template = ""
        self._defaults, self._usual = ModelDefaults(), NOTHING_SET
        self.use_button = PrimaryButton(look, self.tr("Use this model"), self)
        self.duplicate_button = QuietButton(look, self.tr("Duplicate…"), self)
        self.reveal_button = QuietButton(look, self.tr("Open folder"), self)
        self.remove_button = QuietButton(look, self.tr("Remove…"), self, danger=True)
        for button in (
            self.use_button,
            self.duplicate_button,
            self.reveal_button,
            self.remove_button,
        ):
            self.actions.addWidget(button)
        self.told = Text(look, "", self.body, size=13.5, color="bad")
        self.build = BuildCard(look, self.body)
        self.facts = FactsCard(look, self.body)
        self.bench = BenchCard(look, self.body)
        self.defaults = Card(look, self.body)
        self.sampling = Card(look, self.body)
        self.fold = Fold(look, self.tr("Advanced"), self.body)
        self._rare = Card(look, self.fold)
        self.fold.add(self._rare)
        self.editors: dict[str, Editor] = {}
        self.template = TemplateCard(look, self.body)
        self.column.addWidget(self.told)
        self.column.addWidget(self.build)
        self.column.addWidget(self.facts)
        self.column.addWidget(self.bench)
        self._headings: list[QWidget] = []
        self._heading(
            self.tr("Defaults of this model"),
            self.tr("Used whenever it is loaded, before the settings."),
        )
        self.column.addWidget(self.defaults)
        self.column.addWidget(self.sampling)
        self.column.addWidget(self.fold)
        self.column.addWidget(self.template)
        self.column.addStretch(1)
        self._connect()

    def _heading(self, title: str, about: str) -> None:
        holder = QWidget(self.body)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, self._look.px(6), 0, 0)
        column.setSpacing(2)
        column.addWidget(Text(self._look, title, holder, size=16, weight=600))
        column.addWidget(Text(self._look, about, holder, size=13, color="muted"))
        self.column.addWidget(holder)
        self._headings.append(holder)

    def _connect(self) -> None:
        for button, signal in (
            (self.use_button, self.use), (self.duplicate_button, self.duplicate),
            (self.remove_button, self.remove),
        ):  # fmt: skip
            button.clicked.connect(lambda _=False, signal=signal: signal.emit(self._id))
        self.reveal_button.clicked.connect(self._on_reveal)
        self.template.saved.connect(self.template_saved)
        self.template.restored.connect(self.template_restored)

    @property
    def _id(self) -> str:
        return self.model.id if self.model is not None else ""

    def _make_editors(self) -> None:
        """Made when a model is first looked at: the list is shown without waiting for them."""
        for info in walk(ModelDefaults):
            if info.description.hidden:
                continue
            card = self.sampling if info.key.startswith("sampling.") else self.defaults
            card = self._rare if info.description.advanced else card
            editor = Editor(self._look, info, card)
            editor.changed.connect(self.changed)
            editor.reset.connect(self.reset)
            self.editors[info.key] = editor
            card.add(editor.row)
        follow_layout(self)

    # What it shows

    def show_model(self, model: ModelOnDisk, in_use: bool) -> None:
        """Show a model; what is read from its files comes after it."""
        if not self.editors:
            self._make_editors()
        other = self.model is None or self.model.id != model.id
        self.model = model
        self.title.setText(model.name)
        self.under.setText(place(model) if model.bundled else str(model.path))
        self.use_button.setEnabled(not model.problem and not in_use)
        self.use_button.setText(self.tr("In use") if in_use else self.tr("Use this model"))
        self.use_button.updateGeometry()
        self.remove_button.setVisible(not model.bundled or bool(model.variant_of))
        self.show_problem(said(model.problem))
        if other:
            self.build.hide()
            self.facts.hide()
            self.template.hide()
            self.template.begin()
            self._own_template = ""
            for editor in self.editors.values():
                editor.settle()  # what was refused was meant for the one before

    def show_description(self, description: ModelDescription, defaults: ModelDefaults) -> None:
        """What was read from its files."""
        self.build.show_anatomy(description.anatomy)
        self._show_facts(description)
        self._own_template = description.template
        self.template.show_template(description.template, defaults.template)
        self.build.show()
        self.facts.show()
        self.template.show()

    def _show_facts(self, description: ModelDescription) -> None:
        anatomy, numbers = description.anatomy, QLocale()
        tokens = self.tr("{number} tokens")
        files = [
            f"{name}  {words.data_size(size)}" for name, size in description.files[:MOST_FILES]
        ]
        more = len(description.files) - MOST_FILES
        files += [self.tr("{number} more").format(number=more)] if more > 0 else []
        window = anatomy.window if 0 < anatomy.window < (anatomy.context or 1 << 60) else 0
        self.facts.show_facts([
            (self.tr("Vocabulary"), tokens.format(number=numbers.toString(anatomy.vocabulary))),
            (self.tr("Reads up to"), tokens.format(number=numbers.toString(anatomy.context)) if anatomy.context else ""),
            (self.tr("Sliding window"), tokens.format(number=numbers.toString(window)) if window else ""),
            (self.tr("Licence"), description.licence or self.tr("its files do not say")),
            (self.tr("Fetched from"), description.source),
            (self.tr("Fingerprint"), description.hash),
            (self.tr("Files"), "\n".join(files)),
        ])  # fmt: skip

    def show_defaults(self, defaults: ModelDefaults) -> None:
        """The values that the person set for it."""
        self._defaults = defaults
        self._show_values()
        self.template.show_template(self._own_template, defaults.template)

    def show_usual(self, sampling: SamplingSettings) -> None:
        """What the app's settings say, which holds where nothing is set for it."""
        self._usual = sampling
        self._show_values()

    def _show_values(self) -> None:
        for key, editor in self.editors.items():
            section, _, name = key.partition(".")
            usual = getattr(self._usual, name) if section == "sampling" else None
            usual = None if isinstance(usual, tuple) else usual
            source = self.tr("Its own") if section == "sampling" else self.tr("Automatic")
            editor.show(get(self._defaults, key), usual, source)

    def offer_drafts(self, models: Sequence[ModelOnDisk]) -> None:
        """Let one of these, the smaller ones, guess ahead for the shown model."""
        shown = self.model
        if shown is not None:
            self.editors["draft"].set_models([
                (one.id, one.name) for one in models
                if one.size < shown.size and not one.problem and not one.variant_of
            ])  # fmt: skip

    def show_problem(self, text: str) -> None:
        """Why it cannot be used, or its files could not be read; "" for nothing."""
        self.told.setText(text)
        self.told.setVisible(bool(text))

    @Slot()
    def _on_reveal(self) -> None:
        if self.model is not None:
            path = self.model.path
            self.reveal.emit(str(path if is_folder(path) else path.parent))


class BuildCard(Card):
    """The build in words, as a picture, and where its parameters are."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        body = QWidget(self)
        column = QVBoxLayout(body)
        self.text = Text(look, "", body, size=13.5, leading=1.55)
        self.diagram = Diagram(look, body)
        self.parts = PartsBar(look, body)
        for part in (self.text, self.diagram, self.parts):
            column.addWidget(part)
        column.setContentsMargins(0, look.px(12), look.px(4), look.px(12))
        column.setSpacing(look.px(12))
        self.add(body)

    def show_anatomy(self, anatomy: Anatomy) -> None:
        """Show that build."""
        told = build(anatomy)
        self.text.setText(told)
        self.diagram.show_anatomy(anatomy, told)
        self.parts.show_parts(anatomy.parts)
