"""Personal data found in texts, masked and cut out; and a whole history cleaned for good."""

import dataclasses
import threading
from collections.abc import Iterator

import pytest

from desktop_llm.core.clock import SystemClock
from desktop_llm.core.errors import Cancelled
from desktop_llm.core.events import Mark
from desktop_llm.core.messages import Conversation, Message, MessageState, Role
from desktop_llm.core.personal import (
    Cleaned,
    Draft,
    Findings,
    Holder,
    changed,
    changed_title,
    clean,
    counted,
    find_after,
    scan,
)
from desktop_llm.core.policy import Level, PersonalData, Policy
from desktop_llm.core.replacing import Replaced, moved
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.core.titles import title_from
from desktop_llm.safety.filter import filter_text
from desktop_llm.safety.personal import find_personal
from desktop_llm.storage.export import to_markdown
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
        assert found.with_sign("") == "Write to  or call , please."
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
    cleaned = clean(history, found_in(history), find, lambda rule: True, delete=delete)
    assert cleaned == Cleaned(4)
    sign = "" if delete else "█"
    assert history.conversation("c").title == f"Mail of {sign}"
    assert history.message("a").text == f"Write to {sign} or call {sign}, please."
    assert history.message("b").text == "I will."
    assert history.search("ada@example") == ()
    assert history.search("4111") == ()
    assert found_in(history) == []


@pytest.mark.parametrize("delete", [False, True])
def test_what_is_written_and_not_sent_is_found_and_rewritten_too(
    history: History, delete: bool
) -> None:
    history.put_draft("", "call +49 30 1234567 tonight")
    history.put_draft("c", CARD)
    holders = [holder for holder in found_in(history) if isinstance(holder.held, Draft)]
    assert {(holder.title, words) for holder in holders for _, words in holder.pieces} == {
        ("", "+49 30 1234567"), ("Mail of ada@example.org", "4111 1111 1111 1111")}  # fmt: skip
    history.put_draft("c", f"{CARD} Or 5500 0000 0000 0004.")
    sign = "" if delete else "█"
    now = {"": f"call {sign} tonight", "c": f"Card {sign}. Or {sign}."}
    cleaned = clean(history, holders, find, lambda rule: True, delete=delete)
    assert cleaned == Cleaned(3, drafts=now)
    assert history.drafts() == now


def test_a_draft_that_was_sent_since_the_scan_does_not_come_back(history: History) -> None:
    history.put_draft("", CARD)
    holders = [holder for holder in found_in(history) if isinstance(holder.held, Draft)]
    history.put_draft("", "")
    assert len(holders) == 1
    assert clean(history, holders, find, lambda rule: True, delete=False) == Cleaned(0)
    assert history.drafts() == {}


def test_a_scan_can_be_stopped(history: History) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        list(scan(history, find, lambda done, total: None, stop))


def test_only_the_kinds_that_were_chosen_are_rewritten(history: History) -> None:
    cleaned = clean(history, found_in(history), find, lambda rule: "card" in rule, delete=False)
    assert cleaned == Cleaned(1)
    assert history.message("b2").text == "Card █."
    assert history.message("a").text == TEXT


@pytest.mark.parametrize("delete", [False, True])
def test_what_changed_since_the_scan_is_rewritten_as_it_is_now(
    history: History, delete: bool
) -> None:
    holders = found_in(history)
    longer = "In short: write to ada@example.org, or to bob@example.org. That is all."
    history.update_message(dataclasses.replace(history.message("b2"), text=longer))
    renamed = dataclasses.replace(
        history.conversation("c"), title="Letters", system_prompt="I am eve@example.org."
    )
    history.update_conversation(renamed)
    history.delete_message("a", None)
    history.add_message(Message("b2", "c", None, Role.ASSISTANT, longer, SystemClock().now()))
    cleaned = clean(history, holders, find, lambda rule: True, delete=delete)
    sign = "" if delete else "█"
    assert cleaned == Cleaned(3)
    assert history.message("b2").text == f"In short: write to {sign}, or to {sign}. That is all."
    assert history.conversation("c").title == "Letters"
    assert history.conversation("c").system_prompt == f"I am {sign}."


def test_a_reply_that_is_being_written_is_not_scanned_and_not_cleaned(history: History) -> None:
    holders = found_in(history)
    begun = dataclasses.replace(
        history.message("b2"), text=f"{CARD} And", state=MessageState.STREAMING
    )
    history.update_message(begun)
    assert "b2" not in [holder.held.id for holder in found_in(history)]
    assert clean(history, holders, find, lambda rule: "email" in rule, delete=False) == Cleaned(2)
    assert clean(history, holders, find, lambda rule: "card" in rule, delete=False) == Cleaned(0, 1)
    assert history.message("b2") == begun
    ended = dataclasses.replace(begun, text=f"{CARD} And more.", state=MessageState.COMPLETE)
    history.update_message(ended)
    assert clean(history, holders, find, lambda rule: "card" in rule, delete=False) == Cleaned(1)
    assert history.message("b2").text == "Card █. And more."


REPLY = "Write to ada@example.org about cocaine, shit, or ask +49 30 1234567 for vodka."


@pytest.mark.parametrize("delete", [False, True])
def test_the_marks_of_a_cleaned_reply_stay_at_their_words(history: History, delete: bool) -> None:
    policy = Policy(Level.BALANCED, words=("vodka",))
    passed = filter_text(policy, REPLY)
    now = SystemClock().now()
    history.add_message(Message("r", "c", "a", Role.ASSISTANT, passed.text, now))
    asked = Mark(0, 0, "own", "prompt.own", "warn")
    history.put_marks("r", [asked, *passed.marks])
    assert [mark.category for mark in passed.marks] == [
        "personal", "drugs", "profanity", "personal", "own"]  # fmt: skip
    clean(history, found_in(history), find, lambda rule: "email" in rule, delete=delete)
    clean(history, found_in(history), find, lambda rule: "phone" in rule, delete=delete)
    text, marks = history.message("r").text, history.marks("c")["r"]
    sign = "" if delete else "█"
    assert text == f"Write to {sign} about cocaine, █, or ask {sign} for █."
    assert [(mark.category, text[mark.start : mark.end]) for mark in marks] == [
        ("own", ""), ("drugs", "cocaine"), ("profanity", "█"), ("own", "█")]  # fmt: skip
    week = history.safety_counts(now)
    assert {touched.category for touched in week.by_category} == {"own", "drugs", "profanity"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((0, 3), (0, 3)), ((3, 5), (3, 5)), ((5, 9), None), ((6, 8), None), ((9, 12), (6, 9)),
        ((3, 12), (3, 9)), ((3, 7), (3, 5)), ((7, 12), (6, 9)), ((5, 12), (5, 9)),
        ((5, 5), (5, 5)), ((7, 7), (6, 6)), ((9, 9), (6, 6)), ((9, 20), (6, 17)),
        ((20, 22), None), ((22, 30), (17, 25)), ((7, 21), (6, 17)), ((30, 30), (25, 25)),
    ],
)  # fmt: skip
def test_places_move_with_what_is_replaced_before_them(
    before: tuple[int, int], after: tuple[int, int] | None
) -> None:
    assert moved(*before, (Replaced(5, 9, 1), Replaced(20, 22, 0))) == after


MAIL = "ada@example.org"
WRITTEN = SamplingSettings(
    temperature=0.5, top_k=7, stop=(MAIL, "END"), banned_phrases=(f"to {MAIL}",),
    logit_bias=(f"{MAIL}=2", "Paris=-1"), answer_format="choice", answer_pattern=f"{MAIL}\nno",
    adapter=f"/home/ada/{MAIL}/style",
)  # fmt: skip


@pytest.mark.parametrize("delete", [False, True])
def test_settings_and_errors_are_scanned_and_rewritten_too(history: History, delete: bool) -> None:
    now = SystemClock().now()
    history.add_conversation(Conversation("s", "Settings", now, now, sampling=WRITTEN))
    history.add_message(
        Message("r", "s", None, Role.ASSISTANT, "Hm.", now, sampling=WRITTEN, error=f"No {MAIL}.")
    )
    holders = [holder for holder in found_in(history) if holder.conversation_id == "s"]
    assert [len(holder.pieces) for holder in holders] == [5, 6]
    assert clean(history, holders, find, lambda rule: True, delete=delete) == Cleaned(11)
    sign = "" if delete else "█"
    rewritten = dataclasses.replace(
        WRITTEN, stop=("END",) if delete else ("█", "END"), banned_phrases=(f"to {sign}",),
        logit_bias=("Paris=-1",) if delete else ("█=2", "Paris=-1"), answer_pattern=f"{sign}\nno",
        adapter=f"/home/ada/{sign}/style",
    )  # fmt: skip
    assert history.conversation("s").sampling == rewritten
    assert history.message("r").sampling == rewritten
    assert (history.message("r").text, history.message("r").error) == ("Hm.", f"No {sign}.")
    assert [holder for holder in found_in(history) if holder.conversation_id == "s"] == []


def test_settings_go_out_masked_and_an_adapter_without_its_place() -> None:
    now = SystemClock().now()
    windows = dataclasses.replace(WRITTEN, adapter=r"C:\Users\ada\style")
    whole = Conversation("s", "Settings", now, now, preset=f"For {MAIL}", sampling=windows)
    reply = Message("r", "s", None, Role.ASSISTANT, "Hm.", now, sampling=WRITTEN)
    told, (masked,) = changed(whole, [reply], lambda *given: find_after(find, *given).masked)
    assert told.preset == "For █"
    assert told.sampling == masked.sampling == dataclasses.replace(
        WRITTEN, stop=("█", "END"), banned_phrases=("to █",), logit_bias=("█=2", "Paris=-1"),
        answer_pattern="█\nno", adapter="style",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("model", "told"),
    [("/home/ada/Secret clients/acme-7b", "acme-7b"), ("/home/ada/acme.gguf", "acme.gguf"),
     (r"C:\Users\ada\acme-7b", "acme-7b"), (r"\\server\ada\acme-7b", "acme-7b"),
     ("org/name", "org/name"), ("ollama/gemma3:1b", "ollama/gemma3:1b"), ("guide", "guide"),
     ("", "")],
)  # fmt: skip
def test_of_a_model_that_is_called_by_its_path_only_the_name_goes_out(
    model: str, told: str
) -> None:
    now = SystemClock().now()
    whole = Conversation("w", "Hi", now, now, leaf_id="r")
    reply = Message("r", "w", None, Role.ASSISTANT, "Hm.", now, model_id=model)
    _, (given,) = changed(whole, [reply], lambda text, before: text)
    assert given == dataclasses.replace(reply, model_id=told)
    heading = f"## Model ({told})" if told else "## Model"
    assert heading in to_markdown(whole, [reply]).splitlines()


ASKS, NUMBER = "What is your phone number?", "030 1234567, thanks"


def test_what_is_read_before_a_text_tells_what_stands_in_it() -> None:
    assert find(NUMBER).marks == ()
    found = find_after(find, NUMBER, ASKS)
    assert found.pieces == (("personal.phone.here", "030 1234567"),)
    assert found.masked == "█, thanks"
    assert find_after(find, CARD, TEXT * 9).masked == "Card █."
    assert find_after(find, "1111 1111 to 7", "Card 4111 1111").marks == ()
    key = "-----BEGIN PRIVATE KEY-----\nMIIabc"
    assert find_after(find, "defghij", key).masked == "█"


def test_each_text_of_an_export_is_looked_at_behind_its_own_branch(history: History) -> None:
    now = SystemClock().now()
    whole = Conversation("w", "My phone number", now, now, system_prompt="Be brief.")
    messages = (
        Message("top", "w", None, Role.USER, NUMBER, now),
        Message("one", "w", "top", Role.ASSISTANT, ASKS, now),
        Message("two", "w", "top", Role.ASSISTANT, "Good.", now, error="No 4111 1111 1111 1111"),
        Message("under one", "w", "one", Role.USER, NUMBER, now),
        Message("short", "w", "one", Role.USER, "Mine?", now),
        Message("under short", "w", "short", Role.ASSISTANT, NUMBER, now),
        Message("under two", "w", "two", Role.USER, NUMBER, now),
    )
    count = 0

    def mask(text: str, before: str) -> str:
        nonlocal count
        found = find_after(find, text, before)
        count += len(found.marks)
        return found.masked

    told, masked = changed(whole, messages, mask)
    assert count == 4
    assert told == whole
    masks = {message.id for message in masked if message.text == "█, thanks"}
    assert masks == {"top", "under one", "under short"}
    assert masked[2].error == "No █"
    assert masked[6].text == NUMBER


IBAN = "DE89 3704 0044 0532 0130 00"
RENT = f"Please transfer the rent to this one: {IBAN}, thanks"


def with_rent(history: History, title: str) -> list[Holder]:
    """What is found in a conversation of that title that begins with the account."""
    now = SystemClock().now()
    history.add_conversation(Conversation("t", title, now, now))
    history.add_message(Message("rent", "t", None, Role.USER, f"\n {RENT}\nSee you.", now))
    return [holder for holder in found_in(history) if holder.conversation_id == "t"]


@pytest.mark.parametrize("delete", [False, True])
def test_what_a_title_cut_short_is_found_and_goes_with_its_message(
    history: History, delete: bool
) -> None:
    holders = with_rent(history, title_from(RENT))
    words = [words for holder in holders for _, words in holder.pieces]
    assert words == ["DE89 3704 0044 0532", IBAN]
    assert clean(history, holders, find, lambda rule: True, delete=delete) == Cleaned(2)
    title = history.conversation("t").title
    assert title == title_from(history.message("rent").text)  # so that it goes with it later too
    assert title == f"Please transfer the rent to this one: {'' if delete else '█'}, thanks"
    assert history.search("DE89") == ()


def test_a_title_goes_with_its_message_where_only_that_was_looked_at(history: History) -> None:
    (message,) = with_rent(history, title_from(RENT))[1:]
    assert clean(history, [message], find, lambda rule: "email" in rule, delete=False) == Cleaned(0)
    assert history.conversation("t").title == title_from(RENT)
    assert clean(history, [message], find, lambda rule: True, delete=False) == Cleaned(1)
    assert history.conversation("t").title == "Please transfer the rent to this one: █, thanks"


def test_a_title_that_a_person_gave_stays(history: History) -> None:
    clean(history, with_rent(history, "The rent"), find, lambda rule: True, delete=True)
    assert history.conversation("t").title == "The rent"


def hidden(text: str, before: str) -> str:
    return find_after(find, text, before).masked


def test_a_title_goes_out_without_what_it_cut_short() -> None:
    now = SystemClock().now()
    whole = Conversation("t", title_from(RENT), now, now, leaf_id="other")
    messages = (
        Message("rent", "t", None, Role.USER, RENT, now),
        Message("other", "t", None, Role.USER, "Please transfer the rent.", now),
    )
    title = "Please transfer the rent to this one: █, thanks"
    assert changed(whole, messages, hidden)[0].title == title
    assert to_markdown(whole, messages, hidden) == f"# {title}\n\n## You\n\n{messages[1].text}\n"
    assert changed(whole, messages, lambda text, before: text) == (whole, messages)
    own = dataclasses.replace(whole, title=f"{MAIL} {'and more ' * 9}")
    assert changed_title(own, messages, hidden) == f"█ {'and more ' * 9}"


@pytest.mark.parametrize("count", [11, 400])
def test_a_title_of_many_numbers_goes_out_without_half_of_one(count: int) -> None:
    now = SystemClock().now()
    line = ", ".join(["FR14 2004 1010 0505 0001 3M02 606"] * count)
    whole = Conversation("t", title_from(line), now, now)
    messages = (Message("all", "t", None, Role.USER, f"{line}\nSee you.", now),)
    title = changed_title(whole, messages, hidden)
    assert title == title_from(", ".join("█" * count))
