"""Layers that are given the same input are one layer, and nobody can tell."""

import threading
from pathlib import Path

import pytest
import torch
from test_architectures import KINDS, make
from tiny_models import load_request
from torch import nn

from desktop_llm.core.settings import Precision
from desktop_llm.engine import general, quantised
from desktop_llm.engine.adapters import Adapted
from desktop_llm.engine.families import FAMILIES
from desktop_llm.engine.load import load_bare
from desktop_llm.engine.quantised import joined, pack
from desktop_llm.engine.siblings import joined_path, parted, shares, siblings_of
from desktop_llm.engine.step import ModelStep

TOKENS = [(7 * place) % 200 + 3 for place in range(40)]
SIZES = [128, 64, 64]


def opened(folder: Path, precision: Precision, cache: Path | None = None) -> ModelStep:
    request = load_request(folder, precision=precision)
    step = load_bare(request, lambda *_: None, threading.Event(), cache).step
    assert isinstance(step, ModelStep)
    return step


def ones(step: ModelStep) -> dict[int, nn.Module]:
    """The layers that are several, by their identity."""
    found = [one for one in step.model.modules() if type(one).__name__ == "_Share"]
    return {id(one.layer): one.layer for one in found}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Matrices of tiny models are rounded too."""
    monkeypatch.setattr(general, "SMALLEST", 512)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", sorted({*KINDS} - {*FAMILIES} | {"mistral"}))
def test_every_architecture_asks_each_of_them_once_for_a_text(kind: str, tmp_path: Path) -> None:
    """A name alone does not say that layers read the same: one that did not would compute twice."""
    step = opened(make(tmp_path, kind), Precision.INT8)
    asked: list[int] = []
    for layer in ones(step).values():
        layer.register_forward_hook(lambda layer, *_: asked.append(id(layer)))
    cache = step.new_cache()
    step(TOKENS, cache)
    assert sorted(asked) == sorted(ones(step))
    if cache.resumable:
        step(TOKENS[:1], cache)
        assert len(asked) == 2 * len(ones(step))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("kind", "each"), [("opt", 1), ("stablelm", 2), ("gptj", 1), ("gpt_neox", 0), ("olmo2", 2)]
)
def test_as_many_are_joined_as_read_the_same(kind: str, each: int, tmp_path: Path) -> None:
    assert len(ones(opened(make(tmp_path, kind), Precision.INT8))) == 2 * each


@pytest.mark.usefixtures("small")
def test_what_gives_them_different_inputs_keeps_them_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(general, "APART", ("opt",))
    assert not ones(opened(make(tmp_path, "opt"), Precision.INT8))


@pytest.fixture
def wide_opt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    wide = {"hidden_size": 128, "word_embed_proj_dim": 128, "ffn_dim": 256}
    monkeypatch.setitem(KINDS, "opt", KINDS["opt"] | wide)
    return make(tmp_path / "opt", "opt")


@pytest.mark.usefixtures("first_kind")
@pytest.mark.parametrize("precision", [Precision.INT8, Precision.INT4])
def test_scores_are_those_of_the_layers_alone_also_out_of_the_file(
    wide_opt: Path, tmp_path: Path, precision: Precision, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = []
    for cache in (None, tmp_path / "cache", tmp_path / "cache"):
        step = opened(wide_opt, precision, cache)
        assert len(ones(step)) == 2
        states = step.new_cache()
        scores += [step(TOKENS, states, len(TOKENS)), step(TOKENS[:1], states)]
    monkeypatch.setattr(general, "siblings_of", lambda path, _: (path,))
    step = opened(wide_opt, precision)
    assert not ones(step)
    states = step.new_cache()
    alone = [step(TOKENS, states, len(TOKENS)), step(TOKENS[:1], states)]
    for place, found in enumerate(scores):
        assert torch.allclose(found, alone[place % 2], atol=2e-2, rtol=1e-2)
    assert torch.equal(scores[2], scores[4])


@pytest.mark.parametrize("precision", ["int8", "int4"])
def test_one_layer_of_three_computes_what_the_three_do(precision: str) -> None:
    generator = torch.Generator().manual_seed(1)
    matrices = [torch.randn(size, 64, generator=generator) for size in SIZES]
    packed = [pack(matrix, None, precision) for matrix in matrices]
    one = joined(packed)
    assert one is not None
    together = quantised.build(*one)
    x = torch.randn(3, 64, generator=generator)
    apart = torch.cat([quantised.build(*part)(x) for part in packed], dim=1)
    assert torch.allclose(together(x), apart, rtol=1e-3, atol=1e-3)


def test_what_cannot_lie_in_one_stays_apart() -> None:
    def packed(out: int, inner: int, precision: str) -> tuple[str, dict[str, torch.Tensor]]:
        return pack(torch.ones(out, inner), None, precision)

    assert joined([packed(64, 64, "int4"), packed(64, 96, "int4")]) is None, "other inputs"
    assert joined([packed(64, 64, "int4"), packed(64, 64, "int8")]) is None, "another form"
    assert joined([packed(64, 64, "int4"), packed(32, 64, "int4")]) is None, "half a block"
    assert joined([packed(64, 64, "int8"), packed(32, 64, "int8")]) is not None


def test_only_whole_groups_are_joined_and_their_names_come_back() -> None:
    names = {f"layers.0.attn.{name}" for name in ("q_proj", "k_proj", "v_proj", "out_proj")}
    group = siblings_of("layers.0.attn.k_proj", names)
    assert [path.rpartition(".")[2] for path in group] == ["q_proj", "k_proj", "v_proj"]
    assert parted(joined_path(group)) == group
    assert siblings_of("layers.0.attn.out_proj", names) == ("layers.0.attn.out_proj",)
    assert siblings_of("layers.0.attn.q_proj", names - {group[1]}) == (group[0],)
    assert parted(joined_path(("lm_head",))) == ("lm_head",)


def three() -> tuple[list[nn.Module], list[torch.Tensor]]:
    matrices = [torch.randn(size, 64) for size in SIZES]
    one = joined([pack(matrix, None, "int8") for matrix in matrices])
    assert one is not None
    return shares(quantised.build(*one), SIZES), matrices


def test_they_may_be_asked_in_any_order_again_and_about_many_rows() -> None:
    parts, matrices = three()
    first, second = torch.randn(1, 5, 64), torch.randn(1, 1, 64)
    for place, x in ((2, first), (0, first), (0, first), (1, second), (1, first), (2, second)):
        y = parts[place](x)
        assert torch.allclose(y, x @ matrices[place].T, atol=0.3)
        assert y.is_contiguous()
        assert (parts[place].in_features, parts[place].out_features) == (64, SIZES[place])


def test_an_adapter_beside_one_of_them_changes_no_other() -> None:
    parts, _ = three()
    x = torch.randn(1, 2, 64)
    before = [part(x).clone() for part in parts]
    worn = Adapted(parts[0])
    worn.parts.append((slice(None), torch.randn(64, 4), torch.randn(4, SIZES[0])))
    after = [worn(x), parts[1](x), parts[2](x)]
    changes = [not torch.equal(old, new) for old, new in zip(before, after, strict=True)]
    assert changes == [True, False, False]
