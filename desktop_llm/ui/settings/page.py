"""The settings: sections at the left, the chosen one's cards at the right. Keeps no value itself."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.core.events import Mark
from desktop_llm.core.models import LoadedModelInfo
from desktop_llm.core.presets import find_preset
from desktop_llm.core.sampling import NEUTRAL, NOTHING_SET, Preset, SamplingSettings
from desktop_llm.core.settings import Settings
from desktop_llm.core.settings_tree import find, get, walk
from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.tab_order import follow_layout
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.settings.about import AboutCard
from desktop_llm.ui.settings.cards import Card
from desktop_llm.ui.settings.editors import Editor
from desktop_llm.ui.settings.extras import (
    Facts,
    ModelCard,
    PlacesCard,
    PresetCard,
)
from desktop_llm.ui.settings.fold import Fold
from desktop_llm.ui.settings.network_card import NetworkCard
from desktop_llm.ui.settings.safety_panel import SafetyPanel
from desktop_llm.ui.settings.tabs import Tabs
from desktop_llm.ui.settings.words import Preview, order_words

__all__ = ["Facts", "SettingsPage"]

HEIGHT, MEASURE = 52, 680


class SettingsPage(QWidget):
    """Signals tell what the person wants; keys are those of the settings tree.

    The cards are made when the page is first shown: at the app's start nobody waits for them.
    """

    changed = Signal(str, object)
    reset = Signal(str)
    closed = Signal()
    preset_chosen = Signal(str)
    preset_save = Signal(str)
    preset_delete = Signal(str)
    neutralise = Signal()
    reveal_folder = Signal(str)
    delete_all = Signal()
    shown = Signal()
    link_requested = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._settings = Settings()
        self._own: tuple[Preset, ...] = ()
        self._model: LoadedModelInfo | None = None
        self._model_sampling = NOTHING_SET
        self._facts: Facts | None = None
        self._built = False
        self._editors: dict[str, Editor] = {}
        self.folds: dict[str, Fold] = {}
        self._preview: Preview = _no_tokens
        self._title = Text(look, self.tr("Settings"), self, size=14, weight=600)
        self._close = QuietButton(look, self.tr("Esc closes"), self, flat=True)
        self._close.clicked.connect(self.closed)
        self.presets = PresetCard(look, self)
        self.model_card = ModelCard(look, self)
        self.safety = SafetyPanel(look, self)
        self.try_card = self.safety.try_card
        self.network = NetworkCard(look, self)
        self.places = PlacesCard(look, self)
        self.about = AboutCard(look, self)
        self.tabs = Tabs(look, self._names(), self)
        self._stack = QStackedWidget(self)
        self._pages: dict[str, QScrollArea] = {}
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.tabs)
        look.changed.connect(self._apply_look)
        self._apply_look()

    @property
    def editors(self) -> dict[str, Editor]:
        """The controls by the keys of their settings."""
        self._build()
        return self._editors

    def _build(self) -> None:
        if self._built:
            return
        self._built = True
        for section, (title, about) in self._sections().items():
            self._add_page(section, title, about)
        self._stack.setCurrentWidget(self._pages[self.section])
        self._apply_look()
        self.model_card.show_model(self._model)
        if self._facts is not None:
            self.show_facts(self._facts)
        self.show_values(self._settings)
        follow_layout(self)

    def showEvent(self, event: QShowEvent) -> None:
        """Make the cards, once."""
        self._build()
        super().showEvent(event)
        self.shown.emit()

    def _sections(self) -> dict[str, tuple[str, str]]:
        tr = self.tr
        return {
            "general": (tr("General"), tr("How the window behaves from day to day.")),
            "model": (tr("Model"), tr("How the model is loaded and what it may use.")),
            "sampling": (
                tr("Sampling"),
                tr("How new conversations draw their words. Each conversation can have its own preset."),
            ),
            "safety": (
                tr("Safety filter"),
                tr("Checks every reply before it reaches the screen, the history or the clipboard. "
                   "It runs on this computer."),
            ),
            "privacy": (tr("Privacy"), tr("Your words stay on this computer. It connects to nothing unless you allow it.")),
            "appearance": (tr("Appearance"), tr("How it looks and moves.")),
        }  # fmt: skip

    def _names(self) -> list[tuple[str, str]]:
        return [(section, title) for section, (title, _) in self._sections().items()]

    def _add_page(self, section: str, title: str, about: str) -> None:
        look, body = self._look, QWidget(self)
        column = QVBoxLayout(body)
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(Text(look, title, body, size=20, weight=650))
        head.addWidget(Text(look, about, body, size=13.5, color="muted", leading=1.6))
        column.addLayout(head)
        before = {"sampling": self.presets, "model": self.model_card}.get(section)
        after = {
            "safety": [self.safety],
            "privacy": [self.network, self.places],
            "general": [self.about],
        }
        card, rare = Card(look, body), Card(look, body)
        fold = Fold(look, self.tr("Advanced"), body)
        fold.add(rare)
        if section == "sampling":
            fold.add(Text(look, order_words(), body, size=12.5, color="muted"))
        if section == "safety":
            self.safety.build(self._make_editor)
        for info in walk(Settings) if section != "safety" else ():
            if info.key.startswith(section + ".") and not info.description.hidden:
                place = rare if info.description.advanced else card
                place.add(self._make_editor(info.key, place).row)
        card.setVisible(card.count() > 0)
        fold.setVisible(rare.count() > 0)
        self.folds[section] = fold
        for part in (before, card, fold, *after.get(section, [])):
            if part is not None:
                column.addWidget(part)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(_centred(body))
        area.viewport().setAutoFillBackground(False)
        area.widget().setAutoFillBackground(False)
        body.setMaximumWidth(look.px(MEASURE + 68))
        self._pages[section] = area
        self._stack.addWidget(area)

    def _make_editor(self, key: str, parent: QWidget) -> Editor:
        editor = Editor(self._look, find(Settings, key), parent)
        editor.changed.connect(self.changed)
        editor.reset.connect(self.reset)
        editor.set_preview(self._preview)
        self._editors[key] = editor
        return editor

    def _lay_out(self) -> None:
        self._head = QHBoxLayout()
        self._head.addWidget(self._title, 1)
        self._head.addWidget(self._close)
        below = QHBoxLayout()
        below.setSpacing(0)
        below.addWidget(self.tabs)
        below.addWidget(self._stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head)
        column.addLayout(below, 1)

    def _connect(self) -> None:
        self.tabs.chosen.connect(self.show_section)
        self.presets.chosen.connect(self.preset_chosen)
        self.presets.save.connect(self.preset_save)
        self.presets.delete.connect(self.preset_delete)
        self.presets.neutralise.connect(self.neutralise)
        self.places.reveal.connect(self.reveal_folder)
        self.places.erase.connect(self.delete_all)
        self.about.link_requested.connect(self.link_requested)
        self.safety.changed.connect(self.changed)
        self.safety.reset.connect(self.reset)

    def settle(self, section: str) -> None:
        """Whatever is written or was refused in a section gives way to what is shown next."""
        for key, editor in self._editors.items():
            if key.startswith(f"{section}."):
                editor.settle()

    def commit(self) -> None:
        """Tell what is being written, as when the cursor leaves it."""
        # All first: what one of them changes is shown in all others.
        written = [(editor, editor.unsent) for editor in self._editors.values()]
        for editor, text in written:
            if text is not None:
                editor.write(text)

    def go_on_from(self, before: "SettingsPage") -> None:
        """Show the section that another page showed, and what was refused or not yet sent there."""
        if not before._built:
            return
        self.show_section(before.section)
        self.network.token.setText(before.network.token.text())  # the hub shows it only once
        for key, editor in before._editors.items():
            if editor.refused is not None:
                self._editors[key].write(editor.refused)

    @property
    def section(self) -> str:
        """The one in front."""
        return next(name for name, tab in self.tabs.tabs.items() if tab.isChecked())

    # What it shows

    @Slot(str)
    def show_section(self, section: str) -> None:
        """Bring one section to the front."""
        self._build()
        self.tabs.choose(section)
        self._stack.setCurrentWidget(self._pages[section])

    def show_values(self, settings: Settings) -> None:
        """Show the settings as they are."""
        self._settings = settings
        if not self._built:
            return
        preset = find_preset(settings.preset, self._own).sampling
        model = self._model.defaults if self._model else NEUTRAL
        effective = self._model_sampling.over(preset).over(model).over(NEUTRAL)
        for key, editor in self._editors.items():
            own, source = None, self.tr("Automatic")
            if key.startswith("sampling."):
                name = key.partition(".")[2]
                own = getattr(effective, name)
                source = self.tr("New each time") if name == "seed" else self.tr("No limit")
                own = None if isinstance(own, tuple) else own
            editor.show(get(settings, key), own, source)
        self.presets.show_preset(settings.preset, self._own)
        self.safety.show_policy(settings.safety)

    def show_model(
        self, info: LoadedModelInfo | None, sampling: SamplingSettings = NOTHING_SET
    ) -> None:
        """Show the loaded model, or that there is none. `sampling` was set for it alone, and holds
        before what is set here."""
        self._model, self._model_sampling = info, sampling
        self.model_card.show_model(info)
        self.show_values(self._settings)

    def show_presets(self, own: Sequence[Preset]) -> None:
        """Offer these presets of the person's own beside the built-in ones."""
        self._own = tuple(own)

    def show_facts(self, facts: Facts) -> None:
        """Say where things are."""
        self._facts = facts
        self.network.show_facts(facts)
        self.places.show_facts(facts)
        self.about.show_facts(facts)

    def set_preview(self, preview: Preview) -> None:
        """Show under texts for the model which tokens they become."""
        self._preview = preview
        for editor in self._editors.values():
            editor.set_preview(preview)

    def set_try_filter(self, try_filter: Callable[[str], tuple[str, tuple[Mark, ...]]]) -> None:
        """What the safety page's field is tried with."""
        self.try_card.set_try_filter(try_filter)

    # How it looks

    @Slot()
    def _apply_look(self) -> None:
        px = self._look.px
        self._head.setContentsMargins(px(20), 0, px(14), 0)
        self._title.setFixedHeight(px(HEIGHT))
        for area in self._pages.values():
            body = area.widget().findChild(QWidget, "body")
            assert body is not None
            layout = body.layout()
            assert layout is not None
            layout.setContentsMargins(px(34), px(24), px(34), px(30))
            layout.setSpacing(px(14))
            body.setMaximumWidth(px(MEASURE + 68))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The page's ground and the hairline under its head."""
        painter, tokens = QPainter(self), self._look.tokens
        painter.fillRect(self.rect(), tokens.bg)
        painter.setPen(QPen(tokens.line, 1))
        height = self._look.px(HEIGHT)
        painter.drawLine(0, height - 1, self.width(), height - 1)


def _no_tokens(text: str, *, biased: bool = False) -> tuple[str, ...]:
    """No model is known yet."""
    return ()


def _centred(body: QWidget) -> QWidget:
    """A widget that keeps `body` at the left, no wider than its maximum."""
    body.setObjectName("body")
    frame = QWidget()
    row = QHBoxLayout(frame)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(body, 1)
    row.addStretch(0)
    return frame
