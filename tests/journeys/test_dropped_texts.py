"""Texts that a person brings to ask about: dropped on the window, or pasted into the message field."""

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from tests.journeys.conftest import Person

pytestmark = pytest.mark.journey


def test_a_dropped_text_is_in_the_message_and_can_be_asked_about(
    person: Person, tmp_path: Path
) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("# Notes\n\n```\ncode\n```\n")
    person.window.composer.set_text("What is this?")
    person.window.show_settings()
    person.window.files_dropped.emit((notes,))
    assert person.window.chat_shown
    assert person.window.composer.text() == (
        "What is this?\n\nnotes.md\n````\n# Notes\n\n```\ncode\n```\n````\n"
    )
    assert not person.window.banner.isVisible()
    person.enter()
    person.wait_reply()
    assert "# Notes" in person.path[0].text


def test_the_notice_of_it_does_not_lie_over_the_message(person: Person, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("line\n" * 20)
    person.window.files_dropped.emit((tmp_path / "notes.txt",))
    toast, composer = person.window.toast, person.window.composer

    def clear() -> bool:
        foot = toast.mapToGlobal(toast.rect().bottomLeft()).y()
        return toast.isVisible() and foot <= composer.mapToGlobal(composer.rect().topLeft()).y()

    person.qtbot.waitUntil(clear, timeout=2000)


def test_a_file_that_the_app_cannot_read_is_not_called_a_damaged_model(
    person: Person, tmp_path: Path
) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3")
    person.window.files_dropped.emit((paper,))
    error = person.window.banner.error
    assert error is not None
    assert error.what == "paper.pdf is neither a text nor a model nor a conversation."
    assert "paste it here" in error.todo
    assert person.window.composer.text() == ""


def test_what_is_pasted_is_seen_in_as_many_lines_as_are_shown(person: Person) -> None:
    draft = person.window.composer.draft
    low = draft.height()
    QGuiApplication.clipboard().setText("The quick brown fox jumps over the lazy dog. " * 12)
    draft.paste()
    grown = draft.height()
    assert grown >= low + 4 * draft.fontMetrics().lineSpacing()
    draft.setPlainText("\n" * 30)
    highest = draft.height()
    draft.clear()
    assert draft.height() == low
    QGuiApplication.clipboard().setText("word " * 20_000)
    draft.paste()
    assert draft.height() == highest


def test_what_is_under_the_message_field_does_not_touch_the_windows_edge(person: Person) -> None:
    hint, window = person.window.hint, person.window
    below = window.height() - hint.mapTo(window, hint.rect().bottomLeft()).y()
    assert below >= window.look.px(8)
