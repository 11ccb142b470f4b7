"""What the safety filter did is counted without a word of what it touched; and texts are rewritten for good."""

from datetime import UTC, datetime, timedelta

from making import conversation, message
from test_nothing_is_left import CANARIES, TEXT, TITLE, fill, traces

from desktop_llm.core.events import Mark
from desktop_llm.core.messages import Role
from desktop_llm.core.safety_events import SafetyCounts, Touched
from desktop_llm.storage.history import History
from desktop_llm.storage.paths import Paths

MASK = Mark(3, 4, "profanity", "profanity.en.1", "mask")
WARN = Mark(9, 12, "drugs", "drugs.en.2", "warn")
STOP = Mark(12, 12, "hate", "guard.reply", "block")


def begun(history: History) -> None:
    history.add_conversation(conversation())
    for name in ("a", "b", "d"):
        history.add_message(message(name, role=Role.ASSISTANT))


def test_replies_are_counted_by_category_over_a_time(history: History) -> None:
    begun(history)
    history.put_marks("a", [MASK, MASK, WARN])
    history.put_marks("b", [WARN, STOP])
    week = history.safety_counts(datetime.now(UTC) - timedelta(days=7))
    assert week == SafetyCounts(
        2, (Touched("drugs", 2), Touched("hate", 1), Touched("profanity", 1))
    )
    later = history.safety_counts(datetime.now(UTC) + timedelta(seconds=5))
    assert later == SafetyCounts(older=True)


def test_marks_come_back_in_order_and_newer_ones_replace_those_behind_them(
    history: History,
) -> None:
    begun(history)
    history.put_marks("a", [STOP, WARN, MASK])
    assert history.marks("c") == {"a": (MASK, WARN, STOP)}
    later = Mark(20, 21, "own", "own.1", "mask")
    history.put_marks("a", [later], start=9)
    assert history.marks("c") == {"a": (MASK, later)}


def test_the_counts_outlive_the_reply_until_the_list_is_erased(history: History) -> None:
    begun(history)
    history.put_marks("a", [MASK])
    history.erase_conversation("c")
    since = datetime.now(UTC) - timedelta(days=7)
    assert history.safety_counts(since).replies == 1
    history.forget_safety_events()
    assert history.safety_counts(since) == SafetyCounts()


def test_what_is_rewritten_leaves_no_trace_in_any_page_or_in_the_index(
    history: History, paths: Paths
) -> None:
    fill(history)
    copy = paths.history.with_name("history.db.before-v2")
    copy.write_bytes(paths.history.read_bytes())
    clean = [message(one.id, text="█ and some words", conversation_id="gone")
             for one in history.messages("gone")]  # fmt: skip
    history.rewrite(clean, [conversation("gone", title="█", system_prompt="█")])
    assert traces(paths) == []
    assert not copy.exists()
    assert history.search("canary") == ()
    assert "gone0" in {hit.message_id for hit in history.search("some words")}
    assert history.conversation("gone").title == "█"
    assert TITLE.encode() in CANARIES
    assert TEXT not in history.messages("gone")[0].text


def test_what_no_count_and_no_reply_needs_goes(history: History) -> None:
    begun(history)
    history.put_marks("a", [MASK])
    history.put_marks("b", [WARN])
    history.delete_message("b", "a")
    later = datetime.now(UTC) + timedelta(seconds=5)
    history.forget_old_safety_events(datetime.now(UTC) - timedelta(days=7))
    assert history.safety_counts(later - timedelta(days=7)).replies == 2
    history.forget_old_safety_events(later)
    assert history.safety_counts(later - timedelta(days=7)).replies == 1
    assert history.marks("c") == {"a": (MASK,)}
    history.forget_safety_events()
    assert history.safety_counts(later) == SafetyCounts()
