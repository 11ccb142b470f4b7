"""What a screen reader hears of a reply: every sentence, once, and no faster than it can speak."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.events import EndReason
from desktop_llm.core.messages import Message, Role
from desktop_llm.ui.conversation import announcing
from desktop_llm.ui.conversation.announcing import Announcer

TEXT = "Tokens are **pieces** of words. 词元是文字的片段。 A list:\n\n- one\n- two\n\nThe end"


@pytest.fixture
def listening() -> Iterator[None]:
    before = QAccessible.isActive()
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(before)


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
