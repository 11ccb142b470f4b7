"""Journeys of a person who chats: the real window, the real guide model, the real store."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from desktop_llm.core.errors import NotFoundError, StoreError
from desktop_llm.core.events import EndReason
from desktop_llm.core.messages import Conversation, Message, MessageState, Role
from desktop_llm.core.sampling import NEUTRAL, SamplingSettings
from desktop_llm.core.settings import GUIDE_MODEL_ID, Theme
from desktop_llm.storage import settings_file
from desktop_llm.storage.paths import find_paths
from desktop_llm.storage.settings_file import SettingsFile
from tests.journeys.conftest import Person, close

pytestmark = pytest.mark.journey

QUESTION = "What is a large language model?"


def test_ask_and_read_the_answer(person: Person) -> None:
    person.write(QUESTION)
    person.enter()
    person.wait_reply()
    asked, answered = person.path
    assert (asked.role, asked.text) == (Role.USER, QUESTION)
    assert "language model" in answered.text.lower()
    assert answered.end_reason is EndReason.STOP
    assert answered.usage is not None
    assert answered.usage.new_tokens > 5
    assert QUESTION in person.screen
    assert answered.text.split()[-1] in person.screen
    assert person.window.composer.text() == ""


def test_ask_in_chinese(person: Person) -> None:
    person.ask("大语言模型的主要局限性是什么？")
    assert any("\u4e00" <= char <= "\u9fff" for char in person.last.text)
    assert "\ufffd" not in person.last.text


def test_stop_keeps_what_was_written_and_the_next_question_works(person: Person) -> None:
    person.ask(QUESTION, wait=False)
    person.wait_words(8)
    person.press("Esc")
    person.wait_reply()
    stopped = person.last
    assert stopped.end_reason is EndReason.CANCELLED
    assert stopped.text
    person.ask("What is a token?")
    assert person.last.end_reason is EndReason.STOP
    assert len(person.path) == 4


def test_regenerate_and_flip_between_the_versions(person: Person) -> None:
    person.ask(QUESTION)
    first = person.last
    person.press("Ctrl+R")
    person.wait_reply()
    second = person.last
    assert second.id != first.id
    assert second.parent_id == first.parent_id
    person.press("Alt+Left")
    assert person.last.id == first.id
    person.press("Alt+Right")
    assert person.last.id == second.id


def test_editing_a_question_keeps_the_old_one_as_a_version(person: Person) -> None:
    person.ask(QUESTION)
    old = person.path[0]
    person.window.view.edit_submitted.emit(old.id, "What is a token?")
    person.wait_reply()
    assert person.path[0].text == "What is a token?"
    person.press("Alt+Left")
    assert person.path[0].id == old.id
    texts = {m.text for m in person.wiring.services.store.messages(old.conversation_id)}
    assert {QUESTION, "What is a token?"} <= texts


def test_the_second_turn_reuses_the_first_and_answers_like_a_fresh_run(person: Person) -> None:
    person.wiring.settings.change("sampling.temperature", 0.0)  # always the likeliest token
    person.ask(QUESTION)
    person.ask("Shorter, please.")
    reused = person.last
    assert reused.usage is not None
    assert 0 < reused.usage.reused_tokens < reused.usage.prompt_tokens
    inference = person.wiring.services.inference
    inference.unload()  # and with the model what it kept of the first turn
    person.qtbot.waitUntil(lambda: inference.model is None)
    person.press("Ctrl+R")
    person.wait_reply()
    fresh = person.last
    assert fresh.id != reused.id
    assert fresh.usage is not None
    assert fresh.usage.reused_tokens == 0
    assert fresh.text == reused.text


def test_search_rename_pin_delete_and_undo(person: Person) -> None:
    person.ask(QUESTION)
    person.press("Ctrl+N")
    person.ask("什么是词元？")
    sidebar, store = person.window.sidebar, person.wiring.services.store
    first, second = (c.id for c in reversed(store.conversations()))

    person.press("Ctrl+K")
    sidebar.search_field.insert("词元")  # as an input method does
    person.qtbot.waitUntil(lambda: sidebar.list.model().rowCount() > 0)
    rows = {sidebar.list.model().index(r, 0).data(Qt.ItemDataRole.UserRole).conversation_id
            for r in range(sidebar.list.model().rowCount())}  # fmt: skip
    person.qtbot.waitUntil(lambda: second in rows)
    sidebar.search_field.clear()

    sidebar.rename_requested.emit(first, "Models")
    sidebar.pin_requested.emit(first, True)
    assert store.conversations()[0].title == "Models"
    assert store.conversations()[0].pinned

    sidebar.delete_requested.emit(second)
    assert [c.id for c in store.conversations()] == [first]
    person.window.say("something else")  # must not take the way back away
    person.qtbot.mouseClick(person.window.toast.undo_button, Qt.MouseButton.LeftButton)
    assert {c.id for c in store.conversations()} == {first, second}
    assert person.wiring.chat.session.conversation.id == second

    sidebar.delete_requested.emit(second)
    sidebar.delete_requested.emit(first)  # the first can no longer be undone, the second can
    person.qtbot.mouseClick(person.window.toast.undo_button, Qt.MouseButton.LeftButton)
    assert [c.id for c in store.conversations()] == [first]
    with pytest.raises(NotFoundError):
        store.restore_conversation(second)


def test_the_safety_filter_masks_and_blocks_the_streamed_reply(person: Person) -> None:
    settings = person.wiring.services.settings
    settings.change("safety.level", "balanced")
    settings.change("safety.words", ("model", "models"))
    person.ask(QUESTION)
    assert "█" in person.last.text
    assert "model" not in person.last.text.lower()
    settings.change("safety.replies.own", "block")
    person.press("Ctrl+R")
    person.wait_reply()
    assert person.last.end_reason is EndReason.BLOCKED
    assert "model" not in person.last.text.lower()


def test_changed_settings_apply_at_once_and_survive_a_restart(
    open_app: Callable[[], Person],
) -> None:
    person = open_app()
    page = person.window.settings_page
    person.press("Ctrl+,")
    assert person.window.settings_shown
    page.changed.emit("sampling.temperature", 0.3)
    page.changed.emit("appearance.theme", Theme.DARK)
    assert person.app.look.dark
    person.press("Esc")
    assert not person.window.settings_shown
    person.press("Ctrl+=")
    person.ask(QUESTION)
    assert person.last.sampling is not None
    assert person.last.sampling.temperature == 0.3
    close(person.app)

    again = open_app()
    assert again.app.look.dark
    assert again.app.look.zoom == 110
    assert again.wiring.services.settings.values.sampling.temperature == 0.3
    assert again.path[0].text == QUESTION


def test_quitting_while_a_reply_is_written_loses_nothing(open_app: Callable[[], Person]) -> None:
    person = open_app()
    person.ask(QUESTION, wait=False)
    person.wait_words(8)
    close(person.app)
    again = open_app()
    assert again.path[0].text == QUESTION
    reply = again.last
    assert reply.role is Role.ASSISTANT
    assert reply.text
    assert reply.state is not MessageState.STREAMING
    assert reply.end_reason in (EndReason.CANCELLED, None)


def test_quitting_while_the_model_loads_ends_at_once(open_app: Callable[[], Person]) -> None:
    person = open_app()
    person.wiring.models.load_selected()
    assert person.wiring.services.inference.loading
    close(person.app)
    assert not person.window.isVisible()


def test_copying_a_reply_gives_its_markdown(person: Person) -> None:
    person.ask(QUESTION)
    person.press("Ctrl+Shift+C")
    assert QGuiApplication.clipboard().text() == person.last.text


def test_enter_does_not_send_while_an_input_method_composes(person: Person) -> None:
    from PySide6.QtGui import QInputMethodEvent
    from PySide6.QtWidgets import QApplication

    draft = person.window.composer.draft
    QApplication.sendEvent(draft, QInputMethodEvent("nihao", []))
    person.enter()
    assert person.path == ()
    done = QInputMethodEvent("", [])
    done.setCommitString("你好")
    QApplication.sendEvent(draft, done)
    person.enter()
    person.wait_reply()
    assert person.path[0].text == "你好"


def test_shift_enter_breaks_the_line_and_the_composer_grows_to_eight_lines(person: Person) -> None:
    draft = person.window.composer.draft
    heights = [draft.height()]
    for _ in range(12):
        person.qtbot.keyClick(draft, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        heights.append(draft.height())
    assert person.path == ()
    assert heights[7] > heights[3] > heights[0]
    assert heights[8] == heights[12]


def test_a_conversation_keeps_its_own_sampling_and_preset(person: Person) -> None:
    person.ask(QUESTION)
    person.wiring.chat.choices.choose_preset("Precise")
    person.wiring.chat.choices.change_sampling("top_k", 7)
    assert "changed" in person.window.composer.preset_chip.text()
    person.press("Ctrl+R")
    person.wait_reply()
    assert person.last.sampling is not None
    assert (person.last.sampling.temperature, person.last.sampling.top_k) == (0.2, 7)
    person.wiring.chat.choices.clear_sampling()
    assert person.window.composer.preset_chip.text() == "Precise"
    person.press("Ctrl+N")
    assert person.window.composer.preset_chip.text() == "The model's own"


def test_a_reply_that_is_being_written_is_not_continued_or_made_again(person: Person) -> None:
    person.ask(QUESTION, wait=False)
    person.wait_words(8)
    person.press("Ctrl+Shift+R")
    person.press("Ctrl+R")
    person.press("Ctrl+Shift+C")
    copied = QGuiApplication.clipboard().text()
    assert copied
    person.wait_reply()
    assert len(person.path) == 2
    assert person.last.text.startswith(copied)
    assert len(person.wiring.chat.session.tree) == 2
    before = person.last
    person.press("Ctrl+Shift+R")
    assert person.last == before


def test_neutralising_leaves_what_is_no_step_of_the_draw(person: Person) -> None:
    own = {
        "stop": ("END",), "seed": 5, "answer_format": "regex", "answer_pattern": "a+",
        "adapter_scale": 0.5, "thinking": "off", "max_new_tokens": 64, "repetition_limit": 9,
    }  # fmt: skip
    drawing = {"temperature": 0.1, "top_k": 7, "dry_multiplier": 0.8, "logit_bias": ("a=1",)}
    chat, settings = person.wiring.chat, person.wiring.settings
    for name, value in (own | drawing).items():
        chat.choices.change_sampling(name, value)
        settings.change(f"sampling.{name}", value)
    person.window.composer.neutralise_requested.emit()
    person.window.settings_page.neutralise.emit()
    for sampling in (chat.session.conversation.sampling, settings.values.sampling):
        assert {name: getattr(sampling, name) for name in own} == own
        assert {name: getattr(sampling, name) for name in drawing} == {
            name: getattr(NEUTRAL, name) for name in drawing
        }


def test_a_preset_is_one_change_of_the_settings(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, written, told = person.wiring.settings, [], []
    settings.change("sampling.top_k", 7)
    write = settings_file.write_toml

    def counted(path: Path, data: dict[str, object]) -> None:
        written.append(path)
        write(path, data)

    monkeypatch.setattr(settings_file, "write_toml", counted)
    settings.changed.connect(told.append)
    person.window.settings_page.preset_chosen.emit("Precise")
    assert (len(written), told) == (1, ["preset"])
    assert settings.values.preset == "Precise"
    assert settings.values.sampling == SamplingSettings()
    kept = SettingsFile(find_paths()).values
    assert (kept.preset, kept.sampling) == ("Precise", SamplingSettings())


def test_the_find_bar_counts_anew_in_another_conversation(person: Person) -> None:
    services, bar = person.wiring.services, person.window.findbar
    now = services.clock.now()
    for name, text in (("a", "A zebra, another zebra"), ("b", "One zebra")):
        services.store.add_conversation(Conversation(name, name, now, now))
        services.store.add_message(Message(f"{name}1", name, None, Role.USER, text, now))
    person.wiring.commands.open_conversation("a")
    person.press("Ctrl+F")
    person.qtbot.keyClicks(bar.field, "zebra")
    counts = [bar._count.text()]
    person.wiring.commands.open_conversation("b")
    counts.append(bar._count.text())
    person.press("Ctrl+N")
    counts.append(bar._count.text())
    person.wiring.commands.open_conversation("a")
    assert [*counts, bar._count.text()] == ["2 found", "1 found", "Not found", "2 found"]


def test_a_reply_whose_end_could_not_be_saved_does_not_look_unfinished(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = person.wiring.services.store
    keep, full = store.update_message, True

    def update(message: Message) -> None:
        if full:
            raise StoreError("The disk is full.", todo="Free some space.")
        keep(message)

    monkeypatch.setattr(store, "update_message", update)
    person.ask(QUESTION)
    shown = person.wiring.chat.session.path[-1]
    assert shown.state is MessageState.COMPLETE
    assert "disk is full" in shown.error
    assert "language model" in shown.text.lower()
    assert not person.wiring.chat.busy_conversations
    full = False
    person.ask("What is a token?")
    assert person.last.end_reason is EndReason.STOP


def test_without_loading_at_start_the_first_message_loads_the_model(
    open_app: Callable[..., Person],
) -> None:
    person = open_app()
    person.wiring.settings.change("model.load_at_start", False)
    close(person.app)
    again = open_app(loaded=False)
    assert again.wiring.services.inference.model is None
    assert not again.wiring.services.inference.loading
    again.ask(QUESTION)
    assert again.last.end_reason is EndReason.STOP
    assert again.wiring.services.inference.model is not None


def set_for(person: Person, model_id: str, temperature: float, prompt: str) -> None:
    """What a person sets for one model alone."""
    notes = person.wiring.services.supply.notes
    notes.change(model_id, "sampling.temperature", temperature)
    notes.change(model_id, "system_prompt", prompt)


def test_a_reply_asked_for_while_the_first_model_loads_is_stored_with_that_model(
    open_app: Callable[..., Person],
) -> None:
    person = open_app(loaded=False)
    set_for(person, GUIDE_MODEL_ID, 0.11, "Be short.")
    assert person.wiring.services.inference.loading
    person.ask(QUESTION)
    reply, model = person.last, person.wiring.services.inference.model
    assert model is not None
    assert reply.text
    assert (reply.model_id, reply.model_hash) == (GUIDE_MODEL_ID, model.hash)
    assert reply.sampling is not None
    assert reply.sampling.temperature == 0.11
    store = person.wiring.services.store
    assert store.conversation(reply.conversation_id).system_prompt == "Be short."


def test_a_reply_asked_for_while_another_model_loads_is_that_models(person: Person) -> None:
    person.ask(QUESTION)
    assert person.last.model_id == GUIDE_MODEL_ID
    person.press("Ctrl+N")
    notes = person.wiring.services.supply.notes
    other = notes.add_variant(GUIDE_MODEL_ID, GUIDE_MODEL_ID, "Another")
    set_for(person, other.id, 0.12, "Be long.")
    person.wiring.models.choose(other.id)
    assert person.wiring.services.inference.model is not None  # the one before
    person.ask("What is a token?")
    reply, store = person.last, person.wiring.services.store
    assert reply.model_id == other.id
    assert reply.sampling is not None
    assert reply.sampling.temperature == 0.12
    assert store.conversation(reply.conversation_id).system_prompt == "Be long."


def test_a_reply_asked_for_after_the_model_rested_is_stored_with_the_model(person: Person) -> None:
    person.ask(QUESTION)
    before = person.last
    person.wiring.services.inference.unload()
    person.qtbot.waitUntil(lambda: person.wiring.services.inference.model is None)
    person.ask("What is a token?")
    assert before.model_hash
    assert person.last.model_id == before.model_id
    assert person.last.model_hash == before.model_hash


def test_a_reply_that_goes_on_stays_the_models_that_began_it(person: Person) -> None:
    person.ask(QUESTION, wait=False)
    person.wait_words(8)
    person.press("Esc")
    person.wait_reply()
    notes = person.wiring.services.supply.notes
    other = notes.add_variant(GUIDE_MODEL_ID, GUIDE_MODEL_ID, "Another")
    person.wiring.models.choose(other.id)
    person.press("Ctrl+Shift+R")
    person.wait_reply()
    assert person.last.end_reason is EndReason.STOP
    assert person.last.model_id == GUIDE_MODEL_ID
