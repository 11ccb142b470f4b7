"""The encrypted history keeps conversations and message trees without losing a bit."""

import dataclasses
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import conversation, message
from PySide6.QtCore import QCoreApplication, QObject, QThread, Signal, Slot

from desktop_llm.core import recording
from desktop_llm.core.clock import SystemClock
from desktop_llm.core.errors import NotFoundError, StoreError
from desktop_llm.core.events import Delta, End, EndReason, Event, Usage
from desktop_llm.core.messages import Message, MessageState, Role
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.storage import rows
from desktop_llm.storage.history import History
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import Paths

SAMPLING = SamplingSettings(temperature=0.7, top_k=0, seed=2**32 - 1, stop=("\n\n", "结束"))


def test_a_conversation_comes_back_as_it_was(history: History) -> None:
    kept = conversation(
        title="标题 🙂", pinned=True, system_prompt="Be kind.\n", preset="Own", sampling=SAMPLING
    )
    history.add_conversation(kept)
    assert history.conversation("c") == kept
    assert history.conversations() == (kept,)


def test_a_reply_comes_back_with_all_that_made_it(history: History) -> None:
    history.add_conversation(conversation())
    asked = message("q", text="What?\x00 \U0001f600 ﷽")
    reply = message(
        "r", "q", "So.", role=Role.ASSISTANT, model_id="m", model_hash="ab" * 32,
        sampling=SAMPLING, state=MessageState.COMPLETE, end_reason=EndReason.LENGTH,
        usage=Usage(11, 7, 3, 0.123456789, 45.6, 2**32 - 1), error="Something.",
    )  # fmt: skip
    history.add_message(asked)
    history.add_message(reply)
    assert history.messages("c") == (asked, reply)
    assert history.message("r") == reply
    assert history.conversation("c").leaf_id == "r"


texts = st.text(st.characters(codec="utf-8"))
samplings = st.builds(
    SamplingSettings,
    temperature=st.none() | st.floats(0, 2),
    top_k=st.none() | st.integers(0, 1000),
    stop=st.none() | st.lists(texts).map(tuple),
)
usages = st.builds(
    Usage,
    prompt_tokens=st.integers(0, 2**40),
    ttft_s=st.floats(0, 1e6),
    seed=st.none() | st.integers(0, 2**32),
)
moments = st.datetimes(datetime(1971, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC))
replies = st.builds(
    Message,
    id=texts, conversation_id=texts, parent_id=st.none() | texts, role=st.sampled_from(Role),
    text=texts, created=moments, state=st.sampled_from(MessageState),
    end_reason=st.none() | st.sampled_from(EndReason), model_id=texts, model_hash=texts,
    sampling=st.none() | samplings, usage=st.none() | usages, error=texts,
)  # fmt: skip


@given(replies)
def test_any_message_survives_being_made_a_row(reply: Message) -> None:
    assert rows.message_of(rows.message_row(reply)) == reply


def test_half_a_surrogate_pair_is_stored_as_a_replacement_character(history: History) -> None:
    history.add_conversation(conversation())
    history.add_message(message("q", text="a\ud83d b"))
    assert history.message("q").text == "a\ufffd b"


def test_pinned_conversations_come_first_then_the_most_recently_used(history: History) -> None:
    for minute, name in enumerate(("old", "pinned", "new")):
        history.add_conversation(conversation(name, minute, pinned=name == "pinned"))
    assert [one.id for one in history.conversations()] == ["pinned", "new", "old"]
    later = datetime(2027, 1, 1, tzinfo=UTC)
    history.add_message(message("q", conversation_id="old", created=later))
    assert [one.id for one in history.conversations()] == ["pinned", "old", "new"]


def test_a_history_with_times_and_figures_that_cannot_be_true_can_be_read(history: History) -> None:
    east, west = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
    history.add_conversation(conversation("first", updated=datetime(1, 1, 1, tzinfo=east)))
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=west)
    history.add_conversation(conversation("last"))
    usage = Usage(11, 0, 3, ttft_s=float("nan"), tokens_per_s=40.0)
    history.add_message(message("r", conversation_id="last", created=last, usage=usage))
    late, early = history.conversations()
    assert (late.id, early.id) == ("last", "first")
    years = [one.updated.astimezone(zone).year for one in (early, late) for zone in (east, west)]
    assert years == [1971, 1970, 2999, 2999]
    assert history.message("r").usage == Usage(11, 0, 3, ttft_s=0.0, tokens_per_s=40.0)


def test_renaming_does_not_count_as_use(history: History) -> None:
    history.add_conversation(conversation("a"))
    history.add_conversation(conversation("b", 1))
    later = datetime(2027, 1, 1, tzinfo=UTC)
    history.update_conversation(
        dataclasses.replace(history.conversation("a"), title="new", updated=later)
    )
    assert [one.title for one in history.conversations()] == ["b", "new"]
    assert history.conversation("a") == conversation("a", title="new")


def test_versions_are_siblings_and_deleting_one_takes_its_branch(history: History) -> None:
    history.add_conversation(conversation())
    for name, parent in (("q", None), ("r1", "q"), ("q2", "r1"), ("r2", "q2"), ("r1b", "q")):
        history.add_message(message(name, parent))
    history.delete_message("r1", "r1b")
    assert [one.id for one in history.messages("c")] == ["q", "r1b"]
    assert history.conversation("c").leaf_id == "r1b"


def test_a_branch_of_thousands_of_messages_can_be_deleted(history: History) -> None:
    history.add_conversation(conversation())
    with history._write() as cursor:
        for number in range(3000):
            parent = f"m{number - 1}" if number else None
            row = rows.message_row(message(f"m{number}", parent))
            names = ", ".join(row)
            places = ", ".join(f":{name}" for name in row)
            cursor.execute(f"INSERT INTO messages ({names}) VALUES ({places})", row)
    history.delete_message("m1", "m0")
    assert [one.id for one in history.messages("c")] == ["m0"]


def test_a_message_can_be_added_without_being_shown(history: History) -> None:
    history.add_conversation(conversation())
    history.add_message(message("a"))
    history.add_message(message("b", "a"), make_leaf=False)
    assert history.conversation("c").leaf_id == "a"


def test_a_deleted_conversation_is_hidden_and_can_be_restored(history: History) -> None:
    history.add_conversation(conversation())
    history.add_message(message("q", text="findme"))
    history.delete_conversation("c")
    assert history.conversations() == ()
    assert history.search("findme") == ()
    with pytest.raises(NotFoundError):
        history.conversation("c")
    with pytest.raises(NotFoundError):
        history.messages("c")
    # A reply that still streams into it must be able to end.
    history.update_message(dataclasses.replace(history.message("q"), text="findme still"))
    history.restore_conversation("c")
    assert history.conversation("c").leaf_id == "q"
    assert len(history.search("findme still")) == 1


def test_purging_counts_what_it_erases(history: History) -> None:
    for name in ("a", "b", "c"):
        history.add_conversation(conversation(name))
    history.delete_conversation("a")
    history.delete_conversation("b")
    assert history.purge_deleted() == 2
    assert history.purge_deleted() == 0
    with pytest.raises(NotFoundError):
        history.restore_conversation("a")
    history.erase_conversation("c")
    with pytest.raises(NotFoundError):
        history.erase_conversation("c")


def test_drafts_are_kept_replaced_and_gone_with_their_conversations(history: History) -> None:
    for name in ("a", "b"):
        history.add_conversation(conversation(name))
        history.put_draft(name, f"{name} first")
    history.put_draft("", "not begun \ud83d")
    history.put_draft("a", "a second")
    with pytest.raises(NotFoundError):
        history.put_draft("gone", "of a conversation that was erased")
    assert history.drafts() == {"a": "a second", "b": "b first", "": "not begun \ufffd"}
    history.delete_conversation("a")
    assert "a" in history.drafts()  # it may be undone
    history.purge_deleted()
    history.erase_conversation("b")
    assert history.drafts() == {"": "not begun \ufffd"}
    history.put_draft("", "")
    assert history.drafts() == {}


def test_what_is_not_there_is_told_as_not_found(history: History) -> None:
    history.add_conversation(conversation())
    gone = message("x", conversation_id="gone")
    attempts = (
        lambda: history.conversation("gone"),
        lambda: history.messages("gone"),
        lambda: history.message("gone"),
        lambda: history.update_conversation(conversation("gone")),
        lambda: history.delete_conversation("gone"),
        lambda: history.restore_conversation("gone"),
        lambda: history.delete_message("gone", None),
        lambda: history.update_message(gone),
        lambda: history.add_message(gone),
        lambda: history.add_message(message("y", "gone")),
    )
    for attempt in attempts:
        with pytest.raises(NotFoundError):
            attempt()
    assert history.messages("c") == ()


def test_a_failed_write_changes_nothing(history: History) -> None:
    history.add_conversation(conversation())
    history.add_message(message("q"))
    with pytest.raises(NotFoundError):
        history.add_message(message("x", "gone"))
    assert history.conversation("c").leaf_id == "q"
    history.add_message(message("r", "q"))
    assert history.conversation("c").leaf_id == "r"


def test_streaming_replies_are_marked_interrupted_and_then_found(history: History) -> None:
    history.add_conversation(conversation())
    reply = message("r", text="cut off", role=Role.ASSISTANT, state=MessageState.STREAMING)
    history.add_message(reply)
    assert history.search("cut off") == ()
    assert history.mark_interrupted() == 1
    assert history.mark_interrupted() == 0
    assert history.message("r").state is MessageState.INTERRUPTED
    assert [hit.message_id for hit in history.search("cut off")] == ["r"]


def test_a_reply_that_is_continued_leaves_the_index_until_it_ends(history: History) -> None:
    history.add_conversation(conversation())
    history.add_message(message("r", text="first half"))
    streaming = message("r", text="first half second", state=MessageState.STREAMING)
    history.update_message(streaming)
    assert history.search("first half") == ()
    history.update_message(dataclasses.replace(streaming, state=MessageState.COMPLETE))
    assert len(history.search("second")) == 1
    assert history.verify()


def test_a_reply_that_another_process_erases_is_made_no_longer(
    history: History, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.add_conversation(conversation())
    reply = message("r", role=Role.ASSISTANT, state=MessageState.STREAMING)
    history.add_message(reply)
    made: list[Event] = []

    def replying() -> Iterator[Event]:
        for event in [*[Delta("more ")] * 9, End(EndReason.STOP)]:
            made.append(event)
            yield event

    monkeypatch.setattr(recording, "FLUSH_S", 0.0)
    events = recording.record(replying(), reply, history, SystemClock())
    assert next(events) == Delta("more ")
    other = open_history(paths)
    other.erase_conversation("c")
    other.close()
    *_, end = events
    assert isinstance(end, End)
    assert isinstance(end.error, NotFoundError)
    assert len(made) == 2


def test_every_thread_may_read_and_write_at_once(history: History) -> None:
    history.add_conversation(conversation())

    def work(name: str) -> None:
        for number in range(10):
            history.add_message(message(f"{name}-{number}"))
            history.messages("c")

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, name) for name in "abcd"]:
            done.result()  # raises what was raised in the thread
    assert len(history.messages("c")) == 40


def test_a_thread_of_qt_keeps_its_connection_from_slot_to_slot(
    history: History, qapp: QCoreApplication
) -> None:
    history.add_conversation(conversation())
    written = threading.Semaphore(0)

    class Writer(QObject):
        asked = Signal(str)

        @Slot(str)
        def write(self, name: str) -> None:
            history.add_message(message(name))
            written.release()

    thread, writer = QThread(), Writer()
    writer.moveToThread(thread)
    writer.asked.connect(writer.write)
    thread.start()
    for name in ("a", "b", "c"):
        writer.asked.emit(name)
        assert written.acquire(timeout=10)
    thread.quit()
    assert thread.wait(10_000)
    assert len(history.messages("c")) == 3
    assert len(history._connections._all) == 2


def test_closing_leaves_one_file_and_later_calls_say_so(history: History, paths: Paths) -> None:
    history.add_conversation(conversation())
    other = threading.Thread(target=history.conversations)
    other.start()
    other.join()
    history.close()
    history.close()
    assert not paths.history.with_name("history.db-wal").exists()
    with pytest.raises(StoreError, match="closed"):
        history.conversations()
    again = open_history(paths)
    assert [one.id for one in again.conversations()] == ["c"]
    again.close()


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_only_this_user_may_read_the_files(history: History, paths: Paths) -> None:
    history.add_conversation(conversation())
    files = [path for path in paths.data.iterdir() if path.name.startswith("history")]
    assert {path.name for path in files} > {"history.db", "history.db-wal"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


class Model:
    """What a history should do, in plain dictionaries: the slow, obvious reference."""

    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}
        self.leaf: str | None = None

    def add(self, new: Message) -> None:
        self.messages[new.id], self.leaf = new, new.id

    def delete(self, name: str) -> None:
        parent = self.messages.pop(name).parent_id
        while orphans := [i for i, one in self.messages.items() if self._is_orphan(one)]:
            for orphan in orphans:
                del self.messages[orphan]
        self.leaf = parent

    def _is_orphan(self, one: Message) -> bool:
        return one.parent_id is not None and one.parent_id not in self.messages


steps = st.lists(st.tuples(st.sampled_from(("add", "delete", "text")), st.integers(0, 30)))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
def test_any_sequence_of_changes_gives_the_reference_s_tree(
    history: History, todo: list[tuple[str, int]]
) -> None:
    history.add_conversation(conversation())
    model = Model()
    for number, (step, pick) in enumerate(todo):
        names = list(model.messages)
        chosen = names[pick % len(names)] if names else None
        if step == "add":
            new = message(f"m{number}", chosen, f"text {number}")
            history.add_message(new)
            model.add(new)
        elif step == "delete" and chosen:
            history.delete_message(chosen, model.messages[chosen].parent_id)
            model.delete(chosen)
        elif chosen:
            changed = dataclasses.replace(model.messages[chosen], text=f"changed {number}")
            history.update_message(changed)
            model.messages[chosen] = changed
    assert history.messages("c") == tuple(model.messages.values())
    assert history.conversation("c").leaf_id == model.leaf
    found = {hit.message_id for hit in history.search("changed")}
    wanted = {i for i, one in model.messages.items() if "changed" in one.text}
    assert found <= wanted
    assert bool(found) == bool(wanted)
    history.erase_conversation("c")
