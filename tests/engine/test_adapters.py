"""LoRA adapters: equal to weights they were merged into, taken off without a trace."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_models import asked, loaded_engine, make_model, reply

from desktop_llm.core.events import EndReason
from desktop_llm.core.settings import Precision

TARGETS = {
    "llama": ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
              "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"],
    "mistral": ["self_attn.q_proj", "mlp.down_proj"],
    "gpt2": ["attn.c_attn", "mlp.c_proj"],
}  # fmt: skip
ROOT = {"llama": "model.layers", "mistral": "model.layers", "gpt2": "transformer.h"}
RANK, ALPHA = 4, 12
HI = asked("What is a token?", max_new_tokens=30)


def make_adapter(home: Path, model: Path, kind: str, **config: object) -> tuple[Path, Path]:
    """An adapter for the model, and a copy of the model that it was merged into at scale 0.5."""
    adapter, merged = home / "adapter", home / "merged"
    adapter.mkdir(parents=True)
    merged.mkdir()
    weights = load_file(model / "model.safetensors")
    generator = torch.Generator().manual_seed(4)
    pairs: dict[str, torch.Tensor] = {}
    scale = ALPHA / RANK**0.5 if config.get("use_rslora") else ALPHA / RANK
    for layer in range(2):
        for target in TARGETS[kind]:
            path = f"{ROOT[kind]}.{layer}.{target}"
            weight = weights[f"{path}.weight"]
            turned = kind == "gpt2"
            out, inner = reversed(weight.shape) if turned else weight.shape
            down = torch.randn(RANK, inner, generator=generator) * 0.2
            up = torch.randn(out, RANK, generator=generator) * 0.2
            pairs[f"base_model.model.{path}.lora_A.weight"] = down
            pairs[f"base_model.model.{path}.lora_B.weight"] = up
            change = 0.5 * scale * (up @ down)
            weights[f"{path}.weight"] = weight + (change.T if turned else change)
    save_file(pairs, adapter / "adapter_model.safetensors")
    settings = {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "bias": "none"} | config
    (adapter / "adapter_config.json").write_text(json.dumps(settings))
    for file in model.iterdir():
        if file.name != "model.safetensors":
            (merged / file.name).write_bytes(file.read_bytes())
    save_file({k: v.contiguous() for k, v in weights.items()}, merged / "model.safetensors",
              metadata={"format": "pt"})  # fmt: skip
    return adapter, merged


def with_adapter(folder: Path | str, scale: float = 0.5) -> object:
    return replace(HI, sampling=replace(HI.sampling, adapter=str(folder), adapter_scale=scale))


@pytest.mark.parametrize("kind", TARGETS)
def test_it_writes_what_merged_weights_write(
    model_folders: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    adapter, merged = make_adapter(tmp_path, model_folders[kind], kind)
    engine = loaded_engine(model_folders[kind], precision=Precision.FP32)
    plain = reply(engine, HI).text
    expected = reply(loaded_engine(merged, precision=Precision.FP32), HI).text
    assert expected != plain
    worn = reply(engine, with_adapter(adapter))  # type: ignore[arg-type]
    assert worn.text == expected, worn.end.error
    assert reply(engine, with_adapter(adapter, 0.0)).text == plain  # type: ignore[arg-type]
    assert reply(engine, with_adapter(adapter)).text == expected  # type: ignore[arg-type]
    assert reply(engine, with_adapter(adapter, 2.0)).text not in (plain, expected)  # type: ignore[arg-type]
    assert reply(engine, HI).text == plain


def test_rank_stabilised_scale(model_folders: dict[str, Path], tmp_path: Path) -> None:
    adapter, merged = make_adapter(tmp_path, model_folders["llama"], "llama", use_rslora=True)
    engine = loaded_engine(model_folders["llama"], precision=Precision.FP32)
    expected = reply(loaded_engine(merged, precision=Precision.FP32), HI).text
    assert reply(engine, with_adapter(adapter)).text == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("precision", [Precision.INT8, Precision.INT4, Precision.BF16])
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_rounded_weights_wear_it_too(
    model_folders: dict[str, Path], tmp_path: Path, kind: str, precision: Precision
) -> None:
    adapter, _ = make_adapter(tmp_path, model_folders[kind], kind)
    engine = loaded_engine(model_folders[kind], precision=precision)
    plain = reply(engine, HI).text
    worn = reply(engine, with_adapter(adapter))  # type: ignore[arg-type]
    assert worn.end.reason is not EndReason.FAILED, worn.end.error
    assert worn.text != plain
    assert reply(engine, HI).text == plain


def test_what_cannot_be_used_is_told_and_leaves_the_model_as_it_was(
    model_folders: dict[str, Path], tmp_path: Path
) -> None:
    engine = loaded_engine(model_folders["llama"], precision=Precision.FP32)
    plain = reply(engine, HI).text
    other = make_model(tmp_path / "other", "gpt2", None)
    foreign, _ = make_adapter(tmp_path / "a", other, "gpt2")
    dora, _ = make_adapter(tmp_path / "b", model_folders["llama"], "llama", use_dora=True)
    for folder, told in (
        (foreign, "for another model"),
        (dora, "DoRA"),
        (tmp_path / "nowhere", "is not an adapter"),
    ):
        end = reply(engine, with_adapter(folder)).end  # type: ignore[arg-type]
        assert end.reason is EndReason.FAILED
        assert told in str(end.error)
        assert reply(engine, HI).text == plain
