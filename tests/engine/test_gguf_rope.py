"""What GGUF says of the rotary embedding and of experts is computed, or the file is refused."""

import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from gguf_making import rope_numbers, write_gguf
from tiny_models import load_request, make_model
from transformers import LlamaConfig
from transformers.models.auto.modeling_auto import AutoModelForCausalLM
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

from desktop_llm.core.errors import ModelError
from desktop_llm.core.settings import Precision
from desktop_llm.engine.general import transformers_model
from desktop_llm.engine.gguf import open_gguf
from desktop_llm.engine.gguf_rope import DIVIDED
from desktop_llm.engine.lean import LeanStep
from desktop_llm.engine.load import load_bare
from desktop_llm.engine.step import ModelStep

TEXT = [(11 * i) % 290 + 3 for i in range(300)]
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 10_000.0, "factor": 8.0, "low_freq_factor": 1.0,
    "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
}  # fmt: skip
"""Of the four pairs of a tiny head one stays, one is between, and two are divided by 8."""
YARN = {
    "rope_type": "yarn", "rope_theta": 10_000.0, "factor": 4.0,
    "original_max_position_embeddings": 128,
}  # fmt: skip
LINEAR = {"rope_type": "linear", "rope_theta": 10_000.0, "factor": 4.0}
BOTH = {
    "sliding_attention": {"rope_type": "default", "rope_theta": 10_000.0},
    "full_attention": {"rope_type": "linear", "rope_theta": 1_000_000.0, "factor": 8.0},
}
LONGROPE = {
    "rope_type": "longrope", "rope_theta": 10_000.0, "original_max_position_embeddings": 128,
    "short_factor": [1.0, 1.1, 1.2, 1.5], "long_factor": [1.0, 1.5, 3.0, 4.0],
}  # fmt: skip
PARTIAL = {"rope_type": "default", "rope_theta": 10_000.0, "partial_rotary_factor": 0.5}
BASE = {"rope_type": "default", "rope_theta": 500.0}


def of_the_original(folder: Path) -> torch.Tensor:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        scores: torch.Tensor = model(torch.tensor([TEXT])).logits[0]
    return scores


def ours(file: Path, *, lean: bool) -> torch.Tensor:
    if lean:
        request = load_request(file, precision=Precision.FP32)
        step = load_bare(request, lambda *_: None, threading.Event(), None).step
        assert isinstance(step, LeanStep)
    else:
        files, config = open_gguf(file)
        model = transformers_model(files, config, "fp32", lambda *_: None, threading.Event())
        step = ModelStep(model)
    return step(TEXT, step.new_cache(), len(TEXT))


@pytest.mark.parametrize("lean", [True, False])
@pytest.mark.parametrize(
    ("kind", "rope"),
    [
        ("llama", LLAMA3),
        ("llama", LINEAR),
        ("qwen2", YARN),
        ("qwen2", YARN | {"beta_fast": 4.0}),
        ("qwen2", LINEAR),
        ("gemma3_text", BOTH),
    ],
)
def test_scaled_positions_are_those_of_the_model(
    tmp_path: Path, kind: str, rope: dict[str, object], lean: bool
) -> None:
    folder = make_model(tmp_path / "m", kind, rope_parameters=rope)
    expected = of_the_original(folder)
    plain = make_model(tmp_path / "plain", kind)
    assert not torch.allclose(of_the_original(plain)[200:], expected[200:], atol=0.1)
    scores = ours(write_gguf(folder, tmp_path / "m.gguf"), lean=lean)
    assert torch.allclose(scores, expected, atol=2e-3)
    assert torch.equal(scores.argmax(-1), expected.argmax(-1))


@pytest.mark.parametrize("rope", [LONGROPE, PARTIAL])
def test_phi3_scales_and_turns_as_the_model_does(tmp_path: Path, rope: dict[str, object]) -> None:
    folder = make_model(
        tmp_path / "m", "phi3", rope_parameters=rope, original_max_position_embeddings=128
    )
    expected, scores = both(folder, tmp_path / "m.gguf")
    assert torch.allclose(scores, expected, atol=2e-3)
    assert torch.equal(scores.argmax(-1), expected.argmax(-1))


def both(folder: Path, file: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """The scores of a model, and those of a GGUF file made of it, through transformers' pass."""
    return of_the_original(folder), ours(write_gguf(folder, file), lean=False)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("starcoder2", {"rope_parameters": BASE}),
        ("stablelm", {"rope_parameters": BASE | {"partial_rotary_factor": 0.5}}),
        ("nemotron", {"rope_parameters": BASE | {"partial_rotary_factor": 1.0}}),
        ("nemotron", {"norm_eps": 1.0}),
        ("phi3", {"sliding_window": 16}),
        ("gemma2", {"attn_logit_softcapping": 5.0, "final_logit_softcapping": 3.0}),
    ],
)
def test_what_transformers_reads_of_other_architectures_only_counts_too(
    tmp_path: Path, kind: str, changes: dict[str, object]
) -> None:
    folder = make_model(tmp_path / "m", kind, **changes)
    plain = of_the_original(make_model(tmp_path / "plain", kind))
    expected, scores = both(folder, tmp_path / "m.gguf")
    assert not torch.allclose(plain[200:], expected[200:], atol=0.1)
    assert torch.allclose(scores, expected, atol=2e-3)
    assert torch.equal(scores.argmax(-1), expected.argmax(-1))


@pytest.mark.parametrize(
    ("kind", "layers", "scalar"),
    [("gemma2", 46, 8), ("gemma3_text", 62, 8), ("gemma2", 26, 256), ("gemma3_text", 48, 256)],
)
def test_the_largest_gemmas_scale_their_scores_by_another_number(
    tmp_path: Path, kind: str, layers: int, scalar: int
) -> None:
    folder = make_model(
        tmp_path / "m", kind, num_hidden_layers=layers, query_pre_attn_scalar=scalar
    )
    file = write_gguf(folder, tmp_path / "m.gguf")
    assert open_gguf(file)[1].query_pre_attn_scalar == scalar
    expected = of_the_original(folder)
    assert (ours(file, lean=True) - expected).norm() < 1e-3 * expected.norm()


@pytest.mark.parametrize("kind", ["qwen2_moe", "qwen3_moe"])
def test_experts_are_put_together(tmp_path: Path, kind: str) -> None:
    folder = make_model(tmp_path / "m", kind)
    file = write_gguf(folder, tmp_path / "m.gguf")
    files, _ = open_gguf(file)
    source = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).state_dict()
    assert set(files.tensors) == set(source)
    for name, tensor in files.tensors.items():
        assert torch.equal(files.get_tensor(name), source[name]), name
        assert tensor.elements == source[name].numel()
    assert torch.allclose(ours(file, lean=False), of_the_original(folder), atol=2e-3)
    rounded = load_bare(
        load_request(file, precision=Precision.INT8), lambda *_: None, threading.Event(), None
    )
    assert rounded.step(TEXT, rounded.step.new_cache()).isfinite().all()


def test_other_experts_are_refused_for_what_they_are(tmp_path: Path) -> None:
    file = write_gguf(make_model(tmp_path / "m", "mixtral"), tmp_path / "m.gguf")
    with pytest.raises(ModelError, match=r"mixture of experts.*safetensors") as told:
        load_bare(load_request(file), lambda *_: None, threading.Event(), None)
    assert "again" not in str(told.value)


@pytest.mark.parametrize(
    ("more", "settings"),
    [
        ({"blk.0.attn_q.bias": np.zeros(32, dtype=np.float32)}, {}),
        ({"rope_freqs.weight": np.ones(3, dtype=np.float32)}, {}),
        ({"rope_freqs.weight": np.zeros(4, dtype=np.float32)}, {}),
        ({"rope_freqs.weight": np.ones(4, dtype=np.float32)}, {"rope.scaling.factor": 2.0}),
        ({"rope_factors_long.weight": np.ones(4, dtype=np.float32)}, {}),
        ({}, {"rope.scaling.factor": 2.0, "rope.scaling.attn_factor": 1.5}),
    ],
)
def test_what_would_be_left_out_is_refused(
    tmp_path: Path, more: dict[str, np.ndarray], settings: dict[str, float]
) -> None:
    folder = make_model(tmp_path / "m", "llama")
    file = write_gguf(folder, tmp_path / "m.gguf", more=more, settings=settings)
    with pytest.raises(ModelError, match=r"cannot be read exactly.*safetensors"):
        open_gguf(file)


@pytest.mark.parametrize(("factor", "size"), [(8.0, 128), (32.0, 64)])
def test_llama_3_turns_as_transformers_has_it(tmp_path: Path, factor: float, size: int) -> None:
    """Llama 3.1 8B and 3.2 1B: the divisors in 32 bits, as llama.cpp's converter writes them."""
    rope = LLAMA3 | {
        "rope_theta": 500_000.0, "factor": factor, "original_max_position_embeddings": 8192,
    }  # fmt: skip
    config = LlamaConfig(head_dim=size, rope_parameters=rope, max_position_embeddings=131_072)
    expected = LlamaRotaryEmbedding(config).inv_freq
    divisors = rope_numbers(config)["rope_freqs.weight"].tolist()
    config.rope_parameters = {"rope_theta": 500_000.0, "rope_type": DIVIDED, "divisors": divisors}
    assert torch.allclose(LlamaRotaryEmbedding(config).inv_freq, expected, rtol=1e-6, atol=0)
