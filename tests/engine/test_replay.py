"""The pass that a GPU plays again: over fixed buffers, captured once, token by token as the plain one.

Without a GPU, `make_fx` takes the place of the CUDA graph: it too records what is done to which
memory, so that a number read by Python while recording would be played back as it was then.
"""

import gc
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tiny_models import load_request
from torch.fx.experimental.proxy_tensor import make_fx

from desktop_llm.core.model_files import read_model_files
from desktop_llm.core.settings import Precision
from desktop_llm.engine import replay, weights
from desktop_llm.engine.cache import PromptCache
from desktop_llm.engine.lean import LeanStep
from desktop_llm.engine.load import load_bare, read_configuration
from desktop_llm.engine.replay import Capture, Run, as_it_is
from tests.engine.test_precisions import lean_folder

PROMPT = [(7 * i) % 290 + 3 for i in range(40)]


class Recorder:
    """Captures on a processor, and counts."""

    def __init__(self) -> None:
        self.captures = self.runs = 0

    def __call__(
        self, run: Run, token: torch.Tensor, place: torch.Tensor
    ) -> Callable[[], torch.Tensor]:
        self.captures += 1
        recorded = make_fx(run)(token, place)

        def again() -> torch.Tensor:
            self.runs += 1
            scores: torch.Tensor = recorded(token, place)
            return scores

        return again


def step_of(folder: Path, capture: Capture | None, window: int = 512) -> LeanStep:
    """The model in float32, with that way of capturing on the processor."""
    files = read_model_files(folder, tokenizer=False)
    config = read_configuration(files)
    patched = pytest.MonkeyPatch()
    with patched.context() as patch:
        patch.setattr(weights, "capture_for", lambda device: capture)
        return weights.lean_step(files, config, "fp32", window, lambda *_: None, threading.Event())


def greedy(step: LeanStep, cache: PromptCache, scores: torch.Tensor, count: int) -> list[int]:
    found = []
    for _ in range(count):
        found.append(int(scores[-1].argmax()))
        scores = step(found[-1:], cache)
    return found


@pytest.mark.parametrize(
    "name", ["llama", "qwen2", "qwen3", "phi3", "smollm3", "gemma", "gemma 2", "gemma 3"]
)
def test_what_was_captured_writes_the_same_tokens(tmp_path: Path, name: str) -> None:
    folder = lean_folder(tmp_path, name)
    plain = step_of(folder, None)
    cache = plain.new_cache()
    expected = greedy(plain, cache, plain(PROMPT, cache), 30)
    for capture in (as_it_is, recorder := Recorder()):
        step = step_of(folder, capture)
        cache = step.new_cache()
        assert greedy(step, cache, step(PROMPT, cache), 30) == expected
    assert (recorder.captures, recorder.runs) == (1, 30)


def test_it_is_captured_anew_where_the_states_get_other_tensors(tmp_path: Path) -> None:
    folder = lean_folder(tmp_path, "llama")
    recorder, plain = Recorder(), step_of(folder, None, 2048)
    step = step_of(folder, recorder, 2048)
    long = [(11 * i) % 290 + 3 for i in range(500)]
    caches = step.new_cache(), plain.new_cache()
    scores = step(long, caches[0]), plain(long, caches[1])
    assert greedy(step, caches[0], scores[0], 20) == greedy(plain, caches[1], scores[1], 20)
    assert recorder.captures == 2  # the room of the first block was full after twelve tokens
    caches[0].clear()
    step(PROMPT, caches[0])
    step([5], caches[0])
    assert recorder.captures == 3


def test_tokens_that_are_taken_back_leave_nothing_behind(tmp_path: Path) -> None:
    folder = lean_folder(tmp_path, "qwen2")
    step = step_of(folder, Recorder())
    cache = step.new_cache()
    step(PROMPT, cache)
    greedy(step, cache, step([9], cache), 10)
    cache.keep_prefix([*PROMPT, 4, 5])
    step([4], cache)
    after = step([5], cache)
    plain = step_of(folder, None)
    assert torch.allclose(after, plain([*PROMPT, 4, 5], plain.new_cache()), atol=1e-4)


def test_room_that_was_never_written_does_not_disturb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory may hold anything; a not-a-number there would reach the scores through a mask."""

    def dirty(*shape: int, **options: object) -> torch.Tensor:
        return torch.full(shape, float("nan"), **options)  # type: ignore[arg-type]

    step = step_of(lean_folder(tmp_path, "llama"), as_it_is)
    monkeypatch.setattr(torch, "empty", dirty)
    cache = step.new_cache()
    step(PROMPT, cache)
    assert torch.isfinite(step([5], cache)).all()


def test_a_gpu_that_captures_nothing_runs_the_pass_as_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(torch.cuda, "Stream", refuse)
    token, place = torch.zeros(1), torch.zeros(1)
    caplog.set_level("ERROR")
    again = replay.cuda_graph(lambda one, other: one + other, token, place)
    token.fill_(2)
    place.fill_(3)
    assert again().tolist() == [5]


def test_only_cuda_captures(tmp_path: Path) -> None:
    assert replay.capture_for("cuda") is replay.cuda_graph
    assert replay.capture_for("cpu") is None
    request = load_request(lean_folder(tmp_path, "llama"), precision=Precision.FP32)
    step = load_bare(request, lambda *_: None, threading.Event()).step
    cache = step.new_cache()
    step([1, 2], cache)
    step([3], cache)
    assert cache._states.replay is None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_on_a_gpu_greedy_tokens_are_those_of_the_plain_pass(tmp_path: Path) -> None:
    folder = lean_folder(tmp_path, "llama")
    found = []
    for capture in (None, replay.cuda_graph):
        files = read_model_files(folder, tokenizer=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(weights, "capture_for", lambda device, capture=capture: capture)
            step = weights.lean_step(
                files, read_configuration(files), "fp32", 512, lambda *_: None,
                threading.Event(), device="cuda",
            )  # fmt: skip
        cache = step.new_cache()
        found.append(greedy(step, cache, step(PROMPT, cache), 60))
    assert found[0] == found[1]


def test_states_that_are_given_up_are_freed_at_once(tmp_path: Path) -> None:
    """Nobody collects garbage on the engine's thread, and what is frozen at a load is never looked at."""
    step = step_of(lean_folder(tmp_path, "llama"), as_it_is)
    cache = step.new_cache()
    greedy(step, cache, step(PROMPT, cache), 2)
    gone = weakref.ref(cache._states)
    gc.disable()
    try:
        cache.clear()
        assert gone() is None
    finally:
        gc.enable()
