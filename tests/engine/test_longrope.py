"""Longrope (Phi-3.5, Phi-4 mini): a text beyond the model's original length has other angles
throughout, so that nothing which was read for a shorter one may stay.

Greedy tokens are held against those of transformers' own `generate`, which reads it all again.
"""

import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import asked, load_request, loaded_engine, make_model, reply
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from desktop_llm.engine import bench
from desktop_llm.engine import generate as generating
from desktop_llm.engine.cache import PromptCache
from desktop_llm.engine.engine import TransformersEngine
from desktop_llm.engine.load import load_bare
from desktop_llm.engine.speculate import MOST
from desktop_llm.engine.step import ModelStep, Step

ORIGINAL = 32
LONGROPE = {
    "rope_type": "longrope", "rope_theta": 10_000.0, "original_max_position_embeddings": ORIGINAL,
    "short_factor": [1.0, 1.1, 1.2, 1.5], "long_factor": [2.0, 3.5, 5.0, 8.0],
}  # fmt: skip
CHUNK = 7
NEW = 20
TOKENS = [(29 * i * i + 7 * i) % 290 + 3 for i in range(96)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(
        tmp_path_factory.mktemp("phi3"), "phi3", rope_parameters=LONGROPE,
        original_max_position_embeddings=ORIGINAL, sliding_window=512,
    )  # fmt: skip


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model.generation_config.eos_token_id = None
    return model


@pytest.fixture
def step(folder: Path) -> Step:
    loaded = loaded_engine(folder)._loaded
    assert loaded is not None
    assert isinstance(loaded.step, ModelStep)
    return loaded.step


def expected(model: Any, prompt: list[int]) -> list[int]:
    """What transformers' own generate writes after a prompt."""
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        out = model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=NEW,
            pad_token_id=0,
        )  # fmt: skip
    written: list[int] = out[0, len(prompt) :].tolist()
    return written


def written(step: Step, cache: PromptCache, prompt: list[int]) -> list[int]:
    """What we write, reading the prompt in small chunks behind what of it was kept."""
    cache.keep_prefix(prompt)
    reading = generating.read(step, cache, prompt, CHUNK, threading.Event())
    while True:
        try:
            next(reading)
        except StopIteration as ended:
            scores = ended.value
            break

    def greedy(row: torch.Tensor) -> int:
        return int(row.argmax())

    return list(generating.decode(step, cache, greedy, scores, NEW, threading.Event()))


@pytest.mark.parametrize("length", [10, 20, ORIGINAL - 1, ORIGINAL, ORIGINAL + 1, 45, 90])
def test_a_prompt_and_a_reply_may_cross_the_original_length(
    model: Any, step: Step, length: int
) -> None:
    prompt = TOKENS[:length]
    assert written(step, step.new_cache(), prompt) == expected(model, prompt)


class Guessing:
    """Guesses as many tokens as it may, all wrong."""

    def add(self, token: int) -> None:
        pass

    def guess(self, most: int) -> list[int]:
        return [5] * min(MOST, most)

    def judged(self, right: int, spent: float) -> None:
        pass


@pytest.mark.parametrize("length", [10, 28, 40])
def test_no_guess_crosses_it(
    model: Any, step: Step, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generating, "_ahead", lambda *_: Guessing())
    prompt = TOKENS[:length]
    assert written(step, step.new_cache(), prompt) == expected(model, prompt)


@pytest.mark.parametrize(("length", "told"), [(10, NEW - 1), (20, NEW - 2)])
def test_the_step_that_reads_all_of_it_anew_is_no_measure_of_a_step(
    step: Step, length: int, told: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent = []

    class Timing(Guessing):
        def guess(self, most: int) -> list[int]:
            return []

        def judged(self, right: int, took: float) -> None:
            spent.append(took)

    monkeypatch.setattr(generating, "_ahead", lambda *_: Timing())
    assert len(written(step, step.new_cache(), TOKENS[:length])) == NEW
    assert len(spent) == told


def test_turns_go_beyond_it_and_back(model: Any, step: Step) -> None:
    cache = step.new_cache()
    for prompt in (TOKENS[:20], TOKENS[:70], TOKENS[:80], TOKENS[:25], TOKENS[:9], TOKENS[:40]):
        assert written(step, cache, prompt) == expected(model, prompt), len(prompt)


def test_a_prefix_beyond_it_is_kept(step: Step) -> None:
    cache = step.new_cache()
    written(step, cache, TOKENS[:70])
    assert cache.keep_prefix(TOKENS[:80]) == 70
    assert cache.keep_prefix(TOKENS[:ORIGINAL]) == 0


def test_what_comes_back_from_beyond_in_one_pass_is_read_anew(model: Any, step: Step) -> None:
    """As a draft model reads: it asks for no more than its chunk."""
    cache = step.new_cache()
    for begin in range(0, 42, CHUNK):
        scores = step(TOKENS[begin : begin + CHUNK], cache)
    with torch.inference_mode():
        whole = model(torch.tensor([TOKENS[:42]])).logits[0, -1]
    assert torch.allclose(scores[-1], whole, atol=1e-3)
    assert cache.ids == TOKENS[:42]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """By how many tokens each pass filled the cache."""
    counts: list[int] = []
    inner = ModelStep.__call__

    def counted(self: ModelStep, tokens: list[int], cache: PromptCache, last: int = 1) -> Any:
        before = len(cache)
        scores = inner(self, tokens, cache, last)
        counts.append(len(cache) - before)
        return scores

    monkeypatch.setattr(ModelStep, "__call__", counted)
    return counts


def test_no_token_of_a_long_prompt_is_read_twice(step: Step, read: list[int]) -> None:
    reading = generating.read(step, step.new_cache(), TOKENS[:60], CHUNK, threading.Event())
    assert list(reading)
    assert read == [ORIGINAL + 1, 7, 7, 7, 6]


def test_the_benchmark_reads_none_twice_either(
    folder: Path, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "CHUNK", CHUNK)
    bare = load_bare(load_request(folder), lambda *_: None, threading.Event())
    bench._run(bare, 60, 2, 0, threading.Event())
    assert read == [ORIGINAL + 1, 7, 7, 7, 6, 1, 1]


def ids_of(engine: TransformersEngine, *texts: str) -> list[int]:
    assert engine._loaded is not None
    return engine._loaded.builder.build(asked(*texts), 512).ids


def test_the_whole_engine_over_turns(
    folder: Path, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generating, "CHUNK", CHUNK)
    engine = loaded_engine(folder)
    for texts in (["Hi"], ["Hi", "Well", "What is a token? A piece of a word."], ["Hi"]):
        out = reply(engine, asked(*texts, max_new_tokens=NEW))
        assert engine._loaded is not None
        assert engine._cache is not None
        prompt = ids_of(engine, *texts)
        said = engine._cache.ids[len(prompt) :]
        assert said == expected(model, prompt)[: len(said)], out.text
        assert len(said) > 2
