"""Cards of the safety filter's page: categories, the guard model, trying a text, what happened, the lock.

They show a policy and tell what the person wants. They judge no text and keep no value.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale, QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_llm.core import settings_tree
from desktop_llm.core.events import Mark
from desktop_llm.core.guards import GuardState
from desktop_llm.core.policy import CATEGORIES, FilterAction, Level, Policy, Side
from desktop_llm.core.safety_events import SafetyCounts
from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.fields import LineField, PaintedField
from desktop_llm.ui.controls.segmented import Segmented
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.conversation.safety_words import category_words
from desktop_llm.ui.language import said
from desktop_llm.ui.look import Look
from desktop_llm.ui.settings.cards import Card, Row
from desktop_llm.ui.settings.words import choice_words, translated

TryFilter = Callable[[str], tuple[str, tuple[Mark, ...]]]
BLOCK, BAR = "█", "██████"
TRY_MS = 120


def _tr(text: str) -> str:
    return QCoreApplication.translate("SafetyCards", text)


@dataclass(frozen=True, slots=True)
class LockState:
    """Whether there is a PIN, and whether it has to be given before anything can be changed."""

    is_set: bool = False
    locked: bool = False


class CategoriesCard(Card):
    """An action for each category, in replies or in prompts. Signals: `changed(key, value)`, `reset(key)`."""

    changed = Signal(str, object)
    reset = Signal(str)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._policy = Policy()
        sides = [("replies", self.tr("In replies")), ("prompts", self.tr("In my messages"))]
        self.sides = Segmented(look, self.tr("Where"), sides, self)
        self.sides.choose("replies")
        self.sides.chosen.connect(self._on_side)
        self._head = Row(look, self.tr("What happens to what is found"), self._side_words(),
                         self.sides, self)  # fmt: skip
        self.add(self._head)
        self.rows: dict[str, tuple[Row, Segmented]] = {}
        self._abouts: dict[str, str] = {}
        options = [(action.value, choice_words(action.value)) for action in FilterAction]
        for category in CATEGORIES:
            described = settings_tree.find(Policy, f"replies.{category}").description
            title = category_words(category)
            actions = Segmented(look, title, options, self)
            actions.setObjectName(category)
            actions.chosen.connect(self._on_action)
            about = translated(described.help)
            self._abouts[category] = about
            row = Row(look, title, about, actions, self)
            row.setObjectName(category)
            row.reset.connect(self._on_reset)
            self.rows[category] = (row, actions)
            self.add(row)

    @property
    def _side(self) -> Side:
        return "prompts" if self.sides.value == "prompts" else "replies"

    def _side_words(self) -> str:
        if self._policy.level is Level.OFF:
            return self.tr(
                "The filter is off: nothing is looked for. This is what Balanced would do, with what you "
                "change here."
            )
        if self.sides.value == "prompts":
            return self.tr(
                "Checked before the model reads it. Mask hides it from the model; what a guard model "
                "finds is refused by Mask as by Block."
            )
        return self.tr(
            "Allow shows it, Warn marks it, Mask hides it, Block ends the reply there. What a guard "
            "model finds is stopped by Mask as by Block."
        )

    def show_rule_counts(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Say how many rules look for each category, by language."""
        for category, (row, _) in self.rows.items():
            parts = [
                _counted(language, count) for language, count in counts.get(category, {}).items()
            ]
            if parts:
                words = self.tr("{about} {counts}.").format(
                    about=self._abouts[category], counts=self.tr(", ").join(parts)
                )
                row.set_words(category_words(category), words)

    def show_policy(self, policy: Policy) -> None:
        """Show each category's action, its own or the level's."""
        self._policy = policy
        self._head.set_words(self.tr("What happens to what is found"), self._side_words())
        chosen = getattr(policy, self._side)
        for category, (row, actions) in self.rows.items():
            level = policy.level if policy.level is not Level.OFF else Level.BALANCED
            own: FilterAction | None = getattr(chosen, category)
            shown = own or Policy(level=level).level_action(category, self._side)
            actions.choose(shown.value)
            row.reset_button.setVisible(own is not None)

    @Slot(str)
    def _on_side(self, _side: str) -> None:
        self.show_policy(self._policy)

    @Slot(str)
    def _on_action(self, action: str) -> None:
        self.changed.emit(f"safety.{self._side}.{self.sender().objectName()}", action)

    @Slot()
    def _on_reset(self) -> None:
        self.reset.emit(f"safety.{self._side}.{self.sender().objectName()}")


def _counted(language: str, count: int) -> str:
    names = {
        "en": _tr("{count} rules in English"),
        "zh": _tr("{count} rules in Chinese"),
        "": _tr("{count} rules"),
    }  # fmt: skip
    words = names.get(language, f"{{count}} ({language})")
    return words.format(count=QLocale().toString(count))


class GuardRow(Row):
    """Which guard model judges, and what it costs. Signals: `wanted()` when another is to be chosen."""

    wanted = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        self.button = QuietButton(look, "", parent)
        super().__init__(look, "", "", self.button, parent)
        self.button.setText(self.tr("Change…"))
        self.button.setAccessibleName(self.tr("Change the guard model"))
        self.button.clicked.connect(self.wanted)
        self.show_state(GuardState())

    def show_state(self, state: GuardState) -> None:
        """Show the chosen model, and what went wrong with it the last time."""
        if not state.name:
            about = self.tr("None. The rules work alone; a guard model also judges what is meant.")
        elif state.judged:
            words = self.tr("{name} ({family}), {time} ms a judgement on this computer")
            time = QLocale().toString(round(state.mean_ms))
            about = words.format(name=state.name, family=state.family, time=time)
        else:
            words = self.tr("{name} ({family}). It is loaded with the next reply.")
            about = words.format(name=state.name, family=state.family)
        self.set_words(self.tr("Guard model"), about)
        self.show_problem(said(state.problem), aloud=False)


class TryCard(Card):
    """A field to try the filter on: what it makes of a text, and every rule that found something."""

    guard_wanted = Signal(str)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._try: TryFilter | None = None
        self._off = True
        self.field = PaintedField(look, self.tr("Text to try"), self)
        self.field.setPlaceholderText(self.tr("Write to me@example.org"))
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(TRY_MS)
        self._later.timeout.connect(self.run)
        self.field.textChanged.connect(self._on_text)
        self.ask_button = QuietButton(look, self.tr("Ask the guard model"), self)
        self.ask_button.clicked.connect(self._on_ask)
        self.ask_button.hide()
        self.result = Text(look, "", self, size=14)
        self.told = Text(look, "", self, size=12.5, color="muted")
        self.judged = Text(look, "", self, size=12.5, color="muted")
        self.add(Row(
            look, self.tr("Try it"), self.tr("What the filter would make of a reply, as it is set now."),
            self.field, self, below=True,
        ))  # fmt: skip
        self._below = QWidget(self)
        column = QVBoxLayout(self._below)
        column.setContentsMargins(0, look.px(12), 0, look.px(12))
        for part in (self.result, self.told, self.judged):
            column.addWidget(part)
        asking = QHBoxLayout()
        asking.addWidget(self.ask_button)
        asking.addStretch(1)
        column.addLayout(asking)
        self.add(self._below)
        self._below.hide()
        self.judged.hide()

    def set_try_filter(self, try_filter: TryFilter) -> None:
        """What is tried."""
        self._try = try_filter

    def show_level(self, level: Level) -> None:
        """Try it as the filter is set now."""
        self._off = level is Level.OFF
        self.run()

    def offer_guard(self, offered: bool) -> None:
        """Whether there is a guard model that could be asked as well."""
        self.ask_button.setVisible(offered)

    def show_judgement(self, words: str) -> None:
        """What the guard model says of the text."""
        self.judged.setText(words)
        self.judged.setVisible(bool(words))

    @Slot()
    def _on_text(self) -> None:
        self.show_judgement("")
        self._later.start()

    @Slot()
    def _on_ask(self) -> None:
        if self.field.text().strip():
            self.show_judgement(self.tr("The guard model is reading…"))
            self.guard_wanted.emit(self.field.text())

    @Slot()
    def run(self) -> None:
        """Try the text that is in the field."""
        self._later.stop()
        text = self.field.text()
        self._below.setVisible(bool(text.strip()) and self._try is not None)
        if not text.strip() or self._try is None:
            return
        result, marks = self._try(text)
        self.result.setText(result.replace(BLOCK, BAR))
        off = self.tr("The filter is off: nothing was looked for, every text passes as it is.")
        self.told.setText(off if self._off and not marks else _verdicts(marks))


def _verdicts(marks: tuple[Mark, ...]) -> str:
    if not marks:
        return _tr("Nothing was found; the text passes as it is.")
    names = {
        "mask": _tr("masked"), "warn": _tr("marked with a warning"),
        "block": _tr("the reply would end here"),
    }  # fmt: skip
    lines = [
        f"{category_words(mark.category)}: {names.get(mark.action, mark.action)} ({mark.rule})"
        for mark in marks
    ]
    return "\n".join(dict.fromkeys(lines))


class EventsCard(Card):
    """How often the filter did something this week, without a word of it. Signals: `cleared()`."""

    cleared = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self.button = QuietButton(look, self.tr("Clear list"), self)
        self.button.clicked.connect(self.cleared)
        self.row = Row(look, "", "", self.button, self)
        self.add(self.row)
        self.show_counts(SafetyCounts())

    def show_counts(self, counts: SafetyCounts) -> None:
        """Show these counts."""
        numbers = QLocale()
        title = self.tr("%n replies touched this week", "", counts.replies)
        listed = ", ".join(
            f"{category_words(one.category)} {numbers.toString(one.replies)}"
            for one in counts.by_category
        )
        about = self.tr("The filter has not had to do anything.")
        if listed or counts.older:
            kept = self.tr("Kept on this computer, by category, without the text.")
            about = f"{listed}. {kept}" if listed else kept
        self.row.set_words(title.replace("%n", numbers.toString(counts.replies)), about)
        self.button.setVisible(bool(counts.replies or counts.older))


class LockCard(Card):
    """The PIN. Signals: `unlock(pin)`, `set_wanted()`, `remove_wanted()`, `lock_wanted()`."""

    unlock = Signal(str)
    set_wanted = Signal()
    remove_wanted = Signal()
    lock_wanted = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self.field = LineField(look, self.tr("PIN"), self)
        self.field.setEchoMode(LineField.EchoMode.Password)
        self.field.setPlaceholderText(self.tr("PIN"))
        self.field.setMaximumWidth(look.px(140))
        # Not `committed`: whoever leaves it half typed, for another window perhaps, has given nothing.
        self.field.returnPressed.connect(self._on_pin)
        self.unlock_button = QuietButton(look, self.tr("Unlock"), self)
        self.unlock_button.clicked.connect(self._on_pin)
        self.set_button = QuietButton(look, self.tr("Set a PIN…"), self)
        self.set_button.clicked.connect(self.set_wanted)
        self.lock_button = QuietButton(look, self.tr("Lock now"), self)
        self.lock_button.clicked.connect(self.lock_wanted)
        self.remove_button = QuietButton(look, self.tr("Remove"), self)
        self.remove_button.setAccessibleName(self.tr("Remove the PIN"))
        self.remove_button.clicked.connect(self.remove_wanted)
        control = QWidget(self)
        beside = QHBoxLayout(control)
        beside.setContentsMargins(0, 0, 0, 0)
        for part in (self.field, self.unlock_button, self.set_button, self.remove_button,
                     self.lock_button):  # fmt: skip
            beside.addWidget(part)
        self.row = Row(look, "", "", control, self)
        self.add(self.row)
        self.show_lock(LockState())

    def show_lock(self, state: LockState) -> None:
        """Show whether a PIN is set and whether it must be given."""
        self.field.setVisible(state.locked)
        self.unlock_button.setVisible(state.locked)
        self.set_button.setVisible(not state.is_set)
        self.lock_button.setVisible(state.is_set and not state.locked)
        self.remove_button.setVisible(state.is_set and not state.locked)
        if state.locked:
            words = (self.tr("Locked with a PIN"), self.tr("Give it to change anything here."))
        elif state.is_set:
            words = (
                self.tr("Unlocked"), self.tr("It locks again when the app is closed, or now."))  # fmt: skip
        else:
            words = (
                self.tr("Lock with a PIN"),
                self.tr("Whoever does not know it can change nothing on this page. It keeps honest "
                        "people out, not somebody who owns this computer."))  # fmt: skip
        self.row.set_words(*words)

    def show_problem(self, text: str) -> None:
        """Say that this was not the PIN."""
        self.row.show_problem(text)

    @Slot()
    def _on_pin(self) -> None:
        pin = self.field.text()
        self.field.clear()
        if pin:
            self.unlock.emit(pin)
