"""Messages above those that are in the document: they go on, and come into it as they are by then."""

import pytest
from pytestqt.qtbot import QtBot

from desktop_llm.core.events import Checked, Delta, Mark, Retract
from desktop_llm.ui.conversation.paging import PAGE
from desktop_llm.ui.conversation.view import ConversationView
from tests.ui.saying import replied, running, said

BAD = Mark(8, 11, "drugs", "drugs.en.1", "mask")


@pytest.fixture
def far(view: ConversationView) -> ConversationView:
    """A view that shows a long conversation; a reply far above its page goes on from "One"."""
    after = [said(f"m{number}", "later words") for number in range(PAGE + 10)]
    view.show_path([said("q", "Hello"), running("r", "One"), *after])
    assert view._doc.find("r") is None
    return view


def test_a_reply_that_goes_on_above_is_whole_when_it_is_scrolled_to(
    far: ConversationView, qtbot: QtBot
) -> None:
    far.feed("r", Delta(" two"))
    far.feed("unknown", Delta("ignored"))
    far.scroll_to_message("r")
    assert "One two" in far.toPlainText()
    far.feed("r", Delta(" three"))
    qtbot.waitUntil(lambda: "One two three" in far.toPlainText())


def test_what_was_taken_back_above_does_not_come_into_view(far: ConversationView) -> None:
    for event in (Delta(" two"), Checked(7), BAD, Delta(" bad words"), Retract(7), Delta(" good")):
        far.feed("r", event)
    far.scroll_to_message("r")
    item = far._doc.find("r")
    assert item is not None
    assert (item.text, item.checked, item.marks) == ("One two good", 7, [])
    assert "One two good" in far.toPlainText()


def test_what_came_above_can_be_taken_back_when_it_is_in_view(
    far: ConversationView, qtbot: QtBot
) -> None:
    for event in (Checked(3), Delta(" two"), BAD, Delta(" bad words")):
        far.feed("r", event)
    far.scroll_to_message("r")
    item = far._doc.find("r")
    assert item is not None
    assert item.marks == [BAD]
    far.feed("r", Retract(7))
    qtbot.waitUntil(lambda: "bad" not in far.toPlainText())
    assert "One two" in far.toPlainText()


def test_a_reply_that_ended_above_has_ended_when_it_is_scrolled_to(far: ConversationView) -> None:
    far.feed("r", Delta(" two"))
    far.finish(replied("r", "One two three."))
    far.scroll_to_message("r")
    item = far._doc.find("r")
    assert item is not None
    assert not item.running
    assert "One two three." in far.toPlainText()
