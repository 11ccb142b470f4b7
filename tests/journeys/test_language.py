"""The window's language is changed while it is open: nothing is lost, everything is said anew."""

import threading

import pytest
import shiboken6
from hub_server import Hub
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop_llm.app import SHOWN
from desktop_llm.core.errors import UserError
from desktop_llm.core.events import EndReason
from desktop_llm.library.hub import Hub as RealHub
from desktop_llm.ui.look import Look
from desktop_llm.ui.shortcuts import ShortcutsDialog
from desktop_llm.ui.window import MainWindow
from tests.journeys.conftest import LOAD_MS, Person
from tests.journeys.models_parts import REPO, fetch_slowly, go_online, held_back, wait
from tests.journeys.test_unsafe_model import change, stranger


def test_another_language_without_a_restart(person: Person, qapp: QApplication) -> None:
    person.ask("What is a token?")
    text, old = person.screen, person.window
    person.window.composer.set_text("a draft that must stay")
    person.press("Ctrl+,")
    old.settings_page.editors["general.language"].control.segments[2].click()
    person.qtbot.waitUntil(lambda: person.app.window is not old)
    now = Person(person.app, person.qtbot)
    assert now.window.sidebar.new_button.text() == "新建对话"
    assert now.window.composer.text() == "a draft that must stay"
    assert now.screen.splitlines()[0] == text.splitlines()[0]
    assert now.window.settings_shown
    now.press("Esc")
    now.ask("What is temperature?")
    assert now.last.text
    assert len(now.path) == 4


def test_the_language_waits_until_the_reply_is_written(person: Person) -> None:
    old = person.window
    person.ask("How does self-attention work, step by step?", wait=False)
    person.wait_words()
    person.wiring.settings.change("general.language", "zh_CN")
    assert person.app.window is old
    person.qtbot.waitUntil(lambda: person.app.window is not old, timeout=60_000)
    assert Person(person.app, person.qtbot).last.end_reason is not None


def test_the_language_waits_for_a_dialog_too_and_then_the_window_is_exchanged_once(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, made = person.window, []

    def counted(look: Look) -> MainWindow:
        made.append(MainWindow(look))
        return made[-1]

    monkeypatch.setattr("desktop_llm.app.MainWindow", counted)
    person.ask("How does self-attention work, step by step?", wait=False)
    person.wait_words()
    for language in ("zh_CN", "en", "zh_CN"):
        person.wiring.settings.change("general.language", language)
    assert old.toast.accessibleName() == "The window changes when the reply has ended."
    dialog = ShortcutsDialog(person.app.look, old)
    dialog.open()
    person.wait_reply()
    person.qtbot.wait(200)
    assert person.app.window is old
    assert shiboken6.isValid(dialog)
    dialog.accept()
    person.qtbot.waitUntil(lambda: person.app.window is not old)
    person.qtbot.wait(200)
    assert made == [person.app.window]
    assert person.app.window.sidebar.new_button.text() == "新建对话"


def test_what_the_engine_says_is_said_in_the_windows_language(person: Person) -> None:
    old = person.window
    person.wiring.settings.change("general.language", "zh_CN")
    person.qtbot.waitUntil(lambda: person.app.window is not old, timeout=60_000)
    now = Person(person.app, person.qtbot)
    now.ask("word " * 3000)
    assert now.last.end_reason is EndReason.FAILED
    assert "缩短" in now.last.error  # stored so, and shown as it is stored
    assert "。 " not in now.last.error
    assert now.last.error in now.screen
    pill = now.window.topbar.pill.toolTip()
    assert "cpu：没有找到显卡。" in pill
    assert "no GPU" not in pill


def test_why_a_model_is_refused_is_said_in_the_windows_language(person: Person) -> None:
    old = person.window
    person.wiring.settings.change("general.language", "zh_CN")
    person.qtbot.waitUntil(lambda: person.app.window is not old, timeout=LOAD_MS)
    change(stranger("Deep") / "config.json", num_hidden_layers=1_000_000)
    window = person.app.window
    window.topbar.model_chosen.emit("Deep")
    why = "config.json：num_hidden_layers 为 1,000,000，而模型的这个数在 1 到 512 之间。"
    todo = "没有这样的模型：请选择另一份，或另一个模型。"
    told = f"{why}{todo}"
    person.qtbot.waitUntil(lambda: window.banner.accessibleName().endswith(told), timeout=LOAD_MS)
    now = Person(person.app, person.qtbot)
    now.press("Ctrl+Shift+L")
    shown = now.window.models_page.installed.list
    now.qtbot.waitUntil(lambda: any(one.line.endswith(told) for one in shown.entries))


def test_what_was_begun_goes_on_in_the_new_window(person: Person) -> None:
    person.ask("What is a token?")
    first = person.wiring.chat.session.conversation.id
    person.press("Ctrl+N")
    person.window.composer.preset_chosen.emit("Precise")
    person.write("not begun")
    person.wiring.commands.open_conversation(first)
    person.press("Ctrl+Shift+E")
    editor, old = person.window.view.editing.editor, person.window
    assert editor is not None
    person.qtbot.keyClicks(editor.field, " Shortly.")
    person.wiring.settings.change("general.language", "zh_CN")
    person.qtbot.waitUntil(lambda: person.app.window is not old)
    now = Person(person.app, person.qtbot)
    editor = now.window.view.editing.editor
    assert editor is not None
    assert editor.field.toPlainText() == "What is a token? Shortly."
    now.press("Ctrl+N")
    assert now.window.composer.text() == "not begun"
    assert now.wiring.chat.session.conversation.preset == "Precise"


def test_what_is_written_into_the_settings_meanwhile_is_taken_or_stays_to_be_corrected(
    person: Person,
) -> None:
    old = person.window
    person.ask("How does self-attention work, step by step?", wait=False)
    person.wait_words()
    person.wiring.settings.change("general.language", "zh_CN")
    old.show_settings_tab("sampling")
    fields = {key: editor._field for key, editor in old.settings_page.editors.items()}
    wrong, begun = fields["sampling.temperature"], fields["sampling.top_k"]
    assert wrong is not None
    assert begun is not None
    wrong.setFocus()
    wrong.selectAll()
    person.qtbot.keyClicks(wrong, "hot")
    window = fields["model.context_window"]
    assert window is not None
    window.setText("900")  # which asks for the model anew
    old.settings_page.network.token.setText("hf_once")
    begun.setFocus()
    begun.selectAll()
    person.qtbot.keyClicks(begun, "12")  # the cursor is still there when the reply ends
    assert person.app.settings.values.sampling.top_k != 12
    person.qtbot.waitUntil(lambda: person.app.window is not old, timeout=60_000)
    now = Person(person.app, person.qtbot)
    assert person.app.settings.values.sampling.top_k == 12
    page = now.window.settings_page
    assert now.window.settings_shown
    assert page.section == "sampling"
    editor = page.editors["sampling.temperature"]
    assert editor.refused == "hot"
    assert page.network.token.text() == "hf_once"
    inference = now.wiring.services.inference
    person.qtbot.waitUntil(
        lambda: inference.model is not None and inference.model.context_window == 900,
        timeout=LOAD_MS,
    )
    assert editor.row.problem.text().startswith("这个值不合适")


def test_a_window_that_waits_in_the_tray_stays_there_in_the_new_language(person: Person) -> None:
    old = person.window
    person.ask("How does self-attention work, step by step?", wait=False)
    person.wait_words()
    person.wiring.settings.change("general.language", "zh_CN")
    old.hide()
    person.qtbot.waitUntil(lambda: person.app.window is not old, timeout=60_000)
    now = Person(person.app, person.qtbot)
    assert not now.window.isVisible()
    now.wiring.answer(SHOWN)
    assert now.window.isVisible()
    assert now.last.text


def in_chinese(person: Person) -> Person:
    """The same person, in front of the window that took the place of theirs."""
    old = person.window
    person.wiring.settings.change("general.language", "zh_CN")
    person.qtbot.waitUntil(lambda: person.app.window is not old)
    return Person(person.app, person.qtbot)


def test_a_download_that_fails_after_the_change_is_told_of(
    person: Person, hub: Hub, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_online(person, hub)
    fetch_slowly(person, hub)
    hub.weather.bytes_per_s = 100_000
    monkeypatch.setattr(RealHub, "look", held_back(gate, RealHub.look))
    person.wiring.shelf.open_found(REPO)  # what else is looked up has to wait
    now = in_chinese(person)
    assert now.wiring.services.supply.fetches.running
    assert now.window.banner.isHidden()
    hub.repos.clear()
    hub.weather.reset_every = 1  # what is on its way is cut off, and the rest is no longer there
    wait(now, now.window.banner.isVisible)
    assert REPO in now.window.banner.accessibleName()
    (card,) = now.window.models_page.downloads.cards.values()
    assert REPO in card.state.text()


def test_a_download_asked_for_just_before_the_change_begins_after_it_or_says_why_not(
    person: Person, hub: Hub, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_online(person, hub)
    monkeypatch.setattr(RealHub, "look", held_back(gate, RealHub.look))
    for asked in (REPO, "nobody/Nothing"):
        person.wiring.shelf.download(asked, "", "")
    now = in_chinese(person)
    gate.set()
    wait(now, now.window.banner.isVisible)
    assert "nobody/Nothing" in now.window.banner.accessibleName()
    wait(now, lambda: REPO in {model.id for model in now.wiring.models.known})


def test_what_was_not_read_or_not_sent_and_a_deletion_are_there_after_the_change(
    person: Person,
) -> None:
    person.ask("What is a token?")
    deleted = person.wiring.chat.session.conversation
    person.window.sidebar.delete_requested.emit(deleted.id)
    for number in (1, 2):
        person.window.show_error(UserError(f"Error {number}."))
    quick = person.wiring.quick_ask
    quick.appear()
    person.qtbot.keyClicks(quick.draft, "half a question")
    old = person.window
    person.wiring.settings.change("general.language", "zh_CN")
    person.qtbot.wait(200)
    assert person.app.window is old  # one writes in a window of it
    person.qtbot.keyClick(quick.draft, Qt.Key.Key_Escape)
    person.qtbot.waitUntil(lambda: person.app.window is not old)
    now = Person(person.app, person.qtbot)
    assert now.wiring.quick_ask.draft.toPlainText() == "half a question"
    told = []
    while not now.window.banner.isHidden():
        told.append(now.window.banner.accessibleName())
        now.window.banner.close_error()
    assert told == ["Error 2.", "Error 1."]
    now.qtbot.waitUntil(now.window.toast.isVisible)
    assert now.window.toast.accessibleName() == f"已删除“{deleted.title}”"
    now.press("Ctrl+Z")
    assert now.path[0].text == "What is a token?"
    assert now.wiring.services.store.conversations()[0].id == deleted.id
