"""One token through OPT and GPT-2: walked by ourselves, to the last bit as transformers walks it."""

from pathlib import Path

import pytest
import torch
from test_architectures import KINDS, make
from test_siblings import TOKENS, opened

from desktop_llm.core.settings import Precision
from desktop_llm.engine import general
from desktop_llm.engine.adapters import Adapted
from desktop_llm.engine.step import ModelStep

WIDE = {
    "opt": {"hidden_size": 128, "word_embed_proj_dim": 128, "ffn_dim": 256},
    "gpt2": {"n_embd": 128, "n_head": 4},
}
SHAPES: dict[str, tuple[str, dict[str, object]]] = {
    "opt": ("opt", {}),
    "opt, norms behind, projected": (
        "opt", {"do_layer_norm_before": False, "word_embed_proj_dim": 64}
    ),
    "opt, no biases, plain norms": (
        "opt", {"enable_bias": False, "layer_norm_elementwise_affine": False}
    ),
    "opt, gelu, heads of 32": ("opt", {"activation_function": "gelu", "num_attention_heads": 4}),
    "gpt2": ("gpt2", {}),
    "gpt2, scaled by its layers": (
        "gpt2", {"scale_attn_by_inverse_layer_idx": True, "activation_function": "relu"}
    ),
}  # fmt: skip


def loaded(shape: str, precision: Precision, home: Path, patch: pytest.MonkeyPatch) -> ModelStep:
    kind, own = SHAPES[shape]
    patch.setattr(general, "SMALLEST", 512)
    patch.setitem(KINDS, kind, KINDS[kind] | WIDE[kind] | own)
    return opened(make(home, kind), precision)


def written(step: ModelStep) -> torch.Tensor:
    """The scores behind each token of a text whose first five are read at once."""
    cache = step.new_cache()
    rows = [step(TOKENS[:5], cache)]
    rows += [step([token], cache) for token in TOKENS[5:20]]
    return torch.cat(rows)


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("transformers' own pass is asked")


def asked_of_transformers(step: ModelStep, patch: pytest.MonkeyPatch) -> torch.Tensor:
    with patch.context() as without:
        without.setattr(step, "_flat", None)
        return written(step)


@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8", "int4"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_token_scores_as_in_transformers_own_pass_to_the_last_bit(
    shape: str, precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = loaded(shape, Precision(precision), tmp_path, monkeypatch)
    theirs = asked_of_transformers(step, monkeypatch)
    assert torch.equal(written(step), theirs)
    assert len(theirs.unique(dim=0)) == len(theirs)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_token_goes_through_transformers_own_pass(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = loaded(shape, Precision.INT8, tmp_path, monkeypatch)
    monkeypatch.setattr(step.model, "forward", refuse)
    cache = step.new_cache()  # from the first one on
    for token in TOKENS[:3]:
        assert step([token], cache).isfinite().all()
    assert len(cache) == 3


@pytest.mark.parametrize("precision", ["fp32", "int4"])
@pytest.mark.parametrize(
    ("shape", "path"),
    [
        ("opt", "model.decoder.layers.1.self_attn.v_proj"),
        ("opt", "model.decoder.layers.0.fc2"),
        ("gpt2", "transformer.h.0.attn.c_attn"),
        ("gpt2", "lm_head"),
    ],
)
def test_what_an_adapter_puts_beside_a_layer_counts(
    shape: str, path: str, precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = loaded(shape, Precision(precision), tmp_path, monkeypatch)
    plain = written(step)
    layer = step.model.get_submodule(path)
    inner, out = (getattr(layer, name, 0) for name in ("in_features", "out_features"))
    inner, out = inner or layer.nx, out or layer.nf
    worn = Adapted(layer)
    worn.parts.append((slice(None), torch.full((inner, 2), 0.1), torch.randn(2, out)))
    step.model.set_submodule(path, worn)
    adapted = written(step)
    assert torch.equal(adapted, asked_of_transformers(step, monkeypatch))
    assert not torch.equal(adapted, plain)


def test_a_model_of_another_kind_goes_through_its_own_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = opened(make(tmp_path, "gpt_neox"), Precision.FP32)
    monkeypatch.setattr(step.model, "forward", refuse)
    with pytest.raises(AssertionError, match="own pass"):
        step(TOKENS[:1], step.new_cache())
