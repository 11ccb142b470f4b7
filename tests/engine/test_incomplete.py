"""A model that lacks a weight is refused, never computed without it: by our own pass as by transformers'."""

import json
import threading
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_models import load_request, make_model

from desktop_llm.core.errors import ModelError
from desktop_llm.core.settings import Precision
from desktop_llm.engine.lean import LeanStep
from desktop_llm.engine.load import load_bare
from desktop_llm.engine.step import Step

HEAD = "lm_head.weight"


def loaded(folder: Path) -> Step:
    request = load_request(folder, precision=Precision.FP32)
    return load_bare(request, lambda *_: None, threading.Event()).step


def drop(folder: Path, name: str) -> None:
    """Take one weight out of the files, if it is there."""
    held = load_file(folder / "model.safetensors")
    held.pop(name, None)
    save_file(held, folder / "model.safetensors", metadata={"format": "pt"})


def tell_of_tying(folder: Path, said: bool | None) -> None:
    """Let the configuration say whether the head is the table; None: it says nothing."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config.pop("tie_word_embeddings", None)
    if said is not None:
        config["tie_word_embeddings"] = said
    path.write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("qwen2", "model.layers.1.self_attn.q_proj.bias"),
        ("gemma3_text", "model.layers.1.self_attn.q_norm.weight"),
        ("llama", "model.layers.1.mlp.up_proj.weight"),
        ("llama", "model.norm.weight"),
    ],
)
def test_a_missing_weight_is_named(tmp_path: Path, kind: str, name: str) -> None:
    make_model(tmp_path, kind)
    drop(tmp_path, name)
    with pytest.raises(ModelError, match=f"incomplete. 1 of them are missing, the first is {name}"):
        loaded(tmp_path)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"quantization_config": {"quant_method": "awq", "bits": 4}}, "awq"),
        ({"quantization": {"group_size": 64, "bits": 4}}, "MLX"),
    ],
)
def test_weights_that_another_program_packed_are_told_and_not_taken_for_damaged(
    tmp_path: Path, said: dict[str, object], kind: str
) -> None:
    make_model(tmp_path, "llama")
    name = "model.layers.0.self_attn.q_proj.weight"
    held = load_file(tmp_path / "model.safetensors")
    held[name] = torch.zeros(len(held[name]), 4, dtype=torch.uint32)  # eight to a number
    save_file(held, tmp_path / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | said))
    with pytest.raises(ModelError, match="quantised in a way that this app cannot read") as told:
        loaded(tmp_path)
    assert f"({kind})" in str(told.value)
    assert "Download it again" not in str(told.value)


@pytest.mark.parametrize("said", [False, None])
def test_no_other_head_is_made_up_for_one_that_is_missing(
    tmp_path: Path, said: bool | None
) -> None:
    make_model(tmp_path, "llama")  # whose own default is a head of its own
    drop(tmp_path, HEAD)
    tell_of_tying(tmp_path, said)
    with pytest.raises(ModelError, match=f"incomplete.*{HEAD}"):
        loaded(tmp_path)


@pytest.mark.parametrize(("kind", "said"), [("llama", True), ("gemma2", None)])
def test_a_head_that_is_the_table_need_not_be_there(
    tmp_path: Path, kind: str, said: bool | None
) -> None:
    make_model(tmp_path, kind)
    drop(tmp_path, HEAD)
    tell_of_tying(tmp_path, said)
    step = loaded(tmp_path)
    assert isinstance(step, LeanStep)
    assert step(list(range(3, 9)), step.new_cache()).isfinite().all()
