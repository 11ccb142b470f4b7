"""The conversation on the screen: streaming, following, flipping, finding, editing, copying."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from desktop_llm.core.events import Delta, EndReason, LeftOut, Progress, Stage
from desktop_llm.core.messages import MessageState
from desktop_llm.ui.conversation.editor import MessageEditor
from desktop_llm.ui.conversation.statistics import can_continue, end_words, statistics
from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.look import Look
from tests.ui.saying import replied, running, said

CODE = "before\n\n```python\nprint('hi')\n```\n\nafter"


def long_path(count: int) -> list[object]:
    return [said(f"m{n}", f"message number {n} needle{n % 7}") for n in range(count)]


def test_a_stream_is_shown_as_it_comes_and_finished_as_stored(
    view: ConversationView, qtbot: QtBot
) -> None:
    view.show_path([said("q", "Hello"), running("a")])
    for piece in ("Some ", "**bold**", " text"):
        view.feed("a", Delta(piece))
    qtbot.waitUntil(lambda: "bold text" in view.toPlainText())
    view.finish(replied("a", "Some **bold** text."))
    assert view.toPlainText().rstrip().endswith("Some bold text.")
    view.feed("unknown", Delta("ignored"))
    assert "ignored" not in view.toPlainText()


def test_unchanged_messages_stay_in_place(view: ConversationView) -> None:
    path = [said("q", "Hello"), replied("a", "one"), said("q2", "More")]
    view.show_path(path)
    frames = [item.frame for item in view._doc.items]
    view.show_path([*path[:2], said("q3", "Other"), replied("b", "two")])
    assert [item.frame for item in view._doc.items][:2] == frames[:2]
    assert "More" not in view.toPlainText()
    assert view.toPlainText().rstrip().endswith("two")


def test_following_pauses_when_the_reader_scrolls_up_and_a_button_leads_back(
    view: ConversationView, qtbot: QtBot
) -> None:
    view.show_path([*long_path(60), running("a")])  # type: ignore[list-item]
    bar = view.verticalScrollBar()
    assert bar.value() == bar.maximum()
    view.feed("a", Delta("line\n\n" * 30))
    qtbot.waitUntil(lambda: "line" in view.toPlainText())
    assert bar.value() == bar.maximum()
    assert not view._jump.isVisible()
    bar.setValue(bar.maximum() - 400)
    place = bar.value()
    view.feed("a", Delta("line\n\n" * 30))
    qtbot.waitUntil(lambda: view.toPlainText().count("line") == 60)
    assert bar.value() == place
    assert view._jump.isVisible()
    qtbot.mouseClick(view._jump, Qt.MouseButton.LeftButton)
    assert bar.value() == bar.maximum()
    assert not view._jump.isVisible()


def test_older_messages_come_when_one_scrolls_up_and_the_place_stays(
    view: ConversationView, qtbot: QtBot
) -> None:
    view.show_path(long_path(450))  # type: ignore[arg-type]
    assert len(view._doc.items) == 200
    assert "message number 449 " in view.toPlainText()
    bar = view.verticalScrollBar()
    bar.setValue(0)
    assert len(view._doc.items) == 400
    top = view._item_at(QPoint(10, 10).toPointF())
    assert top is not None
    assert top.id in ("m249", "m250", "m251")
    bar.setValue(0)
    assert len(view._doc.items) == 450
    assert [item.id for item in view._doc.items] == [f"m{n}" for n in range(450)]


def test_finding_goes_through_all_messages_and_round(view: ConversationView) -> None:
    view.show_path(long_path(300))  # type: ignore[arg-type]
    assert view.find("NEEDLE3") == 43
    first = view._finder.current
    view.find("NEEDLE3")
    assert view._finder.current == (first + 1) % 43
    view.find("NEEDLE3", backwards=True)
    assert view._finder.current == first
    assert len(view.extraSelections()) == 43
    view.clear_find()
    assert view.extraSelections() == []
    assert view.find("nothing like it") == 0


def test_another_path_is_searched_anew_and_nothing_moves(
    view: ConversationView, qtbot: QtBot
) -> None:
    view.show_path(long_path(60))  # type: ignore[arg-type]
    assert view.find("needle3") == 9
    with qtbot.waitSignal(view.found) as told:
        view.show_path([said("q", "needle3 first"), *(said(f"n{n}", "x") for n in range(60))])
    assert told.args == [1]
    assert len(view.extraSelections()) == 1
    bar = view.verticalScrollBar()
    assert bar.value() == bar.maximum()
    assert view.find("needle3") == 1
    assert bar.value() < bar.maximum()
    view.clear_find()
    with qtbot.assertNotEmitted(view.found):
        view.show_path(long_path(60))  # type: ignore[arg-type]
    assert view.extraSelections() == []


def test_a_message_can_be_brought_into_view_even_if_it_is_far_above(
    view: ConversationView,
) -> None:
    view.show_path(long_path(450))  # type: ignore[arg-type]
    view.scroll_to_message("m5")
    item = view._doc.find("m5")
    assert item is not None
    rect = view._on_screen(view._doc.rect(item.frame))
    assert 0 <= rect.top() < view.viewport().height()


def test_editing_sends_the_new_text_and_esc_leaves_the_old(
    view: ConversationView, qtbot: QtBot
) -> None:
    view.show_path([said("q", "Helo"), replied("a", "one")])
    view.start_edit("q")
    editor = view.editing.editor
    assert editor is not None
    qtbot.keyClicks(editor.field, "!")
    with qtbot.waitSignal(view.edit_submitted) as caught:
        qtbot.mouseClick(editor.save, Qt.MouseButton.LeftButton)
    assert caught.args == ["q", "Helo!"]
    view.start_edit("q")
    assert view.editing.editor is not None
    qtbot.keyClick(view.editing.editor.field, Qt.Key.Key_Escape)
    assert view.editing.editor is None
    assert "Helo" in view.toPlainText()


def typed(view: ConversationView, qtbot: QtBot, name: str, text: str) -> MessageEditor:
    """Begin to edit a message and type."""
    view.start_edit(name)
    editor = view.editing.editor
    assert editor is not None
    qtbot.keyClicks(editor.field, text)
    return editor


def edited(view: ConversationView, name: str) -> str:
    """The text that the editor begins with."""
    view.start_edit(name)
    assert view.editing.editor is not None
    return view.editing.editor.field.toPlainText()


def test_editing_what_is_edited_already_only_goes_there(
    view: ConversationView, qtbot: QtBot
) -> None:
    view.show_path([said("q", "Helo"), replied("a", "one")])
    editor = typed(view, qtbot, "q", "!")
    view.start_edit("q")
    assert view.editing.editor is editor
    assert editor.field.toPlainText() == "Helo!"


def test_an_edit_goes_on_while_its_message_is_shown(view: ConversationView, qtbot: QtBot) -> None:
    path = [said("q", "Hello"), replied("a", "one"), said("q2", "More"), replied("b", "two")]
    view.show_path(path)
    editor = typed(view, qtbot, "q2", "!")
    view.show_path([*path[:3], running("c")])
    assert view.editing.editor is editor
    view.show_path([said("q", "Masked"), *path[1:]])  # writes all of it anew
    assert view.editing.editor is editor
    assert editor.field.toPlainText() == "More!"
    item = view._doc.find("q2")
    assert item is not None
    assert editor.y() == int(view._on_screen(view._doc.rect(item.frame)).top())
    with qtbot.waitSignal(view.edit_submitted) as caught:
        qtbot.mouseClick(editor.save, Qt.MouseButton.LeftButton)
    assert caught.args == ["q2", "More!"]


def test_an_edit_waits_while_its_message_is_not_shown(view: ConversationView, qtbot: QtBot) -> None:
    path = [said("q", "Hello"), replied("a", "one"), said("q2", "More")]
    view.show_path(path)
    typed(view, qtbot, "q2", "!")
    view.show_path([])
    assert view.editing.editor is None
    view.show_path(path)
    typed(view, qtbot, "q", "?")
    assert edited(view, "q2") == "More!"
    view.show_path([*path[:1], running("a2")])
    view.show_path([*path[:1], replied("a", "one", MessageState.STREAMING), path[2]])
    assert edited(view, "q2") == "More!"
    assert edited(view, "q") == "Hello?"
    assert view.editing.editor is not None
    qtbot.keyClick(view.editing.editor.field, Qt.Key.Key_Escape)
    assert edited(view, "q") == "Hello"


def test_an_edit_that_became_a_version_does_not_come_back(
    view: ConversationView, qtbot: QtBot
) -> None:
    path = [said("q", "Helo")]
    view.show_path(path)
    view.edit_submitted.connect(lambda name, text: view.show_path([said("q1", text)]))
    editor = typed(view, qtbot, "q", "!")
    qtbot.mouseClick(editor.save, Qt.MouseButton.LeftButton)
    assert view.toPlainText().strip() == "Helo!"
    view.show_path(path)
    assert edited(view, "q") == "Helo"


def click(view: ConversationView, qtbot: QtBot, action: str) -> None:
    view.repaint()
    spot = next(spot for spot in view._grounds.spots if spot.action == action)
    place = view._on_screen(spot.rect).center().toPoint()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_painted_buttons_copy_code_flip_versions_and_continue(
    view: ConversationView, qtbot: QtBot
) -> None:
    cut = replied("b", "cut off", reason=EndReason.LENGTH)
    view.show_path([said("q", "Hi", version=2, versions=3), replied("a", CODE), cut])
    with qtbot.waitSignal(view.text_copied) as copied:
        click(view, qtbot, "copy-code")
    assert copied.args == ["print('hi')"]
    with qtbot.waitSignal(view.flip_requested) as flipped:
        click(view, qtbot, "previous")
    assert flipped.args == ["q", -1]
    with qtbot.waitSignal(view.continue_requested) as continued:
        click(view, qtbot, "continue")
    assert continued.args == ["b"]
    with qtbot.waitSignal(view.text_copied) as copied:
        view.copying.last_code()
    assert copied.args == ["print('hi')"]


def hover(view: ConversationView, qtbot: QtBot, name: str) -> None:
    item = view._doc.find(name)
    assert item is not None
    place = view._on_screen(view._doc.rect(item.frame)).center().toPoint()
    qtbot.mouseMove(view.viewport(), place)
    qtbot.waitUntil(view._actions.isVisible)


def offered(view: ConversationView) -> list[str]:
    return [name for name, button in view._actions.buttons.items() if button.isVisible()]


def test_hovering_offers_what_can_be_done_and_the_keyboard_does_too(
    view: ConversationView, qtbot: QtBot
) -> None:
    view.show_path([said("q", "Hi"), replied("a", "Hello")])
    hover(view, qtbot, "q")
    assert offered(view) == ["copy", "edit", "delete"]
    with qtbot.waitSignal(view.copy_requested) as copied:
        qtbot.mouseClick(view._actions.buttons["copy"], Qt.MouseButton.LeftButton)
    assert copied.args == ["q"]
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert view._actions.item is view._doc.find("a")
    with qtbot.waitSignal(view.regenerate_requested) as again:
        qtbot.mouseClick(view._actions.buttons["regenerate"], Qt.MouseButton.LeftButton)
    assert again.args == ["a"]


def test_more_is_offered_once_the_reply_under_the_pointer_has_ended(
    view: ConversationView, qtbot: QtBot
) -> None:
    view.show_path([said("q", "Hi"), running("a", "Hello")])
    hover(view, qtbot, "a")
    assert offered(view) == ["copy"]
    view.finish(replied("a", "Hello", reason=EndReason.CANCELLED))
    assert offered(view) == ["copy", "edit", "regenerate", "continue", "delete"]


@pytest.mark.parametrize("action", ["copy", "delete"])
def test_a_menu_acts_on_its_message_after_the_pointer_left_the_view(
    view: ConversationView, qtbot: QtBot, action: str
) -> None:
    view.show_path([said("q", "Hi"), replied("a", "Hello")])
    item = view._doc.find("q")
    assert item is not None
    spot = view._on_screen(view._doc.rect(item.frame)).center().toPoint()
    mouse = QContextMenuEvent.Reason.Mouse
    event = QContextMenuEvent(mouse, spot, view.viewport().mapToGlobal(spot))
    QApplication.sendEvent(view.viewport(), event)
    menu = view.findChild(QMenu)
    assert isinstance(menu, QMenu)
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))  # as where a menu is a window
    entry = next(entry for entry in menu.actions() if entry.data() == action)
    with qtbot.waitSignal(getattr(view, f"{action}_requested"), timeout=1000) as told:
        entry.trigger()
    menu.close()
    assert told.args == ["q"]


def test_questions_given_to_a_shown_greeting_have_their_height_at_once(
    view: ConversationView,
) -> None:
    view.show_path([])
    QApplication.processEvents()
    view.set_questions(["one?", "two?", "three?", "four?"])
    QApplication.sendPostedEvents()
    assert [card.height() >= 60 for card in view._greeting.cards] == [True] * 4


def test_an_empty_conversation_offers_four_questions(view: ConversationView, qtbot: QtBot) -> None:
    view.set_questions(["one?", "two?", "three?", "four?"])
    view.show_path([])
    assert view._greeting.isVisible()
    with qtbot.waitSignal(view.question_chosen) as chosen:
        qtbot.mouseClick(view._greeting.cards[2], Qt.MouseButton.LeftButton)
    assert chosen.args == ["three?"]
    view.show_path([said("q", "Hi")])
    assert not view._greeting.isVisible()


def test_progress_and_what_was_left_out_are_told(view: ConversationView) -> None:
    view.show_path([said("q", "Hi"), running("a")])
    item = view._doc.find("a")
    assert item is not None
    view.feed("a", Progress(Stage.PREFILL, 256, 1024))
    assert "256" in item.reading
    view.feed("a", LeftOut(("x", "y"), 300))
    view.feed("a", Delta("text"))
    assert item.reading == ""
    assert "2" in item.notice


def test_links_are_told_and_nothing_is_fetched(view: ConversationView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.link_activated) as told:
        view.anchorClicked.emit(QUrl("https://example.org/"))
    assert told.args == ["https://example.org/"]
    assert view.loadResource(2, QUrl("https://example.org/cat.png")) is None


def test_copying_a_selection_gives_plain_text(view: ConversationView) -> None:
    view.show_path([replied("a", "**bold** " + "x" * 300)])
    view.selectAll()
    data = view.createMimeDataFromSelection()
    assert data.text().strip() == "bold " + "x" * 300
    assert data.formats() == ["text/plain"]


@pytest.mark.parametrize(("key", "words"), [(Qt.Key.Key_Home, "one "), (Qt.Key.Key_End, "two")])
def test_with_shift_home_and_end_select(
    view: ConversationView, qtbot: QtBot, key: Qt.Key, words: str
) -> None:
    view.show_path([said("q", "Count."), replied("a", "one two")])
    cursor = view.document().find("two")
    cursor.setPosition(cursor.selectionStart())
    view.setTextCursor(cursor)
    qtbot.keyClick(view, key, Qt.KeyboardModifier.ShiftModifier)
    assert view.selected_text() == words


def test_ctrl_c_hands_the_selection_on_and_copies_nothing_unasked(
    view: ConversationView, qtbot: QtBot
) -> None:
    QApplication.clipboard().setText("before")
    view.show_path([replied("a", "write to **jo@example.org**")])
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    view.selectAll()
    with qtbot.waitSignal(view.text_copied) as copied:
        qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert copied.args[0].strip() == "write to jo@example.org"
    assert QApplication.clipboard().text() == "before"


def test_another_look_keeps_texts_and_a_running_reply(
    view: ConversationView, look: Look, qtbot: QtBot
) -> None:
    view.show_path([said("q", "Hi"), running("a")])
    view.feed("a", Delta("so far"))
    qtbot.waitUntil(lambda: "so far" in view.toPlainText())
    look.changed.emit()
    assert "so far" in view.toPlainText()
    view.feed("a", Delta(" and on"))
    qtbot.waitUntil(lambda: "so far and on" in view.toPlainText())


def test_the_words_under_a_reply(view: ConversationView) -> None:
    done = replied("a", "x").message
    assert statistics(done) == ("118 tokens", "41 tok/s", "first token 0.3 s")
    assert end_words(done) == ""
    stopped = replied("a", "x", reason=EndReason.CANCELLED).message
    assert end_words(stopped) == "stopped"
    assert can_continue(stopped)
    lost = replied("a", "x", MessageState.INTERRUPTED, None).message
    assert "interrupted" in end_words(lost)
    assert statistics(running("a").message) == ()


def test_the_column_is_no_wider_than_720_and_in_the_middle(view: ConversationView) -> None:
    view.show_path([replied("a", "word " * 400)])
    for width in (1200, 900, 600):
        view.resize(width, 500)
        left = view.viewport().x()
        assert view.viewport().width() <= 720
        assert abs(left - (width - left - view.viewport().width())) <= 14
        assert view._doc.doc.textWidth() == view.viewport().width()


def thoughts_open(view: ConversationView) -> list[bool]:
    """Of each reply whether its thoughts are open."""
    return [item.writer._thinking_open for item in view._doc.items if item.writer is not None]


def link_place(view: ConversationView, nth: int) -> QPoint:
    """Where the nth link to thoughts is in the viewport."""
    item = [item for item in view._doc.items if item.writer is not None][nth]
    rect = view.cursorRect(item.frame.firstCursorPosition())
    place = QPoint(rect.left() + 24, rect.center().y())
    assert view.anchorAt(place)
    return place


def test_thoughts_are_opened_by_keyboard_where_the_cursor_is_not_where_the_pointer_rests(
    view: ConversationView, qtbot: QtBot
) -> None:
    view.show_path([
        said("q", "One?"), replied("a", "<think>First.</think>Yes."),
        said("q2", "Two?"), replied("b", "<think>Second.</think>No."),
    ])  # fmt: skip
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    qtbot.mouseMove(view.viewport(), link_place(view, 1) + QPoint(0, 1))
    qtbot.mouseMove(view.viewport(), link_place(view, 1))
    qtbot.waitUntil(lambda: view._pointer is not None)
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert thoughts_open(view) == [True, False]
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=link_place(view, 1))
    assert thoughts_open(view) == [True, True]
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=link_place(view, 0))
    assert thoughts_open(view) == [False, True]
