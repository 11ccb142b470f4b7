"""What a screen reader hears of a reply: every sentence, once, and no faster than it can speak."""

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.errors import UserError
from desktop_llm.core.events import Delta, EndReason, LeftOut, Mark, Progress, Stage
from desktop_llm.core.messages import Message, MessageState, Role, SearchHit
from desktop_llm.ui.conversation import announcing, feeding
from desktop_llm.ui.conversation.announcing import Announcer
from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.look import Look
from desktop_llm.ui.window import MainWindow
from tests.ui.saying import marked, replied, running, said

TEXT = "Tokens are **pieces** of words. 词元是文字的片段。 A list:\n\n- one\n- two\n\nThe end"


def shown(look: Look, qtbot: QtBot) -> tuple[ConversationView, list[str]]:
    """A conversation's view, and what it says from now on."""
    view, heard = ConversationView(look), []
    qtbot.addWidget(view)
    view.announcer.spoken.connect(heard.append)
    return view, heard


def reply(text: str, end: EndReason = EndReason.STOP) -> Message:
    now = datetime.now(UTC)
    return Message("r", "c", None, Role.ASSISTANT, text, now, end_reason=end)


def heard_of(qtbot: QtBot, text: str, end: EndReason = EndReason.STOP) -> list[str]:
    widget = QWidget()
    qtbot.addWidget(widget)
    announcer, heard = Announcer(widget), []
    announcer.spoken.connect(heard.append)
    announcer.start()
    for length in range(1, len(text) + 1):
        announcer.feed(text[:length])
    announcer.finish(reply(text, end))
    return heard


@pytest.mark.usefixtures("listening")
def test_every_word_is_heard_once_and_no_sign_of_markdown(qtbot: QtBot) -> None:
    heard = heard_of(qtbot, TEXT)
    assert " ".join(heard).split() == TEXT.replace("**", " ").split()
    assert heard[0].endswith(" words.")


@pytest.mark.usefixtures("listening")
def test_fast_text_is_heard_in_few_pieces(qtbot: QtBot) -> None:
    assert len(heard_of(qtbot, "One sentence. " * 200)) == 2


@pytest.mark.usefixtures("listening")
def test_a_pause_later_the_next_sentences_are_heard(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "PAUSE_MS", 20)
    widget = QWidget()
    qtbot.addWidget(widget)
    announcer, heard = Announcer(widget), []
    announcer.spoken.connect(heard.append)
    announcer.feed("One. Two")
    announcer.feed("One. Two. Three. Fo")
    qtbot.waitUntil(lambda: heard == ["One.", "Two. Three."])


@pytest.mark.usefixtures("listening")
def test_why_a_reply_ended_is_heard(qtbot: QtBot) -> None:
    assert heard_of(qtbot, "Half a", EndReason.CANCELLED)[-1] == "Half a stopped"


@pytest.mark.usefixtures("listening")
def test_thoughts_are_not_read_out(qtbot: QtBot) -> None:
    heard = heard_of(qtbot, "<think>Let me see. Hm. </think>Yes. No.")
    assert " ".join(heard) == "Yes. No."


def test_nothing_is_done_where_nobody_listens(qtbot: QtBot) -> None:
    before = QAccessible.isActive()
    QAccessible.setActive(False)
    heard = heard_of(qtbot, TEXT)
    QAccessible.setActive(before)
    assert heard == []


@pytest.mark.usefixtures("listening")
def test_errors_notices_and_the_way_back_are_heard(look: Look, qtbot: QtBot) -> None:
    window = MainWindow(look)
    qtbot.addWidget(window)
    heard: list[str] = []
    for part in (window.banner, window.toast):
        part.speaker.spoken.connect(heard.append)
    window.show_error(UserError("It broke.", "A file is short.", "Get it again."))
    window.say("Copied")
    window.toast.show_undo("Deleted “x”", "id")
    window.say("The reply is still being written.")
    window.toast.undo()
    assert heard == [
        "It broke. A file is short. Get it again.",
        "Copied",
        "Deleted “x”. Ctrl+Z undoes it.",
        "The reply is still being written.",  # at once, and not again where it is shown
    ]
    window.toast.close_notice()


@pytest.mark.usefixtures("listening")
def test_why_a_reply_failed_is_heard(look: Look, qtbot: QtBot) -> None:
    view, heard = shown(look, qtbot)
    view.show_path([said("q", "Hello"), running("a")])
    view.finish(
        replied("a", "", MessageState.COMPLETE, EndReason.FAILED, "The memory was too small.")
    )
    assert heard == ["The memory was too small."]


@pytest.mark.usefixtures("listening")
def test_the_chosen_message_is_heard(look: Look, qtbot: QtBot) -> None:
    view, heard = shown(look, qtbot)
    failed = replied("b", "", MessageState.COMPLETE, EndReason.FAILED, "The memory was too small.")
    view.show_path([
        said("q", "What is **it**? " + "word " * 40),
        replied("a", "<think>Hm.</think>" + "词元是文字的片段。" * 20),
        said("q2", "More"), failed,
    ])  # fmt: skip
    for _ in range(4):
        qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert heard[:2] == [
        "The model wrote: nothing The memory was too small.",
        "You wrote: More",
    ]
    assert heard[2] == "The model wrote: " + ("词元是文字的片段。" * 20)[:90]
    assert heard[3].startswith("You wrote: What is it ? word word")
    assert heard[3].endswith(" word")
    assert len(heard[3]) < 110
    assert heard[4] == heard[2]


@pytest.mark.usefixtures("listening")
def test_a_chosen_reply_is_heard_with_what_stands_under_it(look: Look, qtbot: QtBot) -> None:
    view, heard = shown(look, qtbot)
    view.show_path([said("q", "Hello"), running("a")])
    view.feed("a", LeftOut(("x", "y"), 300))
    view.finish(replied("a", "Half a", reason=EndReason.CANCELLED))
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    left_out = "the oldest 2 messages were left out"
    assert heard == [
        left_out,
        "Half a stopped",
        f"The model wrote: Half a {left_out} stopped",
    ]


@pytest.mark.usefixtures("listening")
def test_both_are_heard_what_stands_under_a_reply_and_why_it_ended(
    look: Look, qtbot: QtBot
) -> None:
    view, heard = shown(look, qtbot)
    help_line = Mark(0, 4, "self_harm", "self_harm.en.1", "warn", "Talk to a person.")
    view.show_path([said("q", "Hello"), running("a")])
    view.finish(marked(replied("a", "Half a", reason=EndReason.LENGTH), help_line))
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    told = "Half a Talk to a person. ended at the length limit"
    assert heard == [told, f"The model wrote: {told}"]


@pytest.mark.usefixtures("listening")
def test_a_guard_models_loading_is_heard_at_once_and_slow_reading_once(
    look: Look, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, heard = shown(look, qtbot)
    view.show_path([said("q", "Hello"), running("a")])
    for done in (0, 256):
        view.feed("a", Progress(Stage.PREFILL, done, 800))
    monkeypatch.setattr(feeding, "SLOW_S", 0.0)
    for stage, done in (
        (Stage.GUARD, 0), (Stage.GUARD, 0), (Stage.PREFILL, 512), (Stage.PREFILL, 768),
    ):  # fmt: skip
        view.feed("a", Progress(stage, done, 800))
    view.feed("a", Delta("text"))
    assert heard == ["loading the guard model", "reading 512 of 800 tokens"]
    view.finish(replied("a", "text"))


@pytest.mark.parametrize("away", [False, True])
@pytest.mark.usefixtures("listening")
def test_slow_reading_is_heard_again_where_a_reply_goes_on(
    look: Look, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, away: bool
) -> None:
    monkeypatch.setattr(feeding, "SLOW_S", 0.0)
    view, heard = shown(look, qtbot)
    reading = Progress(Stage.PREFILL, 512, 800)
    view.show_path([said("q", "Hello"), running("a", "Half")])
    view.feed("a", reading)
    if away:  # it ends where it is not shown
        view.feed("a", Delta(" a"))
        view.show_path([said("p", "Hi")])
    view.finish(replied("a", "Half a", reason=EndReason.CANCELLED))
    view.show_path([said("q", "Hello"), running("a", "Half a")])
    view.feed("a", reading)
    assert heard.count("reading 512 of 800 tokens") == 2
    view.finish(replied("a", "Half a"))


@pytest.mark.usefixtures("listening")
def test_a_reply_that_goes_on_is_not_heard_from_its_beginning(look: Look, qtbot: QtBot) -> None:
    view, heard = shown(look, qtbot)
    view.show_path([said("q", "Hello"), running("a", "<think>Hm.</think>One. Two.")])
    view.feed("a", Delta(" Three. Fo"))
    qtbot.waitUntil(lambda: bool(heard))
    view.finish(replied("a", "<think>Hm.</think>One. Two. Three. Four."))
    assert heard == ["Three.", "Four."]


@pytest.mark.usefixtures("listening")
def test_an_earlier_reply_that_goes_on_is_not_heard_from_its_beginning(
    look: Look, qtbot: QtBot
) -> None:
    view, heard = shown(look, qtbot)
    after = [said("q2", "More"), replied("b", "Other words.")]
    view.show_path([said("q", "Hello"), running("a", "One. Two."), *after])
    view.feed("a", Delta(" Three. Fo"))
    qtbot.waitUntil(lambda: bool(heard))
    view.finish(replied("a", "One. Two. Three. Four."))
    assert heard == ["Three.", "Four."]


@pytest.mark.usefixtures("listening")
def test_nothing_of_a_reply_is_missed_or_repeated_where_its_path_is_shown_anew(
    look: Look, qtbot: QtBot
) -> None:
    view, heard = shown(look, qtbot)
    view.show_path([said("q", "Hello"), running("a")])
    view.feed("a", Delta("One. Tw"))
    qtbot.waitUntil(lambda: bool(heard))
    view.show_path([said("q", "H███o"), running("a", "One. Tw")])
    view.feed("a", Delta("o. Three"))
    view.finish(replied("a", "One. Two. Three."))
    assert heard == ["One.", "Two. Three."]


@pytest.mark.usefixtures("listening")
def test_a_reply_that_went_on_above_is_heard_from_where_it_comes_into_view(
    look: Look, qtbot: QtBot
) -> None:
    view, heard = shown(look, qtbot)
    after = [said(f"m{number}", "later words") for number in range(210)]
    view.show_path([said("q", "Hello"), running("a", "One. Two."), *after])
    view.scroll_to_message("a")
    view.feed("a", Delta(" Three. Fo"))
    qtbot.waitUntil(lambda: bool(heard))
    view.finish(replied("a", "One. Two. Three. Four."))
    assert heard == ["Three.", "Four."]


@pytest.fixture
def window(look: Look, qtbot: QtBot) -> MainWindow:
    made = MainWindow(look)
    qtbot.addWidget(made)
    return made


@pytest.mark.usefixtures("listening")
def test_how_many_hits_are_listed_is_heard_once(window: MainWindow) -> None:
    heard: list[str] = []
    window.sidebar.speaker.spoken.connect(heard.append)
    hits = [SearchHit("c", "Title", f"m{number}", "a token") for number in range(3)]
    for query in ("token", "token", "tokens"):  # a reply's end looks again
        window.sidebar.show_hits(hits, query)
    window.sidebar.show_hits((), "tokenx")
    window.sidebar.show_hits((), "")
    assert heard == ["3 results are listed", "3 results are listed", "Nothing found."]


@pytest.mark.usefixtures("listening")
def test_how_many_places_were_found_is_heard(window: MainWindow) -> None:
    heard: list[str] = []
    window.findbar.speaker.spoken.connect(heard.append)
    window.findbar.field.setText("token")
    window.findbar.show_count(3)
    window.findbar.show_count(0)
    assert heard == ["3 found", "Not found"]
