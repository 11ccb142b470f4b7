"""Personal data found in texts, masked and cut out; and a whole history cleaned for good."""

import threading
from collections.abc import Iterator

import pytest

from desktop_llm.core.clock import SystemClock
from desktop_llm.core.errors import Cancelled
from desktop_llm.core.messages import Conversation, Message, Role
from desktop_llm.core.personal import Findings, Holder, clean, counted, scan
from desktop_llm.core.policy import Level, PersonalData, Policy
from desktop_llm.safety.personal import find_personal
from desktop_llm.storage.history import History
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import find_paths

TEXT = "Write to ada@example.org or call +49 30 1234567, please."
CARD = "Card 4111 1111 1111 1111."


def find(text: str) -> Findings:
    return find_personal(Policy(), text)


def found_in(history: History) -> list[Holder]:
    return list(scan(history, find, lambda done, total: None, threading.Event()))


def test_what_is_found_is_masked_or_cut_out_whatever_the_policy_does() -> None:
    for level in Level:
        found = find_personal(Policy(level=level, words=("please",)), TEXT)
        assert [words for _, words in found.pieces] == ["ada@example.org", "+49 30 1234567"]
        assert found.masked == "Write to █ or call █, please."
        assert found.cut == "Write to  or call , please."
    assert find("Nothing here.").marks == ()
    assert find("Nothing here.").masked == "Nothing here."


def test_kinds_that_are_off_and_what_is_allowed_are_left_alone() -> None:
    policy = Policy(personal=PersonalData(phone=False))
    assert [rule for rule, _ in find_personal(policy, TEXT).pieces] == ["personal.email"]
    assert find_personal(Policy(allowed=("personal.email",)), TEXT).masked.startswith(
        "Write to ada@example.org or call █"
    )


def test_some_of_what_was_found_can_be_left() -> None:
    emails = find(TEXT).only(lambda rule: rule == "personal.email")
    assert emails.masked == "Write to █ or call +49 30 1234567, please."
    assert counted(find(TEXT).pieces, lambda rule: rule.split(".")[0]) == {"personal": 2}


@pytest.fixture
def history() -> Iterator[History]:
    paths = find_paths()
    paths.prepare()
    opened = open_history(paths)
    now = SystemClock().now()
    opened.add_conversation(Conversation("c", "Mail of ada@example.org", now, now))
    opened.add_message(Message("a", "c", None, Role.USER, TEXT, now))
    opened.add_message(Message("b", "c", "a", Role.ASSISTANT, "I will.", now))
    opened.add_message(Message("b2", "c", "a", Role.ASSISTANT, CARD, now))
    yield opened
    opened.close()


def test_the_history_is_scanned_with_all_versions_and_titles(history: History) -> None:
    holders = found_in(history)
    assert [holder.held.id for holder in holders] == ["c", "a", "b2"]
    assert [words for _, words in holders[2].pieces] == ["4111 1111 1111 1111"]


@pytest.mark.parametrize("delete", [False, True])
def test_what_was_found_is_rewritten_in_messages_titles_and_the_index(
    history: History, delete: bool
) -> None:
    count = clean(history, found_in(history), lambda rule: True, delete=delete)
    assert count == 4
    sign = "" if delete else "█"
    assert history.conversation("c").title == f"Mail of {sign}"
    assert history.message("a").text == f"Write to {sign} or call {sign}, please."
    assert history.message("b").text == "I will."
    assert history.search("ada@example") == ()
    assert history.search("4111") == ()
    assert found_in(history) == []


def test_a_scan_can_be_stopped(history: History) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        list(scan(history, find, lambda done, total: None, stop))


def test_only_the_kinds_that_were_chosen_are_rewritten(history: History) -> None:
    count = clean(history, found_in(history), lambda rule: "card" in rule, delete=False)
    assert count == 1
    assert history.message("b2").text == "Card █."
    assert history.message("a").text == TEXT
