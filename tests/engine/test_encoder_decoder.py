"""Models with an encoder write what transformers' `generate` writes: T5 and BART."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_models import asked, load_request, loaded_engine, make_t5, reply, save_tokenizer
from transformers import AutoConfig, AutoTokenizer
from transformers.models.auto.modeling_auto import AutoModelForSeq2SeqLM

from desktop_llm.core.events import Delta, EndReason
from desktop_llm.core.settings import Precision
from desktop_llm.engine import paces, quantised
from desktop_llm.engine.bench import bytes_per_token
from desktop_llm.engine.encoder_decoder import EncoderDecoderStep
from desktop_llm.engine.kernels import block, own
from desktop_llm.engine.linear import (
    Int4Linear,
    Int8Linear,
    OwnInt4,
    OwnInt8,
    PlainInt8,
    RoundedLinear,
    WeightOnlyInt8,
    pack_int4,
)
from desktop_llm.engine.load import load_bare
from desktop_llm.engine.step import ModelStep

KINDS: dict[str, dict[str, Any]] = {
    "t5": {
        "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4,
        "decoder_start_token_id": 0, "eos_token_id": 2, "pad_token_id": 0,
    },
    "bart": {
        "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
        "decoder_attention_heads": 4, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64,
        "max_position_embeddings": 256, "decoder_start_token_id": 2, "eos_token_id": 2,
        "bos_token_id": 0, "pad_token_id": 1, "forced_bos_token_id": 0,
        "forced_eos_token_id": None, "tie_word_embeddings": False,
    },
}  # fmt: skip
NEW = 24


@pytest.fixture(scope="module", params=KINDS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp(request.param)
    vocabulary = save_tokenizer(made, None)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        config = AutoConfig.for_model(
            request.param, **{"vocab_size": vocabulary} | KINDS[request.param]
        )
        model = AutoModelForSeq2SeqLM.from_config(config)
        with torch.no_grad():
            for weight in model.parameters():
                if weight.dim() == 2:
                    weight.normal_(0, 0.4)
            if request.param == "bart":
                # Weights like these repeat the first token for ever, which is no text.
                model.final_logits_bias[0, :3] = -1e4
    model.save_pretrained(made)
    return made


def expected(folder: Path, text: str, **sampling: float) -> str:
    """What transformers' own generate writes."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32)
    ids = tokenizer(text, return_tensors="pt").input_ids
    begins = 1 + (getattr(model.generation_config, "forced_bos_token_id", None) is not None)
    with torch.inference_mode():
        out = model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, num_beams=1,
            max_length=NEW + begins, forced_eos_token_id=None, **sampling,
        )  # fmt: skip
    written: str = tokenizer.decode(out[0], skip_special_tokens=True)
    return written


@pytest.mark.parametrize("text", ["What is a token? 你好", "The model reads tokens."])
def test_greedy_tokens_are_those_of_generate(folder: Path, text: str) -> None:
    engine = loaded_engine(folder, precision=Precision.FP32)
    out = reply(engine, asked(text, max_new_tokens=NEW))
    assert out.end.reason in (EndReason.LENGTH, EndReason.STOP), out.end.error
    assert out.text == expected(folder, text).replace("\ufffd", "")
    assert out.text or "你好" not in text  # else both wrote only halves of characters


@pytest.mark.parametrize("sampling", [{"repetition_penalty": 1.8}, {"no_repeat_ngram_size": 1}])
def test_penalties_look_at_what_is_written_and_not_at_what_was_asked(
    folder: Path, sampling: dict[str, float]
) -> None:
    engine = loaded_engine(folder)
    text = "What is a token? 你好 The model reads tokens and 😀"
    out = reply(engine, asked(text, max_new_tokens=NEW, **sampling))
    assert out.text == expected(folder, text, **sampling).replace("\ufffd", "")


def test_turns_a_cancel_and_going_on(folder: Path) -> None:
    engine = loaded_engine(folder, precision=Precision.FP32)
    whole = reply(engine, asked("Hi there", max_new_tokens=NEW))
    cancel = threading.Event()
    for event in engine.generate(asked("Hi there", max_new_tokens=NEW), cancel):
        if isinstance(event, Delta):
            cancel.set()
    assert reply(engine, asked("Hi there", max_new_tokens=NEW)).text == whole.text
    three = asked("Hi there", whole.text, "And then?", max_new_tokens=NEW)
    assert reply(engine, three).end.reason is not EndReason.FAILED
    short = reply(engine, asked("Hi there", max_new_tokens=6))
    if short.end.reason is EndReason.LENGTH and short.text.isascii():
        more = reply(engine, replace(asked("Hi there", max_new_tokens=6), prefix=short.text))
        assert more.end.reason is not EndReason.FAILED
        assert more.end.usage.prompt_tokens > short.end.usage.prompt_tokens


@pytest.mark.parametrize("precision", [Precision.BF16, Precision.INT8, Precision.INT4])
def test_it_answers_in_every_precision(folder: Path, precision: Precision) -> None:
    out = reply(loaded_engine(folder, precision=precision), asked("Hi", max_new_tokens=6))
    assert out.end.reason is not EndReason.FAILED, out.end.error


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_t5(tmp_path_factory.mktemp("t5"))


@pytest.mark.parametrize("apart", [False, True])
def test_only_what_writes_is_read_for_every_token(t5: Path, tmp_path: Path, apart: bool) -> None:
    folder = tmp_path / "t5"
    shutil.copytree(t5, folder)
    held = load_file(folder / "model.safetensors")
    if apart:  # as in T5 1.1, whose configuration says nothing of it to transformers
        held["lm_head.weight"] = held["shared.weight"] + 1
        save_file(held, folder / "model.safetensors", metadata={"format": "pt"})
    request = load_request(folder, precision=Precision.FP32)
    bare = load_bare(request, lambda *_: None, threading.Event())
    decoder = sum(weight.numel() for name, weight in held.items() if name.startswith("decoder."))
    assert bytes_per_token(bare) == 4 * (decoder + held["shared.weight"].numel())


def first_scores(folder: Path, precision: Precision) -> torch.Tensor:
    request = load_request(folder, precision=precision)
    step = load_bare(request, lambda *_: None, threading.Event()).step
    return step(list(range(3, 15)), step.new_cache())


@pytest.mark.parametrize(
    "kind", [OwnInt8, Int8Linear, WeightOnlyInt8, PlainInt8, OwnInt4, Int4Linear]
)
def test_a_t5_answers_through_each_kind_of_rounded_layer(
    t5: Path, kind: type[RoundedLinear], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own code asks the last layer of each block for its weight's type."""
    if kind is Int8Linear and "fbgemm" not in torch.backends.quantized.supported_engines:
        pytest.skip("this processor has no FBGEMM")
    if kind is OwnInt8 and own("int8") is None:
        pytest.skip("no machine code is made for this processor")
    if kind is OwnInt4 and block() != paces.int4_block(pack_int4):
        pytest.skip("no machine code is made for what torch packs here")
    precision = Precision.INT4 if issubclass(kind, Int4Linear) else Precision.INT8
    monkeypatch.setattr(quantised, f"best_{precision.value}", lambda *_: kind)
    engine = loaded_engine(t5, precision=precision)
    assert engine._loaded is not None
    step = engine._loaded.step
    assert isinstance(step, ModelStep)
    last = step.model.get_submodule("decoder.block.1.layer.2.DenseReluDense.wo")
    assert type(last) is kind
    out = reply(engine, asked("Hi", max_new_tokens=6))
    assert out.end.reason is not EndReason.FAILED, out.end.error
    rounded, exact = first_scores(t5, precision), first_scores(t5, Precision.FP32)
    # Through two times two layers; a wrong scale or row is far above.
    most = 0.7 if precision is Precision.INT4 else 0.2
    assert (rounded - exact).norm() < most * exact.norm()


def test_the_text_and_the_reply_have_a_window_each(t5: Path) -> None:
    engine = loaded_engine(t5, context_window=128)
    text = "The model reads tokens and writes tokens. " * 40
    while engine.count_tokens(text) > 118:
        text = text[:-1]
    assert engine.count_tokens(text) > 100
    request = asked(text, max_new_tokens=100, logit_bias=("e=1000",), repetition_limit=0)
    out = reply(engine, request)
    assert out.end.reason is EndReason.LENGTH, out.end.error
    assert out.end.usage.new_tokens == 100
    more = reply(engine, replace(request, prefix=out.text))
    assert more.end.reason is EndReason.LENGTH, more.end.error
    assert more.text


def test_a_reply_that_fills_its_own_window_cannot_go_on_and_says_so(folder: Path) -> None:
    engine = loaded_engine(folder, context_window=128)
    assert engine._loaded is not None
    step = engine._loaded.step
    assert isinstance(step, EncoderDecoderStep)
    room = 128 - len(step.begin)
    for count in (room, 300):  # BART has no places for so many
        full = "z" * count
        assert engine.count_tokens(full) == count
        end = reply(engine, replace(asked("Hi", max_new_tokens=6), prefix=full)).end
        assert end.reason is EndReason.FAILED
        assert "This reply cannot go on" in str(end.error)
        assert f"It has {count + len(step.begin)} tokens; the model writes 128" in str(end.error)
    most = replace(asked("Hi", max_new_tokens=6), prefix="z" * (room - 1))
    end = reply(engine, most).end
    assert end.reason in (EndReason.LENGTH, EndReason.STOP), end.error
    assert end.usage.new_tokens == 1
