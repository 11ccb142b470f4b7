"""What a person types is found, in any script, as a part of a word, whatever characters it has."""

from typing import Literal
from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import conversation, message

from desktop_llm.core.messages import MessageState, Role
from desktop_llm.storage.finding import SNIPPET, snippet
from desktop_llm.storage.history import History

TEXTS = {
    "en": "Self-attention lets every token look at every other token.",
    "zh": "大语言模型的主要局限性是什么？",
    "mixed": "GPT-2 使用字节对编码 (BPE)。",
    "de": "Das Öl ist über dem Fluß. ÜBERALL.",
    "code": "SELECT * FROM t WHERE a LIKE '100%' -- \"quoted\" snake_case",
    "emoji": "Well done 👍🏽 café",
}


@pytest.fixture
def filled(history: History) -> History:
    """One conversation with a message of each kind, and one with none."""
    history.add_conversation(conversation(title="Über die Aufmerksamkeit 注意力"))
    history.add_conversation(conversation("empty", title="Nothing in here"))
    for name, text in TEXTS.items():
        history.add_message(message(name, text=text))
    return history


def found(history: History, text: str) -> set[str | None]:
    return {hit.message_id for hit in history.search(text)}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("attention", {"en"}), ("ATTENTION", {"en"}), ("atten", {"en"}), ("tentio", {"en"}),
        ("at", {"en"}), ("语言模型", {"zh"}), ("局限性", {"zh"}), ("模型", {"zh"}), ("大", {"zh"}),
        ("字节", {"mixed"}), ("gpt 编码", {"mixed"}), ("token every", {"en"}), ("öl", {"de"}),
        ("ÖL", {"de"}), ("überall", {"de"}), ("100%", {"code"}), ("0%", {"code"}), ("%", {"code"}),
        ("_", {"code"}), ("e_c", {"code"}), ('"quoted"', {"code"}), ("*", {"code"}), ("👍🏽", {"emoji"}),
        ("café", {"emoji"}), ("token 模型", set()), ("GPT-2", {"mixed"}), ("zzz", set()), ("zz", set()),
    ],
)  # fmt: skip
def test_messages_are_found_by_any_part_of_their_words(
    filled: History, typed: str, expected: set[str]
) -> None:
    assert found(filled, typed) - {None} == expected


@pytest.mark.parametrize("typed", ["über", "ÜBER", "注意", "die 注意力", "nothing"])
def test_titles_are_found_too(filled: History, typed: str) -> None:
    assert None in found(filled, typed)


def test_every_letter_that_is_typed_keeps_the_message_found(filled: History) -> None:
    for length in range(1, len(TEXTS["zh"]) + 1):
        assert "zh" in found(filled, TEXTS["zh"][:length])


@pytest.mark.parametrize(
    "typed",
    ["", "   ", '"', "'", "''", "*", "a*", "NEAR(a b)", "AND", "OR x", "NOT", "(", "a:b", "text:x",
     "^a", "-a", "\\", "%", "\x00", "a\x00b", "\ud83d", "{a b}", "+", ";--", "x" * 5000, "a " * 3000],
)  # fmt: skip
def test_no_text_is_a_syntax_error(filled: History, typed: str) -> None:
    assert all(hit.snippet for hit in filled.search(typed))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_part_of_a_message_finds_it(filled: History, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(TEXTS)))
    text = TEXTS[name]
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    hits = {hit.message_id for hit in filled.search(part, limit=1000)}
    # One conversation shows three messages at most; short parts may occur in more than that.
    assert name in hits or len(hits - {None}) == 3 or not part.strip()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=40))
def test_any_text_at_all_can_be_searched_for(filled: History, text: str) -> None:
    assert all(hit.conversation_id for hit in filled.search(text))


def test_one_conversation_does_not_crowd_out_the_others(history: History) -> None:
    for name in ("loud", "quiet"):
        history.add_conversation(conversation(name))
    for number in range(30):
        history.add_message(message(f"l{number}", text="apple", conversation_id="loud"))
    history.add_message(message("q", text="an apple among others", conversation_id="quiet"))
    hits = history.search("apple", limit=5)
    assert sorted(hit.conversation_id for hit in hits) == ["loud", "loud", "loud", "quiet"]
    assert len(history.search("apple", limit=2)) == 2


def test_a_hit_tells_who_wrote_it(history: History) -> None:
    history.add_conversation(conversation(title="An apple"))
    history.add_message(message("q", text="apple"))
    history.add_message(message("r", "q", "apple", role=Role.ASSISTANT))
    told = {hit.message_id: hit.role for hit in history.search("apple")}
    assert told == {None: None, "q": Role.USER, "r": Role.ASSISTANT}


def test_an_edited_title_is_found_by_its_new_name_alone(history: History) -> None:
    history.add_conversation(conversation(title="before"))
    history.update_conversation(conversation(title="after"))
    assert history.search("before") == ()
    assert [hit.title for hit in history.search("after")] == ["after"]


def test_a_streaming_reply_is_not_searched(history: History) -> None:
    history.add_conversation(conversation())
    history.add_message(message("r", text="so far", state=MessageState.STREAMING))
    assert history.search("so far") == history.search("so") == ()


def test_a_snippet_shows_the_match_on_one_line_with_what_is_around_it() -> None:
    text = "before " * 50 + "the\n\n  needle, " + "after " * 50
    shown = snippet(text, ["needle"])
    assert "the needle, after" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) <= SNIPPET + 2
    assert snippet("short needle", ["NEEDLE"]) == "short needle"
    assert snippet("the title matched", ["other"]) == "the title matched"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("What is a large language model?", "What is a large language model?"),
        ("I would say that what you want is a large model", "…you want is a large model"),
        ("大" * 40 + "模型", "…" + "大" * 24 + "模型"),
        ("x" * 40 + " model", "…model"),
    ],
)
def test_a_snippet_begins_with_the_text_or_with_a_word(text: str, shown: str) -> None:
    assert snippet(text, ["model", "模型"]) == shown


@pytest.mark.parametrize("typed", ["NFC", "NFD"])
@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("word", ["Café", "café au", "ÖL", "é", "한국어", "한", "größer", "Ωμέγα"])
def test_a_letter_is_found_in_either_form_that_unicode_has_for_it(
    history: History, typed: Literal["NFC", "NFD"], stored: Literal["NFC", "NFD"], word: str
) -> None:
    """macOS gives é as two characters, e and an accent, where others give one."""
    there = normalize(stored, "Im Café au lait, größer als Öl: 한국어, Ωμέγα.")
    history.add_conversation(conversation(title=there))
    history.add_message(message("m", text="before " * 50 + there))
    title, found = history.search(normalize(typed, word))
    assert (title.message_id, found.message_id) == (None, "m")
    assert normalize(stored, word.split()[0]).lower() in found.snippet.lower()
