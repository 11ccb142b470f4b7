"""Sentences with values: what is put in where, and what comes back out of JSON."""

import json

import pytest

from desktop_llm.core.errors import UserError
from desktop_llm.core.sayings import (
    DEEPEST,
    LONGEST,
    MOST_VALUES,
    Saying,
    in_english,
    read_saying,
    read_sayings,
    together,
)


def through_json(saying: Saying) -> Saying:
    return read_saying(json.loads(json.dumps(saying.as_json())))


def test_sentence_and_values_come_back_out_of_json_also_when_they_are_nested() -> None:
    inner = Saying("it claims {number} tensors", number=7)
    outer = Saying("{path} is damaged: {reason}.", path="a.gguf", reason=inner)
    read = through_json(outer)
    assert read == outer
    assert str(read) == "a.gguf is damaged: it claims 7 tensors."
    words = {"it claims {number} tensors": "它声称有 {number} 个张量"}
    assert read.told(lambda text: words.get(text, text)) == "a.gguf is damaged: 它声称有 7 个张量."


def test_a_value_is_never_a_template() -> None:
    saying = Saying("{name} points to {place}.", name="{place}", place="{name}")
    assert str(through_json(saying)) == "{place} points to {name}."


def test_without_values_only_the_sentences_are_left() -> None:
    reason = Saying("it claims {number} tensors", number=7)
    what, todo = "{path} is damaged: {reason}.", "Get {path} again."
    error = UserError(what, todo=todo, path="a", reason=reason)
    assert error.without_values() == (
        "{path} is damaged: it claims {number} tensors. Get {path} again."
    )
    assert UserError(together((reason, Saying("It {verb}.", verb="ends")))).without_values() == (
        "it claims {number} tensors It {verb}."
    )


def test_a_text_of_before_is_a_saying_without_values() -> None:
    assert read_sayings("It is {bad}.") == (Saying("It is {bad}."),)
    assert read_sayings("") == ()
    sayings = [Saying("{a} is bad.", a=1), Saying("Choose another.")]
    read = read_sayings([one.as_json() for one in sayings])
    assert in_english(read) == "1 is bad. Choose another."


def nested(depth: int) -> Saying:
    saying = Saying("end")
    for _ in range(depth - 1):
        saying = Saying("{inner}", inner=saying)
    return saying


@pytest.mark.parametrize(
    "data",
    [
        None,
        7,
        ["It is bad."],
        {"sentence": "It is bad."},
        {"sentence": ["It is bad."], "values": {}},
        {"sentence": "It is bad.", "values": ["a"]},
        {"sentence": "{a} is bad.", "values": {"a": ["x"]}},
        {"sentence": "{a} is bad.", "values": {"a": 7}},
        {"sentence": "{a} {a}", "values": {"a": "x"}},
        {"sentence": "many", "values": {f"v{n}": "x" for n in range(MOST_VALUES + 1)}},
        {"sentence": "{self}", "values": {"self": "x"}},
        {"sentence": "{sentence}", "values": {"sentence": "x"}},
        nested(DEEPEST + 1).as_json(),
    ],
)
def test_what_is_no_saying_is_refused(data: object) -> None:
    with pytest.raises((KeyError, TypeError)):
        read_saying(data)
    read_saying(nested(DEEPEST).as_json())


def test_a_stranger_can_neither_write_at_length_nor_with_controls() -> None:
    read = through_json(Saying("a\n\x00\u202e{b}" + "x" * 9999, b="y\r" * 9999))
    assert str(read).isprintable()
    assert len(str(read)) <= 2 * LONGEST
    inner = Saying("{a}{b}{c}{d}", **dict.fromkeys("abcd", "x" * 500))
    assert (
        len(str(through_json(Saying("{a}{b}{c}{d}", **dict.fromkeys("abcd", inner)))))
        <= 2 * LONGEST
    )


def test_an_error_takes_sayings_that_have_their_own_values() -> None:
    why, todo = Saying("{file} is {bad}.", file="a"), Saying("Choose another.")
    error = UserError("{file} was refused.", why, todo, file="b")
    assert str(error) == "b was refused. a is {bad}. Choose another."
    assert in_english(error.sayings) == str(error)
    assert str(together(error.sayings[:2])) == "b was refused. a is {bad}."
    assert str(together(UserError("It is bad.", todo="Go.").sayings[:2])) == "It is bad."
