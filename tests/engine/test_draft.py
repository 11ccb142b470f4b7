"""A draft model: the same replies in fewer passes, and a clear word where it cannot be one."""

import threading
from pathlib import Path
from typing import Any

import pytest
from test_architectures import make
from tiny_models import (
    asked,
    load_request,
    loaded_engine,
    make_mamba,
    make_model,
    reply,
)
from transformers import AutoTokenizer
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from desktop_llm.core.errors import ModelError
from desktop_llm.core.events import EndReason
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.engine import devices, draft, load
from desktop_llm.engine.draft import Draft
from desktop_llm.engine.engine import TransformersEngine
from desktop_llm.engine.lean import LeanStep
from desktop_llm.engine.speculate import Lookup, Pacer
from desktop_llm.engine.step import ModelStep
from desktop_llm.resources import resource

ONCE = "What is a token?"


def on_disk(folder: Path) -> ModelOnDisk:
    return ModelOnDisk(folder.name, folder.name, folder)


def with_draft(model: Path, smaller: Path) -> TransformersEngine:
    return loaded_engine(model, draft=on_disk(smaller))


def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guess at every step with the draft model alone, whatever it costs."""
    monkeypatch.setattr(Pacer, "count", property(lambda pacer: 4))
    monkeypatch.setattr(Lookup, "guess", lambda lookup, count: [])


@pytest.mark.parametrize("kind", ["llama", "gpt2", "mistral"])
@pytest.mark.parametrize("smaller", ["llama", "gpt2", "gemma2"])
@pytest.mark.parametrize("sampling", [{}, {"temperature": 0.9, "seed": 5, "top_p": 0.9}])
def test_a_draft_model_changes_no_token(
    model_folders: dict[str, Path],
    kind: str,
    smaller: str,
    sampling: dict[str, float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def two_turns(engine: TransformersEngine) -> tuple[str, str]:
        first = reply(engine, asked(ONCE, max_new_tokens=24, **sampling))
        more = asked(ONCE, first.text, "And 你好?", max_new_tokens=16, **sampling)
        assert first.end.reason is not EndReason.FAILED
        return first.text, reply(engine, more).text

    expected = two_turns(loaded_engine(model_folders[kind]))
    always(monkeypatch)
    assert two_turns(with_draft(model_folders[kind], model_folders[smaller])) == expected


def test_a_good_draft_saves_passes_and_its_guesses_are_read_once(
    model_folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    always(monkeypatch)
    engine = with_draft(model_folders["llama"], model_folders["llama"])
    assert engine._loaded is not None
    passes, step = [], engine._loaded.step
    call = type(step).__call__

    def counted(self: object, tokens: object, cache: object, last: int = 1) -> object:
        if self is step:
            passes.append(last)
        return call(self, tokens, cache, last)  # type: ignore[arg-type]

    monkeypatch.setattr(type(step), "__call__", counted)
    monkeypatch.setattr(draft, "CONFIDENT", 0.0)
    new = reply(engine, asked(ONCE, max_new_tokens=41)).end.usage.new_tokens
    assert new == 41
    # The prompt, one plain pass, and then five tokens a pass (four guesses, the one behind).
    assert len(passes) <= 2 + 9


def test_a_long_text_is_read_from_near_its_end_and_the_window_never_overflows(
    model_folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft, "NEAR", 20)
    step = loaded_engine(model_folders["llama"])._loaded.step  # type: ignore[union-attr]
    lengths: list[int] = []
    call = type(step).__call__

    def watched(self: object, tokens: list[int], cache: list[int], last: int = 1) -> object:
        scores = call(self, tokens, cache, last)  # type: ignore[arg-type]
        lengths.append(len(cache))
        return scores

    monkeypatch.setattr(type(step), "__call__", watched)
    guesser = Draft(step, 64, 300).start([5 + i % 200 for i in range(400)])
    assert len(guesser.guess(4)) in range(1, 5)
    assert lengths[0] == 20
    for token in range(100):
        guesser.add(token + 5)
        guesser.guess(4)
    assert max(lengths) <= 64


def test_a_draft_with_a_short_window_reads_on_once_its_guesses_have_paid(
    model_folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It read half its window anew before each guess: as far as it could look, and never far enough."""
    monkeypatch.setattr(Pacer, "rich", property(lambda pacer: True))
    step = loaded_engine(model_folders["llama"])._loaded.step  # type: ignore[union-attr]
    read: list[int] = []
    call = type(step).__call__

    def watched(self: object, tokens: list[int], cache: object, last: int = 1) -> object:
        read.append(len(tokens))
        return call(self, tokens, cache, last)  # type: ignore[arg-type]

    monkeypatch.setattr(type(step), "__call__", watched)
    guesser = Draft(step, 64, 300).start([5 + i % 200 for i in range(400)])
    for token in range(10):
        guesser.guess(4)
        guesser.add(token + 5)
    assert read[0] == 32
    assert max(read[1:]) < 5


def test_no_token_is_guessed_that_the_model_does_not_know(model_folders: dict[str, Path]) -> None:
    step = loaded_engine(model_folders["llama"])._loaded.step  # type: ignore[union-attr]
    guesser = Draft(step, 64, 7).start([1, 2, 3])
    assert all(token < 7 for token in guesser.guess(6))


def test_another_vocabulary_is_refused(model_folders: dict[str, Path]) -> None:
    guide = Path(str(resource("guide_model")))
    with pytest.raises(ModelError, match="different vocabularies"):
        with_draft(model_folders["llama"], guide)


def with_one_more_token(folder: Path, model: Path) -> Path:
    """A copy of a model that has a token added to its vocabulary."""
    tokenizer = AutoTokenizer.from_pretrained(model)
    tokenizer.add_tokens(["<one more>"])
    tokenizer.save_pretrained(folder)
    larger = AutoModelForCausalLM.from_pretrained(model)
    larger.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    larger.save_pretrained(folder)
    return folder


def test_a_token_that_the_draft_has_no_row_for_is_refused_while_one_more_of_its_own_is_not(
    model_folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    larger = with_one_more_token(tmp_path / "larger", model_folders["llama"])
    with pytest.raises(ModelError, match="different vocabularies"):
        with_draft(larger, model_folders["gpt2"])
    always(monkeypatch)
    engine = with_draft(model_folders["gpt2"], larger)
    assert reply(engine, asked(ONCE)).end.reason is not EndReason.FAILED


@pytest.mark.parametrize("place", ["draft", "model"])
def test_a_recurrent_model_takes_nothing_back(
    model_folders: dict[str, Path], tmp_path: Path, place: str
) -> None:
    folder = make_mamba(tmp_path / "mamba")
    pair = (
        (model_folders["llama"], folder) if place == "draft" else (folder, model_folders["llama"])
    )
    with pytest.raises(ModelError, match="mamba"):
        with_draft(*pair)


def test_both_are_freed_where_the_draft_is_refused(
    model_folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, found = load._read, []

    def kept(*given: Any) -> load.Bare:
        found.append(read(*given))
        return found[-1]

    monkeypatch.setattr(load, "_read", kept)
    with pytest.raises(ModelError, match="mamba"):
        with_draft(model_folders["llama"], make_mamba(tmp_path / "mamba"))
    larger, smaller = (bare.step for bare in found)
    assert isinstance(larger, LeanStep)
    assert isinstance(smaller, ModelStep)
    assert not larger._layers
    assert smaller.model is None


def test_its_memory_is_reckoned_with(
    model_folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = loaded_engine(model_folders["llama"]).loaded
    both = with_draft(model_folders["llama"], model_folders["gpt2"])
    assert alone is not None
    assert both.loaded is not None
    assert "gpt2 guesses ahead" in both.loaded.reason
    gpt2 = loaded_engine(model_folders["gpt2"]).loaded
    assert gpt2 is not None
    assert both.loaded.memory > alone.memory + gpt2.memory // 2
    monkeypatch.setattr(devices, "free_memory", lambda device: alone.memory + 1_000_000)
    assert loaded_engine(model_folders["llama"]).loaded is not None
    with pytest.raises(ModelError, match="beside its draft model"):
        with_draft(model_folders["llama"], model_folders["gpt2"])


def test_progress_counts_both_and_unloading_lets_both_go(
    model_folders: dict[str, Path], tmp_path: Path
) -> None:
    smaller = make_model(tmp_path / "small", "gpt2", None)
    engine, told = TransformersEngine(), []
    request = load_request(model_folders["llama"], draft=on_disk(smaller))
    engine.load(request, lambda done, total: told.append((done, total)), threading.Event())
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]
    assert engine._loaded is not None
    guesser = engine._loaded.draft
    assert guesser is not None
    engine.unload()
    with pytest.raises((AttributeError, TypeError, IndexError)):
        guesser.start([1, 2, 3]).guess(2)


def test_states_that_are_no_list_of_tokens_take_no_draft(tmp_path: Path) -> None:
    """LFM2's convolutions keep the end of the text alone, so that nothing can be taken back."""
    folder = make(tmp_path / "lfm2", "lfm2")
    bare = load.load_bare(load_request(folder), lambda *_: None, threading.Event())
    assert not bare.step.reads_at_once
    with pytest.raises(ModelError, match="take no tokens back"):
        with_draft(folder, folder)
