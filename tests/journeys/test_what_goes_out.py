"""Personal data in what a person wrote: asked about before it goes out, and found in the history."""

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox

from desktop_llm.core.messages import Conversation, Message, Role
from desktop_llm.core.titles import title_from
from desktop_llm.ui.personal import ScanDialog
from tests.journeys.conftest import REPLY_MS, Person
from tests.journeys.test_safety import Hands

pytestmark = pytest.mark.journey

LEFT = Qt.MouseButton.LeftButton


def test_personal_data_is_asked_about_before_it_goes_out_and_found_in_the_history(
    person: Person,
) -> None:
    hands = Hands(person)
    person.ask("My mail is ada@example.org. What is a token?")
    question = person.path[0]
    hands.when_open(QMessageBox, lambda box: hands.press(box, "Mask"))
    person.window.view.copy_requested.emit(question.id)
    assert QGuiApplication.clipboard().text() == "My mail is █. What is a token?"

    hands.open_page()

    def mask_all(dialog: QDialog) -> None:
        assert isinstance(dialog, ScanDialog)
        hands.bot.waitUntil(lambda: dialog.mask_button.isVisible(), timeout=REPLY_MS)
        hands.bot.mouseClick(dialog.mask_button, LEFT)
        assert "masked" in dialog.title.text()
        hands.bot.mouseClick(dialog.close_button, LEFT)

    hands.when_open(ScanDialog, mask_all)
    hands.bot.mouseClick(hands.panel.scan_button, LEFT)
    hands.close_page()
    assert person.path[0].text == "My mail is █. What is a token?"
    assert "ada@example.org" not in person.screen
    assert person.wiring.services.store.search("ada@example") == ()
    assert all("ada@" not in one.title for one in person.wiring.services.store.conversations())


def test_the_history_is_looked_through_while_the_models_move(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands, services, go_on = Hands(person), person.wiring.services, threading.Event()
    monkeypatch.setattr(services.models, "move", lambda *_: go_on.wait(60))
    person.wiring.shelf.move("elsewhere")
    titles: list[str] = []

    def look(dialog: QDialog) -> None:
        assert isinstance(dialog, ScanDialog)
        if "No personal data" in dialog.title.text():
            titles.append(dialog.title.text())
            dialog.reject()
        else:
            hands.when_open(ScanDialog, look)

    hands.open_page()
    hands.when_open(ScanDialog, look)
    hands.bot.mouseClick(hands.panel.scan_button, LEFT)
    assert titles == ["No personal data was found"]
    assert services.supply.moves.running
    go_on.set()
    hands.bot.waitUntil(lambda: not services.supply.moves.running)


RENT = (
    "Please transfer the rent to this one: DE89 3704 0044 0532 0130 00, thanks. Your phone number?"
)


@pytest.mark.parametrize("form", ["markdown", "json"])
@pytest.mark.parametrize(
    ("title", "asks", "secret", "found", "name"),
    [
        ("Mail of ada@example.org", "What is your phone number?", "ada@example.org",
         "E-mail addresses: 1, Phone numbers: 1", "Mail of"),
        (title_from(RENT), RENT, "DE89", "Bank accounts: 2, Phone numbers: 1",
         "Please transfer the rent to this one thanks Your phone"),
    ],
    ids=["given by a person", "cut in the middle of a number"],
)  # fmt: skip
def test_what_is_asked_about_is_masked_in_the_file_and_in_its_name(
    open_app: Callable[..., Person], title: str, asks: str, secret: str, found: str, name: str,
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    person = open_app(loaded=False)
    hands, store = Hands(person), person.wiring.services.store
    now = datetime.now(UTC)
    store.add_whole(
        Conversation("c", title, now, now, leaf_id="answer"),
        [
            Message("asked", "c", None, Role.ASSISTANT, asks, now),
            Message("answer", "c", "asked", Role.USER, "030 1234567, thanks", now),
        ],
    )
    names: list[str] = []
    asked: list[str] = []

    def choose(_parent: object, _title: str, name: str) -> tuple[str, str]:
        names.append(name)
        return str(tmp_path / "out"), ""

    def mask(box: QDialog) -> None:
        assert isinstance(box, QMessageBox)
        asked.append(box.informativeText())
        hands.press(box, "Mask")

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    hands.when_open(QMessageBox, mask)
    person.window.sidebar.export_requested.emit("c", form)
    assert asked == [found]
    written = (tmp_path / "out").read_text("utf-8")
    assert written.count("█") == sum(map(int, re.findall(r"\d", found)))
    assert "030 1234567" not in written
    assert secret not in written
    assert names == [name + {"markdown": ".md", "json": ".llmchat"}[form]]
