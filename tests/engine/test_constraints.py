"""Replies held to a form: they always parse, or say that they were cut."""

import json
import re
from dataclasses import replace

import pytest
import torch
from tiny_models import (
    asked,
    loaded_engine,
    make_t5,
    reply,
    run,
    save_metaspace_tokenizer,
    trained_tokenizer,
)
from tokenizers import Tokenizer, decoders, models

from desktop_llm.core.errors import UsageError
from desktop_llm.core.events import End, EndReason
from desktop_llm.core.requests import GenerateRequest
from desktop_llm.engine.constraints import Constraint, grammar_of, guide_for
from desktop_llm.engine.engine import TransformersEngine
from desktop_llm.engine.tokens import Encoder
from desktop_llm.engine.vocabulary import Vocabulary

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 5},
        "age": {"type": "integer", "minimum": 0, "maximum": 99},
        "kind": {"enum": ["cat", "dog"]},
        "good": {"type": "boolean"},
    },
    "required": ["name", "age", "kind", "good"],
    "additionalProperties": False,
}


def formed(kind: str, pattern: str, seed: int = 0, limit: int = 200) -> GenerateRequest:
    return asked(
        "Tell me of a cat", temperature=1.0, seed=seed, max_new_tokens=limit,
        answer_format=kind, answer_pattern=pattern,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_json_of_a_schema_always_parses(engine: TransformersEngine, seed: int) -> None:
    out = reply(engine, formed("schema", json.dumps(SCHEMA), seed))
    assert out.end.reason is EndReason.STOP, out.end.error
    found = json.loads(out.text)
    assert found.keys() == SCHEMA["properties"].keys()  # type: ignore[attr-defined]
    assert len(found["name"]) <= 5
    assert 0 <= found["age"] <= 99
    assert found["kind"] in ("cat", "dog")
    assert isinstance(found["good"], bool)


def test_a_regular_expression_is_matched_as_a_whole(engine: TransformersEngine) -> None:
    pattern = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    out = reply(engine, formed("regex", pattern))
    assert out.end.reason is EndReason.STOP, out.end.error
    assert re.fullmatch(pattern, out.text)


def test_one_of_the_choices_is_taken_whatever_is_in_them(engine: TransformersEngine) -> None:
    choices = ['a "quoted" one', "back\\slash", "你好", "two words"]
    seen = {reply(engine, formed("choice", "\n".join(choices), seed)).text for seed in range(6)}
    assert seen <= set(choices)
    assert len(seen) > 1


def test_greedy_replies_are_held_too(engine: TransformersEngine) -> None:
    request = formed("choice", "yes\nno")
    request = replace(request, sampling=replace(request.sampling, temperature=0.0))
    assert reply(engine, request).text in ("yes", "no")


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize(
    "other",
    [
        {"min_new_tokens": 60},
        {"no_repeat_ngram_size": 1},
        {"banned_phrases": ("yes", "no")},
    ],
)
def test_no_other_step_forbids_all_that_the_form_allows(
    engine: TransformersEngine, other: dict[str, object], temperature: float
) -> None:
    request = formed("choice", "yes yes yes\nno no no")
    sampling = replace(request.sampling, temperature=temperature, **other)  # type: ignore[arg-type]
    out = reply(engine, replace(request, sampling=sampling))
    assert out.end.reason is EndReason.STOP, out.end.error
    assert out.text in ("yes yes yes", "no no no")


def test_a_form_may_end_at_any_of_the_ends() -> None:
    encoder = Encoder(trained_tokenizer())
    constraint = Constraint(
        guide_for(encoder, {0, 2}), grammar_of(formed("choice", "x").sampling), 0
    )
    scores = torch.zeros(1, encoder.tokenizer.get_vocab_size())
    allowed = torch.isfinite(constraint(torch.tensor([encoder.ids("x")]), scores))
    assert allowed.nonzero()[:, 1].tolist() == [0, 2]


def test_what_the_length_limit_cuts_says_so(engine: TransformersEngine) -> None:
    out = reply(engine, formed("schema", json.dumps(SCHEMA), limit=5))
    assert out.end.reason is EndReason.LENGTH
    assert out.end.usage.new_tokens == 5
    assert "cut at its length limit" in str(out.end.error)


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [("choice", "y\nn"), ("regex", "[a-z]{12}!"), ("schema", json.dumps(SCHEMA))],
)
def test_a_form_that_is_complete_with_the_last_token_allowed_is_not_cut(
    engine: TransformersEngine, kind: str, pattern: str
) -> None:
    whole = reply(engine, formed(kind, pattern))
    assert whole.end.reason is EndReason.STOP
    tokens = whole.end.usage.new_tokens - 1  # without the end
    same = reply(engine, formed(kind, pattern, limit=tokens))
    assert (same.text, same.end.reason) == (whole.text, EndReason.LENGTH)
    assert same.end.error is None
    if tokens > 1:
        less = reply(engine, formed(kind, pattern, limit=tokens - 1))
        assert "cut at its length limit" in str(less.end.error)


def test_what_a_stop_string_or_the_guard_cuts_says_so(engine: TransformersEngine) -> None:
    request = formed("regex", r"ab[a]{400}!")
    stopped = replace(request, sampling=replace(request.sampling, stop=("b",)))
    out = reply(engine, stopped)
    assert (out.end.reason, out.text) == (EndReason.STOP, "a")
    assert "cut at a stop string" in str(out.end.error)
    guarded = replace(request, sampling=replace(request.sampling, repetition_limit=2))
    guarded = replace(guarded, sampling=replace(guarded.sampling, max_new_tokens=380))
    out = reply(engine, guarded)
    assert out.end.reason is EndReason.REPETITION
    assert "in a loop and was cut" in str(out.end.error)
    free = replace(stopped, sampling=replace(stopped.sampling, answer_format="text", stop=("e",)))
    assert reply(engine, free).end.error is None


def test_a_cut_reply_goes_on_in_its_form(engine: TransformersEngine) -> None:
    request = formed("regex", r"[a-z]{12}!", limit=4)
    cut = reply(engine, request)
    assert cut.end.reason is EndReason.LENGTH
    more = replace(request, prefix=cut.text, sampling=replace(request.sampling, max_new_tokens=60))
    rest = reply(engine, more)
    assert rest.end.reason is EndReason.STOP, rest.end.error
    assert re.fullmatch(r"[a-z]{12}!", cut.text + rest.text)


@pytest.mark.parametrize(
    ("kind", "pattern", "told"),
    [
        ("schema", "{", "not JSON"),
        ("schema", "[]", "not a JSON object"),
        ("schema", "3", "not a JSON object"),
        ("schema", '"x"', "not a JSON object"),
        ("schema", '{"type": "objekt"}', "cannot be held"),
        ("regex", "(", "unclosed group"),
        ("choice", " ", "not said"),
    ],
)
def test_a_form_that_is_none_is_told(
    engine: TransformersEngine, kind: str, pattern: str, told: str
) -> None:
    events = run(engine, formed(kind, pattern))
    end = events[-1]
    assert isinstance(end, End)
    assert end.reason is EndReason.FAILED
    assert told in str(end.error)
    assert len(events) == 1  # before anything of the prompt was read


ENDLESS = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object", "properties": {"next": {"$ref": "#/$defs/node"}},
            "required": ["next"], "additionalProperties": False,
        }
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "pattern"), [("schema", json.dumps(ENDLESS)), ("regex", "(a{1000}){1000}")]
)
def test_a_form_that_is_too_large_is_told_in_words(
    engine: TransformersEngine, kind: str, pattern: str
) -> None:
    error = reply(engine, formed(kind, pattern)).end.error
    assert isinstance(error, UsageError)
    assert str(error) == (
        "The reply cannot be held to that form. It is too large, or goes on for ever. "
        "Ask for a simpler form."
    )


def test_a_form_that_is_wrong_is_not_told_to_be_too_large(engine: TransformersEngine) -> None:
    error = str(reply(engine, formed("regex", "too many limits(")).end.error)
    assert "unclosed group" in error
    assert "too large" not in error


def test_a_reply_of_another_form_says_why_it_cannot_go_on_and_nothing_of_its_insides(
    engine: TransformersEngine,
) -> None:
    end = reply(engine, replace(formed("regex", "[a-z]{12}!"), prefix="Well, 12")).end
    assert "The reply so far is not of that form" in str(end.error)
    assert "<state>" not in str(end.error)


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> TransformersEngine:
    """A T5 whose tokens are put together as T5's are, which llguidance cannot read."""
    return loaded_engine(make_t5(tmp_path_factory.mktemp("t5"), save_metaspace_tokenizer))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("kind", "pattern", "form"),
    [
        ("choice", "yes\nno\nthe cat", "yes|no|the cat"),
        ("regex", "[a-z]{3} [a-z]{3}|[0-9]{4}", "[a-z]{3} [a-z]{3}|[0-9]{4}"),
        ("schema", json.dumps(SCHEMA), r"\{.*\}"),
    ],
)
def test_tokenizers_that_llguidance_cannot_read_are_held_too(
    t5: TransformersEngine, kind: str, pattern: str, form: str, seed: int
) -> None:
    out = reply(t5, formed(kind, pattern, seed))
    assert out.end.reason is EndReason.STOP, out.end.error
    assert re.fullmatch(form, out.text)
    if kind == "schema":
        assert list(json.loads(out.text)) == SCHEMA["required"]


def test_a_word_may_be_written_with_the_space_that_a_text_does_not_begin_with(
    t5: TransformersEngine,
) -> None:
    request = formed("choice", "yes\nno")
    likely = replace(request.sampling, logit_bias=("yes=50", "no=50"), temperature=1.0)
    out = reply(t5, replace(request, sampling=likely))
    assert out.text in ("yes", "no")
    assert out.end.usage.new_tokens == 2  # the word, and the end


def test_a_cut_reply_of_such_a_tokenizer_goes_on_in_its_form(t5: TransformersEngine) -> None:
    request = formed("regex", "the [a-z]{12}!", limit=6)
    cut = reply(t5, request)
    assert "cut at its length limit" in str(cut.end.error)
    more = replace(request, prefix=cut.text, sampling=replace(request.sampling, max_new_tokens=60))
    rest = reply(t5, more)
    assert rest.end.reason is EndReason.STOP, rest.end.error
    assert re.fullmatch("the [a-z]{12}!", cut.text + rest.text)


def test_a_form_that_no_token_spells_is_told(t5: TransformersEngine) -> None:
    out = reply(t5, formed("choice", "你好"))
    assert out.end.reason is EndReason.FAILED
    assert "no token for what must come next" in str(out.end.error)


def test_a_tokenizer_of_another_kind_is_told() -> None:
    tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0, "yes": 1, "##s": 2}))
    tokenizer.decoder = decoders.WordPiece()
    with pytest.raises(UsageError, match=r"cannot be held to a form.*free text"):
        guide_for(Encoder(tokenizer), {0})


@pytest.fixture
def gaps() -> Encoder:
    """A tokenizer whose end token has an id far behind those of all others."""
    told = json.loads(trained_tokenizer().to_str())
    told["model"]["vocab"]["<|im_end|>"] = 500
    told["added_tokens"] = [
        token | {"id": 500} if token["content"] == "<|im_end|>" else token
        for token in told["added_tokens"]
        if token["special"]
    ]
    return Encoder(Tokenizer.from_str(json.dumps(told)))


def test_a_form_ends_also_where_the_tokens_have_gaps(gaps: Encoder) -> None:
    assert gaps.tokenizer.token_to_id("<|im_end|>") == 500 > gaps.tokenizer.get_vocab_size()
    guide = Vocabulary(gaps).guide(frozenset({500, 900}))
    constraint = Constraint(guide, grammar_of(formed("choice", "yes\nyet").sampling), 0)
    ids, scores = gaps.ids("yes"), torch.zeros(1, 501)
    for place, token in enumerate([*ids, 500]):
        allowed = torch.isfinite(constraint(torch.tensor([ids[:place]], dtype=torch.long), scores))
        assert allowed[0, token]
    assert allowed.nonzero()[:, 1].tolist() == [500]


@pytest.mark.parametrize("ends", [set(), {900}])
def test_a_form_that_nothing_would_end_is_refused(gaps: Encoder, ends: set[int]) -> None:
    for encoder in (gaps, Encoder(trained_tokenizer())):
        with pytest.raises(UsageError, match=r"no token that ends a reply.*free text"):
            guide_for(encoder, ends)
