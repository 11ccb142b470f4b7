"""The questions of an empty conversation: as many as the view holds, whatever the size of the text."""

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.ui.conversation.greeting import QuestionCard
from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.look import Look

FOUR = ("one?", "two?", "three?", "four?")


def offered(view: ConversationView) -> list[QuestionCard]:
    """The cards that can be seen, from the first on."""
    return [card for card in view._greeting.cards if card.isVisible()]


def outside(view: ConversationView) -> list[str]:
    """What is offered and cannot be seen whole."""
    found, greeting = [], view._greeting
    for card in offered(view):
        seen = greeting.rect().contains(card.geometry())
        if not seen or not view.rect().contains(card.geometry().translated(greeting.pos())):
            found.append(card.text())
    return found


@pytest.mark.parametrize("zoom", [100, 150, 200, 240, 300])
@pytest.mark.parametrize("size", [(940, 620), (800, 420), (480, 360)])
def test_no_question_is_offered_where_nobody_can_scroll_to(
    view: ConversationView, look: Look, zoom: int, size: tuple[int, int]
) -> None:
    view.resize(*size)
    view.set_questions(FOUR)
    look.set_zoom(zoom)
    QApplication.processEvents()
    assert outside(view) == []
    cards = [card.text() for card in offered(view)]
    assert cards == list(FOUR[: len(cards)])


def test_large_text_leaves_the_questions_that_fit_and_small_text_brings_all_back(
    view: ConversationView, look: Look, qtbot: QtBot
) -> None:
    view.resize(940, 620)
    view.set_questions(FOUR)
    counts = []
    for zoom in (100, 240, 300, 100):
        look.set_zoom(zoom)
        qtbot.wait(10)
        counts.append(len(offered(view)))
    assert counts[0] == counts[3] == 4
    assert 4 > counts[1] > 0
    assert counts[1] >= counts[2]
    tall = view._greeting.height()
    view.set_questions(("another?",))
    assert [card.text() for card in offered(view)] == ["another?"]
    assert view._greeting.height() < tall
    assert outside(view) == []
