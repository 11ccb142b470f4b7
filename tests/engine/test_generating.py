"""Replies of real (tiny) models: the right tokens, whole text, exactly one end on every path."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import Reply, asked, loaded_engine, make_model, reply, run, told
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from desktop_llm.core.errors import ModelError
from desktop_llm.core.events import Delta, End, EndReason, Progress
from desktop_llm.core.requests import GenerateRequest
from desktop_llm.core.sayings import Saying
from desktop_llm.engine import devices, paces
from desktop_llm.engine import generate as generating
from desktop_llm.engine.engine import TransformersEngine
from desktop_llm.engine.lean import LeanStep
from desktop_llm.engine.load import foreign
from desktop_llm.engine.memory import ran_out

KINDS = ["llama", "gpt2", "gemma2", "mistral"]


def parts(engine: TransformersEngine) -> Any:
    assert engine._loaded is not None
    return engine._loaded


def drawn_ids(engine: TransformersEngine, request: GenerateRequest, limit: int) -> list[int]:
    """The reply's token ids, through the same loop that `generate` uses."""
    loaded, cancel = parts(engine), threading.Event()
    cache = loaded.step.new_cache()
    prompt = loaded.builder.build(request, loaded.info.context_window)
    reading = generating.read(loaded.step, cache, prompt.ids, 7, cancel)
    scores = _returned(reading)
    settings = request.sampling.over(loaded.info.defaults)
    sample = generating.make_sampler(settings, prompt.ids, prompt.reply_start, loaded.device)
    return list(generating.decode(loaded.step, cache, sample, scores, limit, cancel))


def _returned(generator: Any) -> Any:
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value


def test_the_first_token_does_not_wait_for_what_guesses_are_looked_up_in(
    engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, made, lookup = parts(engine), [], generating.Lookup
    monkeypatch.setattr(generating, "Lookup", lambda ids: made.append(list(ids)) or lookup(ids))
    cache = loaded.step.new_cache()
    scores = loaded.step([5, 6, 7, 8], cache)[0]
    tokens = generating.decode(
        loaded.step, cache, lambda _: 9, scores, 5, threading.Event(), loaded.draft
    )
    assert (next(tokens), made) == (9, [])
    next(tokens)
    assert made == [[5, 6, 7, 8]]


@pytest.mark.parametrize("kind", KINDS)
def test_greedy_tokens_equal_those_of_transformers_generate(
    model_folders: dict[str, Path], kind: str
) -> None:
    engine = loaded_engine(model_folders[kind])
    loaded = parts(engine)
    request = asked("What is a token? 你好, and a long enough text for the sliding windows.")
    prompt = loaded.builder.build(request, 512).ids
    with torch.inference_mode():
        expected = AutoModelForCausalLM.from_pretrained(model_folders[kind]).generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            do_sample=False, max_new_tokens=40, eos_token_id=None, pad_token_id=0,
        )  # fmt: skip
    assert drawn_ids(engine, request, 40) == expected[0, len(prompt) :].tolist()


def test_the_text_is_the_decoded_tokens_without_broken_characters(
    engine: TransformersEngine,
) -> None:
    request = asked("大语言模型 😀", temperature=1.0, seed=3, max_new_tokens=200)
    out = reply(engine, request)
    ids = drawn_ids(engine, request, out.end.usage.new_tokens)
    whole = parts(engine).encoder.tokenizer.decode(ids, skip_special_tokens=True)
    assert "\ufffd" not in out.text
    assert out.text == whole.replace("\ufffd", "")


def test_the_same_seed_gives_the_same_reply_and_another_seed_another(
    engine: TransformersEngine,
) -> None:
    request = asked("Hi", temperature=1.0, seed=11, max_new_tokens=40)
    one, two = reply(engine, request), reply(engine, request)
    assert one.text == two.text
    assert one.end.usage.seed == 11
    other = replace(request, sampling=replace(request.sampling, seed=12))
    assert reply(engine, other).text != one.text


def test_a_seed_that_was_drawn_is_told_and_makes_the_reply_again(
    engine: TransformersEngine,
) -> None:
    request = asked("Hi", temperature=1.0, max_new_tokens=40)
    one = reply(engine, request)
    assert one.end.usage.seed is not None
    again = replace(request, sampling=replace(request.sampling, seed=one.end.usage.seed))
    assert reply(engine, again).text == one.text


def test_a_reply_ends_with_length_after_the_asked_number_of_tokens(
    engine: TransformersEngine,
) -> None:
    end = reply(engine, asked("Hi", max_new_tokens=9)).end
    assert (end.reason, end.usage.new_tokens) == (EndReason.LENGTH, 9)


def test_a_reply_ends_with_length_where_the_context_window_is_full(
    engine: TransformersEngine,
) -> None:
    full = 0
    for seed in range(40):  # random weights draw their end token sooner or later
        end = reply(engine, asked("Hi", temperature=1.0, seed=seed, max_new_tokens=4000)).end
        if end.reason is EndReason.LENGTH:
            assert end.usage.prompt_tokens + end.usage.new_tokens == 512
            full += 1
            break
    assert full


def test_every_end_token_ends_the_reply_and_leaves_no_text(engine: TransformersEngine) -> None:
    request = asked("What is a token?", max_new_tokens=30)
    ids = drawn_ids(engine, request, 30)
    place = next(i for i in range(1, 30) if ids[i] not in ids[:i])
    loaded = parts(engine)
    ends = frozenset({ids[place], 2})
    engine._loaded = replace(loaded, tongue=replace(loaded.tongue, ends=ends))
    out = reply(engine, request)
    assert out.end.reason is EndReason.STOP
    assert out.end.usage.new_tokens == place + 1
    whole = loaded.encoder.tokenizer.decode(ids[:place])
    assert out.text == whole.replace("\ufffd", "")


def test_a_stop_string_ends_the_reply_exactly_before_it(engine: TransformersEngine) -> None:
    whole = reply(engine, asked("Hi", max_new_tokens=60)).text
    stop = whole[5:8]
    out = reply(engine, asked("Hi", max_new_tokens=60, stop=(stop,)))
    assert out.end.reason is EndReason.STOP
    assert out.text == whole[: whole.index(stop)]


def test_text_held_back_for_a_stop_string_comes_out_at_the_end(
    engine: TransformersEngine,
) -> None:
    whole = reply(engine, asked("Hi", max_new_tokens=20)).text
    almost = whole[-2:] + "\x00never"
    assert reply(engine, asked("Hi", max_new_tokens=20, stop=(almost,))).text == whole


def test_a_prefix_is_not_repeated_and_the_reply_goes_on(engine: TransformersEngine) -> None:
    request = replace(asked("Hi", max_new_tokens=10), prefix="A token is")
    out = reply(engine, request)
    assert out.text
    assert not out.text.startswith("A token is")
    assert out.end.usage.prompt_tokens == engine.count_prompt(request)


def test_a_stop_string_that_begins_in_the_prefix_ends_the_reply(engine: TransformersEngine) -> None:
    request = replace(asked("Hi", max_new_tokens=10), prefix="A token is")
    free = reply(engine, request)
    stop = "is" + free.text[0]
    out = reply(engine, replace(request, sampling=replace(request.sampling, stop=(stop,))))
    assert (free.end.reason, out.end.reason) == (EndReason.LENGTH, EndReason.STOP)
    assert out.text == ""


def test_usage_counts_and_times(engine: TransformersEngine) -> None:
    usage = reply(engine, asked("Hi")).end.usage
    assert usage.prompt_tokens == engine.count_prompt(asked("Hi"))
    assert usage.new_tokens == 12
    assert usage.ttft_s > 0
    assert usage.tokens_per_s > 0


def test_reading_a_long_prompt_tells_its_progress_in_chunks(
    engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generating, "CHUNK", 256)
    events = run(engine, asked("word " * 100))
    done = [(e.done, e.total) for e in events if isinstance(e, Progress)]
    total = done[-1][1]
    assert done == [(0, total), (256, total), (total, total)]


def test_a_cancel_before_the_start_reads_nothing(engine: TransformersEngine) -> None:
    cancel = threading.Event()
    cancel.set()
    out = told(run(engine, asked("Hi"), cancel))
    assert out.end.reason is EndReason.CANCELLED
    assert out.end.usage.new_tokens == 0
    assert out.text == ""


def test_a_cancel_while_reading_takes_effect_within_one_chunk(
    engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generating, "CHUNK", 256)
    cancel, events = threading.Event(), []
    for event in engine.generate(asked("word " * 100), cancel):
        events.append(event)
        if isinstance(event, Progress) and event.done == 256:
            cancel.set()
    assert [e.done for e in events if isinstance(e, Progress)] == [0, 256]
    assert told(events).end.reason is EndReason.CANCELLED


def test_a_cancel_while_writing_takes_effect_within_one_token_and_keeps_the_text(
    engine: TransformersEngine,
) -> None:
    whole = reply(engine, asked("Hi", max_new_tokens=60)).text
    cancel, events = threading.Event(), []
    for event in engine.generate(asked("Hi", max_new_tokens=60), cancel):
        events.append(event)
        if isinstance(event, Delta) and not cancel.is_set():
            cancel.set()
            so_far = told([*events, End(EndReason.STOP)]).text
    out = told(events)
    assert out.end.reason is EndReason.CANCELLED
    assert out.text == so_far
    assert whole.startswith(out.text)


def test_a_consumer_that_stops_pulling_gets_no_more_events(engine: TransformersEngine) -> None:
    fresh = reply(engine, asked("Hi", max_new_tokens=60))
    stream = engine.generate(asked("Hi", max_new_tokens=60), threading.Event())
    for event in stream:
        if isinstance(event, Delta):
            break
    stream.close()  # type: ignore[attr-defined]
    assert list(stream) == []
    assert reply(engine, asked("Hi", max_new_tokens=60)).text == fresh.text


class StopsIn:
    """An event that is set once it was asked so many times: in the middle of a pass."""

    def __init__(self, asked: int) -> None:
        self._left = asked

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0


@pytest.mark.parametrize("asked_times", range(1, 8))
def test_reading_that_is_stopped_in_the_middle_of_a_pass_keeps_what_was_read(
    model_folders: dict[str, Path], asked_times: int
) -> None:
    loaded = parts(loaded_engine(model_folders["llama"]))
    ids, cache = [(7 * n) % 90 + 3 for n in range(40)], loaded.step.new_cache()
    cancel = StopsIn(asked_times)
    stopped = _returned(generating.read(loaded.step, cache, ids, 16, cancel))  # type: ignore[arg-type]
    assert stopped is None
    assert cache.ids == ids[: len(cache.ids)]
    assert len(cache.ids) in (0, 16, 32)
    scores = _returned(generating.read(loaded.step, cache, ids, 16, threading.Event()))
    fresh = loaded.step.new_cache()
    assert torch.equal(
        scores, _returned(generating.read(loaded.step, fresh, ids, 16, threading.Event()))
    )
    assert loaded.step(ids[:2], fresh) is not None  # nothing is asked outside of reading


class FailingStep:
    """The model's real step, which fails as torch does when it is asked the n-th time."""

    def __init__(self, step: Any, fails_at: int, error: Exception) -> None:
        self._step, self.reads_at_once = step, step.reads_at_once
        self.stops_at = step.stops_at
        self._left, self._error = fails_at, error

    def __call__(self, tokens: Any, cache: Any, last: int = 1) -> torch.Tensor:
        self._left -= 1
        if self._left < 0:
            with cache.growing(tokens):
                raise self._error
        scores: torch.Tensor = self._step(tokens, cache, last)
        return scores


def failing(engine: TransformersEngine, fails_at: int, error: Exception) -> Reply:
    """A reply during which the step fails; afterwards the engine has its real step again."""
    loaded = parts(engine)
    engine._loaded = replace(loaded, step=FailingStep(loaded.step, fails_at, error))  # type: ignore[arg-type]
    out = reply(engine, asked("Hi", max_new_tokens=60))
    engine._loaded = loaded
    return out


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."),
        RuntimeError("MPS backend out of memory (MPS allocated: 17 GB)"),
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
        OSError(12, "Cannot allocate memory"),
    ],
)
def test_what_every_system_says_where_memory_runs_out_is_known(error: Exception) -> None:
    assert ran_out(error)
    with (
        pytest.raises(
            ModelError, match=r"memory ran out\. Close other programs.*precision.*own page"
        ),
        foreign(Saying("It cannot be loaded.")),
    ):
        raise error
    assert not ran_out(RuntimeError("shapes differ"))


@pytest.mark.parametrize("fails_at", [0, 1, 8])
def test_memory_that_runs_out_keeps_the_partial_reply_and_says_what_to_do(
    engine: TransformersEngine, fails_at: int
) -> None:
    fresh = reply(engine, asked("Hi", max_new_tokens=60))
    error = RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
    out = failing(loaded := engine, fails_at, error)
    assert out.end.reason is EndReason.FAILED
    assert "memory ran out" in str(out.end.error)
    assert "context window to 128 tokens" in str(out.end.error)
    assert out.end.shorter_window == 128
    assert fresh.text.startswith(out.text)
    assert reply(loaded, asked("Hi", max_new_tokens=60)).text == fresh.text


def test_a_bug_ends_the_reply_calmly_and_is_logged(
    engine: TransformersEngine, caplog: pytest.LogCaptureFixture
) -> None:
    out = failing(engine, 3, ZeroDivisionError("oops"))
    assert (out.end.reason, str(out.end.error)) == (EndReason.FAILED, generating.BUG)
    assert out.end.shorter_window == 0
    assert "oops" in caplog.text


def test_a_refusal_that_quotes_a_person_is_told_and_logged_without_their_words(
    engine: TransformersEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    quoting = "{{ raise_exception(messages[-1].content) }}"
    strict = loaded_engine(make_model(tmp_path, "llama", quoting))
    by_template = reply(strict, asked("my secret words")).end
    by_form = reply(engine, asked("Hi", answer_format="regex", answer_pattern="(my secret words"))
    for end in (by_template, by_form.end):
        assert end.reason is EndReason.FAILED
        assert "my secret words" in str(end.error)
    assert caplog.text.count("A reply was refused") == 2
    assert "chat template cannot express" in caplog.text
    assert "secret" not in caplog.text


def test_damaged_weights_end_the_reply_with_a_sentence(model_folders: dict[str, Path]) -> None:
    engine = loaded_engine(model_folders["llama"])
    step = parts(engine).step
    assert isinstance(step, LeanStep)
    with torch.inference_mode():
        step._norm.fill_(float("nan"))
    end = reply(engine, asked("Hi")).end
    assert end.reason is EndReason.FAILED
    assert "no longer valid" in str(end.error)


def test_without_a_model_the_one_event_is_the_end() -> None:
    engine = TransformersEngine()
    end = reply(engine, asked("Hi")).end
    assert end.reason is EndReason.FAILED
    assert "No model is loaded" in str(end.error)
    assert engine.count_tokens("Hi") == 0
    assert engine.count_prompt(asked("Hi")) == 0


def test_counting_from_another_thread_while_generating_gives_the_right_numbers(
    engine: TransformersEngine,
) -> None:
    request = asked("What is a token?" * 5)
    tokens, prompt = engine.count_tokens("你好 😀"), engine.count_prompt(request)
    found: set[tuple[int, int]] = set()
    stop = threading.Event()

    def count() -> None:
        while not stop.is_set():
            found.add((engine.count_tokens("你好 😀"), engine.count_prompt(request)))

    thread = threading.Thread(target=count)
    thread.start()
    fresh = [reply(engine, asked("Hi", max_new_tokens=40)).text for _ in range(3)]
    stop.set()
    thread.join()
    assert found == {(tokens, prompt)}
    assert len(set(fresh)) == 1


@pytest.mark.parametrize(("chosen", "expected"), [(None, 1), (2, 2)])
def test_a_reply_takes_as_many_threads_as_are_good_now(
    model_folders: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    chosen: int | None,
    expected: int,
) -> None:
    before = torch.get_num_threads()
    monkeypatch.setattr(devices, "usual_threads", lambda: 2)
    engine = loaded_engine(model_folders["llama"], threads=chosen)
    assert torch.get_num_threads() == 2
    monkeypatch.setattr(devices, "usual_threads", lambda: 1)  # the plug was pulled
    devices._threads_in.cache_clear()
    try:
        reply(engine, asked("Hi"))
        assert torch.get_num_threads() == expected
    finally:
        devices._threads_in.cache_clear()
        paces.compute_with(before)
