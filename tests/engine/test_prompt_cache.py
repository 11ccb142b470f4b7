"""The cache between turns: what is reused, and that it changes no token."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import Reply, asked, loaded_engine, reply, told
from transformers import DynamicCache, LlamaConfig

from desktop_llm.core.events import Delta, Progress
from desktop_llm.core.requests import GenerateRequest
from desktop_llm.engine.cache import PromptCache
from desktop_llm.engine.engine import TransformersEngine

KINDS = ["llama", "gpt2", "gemma2", "mistral"]
WINDOW = 16
"""Of the tiny Mistral, whose full window gives up nothing."""
LONG = "What is a token? A piece of a word, and this goes on for a while. "


def prompt_ids(engine: TransformersEngine, request: GenerateRequest) -> list[int]:
    assert engine._loaded is not None
    return engine._loaded.builder.build(request, engine._loaded.info.context_window).ids


def cached_ids(engine: TransformersEngine) -> list[int]:
    assert engine._cache is not None
    return list(engine._cache.ids)


def common(one: list[int], other: list[int]) -> int:
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    return same


def fresh(folder: Path, request: GenerateRequest) -> Reply:
    """The reply of an engine that has read nothing before."""
    out = reply(loaded_engine(folder), request)
    assert out.end.usage.reused_tokens == 0
    return out


def check_like_fresh(engine: TransformersEngine, folder: Path, request: GenerateRequest) -> int:
    """Reply, compare with a fresh run and with the common prefix; returns the tokens reused."""
    before = cached_ids(engine)
    same = min(common(before, prompt_ids(engine, request)), len(prompt_ids(engine, request)) - 1)
    stuck = folder.name == "mistral" and len(before) >= WINDOW and len(before) > same
    out, expected = reply(engine, request), fresh(folder, request)
    assert out.text == expected.text
    assert cached_ids(engine) == [
        *prompt_ids(engine, request),
        *cached_ids(engine)[len(prompt_ids(engine, request)) :],
    ]
    assert out.end.usage.reused_tokens == (0 if stuck else same)
    return out.end.usage.reused_tokens


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_the_second_turn_reuses_the_common_prefix_and_changes_no_token(
    model_folders: dict[str, Path], kind: str
) -> None:
    folder = model_folders[kind]
    engine = loaded_engine(folder)
    first = reply(engine, asked(LONG))
    request = asked(LONG, first.text, "And a context window?")
    same = common(cached_ids(engine), prompt_ids(engine, request))
    assert same >= first.end.usage.prompt_tokens
    assert check_like_fresh(engine, folder, request) == same


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_turns_regenerations_and_edits_equal_fresh_runs(
    model_folders: dict[str, Path], kind: str, temperature: float
) -> None:
    folder = model_folders[kind]
    engine = loaded_engine(folder)
    options: dict[str, Any] = {"temperature": temperature, "seed": 4, "max_new_tokens": 20}
    first = asked(LONG, **options)
    told_first = reply(engine, first)
    text, prompt = told_first.text, told_first.end.usage.prompt_tokens
    requests = {
        "regenerated": first,
        "the next turn": asked(LONG, text, "And now?", **options),
        "the last one edited": asked(LONG, text, "Or so?", **options),
        "the first one edited": asked("Hi. " + LONG, **options),
        "a shorter prompt": asked(LONG[:9], **options),
    }
    reused = {what: check_like_fresh(engine, folder, one) for what, one in requests.items()}
    if kind == "mistral":
        assert reused["regenerated"] == 0
    else:
        assert reused["regenerated"] == prompt - 1
        assert min(reused["the next turn"], reused["the last one edited"]) >= prompt - 1


def test_regenerating_reads_only_the_last_token_again(engine: TransformersEngine) -> None:
    prompt = reply(engine, asked(LONG)).end.usage.prompt_tokens
    assert reply(engine, asked(LONG)).end.usage.reused_tokens == prompt - 1


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_cancel_while_reading_the_reply_equals_a_fresh_one(
    model_folders: dict[str, Path], kind: str
) -> None:
    folder = model_folders[kind]
    engine = loaded_engine(folder, context_window=512)
    text = "word " * (30 if kind == "gpt2" else 70)
    cancel = threading.Event()
    for event in engine.generate(asked(text), cancel):
        if isinstance(event, Progress) and event.done:
            cancel.set()
    assert check_like_fresh(engine, folder, asked(text)) < len(prompt_ids(engine, asked(text)))
    check_like_fresh(engine, folder, asked(text[:20]))


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_cancel_while_writing_the_next_turn_equals_a_fresh_one(
    model_folders: dict[str, Path], kind: str
) -> None:
    folder = model_folders[kind]
    engine = loaded_engine(folder)
    cancel, events = threading.Event(), []
    for event in engine.generate(asked(LONG, max_new_tokens=40), cancel):
        events.append(event)
        if isinstance(event, Delta):
            cancel.set()
    told_text = told(events).text
    assert told_text
    check_like_fresh(engine, folder, asked(LONG, told_text, "Go on"))


@pytest.mark.parametrize(("kind", "steps_back"), [("mistral", False), ("gemma2", True)])
def test_a_full_sliding_window_starts_afresh_where_it_cannot_step_back(
    model_folders: dict[str, Path], kind: str, steps_back: bool
) -> None:
    engine = loaded_engine(model_folders[kind])
    reply(engine, asked(LONG))
    again = reply(engine, asked(LONG)).end.usage
    assert (again.reused_tokens > 0) is steps_back  # our own pass keeps what is out of reach


@pytest.mark.parametrize("kind", ["gemma2", "mistral"])
def test_a_sliding_window_is_reused_where_the_conversation_only_grows(
    model_folders: dict[str, Path], kind: str
) -> None:
    folder = model_folders[kind]
    engine = loaded_engine(folder)
    reply(engine, asked(LONG, max_new_tokens=1))
    prompt = len(prompt_ids(engine, asked(LONG)))
    request = replace(asked(LONG), prefix="A token is")
    assert check_like_fresh(engine, folder, request) == prompt


def test_a_forward_pass_that_fails_leaves_an_empty_cache() -> None:
    cache = PromptCache(lambda: DynamicCache(config=LlamaConfig(num_hidden_layers=2)))
    with cache.growing([1, 2]) as states:
        keys = torch.zeros(1, 1, 2, 4)
        for layer in range(2):
            states.update(keys, keys, layer)
    assert cache.ids == [1, 2]

    def fails_half_way() -> None:
        with cache.growing([3]) as states:
            states.update(torch.zeros(1, 1, 1, 4), torch.zeros(1, 1, 1, 4), 0)
            raise MemoryError

    with pytest.raises(MemoryError):
        fails_half_way()
    assert cache.ids == []
    assert cache.keep_prefix([1, 2, 3]) == 0


def test_states_that_cannot_be_resumed_always_start_afresh() -> None:
    cache = PromptCache(lambda: None, resumable=False)
    with cache.growing([1, 2]):
        pass
    assert cache.keep_prefix([1, 2, 3]) == 0
    assert len(cache) == 0
