"""A conversation from a file that anybody may have written: what of it is kept, and what the view says."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm import cli
from desktop_llm.core.clock import SystemClock
from desktop_llm.core.events import EndReason
from desktop_llm.core.messages import Conversation, Message, MessageState, Role
from desktop_llm.core.policy import Level, Policy
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.core.session import Session, Situation
from desktop_llm.core.settings import Settings
from desktop_llm.core.titles import title_from
from desktop_llm.safety.imported import filtered, length
from desktop_llm.storage.export import to_json
from desktop_llm.storage.history import History
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import find_paths
from desktop_llm.storage.settings_file import SettingsFile
from desktop_llm.ui.conversation.document import ShownMessage
from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.look import Look

NOW = datetime(2026, 11, 24, tzinfo=UTC)
MASKED, STOPPED = "ada@example.org", "cocaine"
BAD = f"Ask {MASKED}\u200b about {STOPPED} and more"
SAMPLING = SamplingSettings(
    temperature=0.5, stop=("END", "Stop"), banned_phrases=("well", MASKED),
    logit_bias=(f"{STOPPED}=2",), answer_format="choice", answer_pattern=f"yes\n{MASKED}",
)  # fmt: skip
WHOLE = Conversation(
    "c", f"Title {BAD}", NOW, NOW, leaf_id="later", system_prompt=f"Prompt {BAD}", sampling=SAMPLING
)
MESSAGES = (
    Message("rule", "c", None, Role.SYSTEM, f"Rule {BAD}", NOW),
    Message("asked", "c", "rule", Role.USER, BAD, NOW, error=f"Asking {BAD}"),
    Message(
        "reply", "c", "asked", Role.ASSISTANT, f"Well, {BAD}", NOW, model_id=f"org/{BAD}",
        state=MessageState.INTERRUPTED, end_reason=EndReason.LENGTH, sampling=SAMPLING,
    ),
    Message(
        "failed", "c", "asked", Role.ASSISTANT, f"I am {MASKED}.", NOW,
        end_reason=EndReason.FAILED, error=f"Failed {BAD}",
    ),
    Message("later", "c", "reply", Role.USER, "Thanks", NOW),
)  # fmt: skip


Import = Callable[..., History]


@pytest.fixture
def imported(tmp_path: Path) -> Iterator[Import]:
    """A file as the command takes it in under a level: the history that has it then."""
    path = tmp_path / "theirs.llmchat"
    paths = find_paths()
    paths.prepare()
    opened: list[History] = []

    def take_in(
        level: Level, whole: Conversation = WHOLE, messages: tuple[Message, ...] = MESSAGES
    ) -> History:
        path.write_text(to_json(whole, messages), encoding="utf-8")
        SettingsFile(paths).change("safety.level", level.value)
        assert cli.run(["chats", "import", str(path)]) == 0
        opened.append(open_history(paths))
        return opened[0]

    yield take_in
    for history in opened:
        history.close()


def test_strict_filters_all_of_it_but_what_a_person_said(imported: Import) -> None:
    history = imported(Level.STRICT)
    (whole,) = history.conversations()
    assert (whole.title, whole.system_prompt) == ("Title Ask █ about ", "Prompt Ask █ about ")
    rule, asked, reply, failed, later = history.messages(whole.id)
    assert (rule.text, rule.end_reason) == ("Rule Ask █ about ", EndReason.BLOCKED)
    assert (asked.text, asked.end_reason, asked.error) == (BAD, None, "Asking Ask █ about ")
    assert (reply.text, reply.model_id) == ("Well, Ask █ about ", "org/Ask █ about ")
    assert (reply.end_reason, reply.state) == (EndReason.BLOCKED, MessageState.COMPLETE)
    assert (failed.text, failed.error) == ("I am █.", "Failed Ask █ about ")
    assert failed.end_reason is EndReason.FAILED
    assert later.text == "Thanks"
    assert {hit.message_id for hit in history.search(STOPPED)} == {asked.id}
    marks = history.marks(whole.id)
    assert set(marks) == {rule.id, reply.id, failed.id}
    told = [(mark.start, mark.end, mark.category, mark.action) for mark in marks[reply.id]]
    assert told == [(10, 11, "personal", "mask"), (18, 18, "drugs", "block")]


def test_sampling_settings_keep_no_word_that_strict_hides(imported: Import) -> None:
    history = imported(Level.STRICT)
    (whole,) = history.conversations()
    kept = SamplingSettings(temperature=0.5, stop=("END", "Stop"), banned_phrases=("well",))
    assert whole.sampling == kept
    assert [one.sampling for one in history.messages(whole.id)] == [None, None, kept, None, None]


def test_entries_that_only_together_say_what_is_hidden_go_together() -> None:
    split = dataclasses.replace(WHOLE, sampling=SamplingSettings(stop=("bad", "words"), seed=3))
    (kept, _, _) = filtered(split, (), Policy(Level.STRICT, ("bad, words",)))
    assert kept.sampling == SamplingSettings(seed=3)


def test_a_title_made_of_a_persons_words_stays_and_goes_with_them(imported: Import) -> None:
    asked = Message("asked", "c", None, Role.USER, f"{BAD}\nand a second line", NOW)
    titled = dataclasses.replace(
        WHOLE, title=title_from(asked.text), leaf_id="asked", sampling=SamplingSettings()
    )
    history = imported(Level.STRICT, titled, (asked,))
    (whole,) = history.conversations()
    assert whole.title == titled.title
    session = Session(history, SystemClock(), lambda: Situation(Settings()))
    session.open(whole.id)
    session.delete_message(session.path[0].id)
    assert history.conversation(whole.id).title == ""
    seen: list[int] = []
    filtered(titled, iter((asked,)), Policy(Level.STRICT), seen.append)
    assert sum(seen) == length(titled, iter((asked,)))


def test_off_changes_nothing(imported: Import) -> None:
    history = imported(Level.OFF)
    (whole,) = history.conversations()
    assert (whole.title, whole.system_prompt) == (WHOLE.title, WHOLE.system_prompt)
    assert whole.sampling == SAMPLING
    for kept, given in zip(history.messages(whole.id), MESSAGES, strict=True):
        own = {"id": given.id, "conversation_id": "c", "parent_id": given.parent_id}
        assert dataclasses.replace(kept, **own) == given  # type: ignore[arg-type]
    assert history.marks(whole.id) == {}


def test_the_view_says_why_of_a_reply_and_of_what_the_file_calls_the_system(
    imported: Import, qapp: QApplication, qtbot: QtBot
) -> None:
    look = Look()
    look.apply(qapp)
    history = imported(Level.STRICT)
    (whole,) = history.conversations()
    marks = history.marks(whole.id)
    view = ConversationView(look)
    qtbot.addWidget(view)
    rule, _, reply, _, _ = history.messages(whole.id)
    for message in (rule, reply):
        view.show_path([ShownMessage(message, marks=marks[message.id])])
        assert "The safety filter stopped this reply here: Drugs" in view.toPlainText()
        assert STOPPED not in view.toPlainText()
        letters = view.document().find("█").charFormat()
        assert letters.toolTip().startswith("Hidden: Personal data")
