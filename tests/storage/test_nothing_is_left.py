"""Deleted means gone: no trace in any page of any file, free pages and the log included."""

import dataclasses
from collections.abc import Callable

import pytest
from elsewhere import holding, reading
from making import conversation, message
from pages import plain_bytes

from desktop_llm.core.errors import Cancelled, NotFoundError, TracesLeftError
from desktop_llm.core.messages import MessageState
from desktop_llm.storage import adding, connections
from desktop_llm.storage.connections import PLAIN_HEADER
from desktop_llm.storage.history import History
from desktop_llm.storage.keys import KeyStore
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import Paths

TITLE, PROMPT, TEXT, EDITED = "龘靐齉爩", "PROMPT-canary", "TEXT-canary 鱻麤龗", "EDITED-canary"
CANARIES = [canary.encode() for canary in (TITLE, PROMPT, "TEXT-canary", "鱻麤龗", EDITED)]


def fill(history: History) -> None:
    for name in ("kept", "gone"):
        marked = name == "gone"
        history.add_conversation(
            conversation(name, title=TITLE if marked else "kept", system_prompt=PROMPT * marked)
        )
        for number in range(40):
            text = (TEXT if marked else "ordinary words") + f" {number} " + "filler " * 300
            kept = message(f"{name}{number}", text=text, conversation_id=name)
            history.add_message(dataclasses.replace(kept, state=MessageState.STREAMING))
            history.update_message(kept)
    history.update_message(message("gone1", text=EDITED, conversation_id="gone"))


def traces(paths: Paths) -> list[bytes]:
    found = KeyStore(paths.key, None).find()
    assert found is not None
    content = plain_bytes(paths.history, found.value)
    return [canary for canary in CANARIES if canary in content]


def test_before_deletion_the_search_for_traces_finds_them_all(
    history: History, paths: Paths
) -> None:
    fill(history)
    assert set(traces(paths)) == set(CANARIES)


def test_after_purging_no_page_of_any_file_holds_a_trace(history: History, paths: Paths) -> None:
    fill(history)
    history.delete_conversation("gone")
    assert history.purge_deleted() == 1
    assert traces(paths) == []
    assert len(history.messages("kept")) == 40
    assert history.verify()


def test_erasing_one_conversation_leaves_no_trace_either(history: History, paths: Paths) -> None:
    fill(history)
    history.erase_conversation("gone")
    assert traces(paths) == []


def test_a_deleted_branch_is_gone_from_the_index_and_the_log_at_once(
    history: History, paths: Paths
) -> None:
    history.add_conversation(conversation())
    history.add_message(message("a", text="stays"))
    history.add_message(message("b", "a", text=TEXT * 100))
    assert traces(paths)
    history.delete_message("b", "a")
    assert history.search("canary") == ()
    assert traces(paths) == []


def test_no_file_of_the_home_shows_a_word_without_the_key(history: History, paths: Paths) -> None:
    fill(history)
    files = [path for path in paths.home.rglob("*") if path.is_file()]
    assert len(files) > 3
    for path in files:
        content = path.read_bytes()
        assert not content.startswith(PLAIN_HEADER)
        assert not any(canary in content for canary in CANARIES), path


@pytest.mark.parametrize(
    "erase",
    [
        lambda history: history.erase_conversation("gone"),
        lambda history: history.delete_message("gone1", None),
        lambda history: history.rewrite([message("gone1", conversation_id="gone")]),
        lambda history: history.forget_safety_events(),
    ],
    ids=["a conversation", "a message", "a text", "what the filter did"],
)
def test_copies_that_can_be_read_go_with_what_is_erased(
    erase: Callable[[History], None], history: History, paths: Paths
) -> None:
    """One that was made before a migration, and one for which the key was the wrong one."""
    fill(history)
    history._connections.truncate_log()
    copies = [paths.history.with_name(f"history.db.{name}") for name in ("before-v2", "damaged-1")]
    for copy in copies:
        copy.write_bytes(paths.history.read_bytes())
    broken = paths.history.with_name("history.db.damaged-2")
    broken.write_bytes(bytes(8192))
    erase(history)
    assert not any(copy.exists() for copy in copies)
    assert broken.exists()


def test_the_index_keeps_no_term_of_what_was_purged(history: History, paths: Paths) -> None:
    fill(history)
    history.erase_conversation("gone")
    with history._write() as cursor:
        cursor.execute(
            "CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'messages_text', 'row')"
        )
        terms = {row["term"] for row in cursor.execute("SELECT term FROM temp.terms")}
    assert "wor" in terms
    assert not {"鱻麤龗", "can", "xt-"} & terms


def test_with_another_key_the_pages_are_noise(history: History, paths: Paths) -> None:
    fill(history)
    content = plain_bytes(paths.history, bytes(32))
    assert not any(canary in content for canary in CANARIES)


@pytest.mark.parametrize("instead", ["", "other words"])
def test_a_draft_that_was_replaced_leaves_no_trace(
    history: History, paths: Paths, instead: str
) -> None:
    history.put_draft("", TEXT * 20)
    assert traces(paths)
    history.put_draft("", instead)
    assert traces(paths) == []


def test_a_draft_that_was_rewritten_leaves_no_trace(history: History, paths: Paths) -> None:
    history.put_draft("", TEXT * 20)
    assert traces(paths)
    history.rewrite((), drafts={"": "other words"})
    assert history.drafts() == {"": "other words"}
    assert traces(paths) == []


def test_a_draft_is_erased_with_its_conversation(history: History, paths: Paths) -> None:
    history.add_conversation(conversation())
    history.put_draft("c", TEXT * 20)
    history.erase_conversation("c")
    assert traces(paths) == []


def test_what_was_being_added_and_was_stopped_leaves_no_trace(
    history: History, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "LETTERS", 1000)
    monkeypatch.setattr(adding, "PAUSE_S", 0.0)
    seen: list[list[bytes]] = []

    def stop() -> None:
        seen.append(traces(paths))
        if len(seen) == 4:
            raise Cancelled

    whole = conversation("gone", title=TITLE, system_prompt=PROMPT)
    texts = [message(f"m{n}", text=TEXT * 50, conversation_id="gone") for n in range(9)]
    with pytest.raises(Cancelled):
        history.add_whole(whole, texts, {}, stop)
    assert seen[0] == []
    assert set(seen[-1]) == set(CANARIES) - {EDITED.encode()}
    assert traces(paths) == []


def test_what_was_erased_while_the_log_was_read_goes_with_the_next_write(
    history: History, paths: Paths
) -> None:
    fill(history)
    with reading():
        with pytest.raises(TracesLeftError, match="log"):
            history.erase_conversation("gone")
        with pytest.raises(NotFoundError):
            history.conversation("gone")
        history.put_draft("", "a write that must not fail or wait")
        assert traces(paths)
    history.put_draft("kept", "the next one")
    assert traces(paths) == []


@pytest.mark.parametrize(
    ("erase", "left"),
    [
        (lambda history: history.delete_message("m", None), ("a draft",)),
        (lambda history: history.rewrite([message("m", text="other")]), ("other", "a draft")),
        (lambda history: history.put_draft("c", ""), ("words",)),
    ],
    ids=["a message", "a text", "a draft"],
)
def test_what_is_erased_while_the_log_is_read_is_erased(
    history: History, erase: Callable[[History], None], left: tuple[str, ...]
) -> None:
    history.add_conversation(conversation())
    history.add_message(message("m", text="words"))
    history.put_draft("c", "a draft")
    with reading(), pytest.raises(TracesLeftError):
        erase(history)
    texts = [one.text for one in history.messages("c")]
    assert left == (*texts, *history.drafts().values())


def test_a_reader_that_stays_is_waited_for_once(
    history: History, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(history)
    with reading():
        with pytest.raises(TracesLeftError):
            history.delete_message("gone2", None)
        with monkeypatch.context() as patient:
            patient.setattr(connections, "LOG_WAIT_S", 3600.0)
            with pytest.raises(TracesLeftError):
                history.delete_message("gone1", None)
    history.erase_conversation("gone")
    assert traces(paths) == []


def test_a_copy_that_cannot_be_removed_keeps_nothing_and_goes_with_the_next(
    history: History, paths: Paths
) -> None:
    fill(history)
    copy = paths.history.with_name("history.db.before-v2")
    copy.write_bytes(b"older")
    with holding(copy), pytest.raises(TracesLeftError, match="before-v2") as told:
        history.erase_conversation("gone")
    assert told.value.todo
    assert [one.id for one in history.conversations()] == ["kept"]
    assert traces(paths) == []
    history.delete_message("kept3", None)
    assert not copy.exists()


def test_what_had_to_stay_goes_at_the_next_start(history: History, paths: Paths) -> None:
    fill(history)
    copy = paths.history.with_name("history.db.before-v2")
    copy.write_bytes(b"older")
    with holding(copy), pytest.raises(TracesLeftError):
        history.erase_conversation("gone")
    history.close()
    again = open_history(paths)
    with holding(copy), pytest.raises(TracesLeftError, match="before-v2"):
        again.purge_deleted()
    assert again.purge_deleted() == 0
    assert not copy.exists()
    copy.write_bytes(b"made by a later update")
    assert again.purge_deleted() == 0
    assert copy.exists()
    again.close()


def test_where_nothing_was_erased_the_copies_may_stay(history: History, paths: Paths) -> None:
    fill(history)
    copy = paths.history.with_name("history.db.before-v2")
    copy.write_bytes(b"older")
    with pytest.raises(NotFoundError):
        history.delete_message("nobody", None)
    history.close()
    again = open_history(paths)
    assert again.purge_deleted() == 0
    assert copy.exists()
    again.close()


def test_a_folder_with_the_name_of_a_copy_is_none(history: History, paths: Paths) -> None:
    folder = paths.history.with_name("history.db.before-v3")
    folder.mkdir()
    fill(history)
    history.erase_conversation("gone")
    assert traces(paths) == []
    assert folder.exists()
