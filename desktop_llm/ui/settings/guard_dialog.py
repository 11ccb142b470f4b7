"""A small window to choose the guard model, and to say what an unknown classifier's labels mean. Keeps nothing."""

import math
from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QScrollArea, QVBoxLayout, QWidget

from desktop_llm.core.guards import GuardChoice
from desktop_llm.core.policy import JUDGED, GuardSettings, label_and_category
from desktop_llm.ui.controls.choice import Choice
from desktop_llm.ui.controls.fields import plain_number
from desktop_llm.ui.controls.slider import Scale, SliderRow
from desktop_llm.ui.controls.switch import Switch
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.conversation.safety_words import category_words
from desktop_llm.ui.look import Look
from desktop_llm.ui.settings.cards import Card, Row

MOST_LABELS = 30
WIDE, LABELS_HIGH = 620, 210


class GuardDialog(QDialog):
    """Accepted: `settings()` is what is wanted."""

    def __init__(
        self, look: Look, choices: Sequence[GuardChoice], now: GuardSettings, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._look, self._choices = look, {c.model_id: c for c in choices}
        self._meanings: dict[str, Choice] = {}
        self._shown = now.model
        self._given = {now.model: dict(label_and_category(entry) for entry in now.labels)}
        self._threshold = now.threshold
        self.setWindowTitle(self.tr("Guard model"))
        title = Text(look, self.tr("Guard model"), self, size=17, weight=600)
        about = Text(look, self.tr(
            "A second model that judges your messages and each part of a reply. It runs on this "
            "computer too, and takes memory and time. Fetch one as you fetch any model."
        ), self, size=13, color="muted")  # fmt: skip
        names = [(choice.model_id, _named(choice)) for choice in choices]
        self.model = Choice(look, self.tr("Guard model"), [("", self.tr("None")), *names])
        self.model.choose(now.model if now.model in self._choices else "")
        self.model.chosen.connect(self._show_labels)
        self.family = Text(look, "", self, size=12.5, color="muted")
        self._labels = QScrollArea(self)
        self._labels.setWidgetResizable(True)
        self._labels.setFrameShape(QScrollArea.Shape.NoFrame)
        self._labels.viewport().setAutoFillBackground(False)
        self.several = Switch(look, self.tr("Several labels at once"), self)
        self.several.setChecked(now.several)
        self.several.hide()
        scale = Scale(0.0, 1.0, 0.05, curved=False)
        self.threshold = SliderRow(look, self.tr("Threshold"), scale, self)
        self.threshold.dragged.connect(self._on_threshold)
        self.threshold.written.connect(self._on_written)
        self.threshold.show_value(now.threshold, f"{now.threshold:g}", None, "")
        card = Card(look, self)
        card.add(Row(look, self.tr("How sure it must be"),
                     self.tr("From this probability on, a text counts as harmful."),
                     self.threshold, self))  # fmt: skip
        buttons = QDialogButtonBox(self)
        keep = buttons.addButton(self.tr("Use it"), QDialogButtonBox.ButtonRole.AcceptRole)
        keep.setDefault(True)
        buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        edge = look.px(20)
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(look.px(10))
        for part in (title, about, self.model, self.family, self._labels, card):
            column.addWidget(part)
        column.addStretch(1)
        column.addWidget(buttons)
        self._show_labels()

    @Slot()
    def _show_labels(self, _model: str = "") -> None:
        """Where the app does not know the model, ask what its labels mean."""
        choice = self._choices.get(self.model.value)
        unknown = choice is not None and not choice.family
        if self._meanings:
            self._given[self._shown] = self._labels_meant()
        self._shown, self._meanings = self.model.value, {}
        self._labels.setVisible(unknown)
        self._labels.setMinimumHeight(self._look.px(LABELS_HIGH) if unknown else 0)
        self.resize(self._look.px(WIDE), self._look.px(580 if unknown else 360))
        self.family.setText(self._about(choice))
        if choice is None or not unknown:
            return
        known = self._given.get(choice.model_id, {})
        card = Card(self._look, self._labels)
        options = [("", self.tr("Not used"))]
        options += [(name, category_words(name)) for name in JUDGED]
        for label in choice.labels[:MOST_LABELS]:
            meaning = Choice(self._look, label, options)
            category = known.get(label, "")
            meaning.choose(category if category in JUDGED else "")
            self._meanings[label] = meaning
            card.add(Row(self._look, label, "", meaning, card))
        self.several.setParent(None)
        card.add(Row(
            self._look, self.tr("Several labels at once"),
            self.tr("Each label has a probability of its own. Otherwise one of them is right."),
            self.several, card,
        ))  # fmt: skip
        self.several.show()
        old = self._labels.takeWidget()
        if old is not None:
            old.deleteLater()
        self._labels.setWidget(card)

    def _about(self, choice: GuardChoice | None) -> str:
        if choice is None:
            if not self._choices:
                return self.tr("No model in your models folder can judge texts.")
            return self.tr("The rules work alone.")
        if choice.family:
            return self.tr("Read as {family}.").format(family=choice.family)
        return self.tr("The app does not know this model. Say what its labels mean; a label that is not used changes nothing.")  # fmt: skip

    @Slot(float)
    def _on_threshold(self, value: float) -> None:
        self._threshold = round(value, 2)
        self.threshold.show_value(value, f"{self._threshold:g}", None, "")

    @Slot(str)
    def _on_written(self, text: str) -> None:
        """A number beyond an end of the slider is that end; what is none gives way to the number before."""
        try:
            number = float(plain_number(text))
        except ValueError:
            number = math.nan
        self._on_threshold(self._threshold if math.isnan(number) else min(1.0, max(0.0, number)))

    def _labels_meant(self) -> dict[str, str]:
        return {label: meaning.value for label, meaning in self._meanings.items()}

    def settings(self) -> GuardSettings:
        """What was chosen."""
        pairs = self._labels_meant().items()
        labels = tuple(f"{label} = {category}" for label, category in pairs if category)
        return GuardSettings(self.model.value, self._threshold, labels, self.several.isChecked())


def _named(choice: GuardChoice) -> str:
    return f"{choice.name} ({choice.family})" if choice.family else choice.name
