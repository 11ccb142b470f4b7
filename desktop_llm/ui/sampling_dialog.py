"""The sampling of one conversation: every value, over the preset's. Keeps nothing itself."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop_llm.core import settings_tree
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.ui.controls.buttons import PrimaryButton, QuietButton
from desktop_llm.ui.controls.tab_order import follow_layout
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.settings.cards import Card
from desktop_llm.ui.settings.editors import Editor
from desktop_llm.ui.settings.fold import Fold
from desktop_llm.ui.settings.words import Preview, order_words


class SamplingDialog(QDialog):
    """Signals: `changed(name, value)` at once for each value; `neutralise()`; `cleared()`."""

    changed = Signal(str, object)
    neutralise = Signal()
    cleared = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setWindowTitle(self.tr("Sampling of this conversation"))
        title = Text(look, self.windowTitle(), self, size=17, weight=600)
        about = Text(
            look, self.tr("Empty values are those of the preset and of the model."), self,
            size=13, color="muted",
        )  # fmt: skip
        self.editors: dict[str, Editor] = {}
        column = QVBoxLayout(self)
        edge = look.px(20)
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(look.px(10))
        column.addWidget(title)
        column.addWidget(about)
        column.addWidget(self._cards(), 1)
        column.addLayout(self._buttons())
        follow_layout(self)
        room = parent.window().height() - look.px(40)
        self.resize(look.px(700), min(look.px(700), room))

    def _cards(self) -> QScrollArea:
        body = QWidget(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._look.px(12))
        card, rare = Card(self._look, body), Card(self._look, body)
        for info in settings_tree.walk(SamplingSettings):
            place = rare if info.description.advanced else card
            editor = Editor(self._look, info, place)
            editor.changed.connect(self.changed)
            editor.reset.connect(self._on_reset)
            self.editors[info.key] = editor
            place.add(editor.row)
        self.advanced = Fold(self._look, self.tr("Advanced"), body)
        self.advanced.add(rare)
        self.advanced.add(Text(self._look, order_words(), body, size=12.5, color="muted"))
        column.addWidget(card)
        column.addWidget(self.advanced)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        area.viewport().setAutoFillBackground(False)
        body.setAutoFillBackground(False)
        return area

    def _buttons(self) -> QHBoxLayout:
        look = self._look
        neutral = QuietButton(look, self.tr("Neutralise"), self)
        neutral.setToolTip(self.tr("Switches every step off: the model's own probabilities"))
        clear = QuietButton(look, self.tr("Use the preset's values"), self)
        close = PrimaryButton(look, self.tr("Close"), self)
        for button in (neutral, clear):
            button.clicked.connect(self._settle)
        neutral.clicked.connect(self.neutralise)
        clear.clicked.connect(self.cleared)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(neutral)
        row.addWidget(clear)
        row.addStretch(1)
        row.addWidget(close)
        return row

    def set_preview(self, preview: Preview) -> None:
        """Show under texts for the model which tokens they become."""
        for editor in self.editors.values():
            editor.set_preview(preview)

    def show_values(self, own: SamplingSettings, below: SamplingSettings) -> None:
        """Show the conversation's own values, and what holds where they are empty."""
        for name, editor in self.editors.items():
            instead = getattr(below, name)
            source = self.tr("New each time") if name == "seed" else self.tr("No limit")
            shown = None if isinstance(instead, tuple) else instead
            editor.show(getattr(own, name), shown, source)
            if editor.info.description.advanced and getattr(own, name) is not None:
                self.advanced.unfold()

    @Slot()
    def _settle(self) -> None:
        for editor in self.editors.values():
            editor.settle()

    @Slot(str)
    def _on_reset(self, name: str) -> None:
        self.changed.emit(name, None)
