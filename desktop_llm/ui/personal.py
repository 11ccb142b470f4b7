"""Personal data before it goes out, and in the history: what was found, and what is to become of it.

Two small windows. They find nothing and change nothing.
"""

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QMessageBox,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.core.personal import Cleaned, Holder, counted
from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.switch import Switch
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.language import error_text
from desktop_llm.ui.look import Look
from desktop_llm.ui.settings.cards import Card, Row

SAMPLES, SAMPLE_LENGTH = 3, 40


def _tr(text: str) -> str:
    return QCoreApplication.translate("Personal", text)


class GiveAway(StrEnum):
    """What is done with personal data in something that goes out."""

    MASK = "mask"
    KEEP = "keep"
    CANCEL = "cancel"


def kind_words(rule: str) -> str:
    """What kind of data a rule finds, in the window's language."""
    category, _, name = rule.partition(".")
    if category == "secrets":
        return _tr("Passwords and keys")
    known = {
        "email": _tr("E-mail addresses"), "phone": _tr("Phone numbers"),
        "card": _tr("Card numbers"), "iban": _tr("Bank accounts"),
        "ipv4": _tr("Network addresses"), "ipv6": _tr("Network addresses"),
        "mac": _tr("Network addresses"),
    }  # fmt: skip
    return known.get(name.partition(".")[0], _tr("Identity numbers"))


def found_words(pieces: Sequence[tuple[str, str]]) -> str:
    """ "E-mail addresses: 2, Phone numbers: 1" """
    numbers = QLocale()
    counts = counted(pieces, kind_words)
    return ", ".join(f"{kind}: {numbers.toString(count)}" for kind, count in counts.items())


def ask_give_away(pieces: Sequence[tuple[str, str]], parent: QWidget) -> GiveAway:
    """Ask what is to become of personal data in something that is copied or exported."""
    box = QMessageBox(parent)
    box.setObjectName("personal data")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle("Desktop LLM")
    box.setText(_tr("This holds personal data."))
    box.setInformativeText(found_words(pieces))
    mask = box.addButton(_tr("Mask"), QMessageBox.ButtonRole.AcceptRole)
    keep = box.addButton(_tr("Keep"), QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(_tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(mask)
    box.setEscapeButton(cancel)
    box.exec()
    chosen = box.clickedButton()
    box.deleteLater()
    return {mask: GiveAway.MASK, keep: GiveAway.KEEP}.get(chosen, GiveAway.CANCEL)


class ScanDialog(QDialog):
    """What personal data the history holds. Signals: `wanted(holders, delete)`."""

    wanted = Signal(object, bool)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._holders: tuple[Holder, ...] = ()
        self.setWindowTitle(_tr("Personal data in my history"))
        self.title = Text(look, _tr("Looking through your history…"), self, size=17, weight=600)
        self.about = Text(look, _tr("Nothing leaves this computer."), self, size=13, color="muted")
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.viewport().setAutoFillBackground(False)
        self.switches: dict[str, Switch] = {}
        self.mask_button = QuietButton(look, _tr("Mask them"), self)
        self.mask_button.clicked.connect(self._on_mask)
        self.delete_button = QuietButton(look, _tr("Delete them"), self, danger=True)
        self.delete_button.clicked.connect(self._on_delete)
        self.close_button = QuietButton(look, _tr("Close"), self)
        self.close_button.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.mask_button, self.delete_button, self.close_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        edge = look.px(20)
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(look.px(10))
        for part in (self.title, self.about, self._area):
            column.addWidget(part)
        column.addLayout(buttons)
        self._offer(False)
        self.resize(look.px(600), look.px(460))

    def show_progress(self, done: int, total: int) -> None:
        """Show how many conversations were looked through."""
        numbers = QLocale()
        words = _tr("{done} of {total} conversations. Nothing leaves this computer.")
        shown = words.format(done=numbers.toString(done), total=numbers.toString(total))
        self.about.setText(shown)

    def show_found(self, holders: Sequence[Holder]) -> None:
        """Show what was found, a row for each kind with a switch to leave it out."""
        self._holders = tuple(holders)
        pieces = [piece for holder in holders for piece in holder.pieces]
        self.switches = {}
        card = Card(self._look, self._area)
        for kind, count in counted(pieces, kind_words).items():
            switch = Switch(self._look, kind, card)
            switch.setChecked(True)
            self.switches[kind] = switch
            card.add(Row(self._look, f"{kind}: {QLocale().toString(count)}",
                         _samples(kind, holders), switch, card))  # fmt: skip
        self._area.setWidget(_at_top(card, self._area))
        card.setVisible(bool(pieces))
        self._offer(bool(pieces))
        if not pieces:
            self.title.setText(_tr("No personal data was found"))
            self.about.setText(_tr(
                "Looked at every version of every message and at what is not sent yet, but not at "
                "replies that are being written."
            ))  # fmt: skip
            return
        self.title.setText(_tr("Personal data in my history"))
        self.about.setText(_tr(
            "Masking puts one sign in the place of each; deleting takes it out of the text. Both "
            "rewrite messages, and what is not sent yet, for good: no copy, log or search index "
            "keeps it."
        ))  # fmt: skip

    def show_done(self, cleaned: Cleaned, deleted: bool) -> None:
        """Say what was done."""
        words = _tr("{count} places deleted") if deleted else _tr("{count} places masked")
        self.title.setText(words.format(count=QLocale().toString(cleaned.pieces)))
        left = (
            _tr("A reply that is being written was left as it is. Look again when it has ended.")
            if cleaned.left
            else ""
        )
        traces = error_text(cleaned.traces) if cleaned.traces else ""
        told = "\n".join(filter(None, (left, traces)))
        self.about.setText(told or _tr("No trace of them is left in the history."))
        self._area.hide()
        self._offer(False)

    def show_failure(self, text: str) -> None:
        """Say that it could not be done."""
        self.title.setText(_tr("That did not work"))
        self.about.setText(text)
        self._offer(False)

    def _offer(self, offered: bool) -> None:
        self.mask_button.setVisible(offered)
        self.delete_button.setVisible(offered)

    @Slot()
    def _on_mask(self) -> None:
        self._want(delete=False)

    @Slot()
    def _on_delete(self) -> None:
        self._want(delete=True)

    def _want(self, *, delete: bool) -> None:
        chosen = {kind for kind, switch in self.switches.items() if switch.isChecked()}
        self._offer(False)
        self.wanted.emit((self._holders, frozenset(chosen)), delete)


def _samples(kind: str, holders: Sequence[Holder]) -> str:
    """Some of what was found, with the conversations it stands in."""
    lines = []
    for holder in holders:
        for rule, words in holder.pieces:
            if kind_words(rule) == kind and len(lines) < SAMPLES:
                shown = words if len(words) <= SAMPLE_LENGTH else words[:SAMPLE_LENGTH] + "…"
                lines.append(f"{shown} · {holder.title or _tr('New conversation')}")
    return "\n".join(dict.fromkeys(lines))


def _at_top(card: QWidget, parent: QWidget) -> QWidget:
    frame = QWidget(parent)
    column = QVBoxLayout(frame)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(card)
    column.addStretch(1)
    return frame
