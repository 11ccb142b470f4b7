"""Cards of the settings that no single setting makes: presets, the model, places."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLocale, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QVBoxLayout, QWidget

from desktop_llm.core.models import LoadedModelInfo
from desktop_llm.core.sampling import BUILT_IN_PRESETS, Preset
from desktop_llm.core.sayings import Saying
from desktop_llm.ui.controls.buttons import IconButton, QuietButton
from desktop_llm.ui.controls.choice import Choice
from desktop_llm.ui.language import preset_words, said
from desktop_llm.ui.look import Look
from desktop_llm.ui.settings.cards import Card, Row


@dataclass(frozen=True, slots=True)
class Facts:
    """As `Places` has them, and the app's version."""

    version: str
    history: Path
    models: Path
    settings: Path
    logs: Path
    key: Saying
    portable: bool = False


class PresetCard(Card):
    """Signals: `chosen(name)`, `save(name)`, `delete(name)`, `neutralise()`."""

    chosen = Signal(str)
    save = Signal(str)
    delete = Signal(str)
    neutralise = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._shown: tuple[str, tuple[Preset, ...]] | None = None
        self.choice = Choice(look, self.tr("Preset"), [(p.name, p.name) for p in BUILT_IN_PRESETS])
        self.choice.chosen.connect(self.chosen)
        self.delete_button = IconButton(look, "trash", self.tr("Delete this preset"), self, size=15)
        self.delete_button.clicked.connect(self._on_delete)
        self.save_button = QuietButton(look, self.tr("Save as…"), self)
        self.save_button.clicked.connect(self._on_save)
        self.neutral_button = QuietButton(look, self.tr("Neutralise"), self)
        self.neutral_button.clicked.connect(self.neutralise)
        self.add(Row(
            look, self.tr("Preset"),
            self.tr("What new conversations start with. Values below change it where they are set."),
            _beside(self.delete_button, self.choice), self,
        ))  # fmt: skip
        self.add(Row(
            look, self.tr("Keep these values"), self.tr("Saves them as a preset with a name."),
            self.save_button, self,
        ))  # fmt: skip
        self.add(Row(
            look, self.tr("Neutral"),
            self.tr("Switches every step off: the model's own probabilities, as they are."),
            self.neutral_button, self,
        ))  # fmt: skip

    def show_preset(self, name: str, own: Sequence[Preset]) -> None:
        """Show that preset as chosen among the built-in and these."""
        if self._shown != (name, tuple(own)):
            self._shown = (name, tuple(own))
            self.choice.clear()
            for preset in (*BUILT_IN_PRESETS, *own):
                self.choice.addItem(preset_words(preset.name), preset.name)
            self.choice.choose(name)
        self.delete_button.setVisible(name in {preset.name for preset in own})

    @Slot()
    def _on_save(self) -> None:
        title, label = self.tr("Save preset"), self.tr("Name of the preset:")
        name, accepted = QInputDialog.getText(self, title, label)
        if accepted and name.strip():
            self.save.emit(name.strip())

    @Slot()
    def _on_delete(self) -> None:
        self.delete.emit(self.choice.value)


class ModelCard(Card):
    """What is loaded, and on what."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self.row = Row(look, self.tr("No model is loaded"), self._hint(), None, self)
        self.add(self.row)

    def _hint(self) -> str:
        return self.tr("Choose one in the menu at the top (Ctrl+Shift+M).")

    def show_model(self, info: LoadedModelInfo | None) -> None:
        """Show the loaded model, or that there is none."""
        if info is None:
            self.row.set_words(self.tr("No model is loaded"), self._hint())
            return
        numbers = QLocale()
        size = numbers.toString(info.parameters / 1e6, "f", 0 if info.parameters >= 1e7 else 1)
        window = numbers.toString(info.context_window)
        about = self.tr(
            "{architecture}, {size} million parameters, reads up to {window} tokens. "
            "Runs in {precision} on {device}. {reason}"
        ).format(
            architecture=info.architecture, size=size, window=window, precision=info.precision,
            device=info.device.upper(), reason=said(info.reasons),
        )  # fmt: skip
        self.row.set_words(info.model.name, about)


class PlacesCard(Card):
    """Signals: `reveal(folder)`, `erase()`. Where everything is, and the way to be rid of it."""

    reveal = Signal(str)
    erase = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._look = look
        self._rows: dict[str, tuple[Row, QuietButton | None]] = {}
        titles = {
            "key": self.tr("Key of the history"), "history": self.tr("History"),
            "settings": self.tr("Settings"), "models": self.tr("Models"), "logs": self.tr("Log"),
        }  # fmt: skip
        for name, title in titles.items():
            button = None if name == "key" else QuietButton(look, self.tr("Open folder"), self)
            if button is not None:
                button.setAccessibleName(self.tr("Open folder: {name}").format(name=title))
                button.setObjectName(name)
                button.clicked.connect(self._on_reveal)
            row = Row(look, title, "", button, self)
            self._rows[name] = (row, button)
            self.add(row)
        self.erase_button = QuietButton(look, self.tr("Delete all…"), self, danger=True)
        self.erase_button.clicked.connect(self.erase)
        self.add(Row(
            look, self.tr("Delete all conversations"),
            self.tr("Erases the whole history from the disk. This cannot be undone."),
            self.erase_button, self,
        ))  # fmt: skip
        self._folders: dict[str, Path] = {}

    def show_facts(self, facts: Facts) -> None:
        """Show where things are."""
        places = {"history": facts.history, "settings": facts.settings, "models": facts.models,
                  "logs": facts.logs}  # fmt: skip
        encrypted = self.tr("Encrypted with SQLCipher. {path}")
        for name, path in places.items():
            text = encrypted.format(path=path) if name == "history" else str(path)
            self._rows[name][0].about.setText(text)
            self._rows[name][0].about.show()
            self._folders[name] = path if name in ("models", "logs") else path.parent
        self._rows["key"][0].about.setText(said([facts.key]))
        self._rows["key"][0].about.show()

    @Slot()
    def _on_reveal(self) -> None:
        button = self.sender()
        if button is not None:
            self.reveal.emit(str(self._folders[button.objectName()]))


def _beside(*widgets: QWidget) -> QWidget:
    frame = QWidget()
    row = QHBoxLayout(frame)
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget)
    return frame


def _stacked(*widgets: QWidget) -> QWidget:
    frame = QWidget()
    column = QVBoxLayout(frame)
    column.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        column.addWidget(widget)
    return frame
