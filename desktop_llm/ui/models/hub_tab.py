"""Searching the hub: the switch that allows it, what to look for, and what was found. Asks nobody itself."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_llm.core.fitting import Machine, largest
from desktop_llm.core.hub import HubModel, HubQuery
from desktop_llm.ui.controls.buttons import PrimaryButton
from desktop_llm.ui.controls.choice import Choice
from desktop_llm.ui.controls.fields import SearchField
from desktop_llm.ui.controls.flow import Flow
from desktop_llm.ui.controls.meter import ProgressLine
from desktop_llm.ui.controls.switch import Switch
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.models.entries import found
from desktop_llm.ui.models.listing import ModelList
from desktop_llm.ui.settings.cards import Card, Row

TASKS = ("text-generation", "text-classification", "feature-extraction")
LICENCES = ("apache-2.0", "mit", "llama3.2", "gemma", "cc-by-nc-4.0")
FORMS = ("safetensors", "gguf")
ANY, FITTING = "", "fits"


class HubTab(QWidget):
    """Signals: `searched(HubQuery)`, `opened(id)`, `online_changed(bool)`."""

    searched = Signal(object)
    opened = Signal(str)
    online_changed = Signal(bool)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._machine = Machine(0)
        self._asked = False
        self.switch = Switch(look, self.tr("Go online when I ask"), self)
        self.field = SearchField(look, self.tr("Search the model hub"), self)
        self.field.quiet = False
        self.button = PrimaryButton(look, self.tr("Search"), self)
        self.choices = self._make_choices()
        self.list = ModelList(look, self.tr("Found on the hub"), self)
        self.told = Text(look, "", self, size=13.5, color="muted")
        self.told.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.line = ProgressLine(look, self)
        self.line.hide()
        self._lay_out()
        self.switch.clicked.connect(self.online_changed)
        self.field.returnPressed.connect(self.search)
        self.button.clicked.connect(self.search)
        self.list.opened.connect(self.opened)
        self.setFocusProxy(self.field)
        look.changed.connect(self._apply_look)
        self._apply_look()
        self.show_online(False)

    def _make_choices(self) -> dict[str, Choice]:
        tr = self.tr
        tasks = [(ANY, tr("Any task")), (TASKS[0], tr("Writes text")),
                 (TASKS[1], tr("Classifies text")), (TASKS[2], tr("Embeds text"))]  # fmt: skip
        options = {
            "task": (tr("Task"), tasks),
            "licence": (tr("Licence"), [(ANY, tr("Any licence")), *((x, x) for x in LICENCES)]),
            "form": (tr("Format"), [(FORMS[0], "safetensors"), (FORMS[1], "GGUF"), (ANY, tr("Any format"))]),
            "size": (tr("Size"), [(FITTING, tr("Fits here")), (ANY, tr("Any size"))]),
        }  # fmt: skip
        made = {}
        for key, (name, values) in options.items():
            made[key] = Choice(self._look, name, values, self)
            made[key].chosen.connect(self._search_again)
        return made

    def _lay_out(self) -> None:
        self._card = Card(self._look, self)
        self._row = Row(
            self._look, self.tr("The app is offline"),
            self.tr("It connects to nothing. Switched on, it asks huggingface.co, and only when you "
                    "search, look at a model or fetch one. Settings, Privacy lists every connection."),
            self.switch, self._card,
        )  # fmt: skip
        self._card.add(self._row)
        self._top = QHBoxLayout()
        self._top.addWidget(self.field, 1)
        self._top.addWidget(self.button)
        self._filters = Flow()
        for choice in self.choices.values():
            self._filters.addWidget(choice)
        self._filters.addWidget(self.line)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._card)
        self._column.addLayout(self._top)
        self._column.addLayout(self._filters)
        self._column.addWidget(self.told)
        self._column.addWidget(self.list, 1)

    # What it shows

    def show_online(self, online: bool) -> None:
        """Whether the person allows connections."""
        self.switch.setChecked(online)
        self._card.setVisible(not online)
        for part in (self.field, self.button, *self.choices.values()):
            part.setEnabled(online)
        if not self._asked:
            self.told.setText(self.tr("Search by name, or press Search for what others use most.") if online else "")  # fmt: skip
        self.told.setVisible(bool(self.told.text()))

    def show_searching(self) -> None:
        """The hub is being asked."""
        self._asked = True
        self.line.setVisible(True)
        self.line.show_share(None)
        self._tell("")

    def show_found(
        self, models: Sequence[HubModel], machine: Machine, here: frozenset[str]
    ) -> None:
        """What the hub has."""
        self._machine = machine
        self.line.setVisible(False)
        self.list.show_entries(found(model, machine, model.id in here) for model in models)
        self._tell("" if models else self.tr("The hub has nothing like that. Try other filters."))

    def show_problem(self, text: str) -> None:
        """The search failed."""
        self.line.setVisible(False)
        self._tell(text)

    def set_machine(self, machine: Machine) -> None:
        """What "fits here" means."""
        self._machine = machine

    def _tell(self, text: str) -> None:
        self.told.setText(text)
        self.told.setVisible(bool(text))

    # What the person does

    @Slot()
    def search(self) -> None:
        """Ask for what is written and chosen."""
        chosen = {key: choice.value for key, choice in self.choices.items()}
        most = largest(self._machine) if chosen["size"] == FITTING else 0
        self.searched.emit(
            HubQuery(self.field.text().strip(), chosen["task"], chosen["licence"], chosen["form"], most)
        )  # fmt: skip

    @Slot()
    def _search_again(self) -> None:
        if self._asked:
            self.search()

    @Slot()
    def _apply_look(self) -> None:
        px = self._look.px
        self._top.setSpacing(px(8))
        self._filters.setSpacing(px(8))
        self._column.setSpacing(px(12))
