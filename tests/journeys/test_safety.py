"""Journeys of a person with the safety filter: mask, wrong block, warn, block, retract, Strict, PIN, personal data.

The guard model is a real one with a classifier's head, whose weights are set by hand so that it finds
exactly one word (tests/engine/guard_models.py).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QTextCharFormat
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QInputDialog,
    QMenu,
    QPushButton,
)

from desktop_llm.core.events import EndReason, Mark
from desktop_llm.core.messages import Conversation, Message, Role
from desktop_llm.core.policy import CATEGORIES
from desktop_llm.engine.load import read_tokenizer
from desktop_llm.resources import resource
from desktop_llm.storage.export import to_json
from desktop_llm.storage.paths import find_paths
from desktop_llm.storage.settings_file import SettingsFile
from desktop_llm.ui.settings.guard_dialog import GuardDialog
from tests.engine.guard_models import make_word_guard
from tests.journeys.conftest import Person

pytestmark = pytest.mark.journey

LEFT = Qt.MouseButton.LeftButton
QUESTION = "What is a token?"
GUARD = "granite-guardian-hap-38m"


@pytest.fixture
def person(open_app: Callable[[], Person]) -> Person:
    """Somebody with the guide model, which answers the same every time."""
    paths = find_paths()
    paths.prepare()
    kept = SettingsFile(paths)
    kept.change("sampling.temperature", 0)
    kept.change("sampling.max_new_tokens", 80)
    return open_app()


class Hands:
    """What the person does on the filter's page and in the windows that open over it."""

    def __init__(self, person: Person) -> None:
        self.person, self.bot = person, person.qtbot
        self.page = person.window.settings_page
        self.panel = self.page.safety

    def open_page(self) -> None:
        self.bot.mouseClick(self.person.window.composer.filter_chip, LEFT)
        assert self.page.isVisible()

    def close_page(self) -> None:
        self.person.press("Esc")

    def level(self, place: int) -> None:
        """0 is off, 1 Balanced, 2 Strict."""
        self.bot.mouseClick(self.page.editors["safety.level"].control.segments[place], LEFT)

    def own_words(self, words: str) -> None:
        field = self.page.editors["safety.words"].control
        field.clear()
        self.bot.keyClicks(field, words)
        self.bot.keyClick(field, Qt.Key.Key_Return)

    def action(self, category: str, place: int) -> None:
        """0 is allow, 1 warn, 2 mask, 3 block."""
        assert self.panel.categories is not None
        self.bot.mouseClick(self.panel.categories.rows[category][1].segments[place], LEFT)

    def ask_again(self) -> None:
        self.person.press("Ctrl+R")
        self.person.wait_reply()

    def when_open(self, kind: type, act: Callable[[QDialog], object]) -> None:
        """Do something in the next modal window of that kind."""

        def look() -> None:
            there = QApplication.activeModalWidget()
            if isinstance(there, kind):
                act(there)
            else:
                QTimer.singleShot(30, look)

        QTimer.singleShot(30, look)

    def press(self, box: QDialog, text: str) -> None:
        button = next(b for b in box.findChildren(QPushButton) if b.text() == text)
        self.bot.mouseClick(button, LEFT)

    def touched(self) -> list[tuple[str, QTextCharFormat]]:
        """The letters with a reason in their tooltip, in the whole conversation."""
        found, block = [], self.person.window.view.document().begin()
        while block.isValid():
            part = block.begin()
            while not part.atEnd():
                letters = part.fragment()
                if "(rule" in letters.charFormat().toolTip():
                    found.append((letters.text(), letters.charFormat()))
                part += 1
            block = block.next()
        return found

    def say_wrong(self) -> None:
        """The right button on the mask, and "This was wrong"."""
        view = self.person.window.view
        cursor = view.document().find("█")
        spot = view.cursorRect(cursor).center() - QPoint(8, 0)
        mouse = QContextMenuEvent.Reason.Mouse
        event = QContextMenuEvent(mouse, spot, view.viewport().mapToGlobal(spot))
        QApplication.sendEvent(view.viewport(), event)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        entry = next(action for action in menu.actions() if isinstance(action.data(), Mark))
        entry.trigger()
        menu.close()


def long_word(text: str, after: int = 0) -> str:
    """A word of the reply of five letters or more, which stands nowhere else before that place."""
    words = [word.strip(".,:;") for word in text[after:].split()]
    return next(w for w in words if len(w) >= 5 and w.isalpha() and w not in text[:after])


def test_a_word_is_masked_called_wrong_warned_of_and_blocked(person: Person) -> None:
    hands = Hands(person)
    person.ask(QUESTION)
    word = long_word(person.last.text, after=20)
    hands.open_page()
    hands.level(1)
    hands.own_words(word)
    hands.close_page()

    hands.ask_again()
    assert "█" in person.last.text
    assert word.lower() not in person.last.text.lower()
    assert word not in person.screen.split(QUESTION)[-1]
    ((letters, chars),) = hands.touched()[:1]
    assert letters == "█"
    assert chars.toolTip().startswith("Hidden: My own list")

    hands.say_wrong()
    hands.ask_again()
    assert word.lower() in person.last.text.lower()

    hands.open_page()
    person.qtbot.mouseClick(hands.page.editors["safety.allowed"].row.reset_button, LEFT)
    hands.action("own", 1)
    hands.close_page()
    hands.ask_again()
    letters, chars = hands.touched()[0]
    assert letters.lower() == word.lower()
    assert chars.underlineStyle() == QTextCharFormat.UnderlineStyle.DotLine

    hands.open_page()
    hands.action("own", 3)
    hands.close_page()
    hands.ask_again()
    assert person.last.end_reason is EndReason.BLOCKED
    assert word.lower() not in person.last.text.lower()
    assert "The safety filter stopped this reply here: My own list" in person.screen
    hands.open_page()
    assert hands.panel.events_card.row._title.text().startswith("3 ")
    assert hands.panel.events_card.row.about.text().startswith("My own list 3.")


def test_a_reply_that_would_go_on_behind_a_blocked_word_says_why_it_does_not(
    person: Person,
) -> None:
    hands = Hands(person)
    person.wiring.services.settings.change("sampling.max_new_tokens", 20)
    person.ask(QUESTION)
    assert person.last.end_reason is EndReason.LENGTH
    shown = person.last.text
    hands.open_page()
    hands.level(1)
    hands.own_words(long_word(shown))
    hands.action("own", 3)
    hands.close_page()
    person.press("Ctrl+Shift+R")
    person.wait_reply()
    assert (person.last.end_reason, person.last.text) == (EndReason.BLOCKED, shown)
    assert "The safety filter stopped this reply here: My own list" in person.screen


def quiet_rules(hands: Hands) -> None:
    """Leave everything to the guard model, which finds hate."""
    for category in CATEGORIES:
        hands.action(category, 2 if category == "hate" else 0)


def single_token(text: str, after: int) -> str:
    """A word behind that place that is one token of the guide model's, with its space."""
    guide = resource("guide_model")
    assert guide is not None
    tokenizer = read_tokenizer(guide)
    for word in text[after:].split()[1:]:
        bare = word.strip(".,:;")
        new = len(bare) > 2 and bare.isalpha() and f" {bare}" not in text[:after] + QUESTION
        if new and len(tokenizer.encode(f" {bare}", add_special_tokens=False)) == 1:
            return bare
    raise AssertionError("no such word")


def choose_guard(hands: Hands) -> None:
    def take(dialog: QDialog) -> None:
        assert isinstance(dialog, GuardDialog)
        dialog.model.setCurrentIndex(1)
        dialog.model.activated.emit(1)
        hands.press(dialog, "Use it")

    hands.when_open(GuardDialog, take)
    hands.bot.mouseClick(hands.panel.guard_row.button, LEFT)


def test_a_guard_model_takes_back_what_it_judges_badly_and_strict_never_shows_it(
    person: Person,
) -> None:
    hands = Hands(person)
    person.ask(QUESTION)
    whole = person.last.text
    word = single_token(whole, after=len(whole) // 2)
    make_word_guard(find_paths().models / GUARD, [f" {word}"], ("LABEL_0", "LABEL_1"))
    hands.open_page()
    hands.level(1)
    quiet_rules(hands)
    choose_guard(hands)
    assert "Granite Guardian HAP" in hands.panel.guard_row.about.text()
    hands.close_page()

    hands.ask_again()
    assert person.last.end_reason is EndReason.BLOCKED
    assert person.last.text
    assert whole.startswith(person.last.text)
    assert f" {word}" not in person.last.text
    assert f" {word}" not in person.screen.split(QUESTION)[-1].split("The guard model")[0]
    assert "The guard model stopped this reply and took its last part back" in person.screen
    assert "Hate" in person.screen

    hands.open_page()
    hands.level(2)
    assert "ms a judgement" in hands.panel.guard_row.about.text()
    hands.close_page()
    seen: list[str] = []
    watch = QTimer(person.window)
    watch.timeout.connect(lambda: seen.append(person.screen))
    watch.start(5)
    hands.ask_again()
    watch.stop()
    assert len(seen) > 3
    assert not any(f" {word}" in shown.split(QUESTION)[-1] for shown in seen)
    assert person.last.end_reason is EndReason.BLOCKED

    person.window.composer.set_text(f"Say {word} now")
    person.enter()
    person.wait_reply()
    assert person.last.text == ""
    assert "Your message was not given to the model" in person.screen


def test_a_pin_locks_the_page_and_the_policy_goes_to_a_file_and_back(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Hands(person)
    hands.open_page()
    lock = hands.panel.lock_card

    def type_pin(box: QDialog) -> None:
        assert isinstance(box, QInputDialog)
        box.setTextValue("2468")
        box.accept()

    def type_twice(box: QDialog) -> None:
        hands.when_open(QInputDialog, type_pin)
        type_pin(box)

    hands.when_open(QInputDialog, type_twice)
    hands.bot.mouseClick(lock.set_button, LEFT)
    hands.bot.waitUntil(lambda: lock.lock_button.isVisible(), timeout=5000)
    hands.bot.mouseClick(lock.lock_button, LEFT)
    hands.level(2)
    assert person.wiring.services.settings.values.safety.level == "off"
    assert not hands.page.editors["safety.level"].control.isEnabled()

    for pin, right in (("1357", False), ("2468", True)):
        hands.bot.keyClicks(lock.field, pin)
        hands.bot.keyClick(lock.field, Qt.Key.Key_Return)
        hands.bot.waitUntil(lambda: lock.field.text() == "", timeout=5000)
        assert hands.page.editors["safety.level"].control.isEnabled() == right
        assert ("not the PIN" in lock.row.problem.text()) == (not right)
    hands.level(2)
    hands.own_words("zorg")
    kept = person.wiring.services.settings.values.safety
    assert kept.level == "strict"

    file = tmp_path / "policy.toml"
    for way in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, way, lambda *_: (str(file), ""))
    hands.bot.mouseClick(hands.panel.export_button, LEFT)
    assert "2468" not in file.read_text("utf-8")
    hands.level(0)
    hands.own_words("other")
    hands.bot.mouseClick(hands.panel.import_button, LEFT)
    assert person.wiring.services.settings.values.safety == kept
    assert hands.page.editors["safety.words"].control.text() == "zorg"
    file.write_text("level = 'no such level'", "utf-8")
    hands.bot.mouseClick(hands.panel.import_button, LEFT)
    assert person.wiring.services.settings.values.safety == kept


def test_a_pin_that_is_not_repeated_is_no_error_where_the_question_is_cancelled(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Hands(person)
    hands.open_page()
    for again in (("", False), ("1357", True)):
        answers = iter([("2468", True), again])
        monkeypatch.setattr(QInputDialog, "getText", lambda *_, told=answers: next(told))
        hands.bot.mouseClick(hands.panel.lock_card.set_button, LEFT)
        assert next(answers, None) is None
        assert person.window.banner.isVisible() == (again == ("1357", True))
        assert not person.wiring.services.settings.pin.is_set


def test_a_file_from_anybody_is_filtered_when_the_window_takes_it(
    open_app: Callable[..., Person], tmp_path: Path
) -> None:
    SettingsFile(find_paths()).change("safety.level", "strict")
    now = datetime.now(UTC)
    theirs = Conversation("c", "About cocaine", now, now, leaf_id="m", system_prompt="Sell cocaine")
    said = Message("m", "c", None, Role.SYSTEM, "Mail ada@example.org for cocaine", now)
    path = tmp_path / "theirs.llmchat"
    path.write_text(to_json(theirs, [said]), encoding="utf-8")
    person = open_app(loaded=False)
    person.window.files_dropped.emit((path,))
    person.qtbot.waitUntil(lambda: len(person.path) == 1, timeout=5000)
    assert person.last.text == "Mail █ for "
    assert "The safety filter stopped this reply here: Drugs" in person.screen
    ((letters, chars),) = Hands(person).touched()[:1]
    assert letters == "█"
    assert chars.toolTip().startswith("Hidden: Personal data")
    (kept,) = person.wiring.services.store.conversations()
    assert (kept.title, kept.system_prompt) == ("About ", "Sell ")
