"""The right control for each kind of setting, with checks at once. Stores nothing.

An editor shows a value and tells what the person wants; what does not fit is refused here, with
the allowed range, before anyone else hears of it.
"""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QLocale, QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from desktop_llm.core.errors import SettingError
from desktop_llm.core.settings_tree import SettingInfo, allowed, check
from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.choice import Choice
from desktop_llm.ui.controls.fields import LineField, NumberField, TextArea, plain_number
from desktop_llm.ui.controls.keys_field import KeysField
from desktop_llm.ui.controls.segmented import Segmented
from desktop_llm.ui.controls.slider import Scale, SliderRow
from desktop_llm.ui.controls.switch import Switch
from desktop_llm.ui.language import error_text, said
from desktop_llm.ui.look import Look
from desktop_llm.ui.settings.cards import Row
from desktop_llm.ui.settings.words import (
    Preview,
    choice_words,
    help_words,
    token_words,
    translated,
)

SLIDER_MOST = 1000
"""Whole numbers with a wider range than this are written, not dragged."""
LONG_TEXTS = (
    "general.system_prompt",
    "system_prompt",
    "answer_pattern",
    "sampling.answer_pattern",
)


class Editor(QObject):
    """Signals: `changed(key, value)`, `reset(key)`. `row` is the widget to put into a card."""

    changed = Signal(str, object)
    reset = Signal(str)

    def __init__(self, look: Look, info: SettingInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self.info = look, info
        title, about = translated(info.description.title), help_words(info)
        self._line: LineField | None = None
        self._value: object = info.default
        self._own: object = None
        self._aloud = True
        self.control, below = self._make(title, parent)
        self.row = Row(look, title, about, self.control, parent, below=below)
        self.row.reset.connect(self._on_reset)
        self._preview: Preview | None = None
        if info.description.preview and isinstance(self.control, LineField):
            self.control.textChanged.connect(self._show_tokens)
        if self._field is not None:
            self._field.taken_back.connect(self._on_taken_back)

    @property
    def _field(self) -> LineField | None:
        """The line that the value is written into, where there is one."""
        if isinstance(self.control, SliderRow):
            return self.control.field
        field = self._line if self._line is not None else self.control
        return field if isinstance(field, LineField) else None

    def _make(self, title: str, parent: QWidget) -> tuple[QWidget, bool]:
        """The control, and whether it needs the whole width."""
        info = self.info
        if info.kind is bool:
            switch = Switch(self._look, title, parent)
            switch.clicked.connect(self._tell)
            return switch, False
        if info.choices:
            options = [(value, choice_words(value)) for value in info.choices]
            kind = Segmented if len(options) <= 3 else Choice
            chooser = kind(self._look, title, options, parent)
            chooser.chosen.connect(self._tell)
            return chooser, False
        if info.description.model:
            models = Choice(self._look, title, [("", _no_model())], parent)
            models.chosen.connect(self._tell)
            return models, False
        if info.kind in (int, float):
            return self._make_number(title, parent), False
        if info.key in LONG_TEXTS:
            area = TextArea(self._look, title, parent)
            area.committed.connect(self._tell)
            return area, True
        if info.description.keys:
            keys = KeysField(self._look, title, parent)
            keys.committed.connect(self._tell)
            return keys, False
        line = LineField(self._look, title, parent)
        line.committed.connect(self._tell)
        if self.info.description.check is not None:
            line.textEdited.connect(self._check_as_typed)
        return (self._with_button(line, parent) if info.description.folder else line), True

    def _with_button(self, line: LineField, parent: QWidget) -> QWidget:
        """The line, and a button that chooses a folder for it."""
        both = QWidget(parent)
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        button = QuietButton(self._look, QCoreApplication.translate("Editor", "Choose…"), both)
        title = translated(self.info.description.title)
        button.setAccessibleName(
            QCoreApplication.translate("Editor", "Choose a folder: {title}").format(title=title)
        )
        button.clicked.connect(self._choose_folder)
        row.addWidget(line, 1)
        row.addWidget(button)
        both.setFocusProxy(line)
        self._line = line
        return both

    @Slot()
    def _choose_folder(self) -> None:
        title = translated(self.info.description.title)
        folder = QFileDialog.getExistingDirectory(self.control, title)
        if folder:
            self._send(folder)

    def _make_number(self, title: str, parent: QWidget) -> QWidget:
        described = self.info.description
        low, high = described.minimum, described.maximum
        if low is None or high is None or (self.info.kind is int and high > SLIDER_MOST):
            field = NumberField(self._look, title, parent, width=120)
            field.committed.connect(self._written)
            field.stepped.connect(self._stepped)
            return field
        scale = Scale(low, high, described.step or 1, curved=high >= SLIDER_MOST)
        slider = SliderRow(self._look, title, scale, parent, field_width=92)
        slider.dragged.connect(self._dragged)
        slider.written.connect(self._written)
        return slider

    # Showing

    def show(self, value: object, own: object = None, source: str = "") -> None:
        """Show a value; where it is None, `own` is what holds instead and `source` whose it is.

        What is being written, or was refused, stays with what was said about it.
        """
        self._value, self._own = value, own
        if self._field is None or not self._field.unsettled:
            self.row.show_problem("")
        self._show_reset()
        control = self._line if self._line is not None else self.control
        if isinstance(control, Switch):
            control.setChecked(bool(own if value is None else value))
        elif isinstance(control, Segmented | Choice):
            control.choose(str(own if value is None else value))
        elif isinstance(control, KeysField):
            control.show_text(str(value))
        elif isinstance(control, TextArea | LineField) and not isinstance(control, NumberField):
            text = ", ".join(value) if isinstance(value, tuple) else str(value or "")
            control.show_text(text)
        else:
            self._show_number(value, own, source)

    def _show_reset(self) -> None:
        refused = self._field is not None and self._field.refused
        self.row.reset_button.setVisible(refused or self._value != self.info.default)

    def settle(self) -> None:
        """Whatever was written gives way to the value that is shown next."""
        if self._field is not None:
            self._field.settle()
        self.row.show_problem("")

    @property
    def unsent(self) -> str | None:
        """What is being written and was not told yet."""
        writing = self.control if isinstance(self.control, TextArea) else self._field
        return writing.unsent if writing is not None else None

    @property
    def refused(self) -> str | None:
        """What was written and cannot be the value, until it is corrected or taken back."""
        return self._field.text() if self._field is not None and self._field.refused else None

    def write(self, text: str) -> None:
        """As if the person had written that; what is wrong with it was said aloud before."""
        self._aloud = False
        if isinstance(self.control, TextArea):
            self.control.setPlainText(text)
            self.control.commit()
        elif self._field is not None:
            self._field.setText(text)
            self._field.commit()
        self._aloud = True

    def _show_number(self, value: object, own: object, source: str) -> None:
        text = "" if value is None else _number(value)
        hint = source if own is None else _number(own)
        if isinstance(self.control, SliderRow):
            first = float(value) if isinstance(value, int | float) else None
            second = float(own) if isinstance(own, int | float) else None
            self.control.show_value(first, text, second, hint)
        elif isinstance(self.control, NumberField):
            self.control.setPlaceholderText(hint)
            self.control.show_text(text)

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """The ids and names of the models that may be chosen; none is always offered."""
        if isinstance(self.control, Choice):
            self.control.clear()
            for model_id, name in (("", _no_model()), *models):
                self.control.addItem(name, model_id)
            self.control.updateGeometry()

    def set_preview(self, preview: Preview) -> None:
        """Show under a text for the model which tokens it becomes."""
        self._preview = preview
        if self.info.description.preview and isinstance(self.control, LineField):
            self._show_tokens(self.control.text())

    @Slot(str)
    def _show_tokens(self, text: str) -> None:
        biased = self.info.key.endswith("logit_bias")
        note = token_words(text, self._preview, biased=biased) if self._preview else ""
        self.row.show_note(note)

    # Telling

    @Slot(object)
    def _tell(self, value: object) -> None:
        self._send(value)

    @Slot(str)
    def _written(self, text: str) -> None:
        self._send(plain_number(text) if text.strip() else None)

    @Slot(float)
    def _dragged(self, value: float) -> None:
        self._send(int(value) if self.info.kind is int else value)

    @Slot(int)
    def _stepped(self, steps: int) -> None:
        now = self._value if isinstance(self._value, int | float) else self._own
        base = now if isinstance(now, int | float) else self.info.description.minimum or 0
        described = self.info.description
        value = base + steps * (described.step or 1)
        low, high = described.minimum, described.maximum
        value = min(value if high is None else high, max(value if low is None else low, value))
        self._send(int(value) if self.info.kind is int else value)

    @Slot(str)
    def _check_as_typed(self, text: str) -> None:
        """Say at once what is wrong with it; nobody else hears of it yet."""
        try:
            check(self.info, text)
        except SettingError as error:
            self.row.show_problem(error_text(error), aloud=False)
        else:
            self.row.show_problem("")

    def _send(self, value: object) -> None:
        if value is None and not self.info.optional:
            self._on_reset()
            return
        try:
            converted = check(self.info, value)
        except SettingError as error:
            self._refuse(error)
            return
        self.settle()
        self.changed.emit(self.info.key, converted)

    def _refuse(self, error: SettingError) -> None:
        if self._field is not None:
            self._field.refuse()
        self._show_reset()
        if self.info.description.check is not None:
            self.row.show_problem(error_text(error), aloud=self._aloud)
            return
        text = QCoreApplication.translate("Editor", "That does not fit. It must be {allowed}.")
        told = text.format(allowed=said([allowed(self.info, typed=True)]))
        self.row.show_problem(told, aloud=self._aloud)

    @Slot()
    def _on_taken_back(self) -> None:
        self.row.show_problem("")
        self._show_reset()

    @Slot()
    def _on_reset(self) -> None:
        self.settle()
        self.reset.emit(self.info.key)


def _no_model() -> str:
    return QCoreApplication.translate("Editor", "None")


def _number(value: object) -> str:
    """A number as it is written in this language, without groups."""
    numbers = QLocale()
    numbers.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
    if isinstance(value, int):
        return numbers.toString(value)
    return numbers.toString(float(str(value)), "g", 6)
