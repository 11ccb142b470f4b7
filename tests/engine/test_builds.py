"""What the model's page tells of kinds that are not built like a Llama, held against transformers' models."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM

from desktop_llm.core.anatomy import Anatomy, Mlp, Position, anatomy_of
from desktop_llm.core.model_files import read_model_files

T5 = {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 4}
FALCON = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
BART = {
    "d_model": 32, "encoder_layers": 1, "decoder_layers": 2, "encoder_attention_heads": 4,
    "decoder_attention_heads": 8, "encoder_ffn_dim": 48, "decoder_ffn_dim": 64,
}  # fmt: skip
LFM2 = FALCON | {
    "num_key_value_heads": 2, "intermediate_size": 64, "block_multiple_of": 32,
    "layer_types": ["conv", "full_attention"],
}  # fmt: skip
RECURRENT = {"hidden_size": 32, "num_hidden_layers": 2}
MAMBA2 = RECURRENT | {"state_size": 8, "head_dim": 16, "num_heads": 4, "n_groups": 2}


def described(folder: Path, kind: str, settings: dict[str, Any]) -> tuple[Anatomy, Any]:
    """What is told of a tiny model of that kind, and the model."""
    config = AutoConfig.for_model(kind, **{"vocab_size": 96} | settings)
    made = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    model = made.from_config(config)
    model.save_pretrained(folder)
    files = read_model_files(folder, tokenizer=False)
    told = anatomy_of(files.config, files.tensors)
    assert told.parameters == sum(tensor.elements for tensor in files.tensors.values())
    return told, model


def subtracts_no_mean(model: Any) -> bool:
    """Whether the model's first norm leaves a row of equal numbers; a LayerNorm makes it 0."""
    norm = next(one for name, one in model.named_modules() if "norm" in name or "ln_" in name)
    row = norm(torch.full((1, norm.weight.numel()), 3.0))
    return bool(row.abs().min() > 0.5)


@pytest.mark.parametrize(
    ("kind", "settings", "heads", "kv_heads", "head_dim"),
    [
        ("t5", T5, 4, 4, 16), ("bart", BART, 8, 8, 4),
        ("xglm", {"d_model": 32, "ffn_dim": 64, "num_layers": 2, "attention_heads": 4}, 4, 4, 8),
        ("falcon", FALCON, 4, 1, 8), ("falcon", FALCON | {"multi_query": False}, 4, 4, 8),
        ("falcon", FALCON | {"new_decoder_architecture": True, "num_kv_heads": 2}, 4, 2, 8),
        ("gpt_bigcode", {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64}, 4, 1, 8),
        ("mamba", RECURRENT | {"state_size": 8}, 0, 0, 0), ("mamba2", MAMBA2, 0, 0, 0),
        ("rwkv", RECURRENT | {"attention_hidden_size": 32}, 0, 0, 0),
        ("xlstm", RECURRENT | {"hidden_size": 128, "num_heads": 4}, 0, 0, 0),
    ],
)  # fmt: skip
def test_heads(
    tmp_path: Path, kind: str, settings: dict[str, Any], heads: int, kv_heads: int, head_dim: int
) -> None:
    told, _ = described(tmp_path, kind, settings)
    assert (told.heads, told.kv_heads, told.head_dim) == (heads, kv_heads, head_dim)
    assert told.layers == 2


@pytest.mark.parametrize(
    ("kind", "settings", "mlp", "width"),
    [
        ("t5", T5, Mlp.PLAIN, 64), ("t5", T5 | {"feed_forward_proj": "gated-gelu"}, Mlp.GATED, 64),
        ("bart", BART, Mlp.PLAIN, 64), ("falcon", FALCON, Mlp.PLAIN, 128),
        ("lfm2", LFM2, Mlp.GATED, 64), ("mamba", RECURRENT | {"state_size": 8}, Mlp.PLAIN, 0),
    ],
)  # fmt: skip
def test_mlps(tmp_path: Path, kind: str, settings: dict[str, Any], mlp: Mlp, width: int) -> None:
    told, _ = described(tmp_path, kind, settings)
    assert (told.mlp, told.mlp_width) == (mlp, width)


@pytest.mark.parametrize(
    ("kind", "settings", "position"),
    [
        ("t5", T5, Position.RELATIVE), ("bart", BART, Position.LEARNED),
        ("falcon", FALCON, Position.ROTARY), ("falcon", FALCON | {"alibi": True}, Position.ALIBI),
        ("lfm2", LFM2, Position.ROTARY), ("mamba", RECURRENT | {"state_size": 8}, Position.NONE),
        ("mamba2", MAMBA2, Position.NONE),
        ("xlstm", RECURRENT | {"hidden_size": 128, "num_heads": 4}, Position.NONE),
    ],
)  # fmt: skip
def test_norms_and_positions(
    tmp_path: Path, kind: str, settings: dict[str, Any], position: Position
) -> None:
    told, model = described(tmp_path, kind, settings)
    assert told.position is position
    assert told.norm == ("RMSNorm" if subtracts_no_mean(model) else "LayerNorm")


@pytest.mark.parametrize(("kind", "settings"), [("t5", T5), ("bart", BART), ("falcon", FALCON)])
def test_every_weight_has_its_part(tmp_path: Path, kind: str, settings: dict[str, Any]) -> None:
    told, _ = described(tmp_path, kind, settings)
    parts = {part.name: part.parameters for part in told.parts}
    assert "other" not in parts
    places = 2 * 1026 if kind == "bart" else 0  # of the encoder and of the decoder
    assert parts["embedding"] == (96 + places) * 32
    assert min(parts["attention"], parts["mlp"], parts["norms"]) > 0


def test_the_mlps_of_rwkv_are_none_of_its_attention(tmp_path: Path) -> None:
    told, model = described(tmp_path, "rwkv", RECURRENT | {"attention_hidden_size": 32})
    parts = {part.name: part.parameters for part in told.parts}
    names = [name for name in model.state_dict() if ".feed_forward." in name]
    assert parts["mlp"] == sum(model.state_dict()[name].numel() for name in names)
    assert parts["head"] == 96 * 32
