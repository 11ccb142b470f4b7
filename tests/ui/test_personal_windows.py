"""The two windows about personal data: before something goes out, and over what the history holds."""

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.clock import SystemClock
from desktop_llm.core.errors import TracesLeftError
from desktop_llm.core.events import Mark
from desktop_llm.core.messages import Message, Role
from desktop_llm.core.personal import Cleaned, Findings, Holder
from desktop_llm.ui.look import Look
from desktop_llm.ui.personal import GiveAway, ScanDialog, ask_give_away, found_words, kind_words

PIECES = [("personal.email", "a@b.co"), ("personal.email", "c@d.co"), ("secrets.github", "ghp_x")]


def test_each_rule_has_a_kind_in_words() -> None:
    assert kind_words("personal.phone.abroad") == "Phone numbers"
    assert kind_words("personal.us.ssn") == "Identity numbers"
    assert found_words(PIECES) == "E-mail addresses: 2, Passwords and keys: 1"


@pytest.mark.parametrize(
    ("button", "wanted"),
    [("Mask", GiveAway.MASK), ("Keep", GiveAway.KEEP), ("Cancel", GiveAway.CANCEL)],
)
def test_before_something_goes_out_a_person_is_asked(
    qtbot: QtBot, button: str, wanted: GiveAway
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert box.informativeText() == found_words(PIECES)
        next(b for b in box.buttons() if b.text() == button).click()

    QTimer.singleShot(50, parent, answer)
    assert ask_give_away(PIECES, parent) is wanted


def test_what_a_history_holds_is_shown_by_kind_and_some_kinds_can_be_left(
    look: Look, qtbot: QtBot
) -> None:
    text = "Ask a@b.co or 4111"
    marks = (Mark(4, 10, "personal", "personal.email", "mask"), Mark(14, 18, "personal", "personal.card", "mask"))  # fmt: skip
    message = Message("m", "c", None, Role.USER, text, SystemClock().now())
    holder = Holder("c", "Letter", message, (("text", Findings(text, marks)),))
    dialog = ScanDialog(look, None)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    assert not dialog.mask_button.isVisibleTo(dialog)
    dialog.show_found([holder])
    assert list(dialog.switches) == ["E-mail addresses", "Card numbers"]
    dialog.switches["Card numbers"].setChecked(False)
    with qtbot.waitSignal(dialog.wanted) as told:
        qtbot.mouseClick(dialog.delete_button, Qt.MouseButton.LeftButton)
    (holders, kinds), delete = told.args
    assert (holders, kinds, delete) == ((holder,), {"E-mail addresses"}, True)
    dialog.show_done(Cleaned(1), True)
    assert dialog.about.text() == "No trace of them is left in the history."
    assert dialog.title.text() == "1 places deleted"
    dialog.show_done(Cleaned(1, 1), True)
    assert "being written" in dialog.about.text()
    dialog.show_done(Cleaned(1, traces=TracesLeftError("It is in the log.", "It is read.")), True)
    assert dialog.about.text() == "It is in the log. It is read."
    dialog.show_found([])
    assert dialog.title.text() == "No personal data was found"
