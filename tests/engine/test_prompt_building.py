"""Requests become prompts: templates of every strictness, completion, fitting."""

from dataclasses import replace
from pathlib import Path

import pytest
from tiny_models import (
    CHATML,
    NO_SYSTEM,
    asked,
    loaded_engine,
    make_model,
    reply,
    run,
    trained_tokenizer,
)
from tokenizers import processors
from transformers import AutoTokenizer

from desktop_llm.core.context import reply_reserve
from desktop_llm.core.errors import MessageTooLongError, ModelError
from desktop_llm.core.events import EndReason, LeftOut
from desktop_llm.core.messages import Role
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.engine.engine import TransformersEngine
from desktop_llm.engine.prompt import Prompt, PromptBuilder
from desktop_llm.engine.tokens import Encoder


def built(engine: TransformersEngine, request: GenerateRequest, window: int = 512) -> Prompt:
    loaded = engine._loaded
    assert loaded is not None
    return loaded.builder.build(request, window)


def text_of(engine: TransformersEngine, request: GenerateRequest) -> str:
    loaded = engine._loaded
    assert loaded is not None
    ids = built(engine, request).ids
    return loaded.encoder.tokenizer.decode(ids, skip_special_tokens=False)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> TransformersEngine:
    """A model whose template has no system role and wants the roles to alternate."""
    return loaded_engine(make_model(tmp_path_factory.mktemp("strict"), "llama", NO_SYSTEM))


def test_the_prompt_is_what_transformers_would_make(
    engine: TransformersEngine, model_folders: dict[str, Path]
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(model_folders["llama"])
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "你好 😀"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "What is a token?"},
    ]
    expected = tokenizer.apply_chat_template(
        messages, tokenize=True, add_generation_prompt=True, return_dict=True
    )["input_ids"]
    request = asked("你好 😀", "Hello.", "What is a token?", system="Be brief.")
    assert built(engine, request).ids == expected


def test_a_template_without_a_system_role_gets_it_in_the_first_user_turn(
    strict: TransformersEngine,
) -> None:
    text = text_of(strict, asked("Hi", "Hello", "So?", system="Be brief."))
    assert text.startswith("<|im_start|>user\nBe brief.\n\nHi<|im_end|>")
    assert text.count("Be brief.") == 1


def test_two_user_turns_in_a_row_are_one_where_the_template_wants_it(
    strict: TransformersEngine,
) -> None:
    turns = (Turn(Role.USER, "one"), Turn(Role.USER, "two"))
    request = replace(asked("x", system="Be brief."), turns=turns)
    assert "user\nBe brief.\n\none\n\ntwo<|im_end|>" in text_of(strict, request)


def test_a_template_that_passes_over_the_system_turn_gets_it_all_the_same(tmp_path: Path) -> None:
    silent = CHATML.replace(
        "{% for m in messages %}", "{% for m in messages if m.role != 'system' %}"
    )
    engine = loaded_engine(make_model(tmp_path, "llama", silent))
    assert "user\nBe brief.\n\nHi" in text_of(engine, asked("Hi", system="Be brief."))


def test_a_template_that_always_fails_is_told_with_its_own_words(tmp_path: Path) -> None:
    never = "{{ raise_exception('only tool calls here') }}"
    engine = loaded_engine(make_model(tmp_path, "llama", never))
    end = reply(engine, asked("Hi")).end
    assert end.reason is EndReason.FAILED
    assert "only tool calls here" in str(end.error)
    with pytest.raises(ModelError):
        engine.count_prompt(asked("Hi"))


@pytest.mark.parametrize("raised", ["1 / 0", "'{a}'.format()", "messages[0].content.index('~')"])
def test_whatever_a_template_raises_is_its_failure_and_none_of_the_app(
    tmp_path: Path, raised: str
) -> None:
    engine = loaded_engine(make_model(tmp_path, "llama", "{{ " + raised + " }}"))
    end = reply(engine, asked("Hi")).end
    assert "chat template cannot express this conversation" in str(end.error)


PARTS = (
    "{% for m in messages %}{{ m.role }}:{% for part in m.content %}{% if part.type == 'text' %}"
    "{{ part.text }}{% endif %}{% endfor %};{% endfor %}assistant:"
)


def test_a_template_that_reads_contents_in_parts_alone_is_given_them_so(tmp_path: Path) -> None:
    engine = loaded_engine(make_model(tmp_path, "llama", PARTS))
    assert text_of(engine, asked("Hi", "Yes?", "A cat", system="Be kind.")) == (
        "system:Be kind.;user:Hi;assistant:Yes?;user:A cat;assistant:"
    )


def test_a_template_that_changes_contents_is_given_them_as_text(tmp_path: Path) -> None:
    cut = "{% for m in messages %}{{ m.content[:4] }}{% endfor %}"
    engine = loaded_engine(make_model(tmp_path, "llama", cut))
    assert text_of(engine, asked("A long message")) == "A lo"


def test_a_conversation_that_fits_is_written_and_cut_into_tokens_once(
    engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first token waits for it."""
    loaded, whole = engine._loaded, []
    assert loaded is not None
    ids = loaded.encoder.ids
    monkeypatch.setattr(loaded.encoder, "ids", lambda text: whole.append(text) or ids(text))
    built(engine, asked("What is a token?", "A piece.", "Of what?"))
    assert len([text for text in whole if "Of what?" in text]) == 1


def test_without_a_template_texts_are_joined_and_go_on(model_folders: dict[str, Path]) -> None:
    engine = loaded_engine(model_folders["gpt2"])
    assert text_of(engine, asked("Once upon")) == "Once upon"
    assert text_of(engine, asked("Once upon", " a time.", "Then")) == "Once upon a time.\nThen"
    assert text_of(engine, asked("Once", system="A tale.")) == "A tale.\nOnce"


def test_a_completion_goes_on_without_the_end_that_a_whole_text_has() -> None:
    tokenizer = trained_tokenizer()
    named = tokenizer.token_to_id
    begin, end = named("<|im_start|>"), named("<|endoftext|>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|im_start|> $A <|endoftext|>",
        special_tokens=[("<|im_start|>", begin), ("<|endoftext|>", end)],
    )
    encoder = Encoder(tokenizer)
    request = replace(asked("Once"), prefix=" upon")
    once, upon = encoder.ids("Once"), encoder.ids(" upon")
    prompt = PromptBuilder(encoder, None).build(request, 512)
    assert prompt.ids == [begin, *once, *upon]
    assert prompt.ids[prompt.reply_start :] == upon
    beside = PromptBuilder(encoder, None, beside=[end]).build(request, 512)
    assert beside.ids == [begin, *once, end, *upon]
    assert beside.ids[beside.reply_start :] == upon
    assert PromptBuilder(encoder, None).build(asked(""), 512).ids == [begin]


def test_raw_leaves_the_template_out(engine: TransformersEngine) -> None:
    assert text_of(engine, replace(asked("Once upon"), raw=True)) == "Once upon"


def test_an_empty_completion_starts_from_the_begin_token(engine: TransformersEngine) -> None:
    assert built(engine, replace(asked(""), raw=True)).ids == [0]


def test_a_prefix_stands_where_the_reply_begins(engine: TransformersEngine) -> None:
    request = replace(asked("Hi"), prefix="A token is")
    prompt = built(engine, request)
    loaded = engine._loaded
    assert loaded is not None
    decode = loaded.encoder.tokenizer.decode
    assert text_of(engine, request).endswith("<|im_start|>assistant\nA token is")
    assert decode(prompt.ids[prompt.reply_start :]) == "A token is"
    assert prompt.seamless


def test_counting_leaves_nothing_out(engine: TransformersEngine) -> None:
    texts = ["word " * 60] * 9
    assert engine.count_prompt(asked(*texts)) > 512
    assert engine.count_prompt(asked("Hi")) == len(built(engine, asked("Hi")).ids)


def test_oldest_whole_turns_are_left_out_and_named(engine: TransformersEngine) -> None:
    texts = [f"turn {i} " + "word " * 40 for i in range(9)]
    request = asked(*texts, system="Be brief.")
    events = run(engine, request)
    (left,) = [event for event in events if isinstance(event, LeftOut)]
    count = len(left.message_ids)
    assert left.message_ids == tuple(f"m{i}" for i in range(count))
    assert count % 2 == 0
    assert left.tokens > 0
    text = text_of(engine, request)
    assert "Be brief." in text
    assert f"turn {count} " in text
    assert f"turn {count - 1} " not in text
    # One turn fewer left out would not have fitted.
    assert engine.count_prompt(asked(*texts[count:], system="Be brief.")) <= 512 - reply_reserve(
        512
    )
    fuller = asked(*texts[count - 2 :], system="Be brief.")
    assert engine.count_prompt(fuller) > 512 - reply_reserve(512)


def test_one_message_that_cannot_fit_is_refused_with_the_numbers(
    engine: TransformersEngine,
) -> None:
    request = asked("word " * 600)
    end = reply(engine, request).end
    assert end.reason is EndReason.FAILED
    assert f"{engine.count_prompt(request):,}" in str(end.error)
    assert "512" in str(end.error)


def test_a_reply_that_fills_the_window_cannot_go_on_and_says_so(engine: TransformersEngine) -> None:
    request = replace(asked("Hi"), prefix="word " * 400)
    with pytest.raises(MessageTooLongError, match="cannot go on"):
        built(engine, request)


def test_a_smaller_context_window_can_be_asked_for(model_folders: dict[str, Path]) -> None:
    engine = loaded_engine(model_folders["llama"], context_window=128)
    assert engine.loaded is not None
    assert engine.loaded.context_window == 128
    assert reply(engine, asked("word " * 60)).end.reason is EndReason.FAILED


def test_a_builder_without_anything_to_begin_with_makes_an_empty_prompt() -> None:
    builder = PromptBuilder(Encoder(trained_tokenizer()), None)
    assert builder.count(asked("")) == 0


SWITCHED = CHATML.replace(
    "<|im_start|>assistant\n",
    "<|im_start|>assistant\n{% if enable_thinking is defined and not enable_thinking %}"
    "<think>\n\n</think>\n\n{% endif %}",
)


def test_thinking_is_switched_where_the_template_knows_it(tmp_path: Path) -> None:
    engine = loaded_engine(make_model(tmp_path, "llama", SWITCHED))
    assert engine.loaded is not None
    assert engine.loaded.can_think
    assert text_of(engine, asked("Hi", thinking="off")).endswith("<think>\n\n</think>\n\n")
    for choice in ("on", "auto", None):
        assert text_of(engine, asked("Hi", thinking=choice)).endswith("assistant\n")


def test_other_templates_pass_over_the_switch(engine: TransformersEngine) -> None:
    assert engine.loaded is not None
    assert not engine.loaded.can_think
    assert text_of(engine, asked("Hi", thinking="off")) == text_of(engine, asked("Hi"))


def test_a_template_with_tools_renders_without_any(tmp_path: Path) -> None:
    tools = "{% if tools %}{{ tools | tojson }}{% endif %}" + CHATML
    engine = loaded_engine(make_model(tmp_path, "llama", tools))
    assert text_of(engine, asked("Hi")).startswith("<|im_start|>user\nHi")
