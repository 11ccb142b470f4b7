"""What the safety filter's page asks for: the lock, the guard model, the policy file, the counts. Paints nothing."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLineEdit

from desktop_llm.core.errors import StoreError, UsageError, UserError
from desktop_llm.core.events import Mark
from desktop_llm.core.guards import Finding, Verdict
from desktop_llm.core.personal import Holder, clean, scan
from desktop_llm.core.policy import GuardSettings
from desktop_llm.core.safety_events import COUNTED
from desktop_llm.core.settings_tree import get, walk
from desktop_llm.ui.conversation.safety_words import category_words
from desktop_llm.ui.keeping import keep
from desktop_llm.ui.language import error_text, said
from desktop_llm.ui.look import Look
from desktop_llm.ui.personal import ScanDialog, kind_words
from desktop_llm.ui.services import Services
from desktop_llm.ui.settings.guard_dialog import GuardDialog
from desktop_llm.ui.settings.page import SettingsPage
from desktop_llm.ui.settings.safety_cards import LockState

SCAN = "scan the history"
TRY = "try the guard:"
"""How the names begin under which the worker answers what the guard model says of a text."""
POLICY_FILE = "safety-policy.toml"


class SafetyPresenter(QObject):
    """Signals: `failed(UserError)`, `said(str)`; `changed(key)` after the policy has changed;

    `scanning()` before the history is looked through; `drafts_changed(texts)` and
    `history_changed()` after drafts and other texts of it were rewritten.
    """

    failed = Signal(object)
    said = Signal(str)
    changed = Signal(str)
    scanning = Signal()
    drafts_changed = Signal(object)
    history_changed = Signal()

    def __init__(self, services: Services, look: Look, page: SettingsPage, parent: QObject) -> None:
        super().__init__(parent)
        self._services, self._look, self._page = services, look, page
        self._panel = page.safety
        self._scan: ScanDialog | None = None
        self._tried, self._tries = "", 0  # the text that the guard model was asked about last
        self._connect()

    def _connect(self) -> None:
        panel = self._panel
        panel.guard_change_wanted.connect(self.choose_guard)
        panel.export_wanted.connect(self.export_policy)
        panel.import_wanted.connect(self.import_policy)
        panel.scan_wanted.connect(self.scan_history)
        panel.events_card.cleared.connect(self.clear_events)
        panel.try_card.guard_wanted.connect(self.try_guard)
        panel.lock_card.unlock.connect(self.unlock)
        panel.lock_card.set_wanted.connect(self.set_pin)
        panel.lock_card.remove_wanted.connect(self.remove_pin)
        panel.lock_card.lock_wanted.connect(self.lock)
        self._services.inference.answered.connect(self.on_answered)
        lookups = self._services.supply.lookups
        lookups.finished.connect(self.on_scanned)
        lookups.failed.connect(self.on_scan_failed)
        lookups.progress.connect(self.on_scan_progress)

    @Slot()
    def refresh(self) -> None:
        """Show the guard model, this week's counts and the lock as they are now."""
        services = self._services
        try:
            counts = services.store.safety_counts(services.clock.now() - COUNTED)
        except UserError as error:
            self.failed.emit(error)
            return
        self._panel.show_counts(counts)
        self._panel.show_guard(services.safety.guard_state())
        if self._panel.categories is not None:
            self._panel.categories.show_rule_counts(services.safety.rule_counts())
        lock = services.settings.pin
        self._panel.show_lock(LockState(lock.is_set, lock.locked))

    # The lock

    @Slot(str)
    def unlock(self, pin: str) -> None:
        """Let the page be changed, if that is the PIN."""
        try:
            right = self._services.settings.pin.unlock(pin)
        except UserError as error:
            self._panel.lock_card.show_problem(error_text(error))
            return
        self._panel.lock_card.show_problem("" if right else self.tr("That is not the PIN."))
        self.refresh()

    @Slot()
    def lock(self) -> None:
        """Ask for the PIN again."""
        self._services.settings.pin.lock()
        self.refresh()

    @Slot()
    def set_pin(self) -> None:
        """Ask for a new PIN, twice, and lock with it from now on."""
        first = self._ask_pin(self.tr("A PIN of at least 4 characters:"))
        again = self._ask_pin(self.tr("The same PIN again:")) if first else None
        if again is None:
            return
        if again != first:
            self.failed.emit(UsageError(self.tr("The two PINs are not the same."),
                                        todo=self.tr("No PIN was set.")))  # fmt: skip
        else:
            self._do(lambda: self._services.settings.pin.set(first))

    @Slot()
    def remove_pin(self) -> None:
        """Do without a PIN."""
        self._do(self._services.settings.pin.remove)

    def _ask_pin(self, label: str) -> str | None:
        """What was typed; None where the question was cancelled."""
        hidden = QLineEdit.EchoMode.Password
        pin, accepted = QInputDialog.getText(self._page, self.tr("PIN"), label, hidden)
        return pin if accepted else None

    # The guard model

    @Slot()
    def choose_guard(self) -> None:
        """Choose another guard model, or none."""
        now = self._services.settings.values.safety.guard
        choices = self._services.safety.guard_choices()
        dialog = GuardDialog(self._look, choices, now, self._page)
        if dialog.exec():
            self.take_guard(dialog.settings())
        dialog.deleteLater()

    def take_guard(self, guard: GuardSettings) -> None:
        """Judge with that guard model from the next reply on."""
        # These keys alone: the command line may have changed others.
        changes = {f"safety.guard.{info.key}": get(guard, info.key) for info in walk(GuardSettings)}
        self._keep(lambda: self._services.settings.change_several(changes))

    @Slot(str)
    def try_guard(self, text: str) -> None:
        """Have the guard model judge a text, in the worker's thread."""
        judge = self._services.safety.judge
        self._tried, self._tries = text, self._tries + 1
        self._services.inference.call(f"{TRY}{self._tries}", lambda: judge(text))

    @Slot(str, object)
    def on_answered(self, name: str, result: Verdict | UserError) -> None:
        """Show what the guard model said, unless another text stands there by now."""
        if not name.startswith(TRY):
            return
        card = self._panel.try_card
        if name == f"{TRY}{self._tries}" and card.field.text() == self._tried:
            verdict = isinstance(result, Verdict)
            card.show_judgement(self._verdict_words(result) if verdict else error_text(result))
        self.refresh()

    # Personal data in the history

    @Slot()
    def scan_history(self) -> None:
        """Look for personal data in all that was said or is still to be, in a thread of its own."""
        store, find = self._services.store, self._services.safety.find_personal
        lookups = self._services.supply.lookups
        self._scan = ScanDialog(self._look, self._page)
        self._scan.wanted.connect(self.clean_history)
        self.scanning.emit()  # what is being written just now is kept, and so found, as well
        lookups.start(SCAN, lambda report, cancel: tuple(scan(store, find, report, cancel)))
        self._scan.exec()
        lookups.cancel(SCAN)
        self._scan.deleteLater()
        self._scan = None

    @Slot(str, object)
    def on_scanned(self, name: str, holders: tuple[Holder, ...]) -> None:
        """Show what was found in the history."""
        if name == SCAN and self._scan is not None:
            self._scan.show_found(holders)

    @Slot(str, object)
    def on_scan_failed(self, name: str, error: UserError) -> None:
        """Say that the history could not be looked through."""
        if name == SCAN and self._scan is not None:
            self._scan.show_failure(error_text(error))

    @Slot(str, object, object)
    def on_scan_progress(self, name: str, done: int, total: int) -> None:
        """Show how far it is."""
        if name == SCAN and self._scan is not None:
            self._scan.show_progress(done, total)

    @Slot(object, bool)
    def clean_history(
        self, chosen: tuple[tuple[Holder, ...], frozenset[str]], delete: bool
    ) -> None:
        """Mask or delete those kinds of what was found."""
        holders, kinds = chosen
        if self._scan is None:
            return
        try:
            wanted = lambda rule: kind_words(rule) in kinds  # noqa: E731
            find = self._services.safety.find_personal
            cleaned = clean(self._services.store, holders, find, wanted, delete=delete)
        except UserError as error:
            self._scan.show_failure(error_text(error))
            return
        self._scan.show_done(cleaned, delete)
        self.drafts_changed.emit(cleaned.drafts)
        self.history_changed.emit()

    def _verdict_words(self, verdict: Verdict) -> str:
        if verdict.finding is Finding.UNKNOWN:
            return self.tr("Guard model: no verdict. {why}").format(why=said(verdict.why))
        sure = "" if verdict.score is None else f" ({verdict.score:.0%})"
        if verdict.finding is Finding.SAFE:
            return self.tr("Guard model: harmless") + sure
        names = ", ".join(category_words(category) for category in verdict.categories)
        return self.tr("Guard model: {categories}").format(categories=names) + sure

    # The policy

    @Slot()
    def export_policy(self) -> None:
        """Write the policy to a file that the person chooses."""
        path, _ = QFileDialog.getSaveFileName(self._page, self.tr("Export"), POLICY_FILE)
        if not path:
            return
        text = self._services.safety.policy_text(self._services.settings.values.safety)
        try:
            self._services.write_file(Path(path), text)
        except OSError as error:
            self.failed.emit(StoreError(self.tr("The file could not be written."), str(error),
                                        self.tr("Choose another place.")))  # fmt: skip
        else:
            self.said.emit(self.tr("Exported"))

    @Slot()
    def import_policy(self) -> None:
        """Take the policy of a file that the person chooses, as a whole or not at all."""
        path, _ = QFileDialog.getOpenFileName(
            self._page, self.tr("Import"), "", self.tr("Policies (*.toml)")
        )
        if path:
            self._keep(lambda: self._take_policy(Path(path)))

    def _take_policy(self, path: Path) -> None:
        policy = self._services.safety.read_policy(path)
        self._page.settle("safety")  # what was refused belongs to the policy before
        self._services.settings.change_policy(policy)

    @Slot(object)
    def allow(self, mark: Mark) -> None:
        """What that rule found was harmless: leave it alone from now on."""
        allowed = self._services.settings.values.safety.allowed
        rule = mark.rule_alone
        if rule in allowed:
            return
        if self._keep(lambda: self._services.settings.change("safety.allowed", (*allowed, rule))):
            words = self.tr("The rule {rule} is off from the next reply on")
            self.said.emit(words.format(rule=rule))

    @Slot()
    def clear_events(self) -> None:
        """Forget what the filter did."""
        self._do(self._services.store.forget_safety_events)

    def _keep(self, change: Callable[[], object]) -> bool:
        """Change the policy. False where that was refused."""
        return self._do(lambda: keep(change, self.failed.emit))

    def _do(self, act: Callable[[], object]) -> bool:
        done = True
        try:
            act()
        except UserError as error:
            self.failed.emit(error)
            done = False
        self.changed.emit("safety")
        self.refresh()  # after the panel has the policy as it is now
        return done
