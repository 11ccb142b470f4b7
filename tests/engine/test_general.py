"""Architectures without a pass of our own: rounded weight by weight while they are read, and kept."""

import gc
import shutil
import threading
import weakref
from pathlib import Path

import pytest
import torch
from gguf_making import write_gguf
from safetensors.torch import load_file, save_file
from tiny_models import load_request, make_model, save_tokenizer
from transformers import GPT2Config, T5Config
from transformers.models.auto.modeling_auto import AutoModelForCausalLM, AutoModelForSeq2SeqLM

from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.settings import Precision
from desktop_llm.engine import general, paces, weights
from desktop_llm.engine.load import load_bare
from desktop_llm.engine.packed import FOLDER
from desktop_llm.engine.quantised import quantised
from desktop_llm.engine.step import ModelStep

TOKENS = [(7 * i) % 290 + 3 for i in range(30)]


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GPT-2 whose matrices are large enough to be rounded."""
    folder = tmp_path_factory.mktemp("wide")
    vocabulary = save_tokenizer(folder, None)
    config = GPT2Config(
        vocab_size=vocabulary, n_embd=128, n_layer=3, n_head=4, n_positions=256,
        bos_token_id=0, eos_token_id=2,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(2)
        model = AutoModelForCausalLM.from_config(config)
        with torch.no_grad():
            for weight in model.parameters():
                weight.normal_(0, 0.3)
    model.save_pretrained(folder)
    return folder


def scores(folder: Path, cache: Path | None, precision: Precision, **how: object) -> torch.Tensor:
    step = load_bare(
        load_request(folder, precision=precision), lambda *_: None, threading.Event(), cache
    ).step
    return step(TOKENS, step.new_cache(), 1 if how.get("encodes") else len(TOKENS))


@pytest.mark.parametrize("kept", [torch.bfloat16, torch.float32])
def test_states_are_kept_in_what_one_token_reads_fastest(
    wide: Path, kept: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paces, "states_dtype", lambda: kept)
    step = ModelStep(AutoModelForCausalLM.from_pretrained(wide, dtype=torch.bfloat16))
    cache = step.new_cache()
    step(TOKENS[:-1], cache)
    with cache.growing([]) as states:
        assert {layer.keys.dtype for layer in states.layers} == {kept}
    exact = AutoModelForCausalLM.from_pretrained(wide, dtype=torch.float32)
    expected = exact(torch.tensor([TOKENS])).logits[0, -1].detach()
    found = step(TOKENS[-1:], cache)[0]
    assert (found - expected).norm() < 0.03 * expected.norm()


def keeps_rows(*inner: int) -> bool:
    """Whether products in bfloat16 give a row among others what they give it alone: oneDNN decides."""
    torch.manual_seed(8)
    for size in inner:
        x, weight = torch.randn(4, size).bfloat16(), torch.randn(128, size).bfloat16()
        alone = torch.cat([row @ weight.T for row in x.split(1)])
        if not torch.equal(x @ weight.T, alone):
            return False
    return True


@pytest.mark.parametrize("precision", [Precision.BF16, Precision.INT8, Precision.INT4])
@pytest.mark.parametrize("states", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("kind", ["gpt2", "starcoder2", "mistral"])
def test_a_token_read_among_guesses_has_the_scores_that_it_has_alone(
    wide: Path,
    tmp_path: Path,
    kind: str,
    states: torch.dtype,
    precision: Precision,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where heads share keys, and beside a sliding window that is not full yet."""
    if precision is Precision.BF16 and not keeps_rows(128, 256, 512):
        pytest.skip("this processor's products in bfloat16 depend on how many rows there are")
    monkeypatch.setattr(paces, "states_dtype", lambda: states)
    size = {"hidden_size": 256, "intermediate_size": 512, "head_dim": 64, "sliding_window": 64}
    folder = wide if kind == "gpt2" else make_model(tmp_path / kind, kind, **size)
    request = load_request(folder, precision=precision)
    step = load_bare(request, lambda *_: None, threading.Event()).step
    assert isinstance(step, ModelStep)
    together, alone = step.new_cache(), step.new_cache()
    for cache in (together, alone):
        step(TOKENS, cache)
    for guessed in ([9, 30], [200, 4, 31, 7], list(range(60, 75))):
        found = step(guessed, together, len(guessed))
        assert torch.equal(found, torch.cat([step([token], alone) for token in guessed]))


@pytest.mark.parametrize("precision", [Precision.INT8, Precision.INT4])
def test_a_weight_of_another_shape_is_refused_and_not_multiplied(
    wide: Path, tmp_path: Path, precision: Precision
) -> None:
    """Its kernel would read what lies behind it."""
    shutil.copytree(wide, folder := tmp_path / "wide")
    held, name = load_file(folder / "model.safetensors"), "transformer.h.1.mlp.c_fc.weight"
    held[name] = held[name][:64].contiguous()
    save_file(held, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"c_fc\.weight has the shape \[64, 512\]"):
        scores(folder, None, precision)


@pytest.mark.usefixtures("first_kind")
@pytest.mark.parametrize("precision", [Precision.INT8, Precision.INT4])
def test_it_is_rounded_as_matrix_by_matrix_and_the_second_load_is_the_first(
    wide: Path, tmp_path: Path, precision: Precision
) -> None:
    model = AutoModelForCausalLM.from_pretrained(wide, dtype=torch.bfloat16)
    with torch.inference_mode():
        for name, layer in list(general._matrices(model)):
            conv = type(layer) is not torch.nn.Linear
            weight = layer.weight.T.contiguous() if conv else layer.weight
            kind = "int8" if name == "lm_head" else precision.value
            model.set_submodule(name, quantised(weight, layer.bias, kind))
        expected = ModelStep(model)
        reference = expected(TOKENS, expected.new_cache(), len(TOKENS))
    first = scores(wide, tmp_path, precision)
    assert len(list((tmp_path / FOLDER).iterdir())) == 1
    assert torch.allclose(first, reference, atol=0.05)
    assert torch.equal(scores(wide, tmp_path, precision), first)
    assert torch.equal(scores(wide, None, precision), first)
    assert len(list((tmp_path / FOLDER).iterdir())) == 1


def test_the_second_load_reads_no_weight_of_the_model(
    wide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = scores(wide, tmp_path, Precision.INT8)

    def never(*_: object) -> None:
        raise AssertionError("a weight was read")

    monkeypatch.setattr(weights.Reader, "__call__", never)
    assert torch.equal(scores(wide, tmp_path, Precision.INT8), first)


def test_at_no_time_is_more_than_one_matrix_held_as_it_was(
    wide: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, alive = weights.Reader.__call__, []
    most = 0

    def watched(self: weights.Reader, name: str) -> torch.Tensor:
        nonlocal most
        weight = read(self, name)
        if weight.dim() == 2 and "wte" not in name and "wpe" not in name:
            alive.append(weakref.ref(weight))
        most = max(most, sum(one() is not None for one in alive))
        return weight

    monkeypatch.setattr(weights.Reader, "__call__", watched)
    scores(wide, None, Precision.INT4)
    assert len(alive) == 12
    assert most <= 2  # the one that is read, and the one before it until its name is given away


def numbers_held() -> int:
    held = (one for one in gc.get_objects() if type(one) in (torch.Tensor, torch.nn.Parameter))
    return sum(tensor.numel() for tensor in held)


def test_a_load_collects_no_garbage_and_leaves_none_that_is_large(
    wide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A collection on the thread that loads would destroy widgets there."""

    def never(*_: object) -> int:
        raise AssertionError("garbage was collected")

    request = load_request(wide, precision=Precision.INT8)
    gc.collect()
    gc.disable()
    try:
        for cache in (None, tmp_path, tmp_path):
            with monkeypatch.context() as patched:
                patched.setattr(gc, "collect", never)
                bare = load_bare(request, lambda *_: None, threading.Event(), cache)
            before = numbers_held()
            gc.collect()
            assert before - numbers_held() < 20_000, cache
            bare.step.let_go()
    finally:
        gc.enable()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="asks Linux what is mapped")
def test_no_weight_that_was_read_keeps_the_file_open(
    wide: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of an open file count as memory, so that a model would be held as a whole after all."""
    read, met = weights.Reader.__call__, []

    def watched(self: weights.Reader, name: str) -> torch.Tensor:
        met.append(str(wide) in Path("/proc/self/maps").read_text())
        weight = read(self, name)
        met.append(str(wide) in Path("/proc/self/maps").read_text())
        return weight

    monkeypatch.setattr(general, "OPEN_BYTES", 0)
    monkeypatch.setattr(weights.Reader, "__call__", watched)
    scores(wide, None, Precision.INT8)
    assert not any(met[::2])
    assert all(met[1::2])


def test_an_encoder_decoder_is_kept_too(tmp_path: Path) -> None:
    folder = tmp_path / "t5"
    config = T5Config(
        vocab_size=save_tokenizer(folder, None), d_model=128, d_ff=256, d_kv=32, num_heads=4,
        num_layers=2, decoder_start_token_id=0,
    )  # fmt: skip
    AutoModelForSeq2SeqLM.from_config(config).save_pretrained(folder)
    first = scores(folder, tmp_path, Precision.INT8, encodes=True)
    assert torch.equal(scores(folder, tmp_path, Precision.INT8, encodes=True), first)


def test_a_gguf_file_is_kept_too(wide: Path, tmp_path: Path) -> None:
    file = write_gguf(wide, tmp_path / "wide.gguf", "Q8_0")
    first = scores(file, tmp_path, Precision.INT4)
    assert torch.equal(scores(file, tmp_path, Precision.INT4), first)
    assert len(list((tmp_path / FOLDER).iterdir())) == 1


def test_progress_goes_up_and_a_stop_leaves_no_file(wide: Path, tmp_path: Path) -> None:
    told: list[int] = []
    cancel = threading.Event()

    def report(done: int, total: int) -> None:
        told.append(done)
        if done > total // 2:
            cancel.set()

    with pytest.raises(Cancelled):
        load_bare(load_request(wide, precision=Precision.INT8), report, cancel, tmp_path)
    assert told == sorted(told)
    assert len(told) > 3
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_missing_weight_is_named_and_nothing_is_kept(wide: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lacking"
    shutil.copytree(wide, folder)
    held = load_file(folder / "model.safetensors")
    del held["transformer.h.1.mlp.c_fc.weight"]
    save_file(held, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"h\.1\.mlp\.c_fc\.weight"):
        scores(folder, tmp_path, Precision.INT8)
    assert list((tmp_path / FOLDER).iterdir()) == []
