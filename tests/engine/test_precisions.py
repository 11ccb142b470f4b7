"""Weights in fewer bits, and our own forward pass: how near they stay to the model as it is."""

import math
import threading
import tomllib
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_models import SHAPE, asked, load_request, loaded_engine, reply, save_tokenizer
from transformers import (
    AutoConfig,
    Gemma2Config,
    Gemma3TextConfig,
    GemmaConfig,
    LlamaConfig,
    MistralConfig,
    Phi3Config,
    Qwen2Config,
    Qwen3Config,
    SmolLM3Config,
)
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.model_files import read_model_files
from desktop_llm.core.settings import Precision
from desktop_llm.engine import linear, paces
from desktop_llm.engine.engine import TransformersEngine
from desktop_llm.engine.general import transformers_model
from desktop_llm.engine.lean import LeanStep
from desktop_llm.engine.linear import (
    DenseLinear,
    Int4Linear,
    Int8Linear,
    PlainInt8,
    RoundedLinear,
    WeightOnlyInt8,
)
from desktop_llm.engine.quantised import quantised
from desktop_llm.engine.rounding import BLOCK, int4_groups, int8_rows
from desktop_llm.engine.step import ModelStep
from desktop_llm.resources import resource

ROPE = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 64}  # fmt: skip
GEMMA = {"pad_token_id": 0, "sliding_window": 16}
LEAN = {
    "llama": (LlamaConfig, {}),
    "llama tied": (LlamaConfig, {"tie_word_embeddings": True}),
    "llama biased": (LlamaConfig, {"attention_bias": True}),
    "llama 3": (LlamaConfig, {"rope_parameters": ROPE}),
    "qwen2": (Qwen2Config, {}),
    "qwen3": (Qwen3Config, {}),
    "mistral": (MistralConfig, {"sliding_window": None}),
    "phi3": (Phi3Config, {"pad_token_id": 0, "sliding_window": None}),
    "smollm": (LlamaConfig, {
        "num_attention_heads": 6, "num_key_value_heads": 2, "hidden_size": 48, "mlp_bias": False,
        "tie_word_embeddings": True, "rope_parameters": {"rope_type": "default", "rope_theta": 1e5},
    }),
    "smollm3": (SmolLM3Config, {
        "pad_token_id": 0, "no_rope_layers": [1, 0], "tie_word_embeddings": True,
    }),
    "gemma": (GemmaConfig, {"pad_token_id": 0}),
    "gemma 2": (Gemma2Config, GEMMA | {"query_pre_attn_scalar": 12}),
    "gemma 2 unbent": (Gemma2Config, GEMMA | {
        "attn_logit_softcapping": None, "final_logit_softcapping": None,
    }),
    "gemma 3": (Gemma3TextConfig, GEMMA | {
        "layer_types": ["sliding_attention", "full_attention"],
        "rope_parameters": {
            "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
            "full_attention": {"rope_type": "linear", "rope_theta": 1e6, "factor": 8.0},
        },
    }),
}  # fmt: skip
TOKENS = [(7 * i) % 290 + 3 for i in range(90)]


def lean_folder(folder: Path, name: str) -> Path:
    kind, more = LEAN[name]
    torch.manual_seed(1)
    config = kind(vocab_size=save_tokenizer(folder, None), **SHAPE | more)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(0, 0.4) if weight.dim() > 1 else weight.uniform_(0.5, 1.5)
    model.save_pretrained(folder)
    return folder


def step_of(engine: TransformersEngine) -> LeanStep | ModelStep:
    assert engine._loaded is not None
    return engine._loaded.step


@pytest.mark.parametrize("name", LEAN)
def test_our_own_pass_computes_what_transformers_does(tmp_path: Path, name: str) -> None:
    folder = lean_folder(tmp_path, name)
    step = step_of(loaded_engine(folder, precision=Precision.FP32))
    assert isinstance(step, LeanStep)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        expected = model(torch.tensor([TOKENS])).logits[0]
    cache = step.new_cache()
    pieces = [step(TOKENS[a:b], cache, b - a) for a, b in ((0, 40), (40, 41), (41, 90))]
    assert torch.allclose(torch.cat(pieces), expected, atol=2e-4, rtol=1e-4)


@pytest.mark.parametrize("name", LEAN)
def test_our_own_pass_writes_the_tokens_that_transformers_writes(tmp_path: Path, name: str) -> None:
    folder = lean_folder(tmp_path, name)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        expected = model.generate(
            torch.tensor([TOKENS]), attention_mask=torch.ones(1, len(TOKENS), dtype=torch.long),
            do_sample=False, max_new_tokens=40, eos_token_id=None, pad_token_id=0,
        )[0, len(TOKENS) :].tolist()  # fmt: skip
    step = step_of(loaded_engine(folder, precision=Precision.FP32))
    cache = step.new_cache()
    scores, found = step(TOKENS, cache), []
    for _ in expected:
        found.append(int(scores[-1].argmax()))
        scores = step(found[-1:], cache)
    assert found == expected


@pytest.mark.parametrize("name", ["gemma", "gemma 2", "gemma 3", "smollm3"])
def test_in_bfloat16_it_stays_as_near_as_transformers_does(tmp_path: Path, name: str) -> None:
    folder = lean_folder(tmp_path, name)
    step = step_of(loaded_engine(folder, precision=Precision.BF16))
    assert isinstance(step, LeanStep)
    exact, theirs = (
        AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)(torch.tensor([TOKENS])).logits[0]
        for dtype in (torch.float32, torch.bfloat16)
    )
    ours = step(TOKENS, step.new_cache(), len(TOKENS))
    assert (ours - exact).norm() < 1.25 * (theirs.float() - exact).norm()


@pytest.mark.parametrize("precision", [Precision.FP32, Precision.INT4])
def test_weights_of_another_shape_than_config_says_are_named(
    tmp_path: Path, precision: Precision
) -> None:
    folder = lean_folder(tmp_path, "llama")
    held = load_file(folder / "model.safetensors")
    held["model.layers.1.mlp.down_proj.weight"] = torch.zeros(48, 32)
    save_file(held, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(
        ModelError, match=r"layers\.1\.mlp\.down_proj\.weight has the shape \[48, 32"
    ):
        loaded_engine(folder, precision=precision)


@pytest.mark.skipif(
    "fbgemm" not in torch.backends.quantized.supported_engines,
    reason="without a kernel of its own int8 is multiplied in float32, whose sums depend on the rows",
)
@pytest.mark.parametrize("precision", [Precision.INT8, Precision.INT4])
@pytest.mark.parametrize("name", LEAN)
def test_a_token_read_among_guesses_has_the_scores_that_it_has_alone(
    tmp_path: Path, name: str, precision: Precision
) -> None:
    step = step_of(loaded_engine(lean_folder(tmp_path, name), precision=precision))
    assert isinstance(step, LeanStep)
    together, alone = step.new_cache(), step.new_cache()
    for cache in (together, alone):
        step(TOKENS[:50], cache)
    for begin, count in ((50, 2), (52, 4), (56, 16)):
        some = TOKENS[begin : begin + count]
        found = step(some, together, count)
        assert torch.equal(found, torch.cat([step([token], alone) for token in some])), count


@pytest.mark.parametrize("size", [8, 100, 896, 4096])
def test_a_row_is_normed_as_it_is_among_others(tmp_path: Path, size: int) -> None:
    step = step_of(loaded_engine(lean_folder(tmp_path, "llama"), precision=Precision.FP32))
    assert isinstance(step, LeanStep)
    torch.manual_seed(5)
    x, weight = torch.randn(20, size) * torch.logspace(-6, 6, 20)[:, None], torch.randn(size)
    x[7] = 0
    expected = torch.nn.functional.rms_norm(x.double(), (size,), weight.double(), 1e-6)
    found = step._normed(x, weight)
    assert torch.allclose(found.double(), expected, rtol=1e-5, atol=1e-12)
    assert torch.equal(found, torch.cat([step._normed(row, weight) for row in x.split(1)]))


def test_states_that_are_given_up_leave_nothing_behind(tmp_path: Path) -> None:
    step = step_of(loaded_engine(lean_folder(tmp_path, "qwen2"), precision=Precision.FP32))
    cache = step.new_cache()
    step(TOKENS[:60], cache)
    assert cache.keep_prefix([*TOKENS[:30], 5, 6]) == 30
    after = step([5, 6], cache)
    fresh = step([*TOKENS[:30], 5, 6], step.new_cache())
    assert torch.allclose(after, fresh, atol=1e-4)


@pytest.mark.parametrize("form", ["int4", "int8", "plain int8", "bf16"])
@pytest.mark.parametrize("count", [1, 40])
def test_what_comes_out_of_a_layer_has_the_type_of_what_went_in(form: str, count: int) -> None:
    torch.manual_seed(0)
    weight, bias, x = torch.randn(64, 128), torch.randn(64), torch.randn(count, 128)
    layer = {
        "int4": lambda: quantised(weight, bias, "int4"),
        "int8": lambda: quantised(weight, bias, "int8"),
        "plain int8": lambda: PlainInt8(*int8_rows(weight), bias),
        "bf16": lambda: DenseLinear(weight, bias, torch.bfloat16),
    }[form]()
    wide, short = layer(x), layer(x.bfloat16())
    assert (wide.dtype, short.dtype) == (torch.float32, torch.bfloat16)
    assert (wide - short).norm() < 0.01 * wide.norm()
    assert layer.dtype in (torch.float32, torch.bfloat16)


@pytest.mark.parametrize("form", ["int8", "int4"])
def test_a_bias_is_added_as_exactly_as_the_product_is_told(form: str) -> None:
    """In the product's own type; what comes in no wider one is not rounded once more."""
    weight, bias = torch.randn(64, 64), torch.randn(64).bfloat16()
    layer, bare = (quantised(weight, one, form) for one in (bias, None))
    for dtype in (torch.bfloat16, torch.float32, torch.bfloat16):
        x = torch.randn(3, 64, dtype=dtype)
        expected = bare.narrow(x)
        assert torch.equal(layer(x), (expected + bias.to(expected.dtype)).to(dtype))


@pytest.mark.parametrize("kind", [Int8Linear, WeightOnlyInt8])
@pytest.mark.parametrize("outlier", [0.0, 300.0])
def test_int8_rounds_weights_and_not_what_is_multiplied(kind: type, outlier: float) -> None:
    torch.manual_seed(0)
    weight, x, bias = torch.randn(64, 128), torch.randn(3, 128), torch.randn(64)
    x[0, 5] += outlier
    rows, scales = int8_rows(weight)
    expected = x @ (rows.float() * scales[:, None]).T + bias
    found = kind(rows, scales, bias)(x)
    assert ((found - expected).norm(dim=1) / expected.norm(dim=1)).max() < 0.01
    alone = kind(rows, scales, bias)(x[1:2])
    assert torch.equal(alone[0], found[1])


def test_many_rows_are_multiplied_with_the_weights_in_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paces, "rows_for_wide", lambda _: 24)
    torch.manual_seed(0)
    weight, x, bias = torch.randn(96, 128), torch.randn(300, 128), torch.randn(96)
    (rows, scales), given = int8_rows(weight), []
    layer = Int8Linear(rows, scales, bias, given.append)
    assert len(given) == 1, "what was packed need not stay in memory"
    through = layer.wide(x) + bias
    assert len(given) == 2
    exact = x @ (rows.float() * scales[:, None]).T + bias
    assert (through - exact).norm() < 0.01 * exact.norm()
    assert torch.equal(Int8Linear(rows, scales, bias)(x), layer.narrow(x) + bias)
    assert torch.equal(layer(x), through)
    assert len(given) == 3
    assert torch.equal(layer(x[:23]), layer.narrow(x[:23]) + bias)


@pytest.mark.parametrize("rows", [60, 64])
def test_a_large_matrix_is_packed_in_parts_and_multiplies_the_same(
    monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    torch.manual_seed(0)
    x, scales = torch.randn(3, 32), torch.rand(rows)
    weight = torch.randint(-127, 128, (rows, 32), dtype=torch.int8)
    whole = Int8Linear(weight, scales)
    monkeypatch.setattr(linear, "AT_ONCE", 500)
    parts = Int8Linear(weight, scales)
    assert len(parts._packed) > len(whole._packed) == 1
    assert torch.equal(parts(x), whole(x))


def test_int4_is_as_near_as_its_sixteen_levels_allow() -> None:
    torch.manual_seed(0)
    weight, x = torch.randn(64, 128), torch.randn(5, 128)
    numbers, scales = int4_groups(weight)
    groups = numbers.reshape(64, 4, 32).float() - 8
    held = groups * scales[..., 0].T.float()[..., None] + scales[..., 1].T.float()[..., None]
    step = (weight.reshape(64, 4, 32).amax(2) - weight.reshape(64, 4, 32).amin(2)) / 15
    error = held - weight.reshape(64, 4, 32)
    assert (error.abs() <= 1.2 * step[..., None]).all()
    assert error.square().mean() < 0.95 * (step.square() / 12).mean()  # even levels' own error
    expected = x @ held.reshape(64, 128).T
    found = quantised(weight, None, "int4")(x)
    assert (found - expected).norm() / expected.norm() < 0.02


@pytest.mark.parametrize("rows", [1, 31, 200])
def test_a_long_text_is_multiplied_as_exactly_as_a_short_one(rows: int) -> None:
    torch.manual_seed(3)
    weight, bias = torch.randn(96, 64), torch.randn(96)
    layer = DenseLinear(weight, bias, torch.bfloat16)
    x = torch.randn(rows, 64, dtype=torch.bfloat16)
    exact = x.double() @ weight.bfloat16().double().T + bias.bfloat16().double()
    assert layer(x).dtype is torch.bfloat16
    assert torch.allclose(layer(x).double(), exact, rtol=1e-2, atol=5e-2)


def test_large_matrices_are_rounded_in_pieces_as_they_would_be_at_once() -> None:
    torch.manual_seed(4)
    weight = torch.randn(BLOCK // 1024 + 700, 1024)
    numbers, scales = int8_rows(weight)
    first, last = int8_rows(weight[:50]), int8_rows(weight[-50:])
    assert torch.equal(numbers[:50], first[0])
    assert torch.equal(scales[-50:], last[1])
    halves, pairs = int4_groups(weight)
    assert torch.equal(halves[-50:], int4_groups(weight[-50:])[0])
    assert torch.equal(pairs[:, :50], int4_groups(weight[:50])[1])


def test_the_head_of_an_int4_model_keeps_eight_bits(tmp_path: Path) -> None:
    config = AutoConfig.for_model("gpt2", vocab_size=512, n_embd=64, n_layer=1, n_head=2)
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    files = read_model_files(tmp_path, tokenizer=False)
    model = transformers_model(files, config, "int4", lambda *_: None, threading.Event())
    assert not isinstance(model.get_output_embeddings(), (Int4Linear, torch.nn.Linear))
    assert any(isinstance(layer, Int4Linear) for layer in model.modules())


def test_a_shape_that_int4_does_not_take_is_held_as_int8() -> None:
    weight = torch.randn(30, 50)
    layer = quantised(weight, None, "int4")
    assert isinstance(layer, RoundedLinear)
    assert not isinstance(layer, Int4Linear)
    assert layer(torch.randn(2, 50)).shape == (2, 30)


@pytest.mark.parametrize("precision", [Precision.INT8, Precision.INT4, Precision.BF16])
@pytest.mark.parametrize("kind", ["llama", "gpt2", "gemma2"])
def test_every_architecture_answers_in_every_precision(
    model_folders: dict[str, Path], kind: str, precision: Precision
) -> None:
    engine = loaded_engine(model_folders[kind], precision=precision)
    assert engine.loaded is not None
    assert engine.loaded.precision == precision.value
    assert reply(engine, asked("What is a token?")).end.usage.new_tokens > 0


def test_loading_in_fewer_bits_can_be_stopped(model_folders: dict[str, Path]) -> None:
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        TransformersEngine().load(
            load_request(model_folders["llama"], precision=Precision.INT8),
            lambda done, total: cancel.set(),
            cancel,
        )


def loss_of(step: LeanStep | ModelStep, ids: list[int], begin: int = 1) -> float:
    """Mean cross-entropy of the tokens of a text from `begin` on, in nats."""
    scores = step(ids, step.new_cache(), len(ids))
    wanted = torch.tensor(ids[begin:])
    return float(torch.nn.functional.cross_entropy(scores[begin - 1 : -1], wanted))


@pytest.mark.parametrize("asked", [True, False], ids=["asked", "bare"])
def test_a_trained_model_loses_little_by_rounding(asked: bool) -> None:
    """On answers to their questions, as it was taught, and on answers alone, which it never saw."""
    folder = resource("guide_model")
    told = tomllib.loads((folder / "corpus" / "concepts.toml").read_text("utf-8"))
    subjects = [one[language] for one in told["subject"] for language in ("en", "zh")]
    perplexity = {}
    for precision in (Precision.BF16, Precision.INT8, Precision.INT4):
        engine = loaded_engine(folder, precision=precision)
        assert engine._loaded is not None
        encode = engine._loaded.encoder.tokenizer.encode
        losses = []
        for subject in subjects:
            ids, begin = encode(subject["answer"]).ids, 1
            if asked:
                question = encode(f"<|user|>{subject['ask'][0]}<|end|><|assistant|>").ids
                ids, begin = [*question, *ids], len(question)
            losses.append(loss_of(step_of(engine), ids, begin))
        perplexity[precision] = math.exp(sum(losses) / len(losses))
    print(perplexity)
    assert perplexity[Precision.INT8] < 1.005 * perplexity[Precision.BF16]
    assert perplexity[Precision.INT4] < 1.03 * perplexity[Precision.BF16]
