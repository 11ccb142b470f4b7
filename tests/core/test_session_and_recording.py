"""A conversation's life over the real encrypted store: versions, edits, recording, a full disk."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from desktop_llm.core.clock import SystemClock
from desktop_llm.core.errors import StoreError, UsageError, UserError
from desktop_llm.core.events import Checked, Delta, End, EndReason, Event, Mark, Retract, Usage
from desktop_llm.core.messages import Message, MessageState, MessageTree, Role
from desktop_llm.core.recording import record
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.core.session import Job, Session, Situation
from desktop_llm.core.settings import General, Settings
from desktop_llm.storage.history import History


def interrupted(session: Session, history: History) -> str:
    """The id of a reply in whose middle the app ended, of a conversation that is open again."""
    job = session.submit("one")
    history.update_message(dataclasses.replace(job.reply, text="The be"))
    assert history.mark_interrupted() == 1
    session.open(session.conversation.id)
    return job.reply.id


def answer(session: Session, history: History, job: Job, *pieces: str) -> Message:
    """Let a reply arrive in pieces."""
    events: list[Event] = [Delta(piece) for piece in pieces]
    events.append(End(EndReason.STOP, Usage(new_tokens=len(pieces))))
    assert list(record(iter(events), job.reply, history, SystemClock())) == events
    message = history.message(job.reply.id)
    session.tree.put(message)
    return message


def test_a_turn_is_in_the_store_before_anything_is_generated(
    session: Session, history: History
) -> None:
    job = session.submit("Hello\nyou")
    stored = history.messages(session.conversation.id)
    assert [m.text for m in stored] == ["Hello\nyou", ""]
    assert stored[1].state is MessageState.STREAMING
    assert history.conversation(session.conversation.id).title == "Hello"
    assert [turn.text for turn in job.request.turns] == ["Hello\nyou"]


def test_regenerating_and_editing_make_siblings_and_erase_nothing(
    session: Session, history: History
) -> None:
    first = answer(session, history, session.submit("one"), "A")
    second = answer(session, history, session.regenerate(first.id), "B")
    assert session.tree.versions(second.id) == (first.id, second.id)
    edited = session.edit(session.path[0].id, "uno")
    assert edited is not None
    answer(session, history, edited, "C")
    assert [m.text for m in session.path] == ["uno", "C"]
    assert session.flip(session.path[0].id, -1)
    assert [m.text for m in session.path] == ["one", "B"]
    assert session.flip(second.id, -1)
    assert [m.text for m in session.path] == ["one", "A"]
    assert not session.flip(first.id, -1)
    assert len(history.messages(session.conversation.id)) == 5


def test_the_shown_leaf_is_there_after_opening_again(session: Session, history: History) -> None:
    reply = answer(session, history, session.submit("one"), "A")
    answer(session, history, session.regenerate(reply.id), "B")
    session.flip(session.path[-1].id, -1)
    other = Session(history, SystemClock(), lambda: Situation(Settings()))
    other.open(session.conversation.id)
    assert [m.text for m in other.path] == ["one", "A"]


def test_continuing_grows_the_same_message(session: Session, history: History) -> None:
    reply = answer(session, history, session.submit("one"), "The be")
    job = session.continue_reply(reply.id)
    assert job.request.prefix == "The be"
    assert answer(session, history, job, "ginning").text == "The beginning"
    assert len(session.path) == 2


def test_a_reply_that_goes_on_is_measured_as_a_whole(session: Session, history: History) -> None:
    job = session.submit("one")
    cut = Usage(prompt_tokens=9, new_tokens=101, ttft_s=0.5, tokens_per_s=10.0, seed=4)
    events: list[Event] = [Delta("<think>hm"), End(EndReason.LENGTH, cut)]
    list(record(iter(events), job.reply, history, SystemClock()))
    session.tree.put(history.message(job.reply.id))
    more = Usage(prompt_tokens=110, new_tokens=201, ttft_s=0.1, tokens_per_s=40.0, seed=5)
    events = [Delta("</think>A"), End(EndReason.STOP, more)]
    going_on = session.continue_reply(job.reply.id)
    list(record(iter(events), going_on.reply, history, SystemClock()))
    # 10 seconds and 5 seconds for 100 tokens and 200.
    whole = Usage(prompt_tokens=9, new_tokens=302, ttft_s=0.5, tokens_per_s=20.0, seed=4)
    assert history.message(job.reply.id).usage == whole


@pytest.mark.parametrize("reason", [EndReason.FAILED, EndReason.CANCELLED])
def test_going_on_that_fails_or_is_stopped_leaves_the_reply_to_be_gone_on_with(
    session: Session, history: History, reason: EndReason
) -> None:
    job = session.submit("one")
    cut = End(EndReason.LENGTH, Usage(new_tokens=3, tokens_per_s=7.0), UserError("It was cut."))
    list(record(iter([Delta("The be"), cut]), job.reply, history, SystemClock()))
    before = history.message(job.reply.id)
    session.tree.put(before)
    failed = UserError("The window is full.") if reason is EndReason.FAILED else None
    job = session.continue_reply(before.id)
    list(record(iter([End(reason, error=failed)]), job.reply, history, SystemClock()))
    told = "The window is full." if failed else "It was cut."
    assert history.message(before.id) == dataclasses.replace(before, error=told)
    job = session.continue_reply(before.id)
    more: list[Event] = [Delta("gin"), End(reason, Usage(new_tokens=1), failed)]
    list(record(iter(more), job.reply, history, SystemClock()))
    after = history.message(before.id)
    assert (after.text, after.usage) == ("The begin", Usage(new_tokens=4, tokens_per_s=7.0))
    assert (after.end_reason, after.error) == (
        (EndReason.LENGTH, told) if failed else (EndReason.CANCELLED, "")
    )


def test_a_reply_that_the_apps_end_interrupted_stays_so_where_going_on_fails(
    session: Session, history: History
) -> None:
    reply_id = interrupted(session, history)
    job = session.continue_reply(reply_id)
    failed = End(EndReason.FAILED, error=UserError("The window is full."))
    list(record(iter([failed]), job.reply, history, SystemClock()))
    after = history.message(job.reply.id)
    assert (after.text, after.state) == ("The be", MessageState.INTERRUPTED)
    assert after.error == "The window is full."
    job = session.continue_reply(job.reply.id)
    list(record(iter([Delta("gin"), failed]), job.reply, history, SystemClock()))
    after = history.message(job.reply.id)
    assert (after.text, after.state) == ("The begin", MessageState.INTERRUPTED)


def test_deleting_a_version_shows_the_other_and_then_the_question(
    session: Session, history: History
) -> None:
    first = answer(session, history, session.submit("one"), "A")
    second = answer(session, history, session.regenerate(first.id), "B")
    session.delete_message(second.id)
    assert [m.text for m in session.path] == ["one", "A"]
    session.delete_message(first.id)
    assert [m.text for m in session.path] == ["one"]
    assert [m.text for m in history.messages(session.conversation.id)] == ["one"]


def test_what_was_set_up_and_not_begun_waits_while_others_are_shown(
    session: Session, history: History
) -> None:
    session.submit("one")
    stored = session.conversation.id
    session.start_new()
    session.change(preset="Precise", system_prompt="Be kind.", sampling=SamplingSettings(top_k=7))
    waiting = session.conversation
    session.open(stored)
    session.start_new()
    assert session.conversation == waiting
    session.start_new()
    assert session.conversation == waiting
    session.submit("two")
    assert history.conversation(waiting.id).system_prompt == "Be kind."
    session.start_new()
    blank = session.conversation
    assert (blank.preset, blank.system_prompt, blank.sampling) == ("", "", SamplingSettings())


def test_a_fresh_conversation_leaves_the_one_that_waits(session: Session) -> None:
    session.change(preset="Precise")
    waiting = session.conversation
    session.start_new(fresh=True)
    assert session.conversation.preset == ""
    session.submit("quick")
    session.start_new()
    assert session.conversation == waiting
    session.start_new(fresh=True)
    session.start_new()
    assert session.conversation == waiting


def test_what_waits_takes_a_changed_system_prompt_unless_it_has_its_own(history: History) -> None:
    prompt = "old"

    def now() -> Situation:
        return Situation(Settings(general=General(system_prompt=prompt)))

    session = Session(history, SystemClock(), now)
    session.change(preset="Precise")
    for own in (False, True):
        if own:
            session.change(system_prompt="mine")
        session.start_new(fresh=True)
        session.submit("quick")
        prompt = "own" if own else "new"
        session.start_new()
        assert session.conversation.system_prompt == ("mine" if own else "new")
        assert session.conversation.preset == "Precise"


def test_thousands_of_messages_below_one_are_deleted_with_it(
    session: Session, history: History
) -> None:
    parent, now = None, SystemClock().now()
    tree = MessageTree()
    for number in range(3000):
        tree.put(Message(str(number), "c", parent, Role.USER, "", now))
        parent = str(number)
    tree.remove("1")
    assert len(tree) == 1
    assert tree.leaf_under("0") == "0"


def test_what_was_thought_is_not_sent_back(session: Session, history: History) -> None:
    answer(session, history, session.submit("one"), "<think>hm</think>", "A")
    assert [turn.text for turn in session.submit("two").request.turns] == ["one", "A", "two"]


def test_a_question_that_was_refused_is_not_given_with_the_next_one(
    session: Session, history: History
) -> None:
    answer(session, history, session.submit("one"), "A")
    refused = session.submit("how to zorg")
    list(record(iter([End(EndReason.BLOCKED)]), refused.reply, history, SystemClock()))
    session.tree.put(history.message(refused.reply.id))
    with pytest.raises(UsageError):
        session.edit(refused.reply.id, "ok")  # the question would count as answered
    job = session.submit("and now?")
    assert [turn.text for turn in job.request.turns] == ["one", "A", "and now?"]
    assert [turn.text for turn in session.draft_request("x").turns][:3] == ["one", "A", "and now?"]
    session.tree.put(history.message(job.reply.id))
    again = session.regenerate(refused.reply.id)
    assert [turn.text for turn in again.request.turns] == ["one", "A", "how to zorg"]


def test_an_edited_reply_is_the_persons_and_has_no_error(
    session: Session, history: History
) -> None:
    failed = session.submit("one").reply
    end = End(EndReason.FAILED, Usage(new_tokens=1), UserError("The memory is full."))
    list(record(iter([Delta("A"), end]), failed, history, SystemClock()))
    session.tree.put(history.message(failed.id))
    session.edit(failed.id, "mine")
    own = history.message(session.path[-1].id)
    assert (own.text, own.end_reason, own.usage, own.error) == ("mine", None, None, "")
    assert history.message(failed.id).error == "The memory is full."
    assert [turn.text for turn in session.regenerate(own.id).request.turns] == ["one"]


def test_an_edited_reply_that_was_cut_off_can_be_gone_on_with(
    session: Session, history: History
) -> None:
    cut = session.submit("one").reply
    list(record(iter([Delta("A"), End(EndReason.LENGTH)]), cut, history, SystemClock()))
    session.tree.put(history.message(cut.id))
    session.edit(cut.id, "mine")
    own = history.message(session.path[-1].id)
    assert own.end_reason is EndReason.LENGTH
    assert session.continue_reply(own.id).request.prefix == "mine"


def test_an_edited_reply_that_the_apps_end_interrupted_can_be_gone_on_with(
    session: Session, history: History
) -> None:
    session.edit(interrupted(session, history), "A be")
    own = history.message(session.path[-1].id)
    assert (own.text, own.state) == ("A be", MessageState.INTERRUPTED)
    whole = answer(session, history, session.continue_reply(own.id), "ginning")
    assert (whole.text, whole.state) == ("A beginning", MessageState.COMPLETE)


@pytest.mark.parametrize("written", ["", " \n", "<think>not yet", "<think>thought</think>\n"])
def test_a_reply_that_says_nothing_is_no_turn(
    session: Session, history: History, written: str
) -> None:
    """Some templates refuse a conversation with an empty one, at every further message."""
    stopped = session.submit("one")
    events = [Delta(written), End(EndReason.CANCELLED)]
    list(record(iter(events), stopped.reply, history, SystemClock()))
    session.tree.put(history.message(stopped.reply.id))
    if not written:
        with pytest.raises(UsageError, match="cannot be edited"):
            session.edit(stopped.reply.id, "ok")  # nobody has judged its question
    again = session.submit("two")
    assert [(turn.role, turn.text) for turn in again.request.turns] == [
        (Role.USER, "one"), (Role.USER, "two"),
    ]  # fmt: skip


def test_empty_messages_and_remaking_a_question_are_refused(session: Session) -> None:
    with pytest.raises(UsageError):
        session.submit("  \n")
    session.submit("one")
    with pytest.raises(UsageError):
        session.regenerate(session.path[0].id)


def test_a_conversations_own_sampling_is_kept_with_its_replies(
    session: Session, history: History
) -> None:
    session.submit("one")
    session.change(preset="Precise", sampling=SamplingSettings(top_k=7))
    job = session.regenerate(session.path[-1].id)
    assert job.reply.sampling == SamplingSettings(temperature=0.2, top_p=0.9, top_k=7, min_p=0.0)
    assert history.conversation(session.conversation.id).preset == "Precise"


def test_a_consumer_that_stops_pulling_leaves_what_was_written(
    session: Session, history: History
) -> None:
    job = session.submit("one")
    events = record(iter([Delta("par"), Delta("t"), End(EndReason.STOP)]), job.reply, history,
                    SystemClock())  # fmt: skip
    next(events)
    events.close()
    kept = history.message(job.reply.id)
    assert (kept.text, kept.end_reason) == ("par", EndReason.CANCELLED)
    assert kept.state is MessageState.COMPLETE


class FullDisk:
    """The real store, with no room left for a while."""

    def __init__(self, history: History) -> None:
        self._history, self.full = history, True

    def update_message(self, message: Message) -> None:
        if self.full:
            raise StoreError("The disk is full.", todo="Free some space.")
        self._history.update_message(message)


def test_a_full_disk_is_told_with_the_end_and_the_reply_goes_on(
    session: Session, history: History
) -> None:
    job = session.submit("one")
    disk = FullDisk(history)
    events = list(record(iter([Delta("A"), End(EndReason.STOP)]), job.reply, disk, SystemClock()))  # type: ignore[arg-type]
    assert events[0] == Delta("A")
    assert isinstance(events[1], End)
    assert "disk is full" in str(events[1].error)
    disk.full = False
    end = dataclasses.replace(job.reply, text="")
    list(record(iter([Delta("A"), End(EndReason.STOP)]), end, disk, SystemClock()))  # type: ignore[arg-type]
    assert history.message(job.reply.id).text == "A"


def test_roles_alternate_on_the_shown_path(session: Session, history: History) -> None:
    for text in ("one", "two", "three"):
        answer(session, history, session.submit(text), text.upper())
    assert [m.role for m in session.path] == [Role.USER, Role.ASSISTANT] * 3


def test_text_that_may_be_taken_back_is_not_stored_until_it_is_checked(
    session: Session, history: History
) -> None:
    job = session.submit("one")
    events: list[Event] = [
        Checked(0), Delta("Good. "), Checked(6), Delta("Bad"), Retract(6), End(EndReason.BLOCKED)
    ]  # fmt: skip
    recorded = record(iter(events), job.reply, history, Hasty())
    stored = [history.message(job.reply.id).text for _ in recorded]
    assert stored == ["", "", "", "Good. ", "Good. ", "Good. "]
    assert history.message(job.reply.id).end_reason is EndReason.BLOCKED


def test_a_consumer_that_stops_before_a_verdict_leaves_only_what_was_checked(
    session: Session, history: History
) -> None:
    job = session.submit("one")
    events: list[Event] = [Checked(0), Delta("Good. "), Checked(6), Delta("Bad"), Delta("!")]
    recorded = record(iter(events), job.reply, history, Hasty())
    for _ in events:
        next(recorded)
    recorded.close()
    assert history.message(job.reply.id).text == "Good. "


class Hasty:
    """A clock that has run on each time it is looked at: every piece is flushed at once."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def now(self) -> datetime:
        return SystemClock().now()

    def monotonic(self) -> float:
        self._seconds += 1.0
        return self._seconds


def test_marks_are_kept_with_the_reply_and_go_with_what_is_taken_back(
    session: Session, history: History
) -> None:
    job = session.submit("one")
    kept = Mark(0, 1, "own", "own.1", "mask")
    stop = Mark(2, 2, "hate", "guard.reply", "block")
    events: list[Event] = [
        Checked(0), Delta("█ "), kept, Checked(2), Delta("█ bad"), Mark(2, 3, "own", "own.2", "mask"),
        Retract(2), stop, End(EndReason.BLOCKED),
    ]  # fmt: skip
    list(record(iter(events), job.reply, history, SystemClock()))
    assert history.marks(session.conversation.id) == {job.reply.id: (kept, stop)}


def test_a_reply_that_goes_on_keeps_the_marks_it_had(session: Session, history: History) -> None:
    first = Mark(0, 1, "own", "own.1", "mask")
    job = session.submit("one")
    list(record(iter([Delta("█ a"), first, End(EndReason.LENGTH)]), job.reply, history, SystemClock()))  # fmt: skip
    session.open(session.conversation.id)
    more = session.continue_reply(job.reply.id)
    second = Mark(4, 5, "own", "own.1", "mask")
    list(record(iter([Delta(" █"), second, End(EndReason.STOP)]), more.reply, history, SystemClock()))  # fmt: skip
    assert history.marks(session.conversation.id) == {job.reply.id: (first, second)}
    since = datetime.now(UTC) - timedelta(days=7)
    assert history.safety_counts(since).replies == 1


def test_a_title_goes_with_the_message_that_it_was_made_of(
    session: Session, history: History
) -> None:
    session.submit("My card is 4111 1111 1111 1111\nWhat is it?")
    first = session.path[0].id
    session.edit(first, "What is a card?")
    session.delete_message(first)
    assert history.conversation(session.conversation.id).title == "What is a card?"
    session.delete_message(session.path[0].id)
    assert history.conversation(session.conversation.id) == session.conversation
    assert session.conversation.title == ""
    session.submit("Another")
    assert history.conversation(session.conversation.id).title == "Another"


def test_a_title_that_a_person_gave_stays(session: Session, history: History) -> None:
    session.submit("one")
    session.change(title="Numbers")
    session.delete_message(session.path[0].id)
    session.submit("two")
    assert history.conversation(session.conversation.id).title == "Numbers"
