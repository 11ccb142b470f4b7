"""A message's menu by key: what the safety filter did is told, and may have been wrong, without a mouse."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from desktop_llm.core.events import UNCHECKED, Delta, EndReason, Event, Mark, Retract
from desktop_llm.ui.conversation.view import ConversationView
from tests.ui.saying import marked, replied, running, said

MASKED = Mark(3, 4, "profanity", "profanity.en.2", "mask")
WARNED = Mark(9, 14, "drugs", "drugs.en.1", "warn")
TWICE = Mark(15, 19, "drugs", "drugs.en.1", "warn")
GUARDED = Mark(0, 2, "hate", "guard.reply", "warn")
UNREAD = Mark(0, 0, UNCHECKED, "guard.reply", "warn")
OTHER = Mark(0, 5, "own", "own.1", "mask")
WRONG = "This was wrong: always allow"


@pytest.fixture
def told(view: ConversationView) -> Iterator[ConversationView]:
    """Two replies of which the filter touched words; the text cursor is in the first one."""
    first = marked(replied("a", "█████ is first"), OTHER)
    second = marked(replied("b", "It █ and pills pot here"), MASKED, WARNED, TWICE, GUARDED, UNREAD)
    view.show_path([said("q", "Hi"), first, said("q2", "More"), second])
    put_cursor(view, "█████")
    yield view
    close_menu()


def put_cursor(view: ConversationView, text: str) -> None:
    cursor = view.document().find(text)
    cursor.setPosition(cursor.selectionStart())
    view.setTextCursor(cursor)


def close_menu() -> None:
    menu = QApplication.activePopupWidget()
    if menu is not None:
        menu.close()


def menu_by_key(view: ConversationView) -> QMenu | None:
    """The menu that opens on the menu key."""
    place = QPoint(0, 0)
    by_key = QContextMenuEvent.Reason.Keyboard
    QApplication.sendEvent(view, QContextMenuEvent(by_key, place, view.mapToGlobal(place)))
    menu = QApplication.activePopupWidget()
    assert menu is None or isinstance(menu, QMenu)
    return menu


def choose_last(view: ConversationView, qtbot: QtBot) -> None:
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)


def filter_entries(menu: QMenu | None) -> list[tuple[str, bool]]:
    """What the entries behind the last line say, and whether they can be chosen."""
    assert menu is not None
    entries = menu.actions()
    last_line = max(place for place, entry in enumerate(entries) if entry.isSeparator())
    return [(entry.text(), entry.isEnabled()) for entry in entries[last_line + 1 :]]


def test_of_a_chosen_reply_every_rule_is_told_once_wherever_the_text_cursor_is(
    told: ConversationView, qtbot: QtBot
) -> None:
    choose_last(told, qtbot)
    menu = menu_by_key(told)
    assert filter_entries(menu) == [
        (f"{WRONG} Profanity (profanity.en.2)", True),
        (f"{WRONG} Drugs (drugs.en.1)", True),
        ("Hate: the guard model warns of this", True),
    ]
    assert menu is not None
    entry = next(entry for entry in menu.actions() if entry.data() == WARNED)
    with qtbot.waitSignal(told.wrong_block, timeout=1000) as wrong:
        entry.trigger()
    assert wrong.args == [WARNED]


def test_under_the_text_cursor_in_the_chosen_reply_only_that_rule_is_told(
    told: ConversationView, qtbot: QtBot
) -> None:
    choose_last(told, qtbot)
    put_cursor(told, "pot")
    assert filter_entries(menu_by_key(told)) == [(f"{WRONG} Drugs (drugs.en.1)", True)]
    close_menu()
    put_cursor(told, "here")
    assert len(filter_entries(menu_by_key(told))) == 3


def test_with_nothing_chosen_the_menu_is_about_what_is_selected(
    told: ConversationView, qtbot: QtBot
) -> None:
    for _ in range(2):
        qtbot.keyClick(told, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    menu = menu_by_key(told)
    assert menu is not None
    assert menu.actions()[0].text() == "Copy selected text"
    assert filter_entries(menu) == [(f"{WRONG} My own list (own.1)", True)]
    with qtbot.waitSignal(told.delete_requested, timeout=1000) as deleted:
        next(entry for entry in menu.actions() if entry.data() == "delete").trigger()
    assert deleted.args == ["a"]


def test_between_messages_the_menu_key_opens_nothing(told: ConversationView) -> None:
    told.moveCursor(QTextCursor.MoveOperation.Start)
    assert menu_by_key(told) is None


def test_a_rule_that_stopped_a_reply_is_told(view: ConversationView, qtbot: QtBot) -> None:
    stop = Mark(9, 9, "hate", "hate.en.3", "block")
    view.show_path([said("q", "Hi"), marked(replied("a", "Some text", reason=EndReason.BLOCKED), stop)])  # fmt: skip
    choose_last(view, qtbot)
    assert filter_entries(menu_by_key(view)) == [(f"{WRONG} Hate (hate.en.3)", True)]
    close_menu()


TWO_BLOCKS = "One.\n\n```py\nx = 1\n```\n\nTwo.\n\n```py\ny = 2\n"


@pytest.mark.parametrize(
    ("events", "copied"),
    [
        ((), ["y = 2"]),
        ((Delta("z = 3\n"),), ["y = 2\nz = 3"]),
        ((Retract(5),), []),
        ((Retract(5), Delta("```\na\n```\n\n```\nother\n```\n")), []),
    ],
    ids=["as it was", "longer", "taken back", "another in its place"],
)
def test_an_entry_copies_the_code_block_that_it_named_or_nothing(
    view: ConversationView, qtbot: QtBot, events: tuple[Event, ...], copied: list[str]
) -> None:
    view.show_path([said("q", "Hi"), running("a", TWO_BLOCKS)])
    choose_last(view, qtbot)
    menu = menu_by_key(view)
    assert menu is not None
    entry = next(entry for entry in menu.actions() if entry.text() == "Copy code 2")
    for event in events:
        view.feed("a", event)
    view._feeding.flush()
    told: list[str] = []
    view.text_copied.connect(told.append)
    entry.trigger()
    close_menu()
    assert told == copied
    view.finish(replied("a", "One."))


def test_a_painted_button_of_a_code_block_that_is_gone_copies_nothing(
    view: ConversationView, qtbot: QtBot
) -> None:
    view.show_path([said("q", "Hi"), running("a", TWO_BLOCKS)])
    item = view._doc.items[-1]
    view.feed("a", Retract(5))
    view._feeding.flush()
    with qtbot.assertNotEmitted(view.text_copied):
        view._do("copy-code:1", item)
    view.finish(replied("a", "One."))
