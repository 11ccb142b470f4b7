"""The safety filter's page: one switch with three levels, and below it what each of them does.

Puts the cards together and tells what the person wants. Judges nothing and keeps no value.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_llm.core.guards import GuardState
from desktop_llm.core.policy import Level, PersonalData, Policy
from desktop_llm.core.safety_events import SafetyCounts
from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.tab_order import follow_layout
from desktop_llm.ui.look import Look
from desktop_llm.ui.settings.cards import Card, Row
from desktop_llm.ui.settings.editors import Editor
from desktop_llm.ui.settings.fold import Fold
from desktop_llm.ui.settings.safety_cards import (
    CategoriesCard,
    EventsCard,
    GuardRow,
    LockCard,
    LockState,
    TryCard,
)

LISTS = ("words", "patterns", "allowed")
KINDS = tuple(PersonalData.__dataclass_fields__)

MakeEditor = Callable[[str, QWidget], Editor]


class SafetyPanel(QWidget):
    """Signals: `changed(key, value)`, `reset(key)`; the others are wishes, see their names."""

    changed = Signal(str, object)
    reset = Signal(str)
    guard_change_wanted = Signal()
    export_wanted = Signal()
    import_wanted = Signal()
    scan_wanted = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._policy = Policy()
        self.lock_card = LockCard(look, self)
        self.try_card = TryCard(look, self)
        self.events_card = EventsCard(look, self)
        self.guard_row = GuardRow(look, self)
        self.guard_row.wanted.connect(self.guard_change_wanted)
        self.categories: CategoriesCard | None = None
        self._level: Editor | None = None
        self._lockable: list[QWidget] = []
        self._locked = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(look.px(14))

    def build(self, make: MakeEditor) -> None:
        """Make the cards, with an editor for each setting that has one."""
        look = self._look
        top = Card(look, self)
        self._level = make("safety.level", top)
        top.add(self._level.row)
        top.add(self.guard_row)
        self.categories = CategoriesCard(look, self)
        self.categories.changed.connect(self.changed)
        self.categories.reset.connect(self.reset)
        lists = self._card_of([make(f"safety.{name}", self) for name in LISTS])
        kinds = Fold(look, self.tr("Kinds of personal data"), self)
        kinds.add(self._card_of([make(f"safety.personal.{name}", self) for name in KINDS]))
        self._lockable = [top, self.categories, lists, kinds, self.events_card.button]
        parts: Sequence[QWidget] = (
            top, self.try_card, self.categories, lists, kinds, self._scan_card(),
            self.events_card, self._file_card(), self.lock_card,
        )  # fmt: skip
        for part in parts:
            self._column.addWidget(part)
        self._apply_lock()

    def _card_of(self, editors: Sequence[Editor]) -> Card:
        card = Card(self._look, self)
        for editor in editors:
            card.add(editor.row)
        return card

    def _scan_card(self) -> Card:
        self.scan_button = QuietButton(self._look, self.tr("Scan my history…"), self)
        self.scan_button.clicked.connect(self.scan_wanted)
        card = Card(self._look, self)
        card.add(Row(
            self._look, self.tr("Personal data in my history"),
            self.tr("Shows what is there, to mask or delete it. Nothing leaves this computer."),
            self.scan_button, self,
        ))  # fmt: skip
        return card

    def _file_card(self) -> Card:
        self.export_button = QuietButton(self._look, self.tr("Export…"), self)
        self.export_button.setAccessibleName(self.tr("Export the policy"))
        self.export_button.clicked.connect(self.export_wanted)
        self.import_button = QuietButton(self._look, self.tr("Import…"), self)
        self.import_button.setAccessibleName(self.tr("Import a policy"))
        self.import_button.clicked.connect(self.import_wanted)
        self._lockable.append(self.import_button)
        buttons = QWidget(self)
        beside = QHBoxLayout(buttons)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self.export_button)
        beside.addWidget(self.import_button)
        card = Card(self._look, self)
        card.add(Row(
            self._look, self.tr("Policy file"),
            self.tr("All of this page, but the PIN, as one file that people can read."),
            buttons, self,
        ))  # fmt: skip
        return card

    # What it shows

    def show_policy(self, policy: Policy) -> None:
        """Show the policy as it is."""
        self._policy = policy
        if self.categories is not None:
            self.categories.show_policy(policy)
        self.try_card.show_level(policy.level)

    def show_guard(self, state: GuardState) -> None:
        """Show the guard model."""
        self.guard_row.show_state(state)
        self.try_card.offer_guard(bool(state.name) and self._policy.level is not Level.OFF)

    def show_counts(self, counts: SafetyCounts) -> None:
        """Show what the filter did this week."""
        self.events_card.show_counts(counts)

    def show_lock(self, state: LockState) -> None:
        """Show whether a PIN locks the page; where it does, nothing can be changed."""
        self._locked = state.locked
        self.lock_card.show_lock(state)
        self._apply_lock()

    def _apply_lock(self) -> None:
        for part in self._lockable:
            part.setEnabled(not self._locked)
        # Who is asked for the PIN must find where to give it.
        place = self._column.indexOf(self.lock_card)
        wanted = 0 if self._locked else self._column.count() - 1
        if place >= 0 and place != wanted:
            self._column.removeWidget(self.lock_card)
            self._column.insertWidget(wanted, self.lock_card)
            follow_layout(self)
