"""The chat template's card keeps what is being written on it, and lets go of it when it is asked to."""

import pytest
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.ui.look import Look
from desktop_llm.ui.models.template_card import TemplateCard


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def card(look: Look, page: QWidget) -> TemplateCard:
    return TemplateCard(look, page)


def type_behind(card: TemplateCard, text: str, qtbot: QtBot) -> None:
    card.field.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(card.field, text)


def test_what_is_written_stays_until_another_model_comes(card: TemplateCard, qtbot: QtBot) -> None:
    card.show_template("own\r\n", "")
    type_behind(card, "mine", qtbot)
    card.show_problem("It does not end.")
    card.show_template("own\r\n", "")
    assert card.field.toPlainText() == "own\nmine"
    assert not card.told.isHidden()
    assert card.save.isEnabled()
    card.begin()
    card.show_template("another", "")
    assert card.field.toPlainText() == "another"
    assert card.told.isHidden()
    assert not card.save.isEnabled()


def test_what_is_not_being_written_on_follows(card: TemplateCard, qtbot: QtBot) -> None:
    card.show_template("own\r\n", "")
    card.show_template("own\r\n", "edited")
    assert card.field.toPlainText() == "edited"
    type_behind(card, " further", qtbot)
    card.show_template("own\r\n", "edited further")  # it was checked, and is in use now
    assert not card.save.isEnabled()
    card.show_template("own\r\n", "")
    assert card.field.toPlainText() == "own\n"


def test_back_to_the_models_own_drops_what_was_written_since(
    card: TemplateCard, qtbot: QtBot
) -> None:
    card.restored.connect(lambda: card.show_template("own", ""))
    card.show_template("own", "edited")
    type_behind(card, " further", qtbot)
    card.restore.click()
    assert card.field.toPlainText() == "own"


def test_what_it_does_not_render_is_told_in_place_of_all(card: TemplateCard) -> None:
    card.show_template("own", "edited")
    card.show_tried("")
    assert card.told.text() == "It renders all conversations it was tried on."
    card.show_tried("It renders 8 of 10 conversations.")
    assert card.told.text() == "It renders 8 of 10 conversations."
    assert not card.told.isHidden()
