"""Which turns still fit, what was thought, how a conversation is named."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_llm.core.context import PARTS, fit, reply_reserve
from desktop_llm.core.errors import MessageTooLongError
from desktop_llm.core.messages import Role
from desktop_llm.core.requests import Turn
from desktop_llm.core.thinking import OPEN, Split, split_thinking, without_thinking
from desktop_llm.core.titles import file_name_from, title_from


def turns(*lengths: int) -> list[Turn]:
    roles = (Role.USER, Role.ASSISTANT)
    return [Turn(roles[i % 2], "x" * n, str(i)) for i, n in enumerate(lengths)]


def count(given_turns: Sequence[Turn]) -> int:
    return 10 + sum(len(turn.text) + 4 for turn in given_turns)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=21), st.integers(200, 3000))
def test_newest_turns_stay_in_most_of_the_window_and_they_start_with_a_person(
    lengths: list[int], window: int
) -> None:
    lengths = lengths if len(lengths) % 2 else lengths[:-1] or [1]
    all_turns = turns(*lengths)
    budget = window - reply_reserve(window)
    try:
        fitted = fit(all_turns, window, count)
    except MessageTooLongError:
        assert count(all_turns[-1:]) > budget
        return
    assert (*fitted.left_out, *fitted.kept) == tuple(all_turns)
    assert fitted.kept[0].role is Role.USER
    assert fitted.tokens == count(fitted.kept) <= budget
    if fitted.left_out and fitted.tokens < budget - 2 * math.ceil(budget / PARTS):
        assert count([*fitted.left_out[-2:], *fitted.kept]) > budget  # as many as there can be
    if fitted.left_out:
        assert count([*fitted.left_out[-2:], *fitted.kept]) > budget - math.ceil(budget / PARTS)


@pytest.mark.parametrize("lengths", [(200, 300, 3400, 100, 20), (1000, 250, 2700, 150, 20)])
def test_a_document_stays_for_the_questions_that_follow_it(lengths: tuple[int, ...]) -> None:
    talk = turns(*lengths)
    assert fit(talk[:3], 4096, count).kept == (talk[2],)
    assert fit(talk, 4096, count).kept == tuple(talk[2:])


def test_turns_stay_beside_a_long_system_prompt_too() -> None:
    talk = turns(*[50] * 41)
    fitted = fit(talk, 4096, lambda some: 3000 + count(some), fixed=3000)
    assert 3000 + 840 - 2 * 280 <= fitted.tokens <= 3840
    assert len(fitted.kept) > 3


@given(st.lists(st.integers(1, 2000), min_size=3, max_size=41), st.integers(1000, 4000))
def test_what_was_left_out_does_not_come_back(lengths: list[int], window: int) -> None:
    before = 0
    for end in range(1, len(lengths) + 1, 2):
        try:
            left_out = len(fit(turns(*lengths)[:end], window, count).left_out)
        except MessageTooLongError:
            return
        assert left_out >= before
        before = left_out


@given(st.lists(st.integers(1, 200), min_size=60, max_size=60), st.integers(2000, 4000))
def test_a_full_window_begins_with_the_same_text_for_many_turns(
    lengths: list[int], window: int
) -> None:
    """Each other beginning has to be read anew, all of it."""
    cut, begins, before = math.ceil((window - reply_reserve(window)) / PARTS), [], 0
    for end in range(1, len(lengths) + 1, 2):
        fitted = fit(turns(*lengths)[:end], window, count)
        begins.append(fitted.kept[0].id)
        before = sum(len(turn.text) + 4 for turn in fitted.left_out)
    assert len(set(begins)) - 1 <= math.ceil(before / cut)
    assert begins == sorted(begins, key=int)


def test_a_reply_before_the_first_question_is_counted_and_left_out_where_it_does_not_fit() -> None:
    """A conversation that was imported may begin with a greeting."""
    greeted = turns(0, 5000, 2, 300, 20)[1:]
    fitted = fit(greeted[:2], 1000, count)
    assert (fitted.kept, fitted.left_out) == ((greeted[1],), (greeted[0],))
    assert fitted.tokens == count(fitted.kept)
    assert fit(greeted, 1000, count).kept == tuple(greeted[1:])
    assert fit(greeted, 8000, count).kept == tuple(greeted)


def test_a_message_that_is_too_long_says_how_long_and_what_to_do() -> None:
    with pytest.raises(MessageTooLongError, match=r"1,014 tokens.*512.*Shorten"):
        fit(turns(1000), 512, count)


@pytest.mark.parametrize(
    ("text", "thinking", "answer", "is_open"),
    [
        ("plain", "", "plain", False),
        ("<think>one</think>\n\ntwo", "one", "two", False),
        ("<think>not yet", "not yet", "", True),
        ("from the template</think>\nanswer", "from the template", "answer", False),
        ("code: ```</think>```", "", "code: ```</think>```", False),
        ("try ```py\nx\n``` ok</think>\nanswer", "try ```py\nx\n``` ok", "answer", False),
        ("stray ` there\n\nhere</think>\nanswer", "stray ` there\n\nhere", "answer", False),
        ("of `</think>`</think>\nanswer", "of `</think>`", "answer", False),
        ("odd ``quotes'' here.\n</think>\n\nHi", "odd ``quotes'' here.", "Hi", False),
        ("What <think> means.\n</think>\n\nHi", "What <think> means.", "Hi", False),
        ("<think>What `</think>` does.</think>\nHi", "What `</think>` does.", "Hi", False),
        ("<think>An odd ` here</think>Hi", "An odd ` here", "Hi", False),
        ("<think>So I use `ls`</think>The answer.", "So I use `ls`", "The answer.", False),
        ("<think>```py\nx\n```</think>The answer.", "```py\nx\n```", "The answer.", False),
        ("<think>An odd ` and `ls`</think>Hi", "An odd ` and `ls`", "Hi", False),
        ("<think>``</think>`` ends it.</think>Hi", "``</think>`` ends it.", "Hi", False),
        ("<think>```\n`</think>`\n```</think>Hi", "```\n`</think>`\n```", "Hi", False),
        ("", "", "", False),
    ],
)
def test_thinking_is_told_from_the_answer(
    text: str, thinking: str, answer: str, is_open: bool
) -> None:
    split = split_thinking(text)
    assert (split.thinking, split.answer, split.open) == (thinking, answer, is_open)
    assert without_thinking(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "Models put thoughts between `<think>` and `</think>` tags.\n\nThen they answer.",
        "Between <think> and </think> they think.\n\nThen they answer.",
        "The closing tag `</think>` ends it.",
        "The closing tag ``</think>`` ends it.",
        "So:\n\n```\n</think>\n```\n\nand `</think>`.",
    ],
)
def test_an_answer_that_speaks_of_the_tags_stays_one_while_it_grows(text: str) -> None:
    for end in range(len(text) + 1):
        split = split_thinking(text[:end])
        assert (split.thinking, split.answer) == ("", text[:end])


@pytest.mark.parametrize(
    "text",
    [
        "<think>So I use `ls`, which `</think>` ends: `pwd`</think>The `</think>` tag ends it.",
        "<think>Like so:\n```\nx\n```</think>```\nThe answer\n```",
        "<think>An odd ` and `ls`</think>The answer is `ls`.",
    ],
)
def test_thoughts_of_the_tags_end_once_while_they_grow(text: str) -> None:
    whole = split_thinking(text)
    assert whole.answer
    ended = False
    for end in range(len(OPEN), len(text) + 1):
        split = split_thinking(text[:end])
        assert not (ended and split.open)
        assert whole.answer.startswith(split.answer)
        ended = not split.open


def test_a_long_answer_full_of_tags_stays_one_and_its_end_is_found() -> None:
    many = "`</think>` " * 8000
    assert split_thinking(many).answer == many
    assert split_thinking(f"{many}\n</think>\nHi").answer == "Hi"
    assert split_thinking(f"<think>{many}") == Split(many.strip(), "", open=True)
    assert split_thinking(f"<think>{many}</think>Hi").answer == "Hi"


def test_titles_are_the_first_line_cut_at_a_word() -> None:
    assert title_from("\n  Hello there \nmore") == "Hello there"
    long = title_from("word " * 40)
    assert long.endswith("word…")
    assert len(long) <= 61
    assert len(title_from("词" * 200)) == 61
    assert title_from("   ") == ""


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("สวัสดีครับ ที่นี่", "สวัสดีครับ ที่นี่"), ("हिन्दी में लिखो?", "हिन्दी में लिखो"),
        ("Cafe\u0301: a/b\\c", "Cafe\u0301 a b c"), ("What is 1.5?", "What is 1 5"), ("❤\ufe0f hi", "hi"), ("…", "conversation"),
    ],
)  # fmt: skip
def test_a_file_is_called_by_the_words_of_the_title(title: str, name: str) -> None:
    assert file_name_from(title) == name
