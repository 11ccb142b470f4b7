"""A whole conversation is added bit by bit while others write: it is seen when it is all there, or never."""

import os
from collections.abc import Iterator

import pytest
from making import conversation, message

from desktop_llm.core.errors import Cancelled, NotFoundError
from desktop_llm.core.events import Mark
from desktop_llm.core.messages import Message
from desktop_llm.core.safety_events import SafetyCounts
from desktop_llm.storage import adding
from desktop_llm.storage.history import History
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import Paths
from desktop_llm.storage.rows import EARLIEST

MARKS = {"m3": [Mark(0, 1, "drugs", "drugs.en.1", "mask")]}


@pytest.fixture(autouse=True)
def short_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few messages take several."""
    monkeypatch.setattr(adding, "LETTERS", 1000)
    monkeypatch.setattr(adding, "PAUSE_S", 0.0)


@pytest.fixture
def other(paths: Paths, history: History) -> Iterator[History]:
    """The same history in another window or process."""
    opened = open_history(paths)
    yield opened
    opened.close()


def long() -> tuple[Message, ...]:
    names = [f"m{number}" for number in range(9)]
    return tuple(
        message(name, parent, text=f"{name} " + "words " * 200)
        for name, parent in zip(names, [None, *names], strict=False)
    )


def test_it_is_neither_seen_nor_purged_before_it_is_whole_and_others_write_meanwhile(
    history: History, other: History
) -> None:
    seen: list[tuple[object, ...]] = []

    def look() -> None:
        other.put_draft("", f"draft {len(seen)}")
        seen.append((other.conversations(), other.search("words"), other.purge_deleted()))

    history.add_whole(conversation(leaf_id="m8"), long(), MARKS, look)
    assert len(seen) > 9
    assert set(seen) == {((), (), 0)}
    assert other.messages("c") == long()
    assert other.conversations() == (conversation(leaf_id="m8"),)
    assert other.marks("c") == {"m3": tuple(MARKS["m3"])}
    assert other.purge_deleted() == 0


def test_nothing_is_left_of_what_was_stopped(history: History, other: History) -> None:
    calls: list[Message | None] = []

    def stop() -> None:
        calls.append(other.message(f"m{len(calls) - 2}") if len(calls) > 1 else None)
        if len(calls) == 6:
            raise Cancelled

    with pytest.raises(Cancelled):
        history.add_whole(conversation(), long(), MARKS, stop)
    with pytest.raises(NotFoundError):
        history.message("m0")
    with pytest.raises(NotFoundError):
        history.restore_conversation("c")
    assert history.safety_counts(EARLIEST) == SafetyCounts()
    history.add_whole(conversation(), long(), MARKS)
    assert history.messages("c") == long()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a process that ends at once")
def test_what_a_crash_leaves_of_it_is_hidden_and_goes_at_the_next_start(paths: Paths) -> None:
    open_history(paths).close()
    calls: list[None] = []

    def crash() -> None:
        calls.append(None)
        if len(calls) == 4:
            os._exit(0)

    child = os.fork()
    if not child:
        try:
            open_history(paths).add_whole(conversation(), long(), MARKS, crash)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    history = open_history(paths)
    assert history.message("m1")
    assert history.conversations() == history.search("words") == ()
    assert history.purge_deleted() == 0
    with pytest.raises(NotFoundError):
        history.message("m1")
    with pytest.raises(NotFoundError):
        history.restore_conversation("c")
    history.close()
