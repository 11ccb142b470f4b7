"""LoRA adapters: equal to weights they were merged into, taken off without a trace."""

import gc
import json
import os
import re
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_models import asked, loaded_engine, make_mamba, make_model, make_t5, reply

from desktop_llm.core.errors import ModelError
from desktop_llm.core.events import EndReason
from desktop_llm.core.settings import Precision
from desktop_llm.engine.adapters import Adapted, read_adapter
from desktop_llm.engine.engine import TransformersEngine
from desktop_llm.engine.quantised import quantised
from desktop_llm.engine.step import ModelStep

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
            alpha = alpha_of(path, config.get("alpha_pattern", {}))  # type: ignore[arg-type]
            scale = alpha / RANK**0.5 if config.get("use_rslora") else alpha / RANK
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


def alpha_of(path: str, patterns: dict[str, int]) -> int:
    """As PEFT looks for it (`get_pattern_key`)."""
    for pattern, alpha in patterns.items():
        if re.match(rf"(.*\.)?({pattern})$", path):
            return alpha
    return ALPHA


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


@pytest.mark.parametrize(
    "pattern",
    [
        r"layers\.\d+\.self_attn\.[qk]_proj",
        "^model.layers.1.mlp.up_proj",
        "v_proj|down_proj",
        ".*layers.0.*",
    ],
)
def test_an_alpha_for_some_layers_is_a_pattern(
    model_folders: dict[str, Path], tmp_path: Path, pattern: str
) -> None:
    model = model_folders["llama"]
    adapter, merged = make_adapter(tmp_path, model, "llama", alpha_pattern={pattern: 5 * ALPHA})
    engine = loaded_engine(model)
    expected = reply(loaded_engine(merged), HI).text
    plain = make_adapter(tmp_path / "plain", model, "llama")[0]
    assert reply(engine, with_adapter(plain)).text != expected  # type: ignore[arg-type]
    assert reply(engine, with_adapter(adapter)).text == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("pattern", ["(", "(a+)+", ".*.*.*.*x", 3])
def test_a_pattern_that_cannot_be_read_is_told(
    model_folders: dict[str, Path], tmp_path: Path, pattern: object
) -> None:
    patterns = {pattern: 1} if isinstance(pattern, str) else pattern
    model = model_folders["llama"]
    adapter = bare_adapter(tmp_path / "adapter", of_all_layers(model))
    settings = {"r": RANK, "lora_alpha": ALPHA, "alpha_pattern": patterns}
    (adapter / "adapter_config.json").write_text(json.dumps(settings))
    with pytest.raises(ModelError, match="by a pattern that cannot be read"):
        read_adapter(adapter)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"use_dora": True}, "It is DoRA"),
        ({"peft_type": "LOHA"}, "It is LOHA"),
        ({"layer_replication": [[0, 1], [0, 1]]}, "whose layers were repeated"),
        (
            {"target_parameters": ["mlp.experts.gate_up_proj"]},
            "It changes mlp.experts.gate_up_proj",
        ),
        ({"alora_invocation_tokens": [5, 6]}, "It is aLoRA"),
        ({"init_lora_weights": "pissa_niter_16"}, "changed first (pissa_niter_16)"),
        ({"init_lora_weights": "OLoRA"}, "changed first (OLoRA)"),
        ({"init_lora_weights": "corda"}, "changed first (corda)"),
    ],
)
def test_what_is_no_plain_lora_is_refused(
    model_folders: dict[str, Path], tmp_path: Path, config: dict[str, object], told: str
) -> None:
    adapter, _ = make_adapter(tmp_path, model_folders["llama"], "llama", **config)
    with pytest.raises(ModelError, match=re.escape(told)):
        read_adapter(adapter)


@pytest.mark.parametrize("began", [True, False, "gaussian", "eva", "orthogonal"])
def test_one_that_began_beside_the_models_own_weights_is_plain(
    model_folders: dict[str, Path], tmp_path: Path, began: bool | str
) -> None:
    model = model_folders["llama"]
    usual = {"init_lora_weights": began, "alora_invocation_tokens": None}
    adapter, _ = make_adapter(tmp_path, model, "llama", **usual)
    assert len(read_adapter(adapter)) == 2 * len(TARGETS["llama"])


def test_unloading_frees_what_is_worn(tmp_path: Path) -> None:
    engine = loaded_engine(make_mamba(tmp_path / "mamba"))
    adapter = bare_adapter(tmp_path / "adapter", {"backbone.layers.0.mixer.out_proj": (32, 64)})
    out = reply(engine, with_adapter(adapter))  # type: ignore[arg-type]
    assert out.end.reason is not EndReason.FAILED, out.end.error
    assert engine._loaded is not None
    step = engine._loaded.step
    assert isinstance(step, ModelStep)
    worn = [
        weakref.ref(down)
        for layer in step.model.modules()
        if isinstance(layer, Adapted)
        for _, down, _ in layer.parts
    ]
    assert len(worn) == 1
    del step
    gc.disable()
    try:
        engine.unload()
        assert worn[0]() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("precision", [Precision.INT8, Precision.INT4, Precision.BF16])
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_rounded_weights_wear_it_too(
    model_folders: dict[str, Path], tmp_path: Path, kind: str, precision: Precision
) -> None:
    def scores(engine: TransformersEngine) -> torch.Tensor:
        step, tokens = engine._loaded.step, [5 + 7 * i % 290 for i in range(30)]  # type: ignore[union-attr]
        return step(tokens, step.new_cache(), len(tokens))

    adapter, merged = make_adapter(tmp_path, model_folders[kind], kind)
    engine = loaded_engine(model_folders[kind], precision=precision)
    plain, bare = reply(engine, HI).text, scores(engine)
    worn = reply(engine, with_adapter(adapter))  # type: ignore[arg-type]
    assert worn.end.reason is not EndReason.FAILED, worn.end.error
    exact = scores(loaded_engine(merged, precision=Precision.FP32))
    rounding = (scores(loaded_engine(merged, precision=precision)) - exact).norm()
    # About as near to what it means as rounded weights that it was merged into; without it, far off.
    off = (scores(engine) - exact).norm()
    assert off < 1.6 * rounding
    assert off < (bare - exact).norm() / 1.6
    assert reply(engine, HI).text == plain
    assert torch.equal(scores(engine), bare)


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
        (tmp_path / ("x" * 300), "too long"),
    ):
        end = reply(engine, with_adapter(folder)).end  # type: ignore[arg-type]
        assert end.reason is EndReason.FAILED
        assert told in str(end.error)
        assert reply(engine, HI).text == plain


def test_one_that_was_saved_without_weights_is_told(
    model_folders: dict[str, Path], tmp_path: Path
) -> None:
    adapter, _ = make_adapter(tmp_path, model_folders["llama"], "llama")
    save_file({}, adapter / "adapter_model.safetensors")
    end = reply(loaded_engine(model_folders["llama"]), with_adapter(adapter)).end  # type: ignore[arg-type]
    assert end.reason is EndReason.FAILED
    assert "It holds no weights" in str(end.error)


def test_one_that_changes_single_experts_is_not_told_to_be_for_another_model(
    tmp_path: Path,
) -> None:
    model = make_model(tmp_path / "model", "mixtral")
    path = "model.layers.0.mlp.experts.1.w1"
    adapter = bare_adapter(tmp_path / "adapter", {path: (48, 32)})
    end = reply(loaded_engine(model), with_adapter(adapter)).end  # type: ignore[arg-type]
    assert f"It changes experts one by one ({path})" in str(end.error)
    assert "another model" not in str(end.error)


FOREIGN = {"size": {"hidden_size": 48, "num_attention_heads": 6}, "layers": {"num_hidden_layers": 3},
           "mlp": {"intermediate_size": 64}, "keys": {"num_key_value_heads": 4}}  # fmt: skip


def bare_adapter(folder: Path, sizes: dict[str, tuple[int, int]]) -> Path:
    """An adapter of layers of those names, with so many outputs and inputs."""
    folder.mkdir()
    pairs = {}
    for path, (out, inner) in sizes.items():
        pairs[f"base_model.model.{path}.lora_A.weight"] = torch.ones(RANK, inner)
        pairs[f"base_model.model.{path}.lora_B.weight"] = torch.ones(out, RANK)
    save_file(pairs, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps({"r": RANK, "lora_alpha": ALPHA}))
    return folder


def of_all_layers(model: Path) -> dict[str, tuple[int, int]]:
    weights = load_file(model / "model.safetensors")
    return {
        name.removesuffix(".weight"): (weight.shape[0], weight.shape[1])
        for name, weight in weights.items()
        if ".layers." in name and weight.dim() == 2
    }


@pytest.mark.parametrize("kind", ["llama", "mistral"])
@pytest.mark.parametrize("precision", [Precision.FP32, Precision.INT8])
def test_one_for_another_size_of_the_family_is_refused_before_anything_is_put_on(
    model_folders: dict[str, Path], tmp_path: Path, kind: str, precision: Precision
) -> None:
    engine = loaded_engine(model_folders[kind], precision=precision)
    loaded = engine._loaded
    assert loaded is not None
    plain = reply(engine, HI).text
    for name, changes in FOREIGN.items():
        other = make_model(tmp_path / f"{name}-model", kind, None, **changes)
        adapter = bare_adapter(tmp_path / name, of_all_layers(other))
        end = reply(engine, with_adapter(adapter)).end  # type: ignore[arg-type]
        assert end.reason is EndReason.FAILED
        assert "for another model" in str(end.error), name
        assert not loaded.adapters._undo
        assert reply(engine, HI).text == plain


def test_names_that_the_model_has_not_and_pairs_that_do_not_fit_each_other(
    model_folders: dict[str, Path], tmp_path: Path
) -> None:
    engine = loaded_engine(model_folders["llama"], precision=Precision.FP32)
    sizes = of_all_layers(model_folders["llama"])
    first = next(iter(sizes))
    for number, path in enumerate(
        [first.replace("model.", "model.language_model."), "model.norm", "lm_head.deeper",
         "model.layers.0.mlp", "model.layers.0.mlp.gate", "model.layers.zero.mlp.up_proj"]
    ):  # fmt: skip
        adapter = bare_adapter(tmp_path / str(number), {**sizes, path: (32, 32)})
        end = reply(engine, with_adapter(adapter)).end  # type: ignore[arg-type]
        assert f"no layer named {path}" in str(end.error)
    adapter = bare_adapter(tmp_path / "unequal", sizes)
    pairs = load_file(adapter / "adapter_model.safetensors")
    pairs[f"base_model.model.{first}.lora_B.weight"] = torch.ones(sizes[first][0], RANK + 1)
    save_file(pairs, adapter / "adapter_model.safetensors")
    assert "of another size" in str(reply(engine, with_adapter(adapter)).end.error)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["llama", "mistral"])
def test_the_head_can_wear_one_too(
    model_folders: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    engine = loaded_engine(model_folders[kind], precision=Precision.FP32)
    vocabulary = len(load_file(model_folders[kind] / "model.safetensors")["lm_head.weight"])
    adapter = bare_adapter(tmp_path / "head", {"lm_head": (vocabulary, 32)})
    step = engine._loaded.step  # type: ignore[union-attr]
    tokens = [5, 6, 7]
    plain = step(tokens, step.new_cache())
    worn = reply(engine, with_adapter(adapter))  # type: ignore[arg-type]
    assert worn.end.reason is not EndReason.FAILED, worn.end.error
    # Its pairs are of ones: all scores grow by the same.
    change = step(tokens, step.new_cache()) - plain
    assert change.abs().min() > 0.1
    assert torch.allclose(change, change[:, :1].expand_as(change), atol=1e-3)
    reply(engine, HI)
    assert torch.equal(step(tokens, step.new_cache()), plain)
    larger = bare_adapter(tmp_path / "larger", {"lm_head": (vocabulary + 64, 32)})
    end = reply(engine, with_adapter(larger)).end  # type: ignore[arg-type]
    assert "for another model" in str(end.error)


def test_what_a_weak_one_adds_is_not_lost_in_the_rounding_of_the_sum() -> None:
    torch.manual_seed(0)
    inner, x = quantised(torch.randn(64, 128), None, "int4"), torch.randn(3, 128)
    layer = Adapted(inner)
    down, up = torch.randn(128, 4) * 0.01, torch.randn(4, 64) * 0.01
    layer.parts.append((slice(None), down, up))
    added = layer(x.to(layer.dtype)) - inner(x)
    assert torch.allclose(added, x @ down @ up, atol=1e-5)


@pytest.mark.parametrize("precision", [Precision.BF16, Precision.INT8, Precision.INT4])
def test_a_t5_wears_one_where_its_code_asks_for_the_weight(
    tmp_path: Path, precision: Precision
) -> None:
    folder = make_t5(tmp_path / "t5")
    adapter = bare_adapter(
        tmp_path / "adapter", {"decoder.block.0.layer.2.DenseReluDense.wo": (256, 512)}
    )
    engine = loaded_engine(folder, precision=precision)
    step, tokens = engine._loaded.step, list(range(3, 15))  # type: ignore[union-attr]
    plain = step(tokens, step.new_cache())
    worn = reply(engine, with_adapter(adapter))  # type: ignore[arg-type]
    assert worn.end.reason is not EndReason.FAILED, worn.end.error
    assert not torch.allclose(step(tokens, step.new_cache()), plain, atol=0.1)


def test_one_that_was_trained_on_in_its_folder_is_put_on_anew(
    model_folders: dict[str, Path], tmp_path: Path
) -> None:
    adapter, _ = make_adapter(tmp_path, model_folders["llama"], "llama")
    engine = loaded_engine(model_folders["llama"], precision=Precision.FP32)
    before = reply(engine, with_adapter(adapter)).text  # type: ignore[arg-type]
    file = adapter / "adapter_model.safetensors"
    save_file({name: -2 * pair for name, pair in load_file(file).items()}, file)
    later = file.stat().st_mtime_ns + 10**9
    os.utime(file, ns=(later, later))
    after = reply(engine, with_adapter(adapter)).text  # type: ignore[arg-type]
    fresh = loaded_engine(model_folders["llama"], precision=Precision.FP32)
    assert after == reply(fresh, with_adapter(adapter)).text != before  # type: ignore[arg-type]
    file.unlink()
    out = reply(engine, with_adapter(adapter))  # type: ignore[arg-type]
    assert out.end.reason is EndReason.FAILED
    assert "not an adapter" in str(out.end.error)
