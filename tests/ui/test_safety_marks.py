"""What the safety filter touched, on the screen: masks, warnings, what was taken back, and why."""

import dataclasses
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat, QTextCursor
from pytestqt.qtbot import QtBot

from desktop_llm.core.events import (
    ON_EARLIER,
    ON_SYSTEM,
    UNCHECKED,
    Checked,
    Delta,
    EndReason,
    Mark,
    Progress,
    Retract,
    Stage,
)
from desktop_llm.ui.conversation.actions import possible
from desktop_llm.ui.conversation.breaking import unbroken
from desktop_llm.ui.conversation.formats import MARK
from desktop_llm.ui.conversation.marking import CLOSE, OPEN, pieces, with_marks, without_signs
from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.look import Look
from tests.ui.saying import marked, replied, running, said

MASKED = Mark(3, 4, "profanity", "profanity.en.2", "mask")
WARNED = Mark(9, 14, "drugs", "drugs.en.1", "warn")


@pytest.fixture
def view(qtbot: QtBot, look: Look) -> ConversationView:
    made = ConversationView(look)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    return made


def touched(view: ConversationView) -> list[tuple[str, int, str]]:
    """The letters that are marked: the text, the mark's number from 1, the tooltip."""
    found, block = [], view.document().begin()
    while block.isValid():
        part = block.begin()
        while not part.atEnd():
            letters = part.fragment()
            if number := letters.charFormat().intProperty(MARK):
                found.append((letters.text(), number, letters.charFormat().toolTip()))
            part += 1
        block = block.next()
    return found


def test_a_mask_and_a_warning_say_why_in_their_tooltips(view: ConversationView) -> None:
    view.show_path([said("q", "Hi"), marked(replied("r", "It █ and pills here"), MASKED, WARNED)])
    assert touched(view) == [
        ("█", 1, "Hidden: Profanity (rule profanity.en.2)"),
        ("pills", 2, "Drugs (rule drugs.en.1)"),
    ]
    assert OPEN not in view.toPlainText()
    assert "It █ and pills here" in view.toPlainText()


@pytest.mark.parametrize(
    "text",
    [
        "**█** and",
        "- █\n- x",
        "> █",
        "`█`",
        "```py\n█ = 1\n```",
        "| a |\n|---|\n| █ |",
        "[█](http://x.org/█)",
    ],
)
def test_marks_are_found_again_wherever_markdown_puts_them(
    view: ConversationView, text: str
) -> None:
    place = text.index("█")
    mark = dataclasses.replace(MASKED, start=place, end=place + 1)
    view.show_path([said("q", "Hi"), marked(replied("r", text), mark)])
    assert [(letters, number) for letters, number, _ in touched(view)] == [("█", 1)]


@pytest.mark.parametrize("form", ["{}", "`{}`", "```\n{}\n```"])
def test_a_mark_behind_a_very_long_word_is_found_too_and_leaves_no_sign(
    view: ConversationView, form: str
) -> None:
    shown = "x" * 119 + "█ and"
    text = form.format(shown)
    mark = dataclasses.replace(MASKED, start=text.index("█"), end=text.index("█") + 1)
    view.show_path([said("q", "Hi"), marked(replied("r", text), mark)])
    assert [(unbroken(letters), number) for letters, number, _ in touched(view)] == [("█", 1)]
    assert shown in unbroken(view.toPlainText())


def test_a_mark_in_a_links_target_leaves_it_where_it_leads(view: ConversationView) -> None:
    text = "[here](https://pills.example.org/pills)"
    marks = [
        Mark(place, place + 5, "drugs", "drugs.en.1", "warn")
        for place in (text.index("pills"), text.rindex("pills"))
    ]
    view.show_path([said("q", "Hi"), marked(replied("r", text), *marks)])
    target = view.document().find("here").charFormat().anchorHref()
    assert target == "https://pills.example.org/pills"


def test_a_block_sign_of_the_models_own_is_no_mask(view: ConversationView) -> None:
    view.show_path([said("q", "Hi"), marked(replied("r", "█ █ bar"), dataclasses.replace(MASKED, start=2, end=3))])  # fmt: skip
    assert len(touched(view)) == 1


def test_marks_in_folded_thoughts_do_not_slip_into_the_answer(view: ConversationView) -> None:
    text = "<think>a █ b</think>The answer has pills"
    start = text.index("█")
    marks = (
        Mark(start, start + 1, "own", "own.1", "mask"),
        Mark(text.index("pills"), len(text), "drugs", "drugs.en.1", "warn"),
    )
    view.show_path([said("q", "Hi"), marked(replied("r", text), *marks)])
    assert [(letters, number) for letters, number, _ in touched(view)] == [("pills", 2)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("| a | b |\n|---|---|\n| c | d |", ["a", "b", "c", "d"]),
        ("- one\n- two", ["one", "two"]),
        ("> quoted", ["quoted"]),
        ("## Title\n\n1. first", ["Title", "first"]),
        ("```py\nx = 1\n```", ["x = 1"]),
    ],
)
def test_a_warning_over_lines_leaves_lists_and_tables_what_they_are(
    view: ConversationView, text: str, words: list[str]
) -> None:
    bare = replied("r", text)
    view.show_path([said("q", "Hi"), bare])
    plain = view.toPlainText()
    view.show_path(
        [said("q", "Hi"), marked(bare, Mark(0, len(text), "drugs", "guard.reply", "warn"))]
    )
    assert view.toPlainText() == plain
    assert "".join(letters for letters, _, _ in touched(view)).replace(" ", "") == (
        "".join(words).replace(" ", "")
    )


def test_signs_come_out_of_a_text_as_they_went_in() -> None:
    text = "one two\nthree \ufdd0 four"
    signed = with_marks(text, [Mark(4, 11, "own", "own.1", "warn")])
    assert signed.count(OPEN) == signed.count(CLOSE) == 2
    assert list(pieces("plain")) == [("plain", -1)]
    assert list(pieces(signed[:7], 3))[-1] == ("t", 0)
    assert without_signs(signed) == text.replace("\ufdd0", "\ufffd")
    assert with_marks(text, [Mark(0, 0, "hate", "hate.1", "block")]) == without_signs(signed)


def test_what_is_taken_back_is_gone_with_the_next_frame(
    view: ConversationView, qtbot: QtBot
) -> None:
    view.show_path([said("q", "Hi"), running("r")])
    for event in (Checked(0), Delta("Good. "), Checked(6), Delta("Some bad words")):
        view.feed("r", event)
    qtbot.waitUntil(lambda: "bad words" in view.toPlainText(), timeout=2000)
    view.feed("r", Retract(6))
    qtbot.waitUntil(lambda: "bad words" not in view.toPlainText(), timeout=2000)
    assert "Good." in view.toPlainText()


def test_the_guard_model_is_waited_for_with_words(view: ConversationView) -> None:
    view.show_path([said("q", "Hi"), running("r")])
    view.feed("r", Progress(Stage.GUARD, 0, 1))
    assert view._doc.items[-1].reading == "loading the guard model"
    view.feed("r", Progress(Stage.PREFILL, 1, 20))
    assert view._doc.items[-1].reading == ""


def test_a_stopped_reply_says_why_as_soon_as_it_has_ended(view: ConversationView) -> None:
    view.show_path([said("q", "Hi"), running("r", "Good. ")])
    stop = Mark(6, 6, "violence", "guard.reply", "block")
    view.finish(marked(replied("r", "Good. ", reason=EndReason.BLOCKED), stop))
    assert "The guard model stopped this reply" in view.toPlainText()
    assert "Violence" in view.toPlainText()


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        (
            Mark(0, 0, "hate", "hate.en.3", "block"),
            "stopped this reply here: Hate (rule hate.en.3)",
        ),
        (
            Mark(0, 0, "drugs", "guard.prompt", "block"),
            "not given to the model. The guard model found",
        ),
        (
            Mark(0, 0, "drugs", "prompt.drugs.en.3", "block"),
            "The safety filter found in it: Drugs (rule drugs.en.3)",
        ),
        (
            Mark(0, 0, "drugs", "prompt.system.drugs.en.3", "block"),
            "because of the system prompt. The safety filter found in that: Drugs (rule drugs.en.3)",
        ),
        (
            Mark(0, 0, "drugs", ON_SYSTEM, "block"),
            "because of the system prompt. The guard model found in that: Drugs",
        ),
        (
            Mark(0, 0, "drugs", ON_EARLIER, "block"),
            "because of an earlier one that has no reply. The guard model found in that: Drugs",
        ),
        (Mark(0, 0, UNCHECKED, "guard.reply", "block"), "Strict shows nothing unjudged"),
    ],
)
def test_each_kind_of_stop_has_its_words(view: ConversationView, mark: Mark, words: str) -> None:
    view.show_path([said("q", "Hi"), marked(replied("r", "", reason=EndReason.BLOCKED), mark)])
    assert words in view.toPlainText()


def test_self_harm_is_answered_with_a_help_line(view: ConversationView) -> None:
    warned = Mark(0, 4, "self_harm", "self_harm.en.1", "warn")
    view.show_path([said("q", "Hi"), marked(replied("r", "Hurt words"), warned)])
    assert "emergency number" in view.toPlainText()
    stopped = Mark(0, 0, "self_harm", "guard.prompt", "block")
    view.show_path([said("q", "Hi"), marked(replied("s", "", reason=EndReason.BLOCKED), stopped)])
    assert "emergency number" in view.toPlainText()


def test_what_was_not_checked_is_said_once(view: ConversationView) -> None:
    marks = [Mark(0, 5, UNCHECKED, "guard.reply", "warn"), Mark(5, 9, UNCHECKED, "guard.reply", "warn")]  # fmt: skip
    view.show_path([said("q", "Hi"), marked(replied("r", "Some words"), *marks)])
    assert view.toPlainText().count("were not checked") == 1
    assert touched(view) == []


def test_marks_outlive_a_change_of_the_look(view: ConversationView, look: Look) -> None:
    view.show_path([said("q", "Hi"), marked(replied("r", "It █ and pills here"), MASKED, WARNED)])
    look.changed.emit()
    assert len(touched(view)) == 2
    wave = QTextCharFormat.UnderlineStyle.DotLine
    cursor = view.document().find("pills")
    assert cursor.charFormat().underlineStyle() == wave


@pytest.mark.usefixtures("listening")
def test_a_screen_reader_hears_only_what_was_judged_and_why_it_was_stopped(
    view: ConversationView, qtbot: QtBot
) -> None:
    heard: list[str] = []
    view.announcer.spoken.connect(heard.append)
    view.show_path([said("q", "Hi"), running("r")])
    for event in (
        Checked(0),
        Delta("This is good. "),
        Checked(14),
        Delta("Some bad words. And"),
    ):
        view.feed("r", event)
    qtbot.waitUntil(lambda: "bad words" in view.toPlainText(), timeout=2000)
    view.feed("r", Retract(14))
    stop = Mark(14, 14, "violence", "guard.reply", "block")
    view.finish(marked(replied("r", "This is good. ", reason=EndReason.BLOCKED), stop))
    assert heard[0] == "This is good."
    assert "bad words" not in " ".join(heard)
    assert "It found: Violence" in heard[-1]
    assert " ".join(heard).count("This is good.") == 1


def select(view: ConversationView, first: str, last: str) -> None:
    """Select from the beginning of one text to the end of another."""
    cursor = view.document().find(first)
    cursor.setPosition(cursor.selectionStart())
    end = view.document().find(last).selectionEnd()
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)


def copies(view: ConversationView, act: Callable[[], object]) -> list[str | None]:
    """What is copied by an act; None where it is refused."""
    found: list[str | None] = []

    def refused() -> None:
        found.append(None)

    view.text_copied.connect(found.append)
    view.copy_refused.connect(refused)
    act()
    view.text_copied.disconnect(found.append)
    view.copy_refused.disconnect(refused)
    return found


JUDGED = "Good 👍 **bold** words.\n\n```py\nx = 1\n```\n\nMore. "
UNJUDGED = "Some bad words\n\n```py\nbad = 2\n"


def half_judged(view: ConversationView, qtbot: QtBot) -> None:
    view.show_path([said("q", "Hi you"), running("r")])
    for event in (Checked(0), Delta(JUDGED), Checked(len(JUDGED)), Delta(UNJUDGED)):
        view.feed("r", event)
    qtbot.waitUntil(lambda: "bad = 2" in view.toPlainText(), timeout=2000)


@pytest.mark.parametrize(
    ("first", "last", "leaves"),
    [
        ("Good", "words.", True),
        ("Hi", "More.", False),  # over several messages all of each is selected
        ("Hi", "you", True),
        ("More.", "Some", False),
        ("Some", "bad", False),
        ("Hi", "bad = 2", False),
    ],
)
def test_a_selection_is_copied_or_dragged_only_where_it_was_judged(
    view: ConversationView, qtbot: QtBot, first: str, last: str, leaves: bool
) -> None:
    half_judged(view, qtbot)
    select(view, first, last)
    text = view.selected_text()
    assert copies(view, view.copying.selection) == [text if leaves else None]
    assert view.createMimeDataFromSelection().text() == (text if leaves else "")
    view.finish(replied("r", JUDGED + UNJUDGED))
    select(view, first, last)
    assert copies(view, view.copying.selection) == [view.selected_text()]


def test_a_code_block_is_copied_only_where_all_of_it_was_judged(
    view: ConversationView, qtbot: QtBot
) -> None:
    half_judged(view, qtbot)
    item = view._doc.items[-1]
    assert copies(view, lambda: view._do("copy-code:0", item)) == ["x = 1"]
    assert copies(view, lambda: view._do("copy-code:1", item)) == [None]
    assert copies(view, view.copying.last_code) == [None]
    view.feed("r", Checked(len(JUDGED + UNJUDGED)))
    assert copies(view, view.copying.last_code) == ["bad = 2"]


def test_what_was_taken_back_is_not_copied_before_it_is_gone(
    view: ConversationView, qtbot: QtBot
) -> None:
    half_judged(view, qtbot)
    select(view, "Some", "bad")
    view.feed("r", Retract(len(JUDGED)))
    assert "bad words" in view.toPlainText()
    assert copies(view, view.copying.selection) == [None]


def test_thoughts_that_were_not_judged_are_not_copied(view: ConversationView, qtbot: QtBot) -> None:
    view.show_path([said("q", "Hi you"), running("r")])
    view._doc.toggle_thinking(view._doc.items[-1])
    for event in (Checked(0), Delta("<think>Well. "), Checked(13), Delta("Some bad words")):
        view.feed("r", event)
    qtbot.waitUntil(lambda: "bad words" in view.toPlainText(), timeout=2000)
    select(view, "Well", "bad words")
    assert copies(view, view.copying.selection) == [None]
    select(view, "Well", "Well")
    assert copies(view, view.copying.selection) == ["Well"]


def test_a_link_is_opened_only_where_it_was_judged(view: ConversationView, qtbot: QtBot) -> None:
    good, bad = "[one](https://example.org/好?a=b%20c) and. ", "[two](https://bad.example.org) and"
    view.show_path([said("q", "Hi"), running("r")])
    for event in (Checked(0), Delta(good), Checked(len(good)), Delta(bad)):
        view.feed("r", event)
    qtbot.waitUntil(lambda: "two" in view.toPlainText(), timeout=2000)
    opened: list[str] = []
    view.link_activated.connect(opened.append)

    def click(words: str) -> None:
        cursor = view.document().find(words)
        cursor.setPosition(cursor.selectionStart() + 2)
        place = view.cursorRect(cursor).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)

    click("one")
    assert len(opened) == 1
    with qtbot.waitSignal(view.link_refused):
        click("two")
    view.feed("r", Checked(len(good + bad)))
    click("two")
    assert opened[1:] == ["https://bad.example.org"]
    view.finish(replied("r", good + bad))
    click("two")
    assert len(opened) == 3


def test_without_a_guard_a_running_reply_is_copied(view: ConversationView, qtbot: QtBot) -> None:
    view.show_path([said("q", "Hi"), running("r")])
    view.feed("r", Delta("Some words"))
    qtbot.waitUntil(lambda: "Some words" in view.toPlainText(), timeout=2000)
    view.selectAll()
    assert copies(view, view.copying.selection) == [view.selected_text()]


def test_a_piece_that_waits_to_be_written_survives_a_change_of_the_look(
    view: ConversationView, qtbot: QtBot, look: Look
) -> None:
    view.show_path([said("q", "Hi"), running("r")])
    view.feed("r", Delta("Some words"))
    look.changed.emit()
    qtbot.wait(50)
    assert "Some words" in view.toPlainText()


@pytest.mark.parametrize("by", ["look", "opening"])
@pytest.mark.usefixtures("listening")
def test_a_screen_reader_hears_nothing_unjudged_after_all_was_written_again(
    view: ConversationView, qtbot: QtBot, look: Look, by: str
) -> None:
    heard: list[str] = []
    view.announcer.spoken.connect(heard.append)
    half_judged(view, qtbot)
    if by == "look":
        look.changed.emit()
    else:
        view.show_path([said("q2", "Other")])
        again = running("r", JUDGED + UNJUDGED)
        view.show_path([said("q", "Hi"), dataclasses.replace(again, checked=len(JUDGED))])
    view.feed("r", Delta("\nmore. And. "))
    view._feeding.flush()
    view.announcer._speak()
    assert copies(view, view.copying.last_code) == [None]
    assert "bad" not in " ".join(heard)


def test_a_reply_to_a_refused_question_can_be_made_again_but_not_edited(
    view: ConversationView,
) -> None:
    refused = replied("r", "", reason=EndReason.BLOCKED)
    cut = replied("s", "It", reason=EndReason.BLOCKED)
    view.show_path([said("q", "Hi"), refused, cut])
    assert [possible(item) for item in view._doc.items[1:]] == [
        ("copy", "regenerate", "delete"),
        ("copy", "edit", "regenerate", "delete"),
    ]
