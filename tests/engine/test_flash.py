"""Attention by machine code of our own reads what plain arithmetic does, or is not used."""

import logging
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from desktop_llm.engine import attention, flash, flash_code, kernels, machine_code, paces
from desktop_llm.engine.flash import Attention, own, reckons_right, tiles
from desktop_llm.engine.step import ModelStep

pytestmark = pytest.mark.skipif(
    not flash.is_for_this_processor(), reason="this processor does not multiply bfloat16"
)
Case = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


@pytest.fixture(params=["float32", "bfloat16"])
def states(request: pytest.FixtureRequest) -> torch.dtype:
    found: torch.dtype = getattr(torch, request.param)
    return found


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What was found out of this processor is found out anew, before and after."""
    found_out = (flash._made, attention.own_for, machine_code.flags, machine_code._llvm)
    for one in found_out:
        one.cache_clear()
    yield
    for one in found_out:
        one.cache_clear()


def some(heads: int, group: int, count: int, places: int, size: int, states: torch.dtype) -> Case:
    """Queries, keys and values, which are the first of some more that are no numbers."""
    torch.manual_seed(places)
    keys, values = torch.full((2, heads, places + 30, size), math.nan, dtype=states)
    keys, values = keys[:, :places], values[:, :places]
    keys.copy_(torch.randn(keys.shape))
    values.copy_(torch.randn(values.shape))
    return torch.randn(heads, group, count, size), keys, values


def exactly(case: Case, reach: int = 0) -> torch.Tensor:
    """What is read, in float64."""
    query, keys, values = (one.double() for one in case)
    here = torch.arange(keys.shape[1])
    ends = here[len(here) - query.shape[2] :, None]
    seen = (here <= ends) & ((here > ends - reach) if reach else True)
    scores = query @ keys[:, None].transpose(-1, -2) * query.shape[-1] ** -0.5
    return scores.masked_fill(~seen, -math.inf).softmax(-1) @ values[:, None]


def made(states: torch.dtype) -> Attention:
    found = own(states)
    assert found is not None
    return found


@pytest.mark.parametrize("reach", [0, 1, 20, 300])
@pytest.mark.parametrize(
    "shape",
    [
        (2, 7, 112, 3808, 64), (8, 1, 24, 24, 128), (4, 2, 100, 333, 32), (1, 16, 256, 700, 16),
        (1, 3, 33, 1000, 48), (2, 1, 1, 129, 80), (1, 8, 25, 25, 256), (1, 2, 300, 300, 64),
    ],
)  # fmt: skip
def test_it_reads_what_plain_arithmetic_does(
    shape: tuple[int, int, int, int, int], reach: int, states: torch.dtype
) -> None:
    case = some(*shape, states)
    read = made(states)(*case, tiles(shape[1], shape[2], shape[3], reach))
    exact = exactly(case, reach)
    assert read.shape == exact.shape
    # Queries, keys and shares in bfloat16, 8 bits each; a wrong place or mask is off by about 1.
    assert (read - exact).abs().max() < 0.06
    assert (read - exact).norm() < 0.01 * exact.norm()


@pytest.mark.parametrize("reach", [0, 50])
def test_it_loses_no_more_than_torchs_own(reach: int, states: torch.dtype) -> None:
    case = some(2, 4, 96, 1500, 64, states)
    exact = exactly(case, reach)
    mask = attention.CausalMask(96, 1500, reach, torch.bfloat16)
    read = made(states)(*case, mask.tiles(4))
    torchs = attention.attended(*(one.bfloat16() for one in case), mask.added)
    assert (read - exact).norm() <= (torchs - exact).norm()


def test_large_scores_do_not_overflow(states: torch.dtype) -> None:
    query, keys, values = some(1, 1, 40, 300, 64, states)
    query = (query * 1000).bfloat16().float()
    keys.copy_(keys.bfloat16())
    exact = exactly((query, keys, values))
    read = made(states)(query, keys, values, tiles(1, 40, 300))
    assert read.isfinite().all()
    assert (read - exact).norm() < 0.1 * exact.norm()  # the largest share is nearly all there is


@pytest.mark.parametrize("what", ["query", "key", "value"])
@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_is_no_number_stays_none(what: str, number: float, states: torch.dtype) -> None:
    """Else a model that computes nonsense would seem to speak."""
    case = query, keys, values = some(1, 1, 40, 40, 64, states)
    {"query": query[:, :, 5], "key": keys[:, 5], "value": values[:, 5]}[what].fill_(number)
    read = made(states)(*case, tiles(1, 40, 40))
    assert not read[0, 0, 5].isfinite().any()
    if what == "query":
        assert read[0, 0, :5].isfinite().all()
        assert read[0, 0, 6:].isfinite().all()


def test_it_reads_the_same_on_any_threads(states: torch.dtype) -> None:
    case, looks = some(3, 2, 77, 900, 64, states), tiles(2, 77, 900)
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            found.append(made(states)(*case, looks))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


@pytest.mark.parametrize("strange", ["size", "order", "types", "device"])
def test_what_lies_otherwise_goes_another_way(strange: str) -> None:
    query, keys, values = some(2, 2, 40, 100, 40 if strange == "size" else 64, torch.float32)
    if strange == "order":
        keys = keys.transpose(1, 2).contiguous().transpose(1, 2)
    elif strange == "types":
        keys = keys.bfloat16()
    if strange == "device":
        assert not flash.fits(keys.to("meta"), values.to("meta"))
        return
    assert not flash.fits(keys, values)
    mask = attention.CausalMask(40, 100, 0, torch.float32)
    read = attention.many_at_once(query, keys, values, mask)
    assert (read - exactly((query, keys, values))).abs().max() < 0.06


@pytest.mark.parametrize("ours_is_faster", [True, False])
@pytest.mark.usefixtures("forgotten")
def test_the_faster_way_is_taken(ours_is_faster: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    times = (1.0, 2.0) if ours_is_faster else (2.0, 1.0)
    monkeypatch.setattr(paces, "numbers", lambda *_: times)
    assert (attention.own_for(torch.float32) is not None) is ours_is_faster


@pytest.mark.usefixtures("forgotten")
def test_code_that_reckons_wrong_is_not_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def wrong(states: str) -> str:
        return flash_code.source(states).replace("fcmp ogt", "fcmp olt").replace("fadd", "fsub")

    monkeypatch.setattr(flash, "source", wrong)
    with caplog.at_level(logging.WARNING):
        assert own(torch.float32) is None
    assert "does not reckon right" in caplog.text


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("absent", ["llvmlite", "the processor", "torch's threads"])
def test_without_what_it_takes_products_do_the_work(
    absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if absent == "llvmlite":
        monkeypatch.setitem(sys.modules, "llvmlite", None)
    elif absent == "the processor":
        monkeypatch.setattr(machine_code, "flags", lambda: frozenset({"avx512f"}))
        monkeypatch.setattr(machine_code.flags, "cache_clear", lambda: None, raising=False)
    else:
        monkeypatch.setattr(machine_code, "start_threads", lambda: 0)
    assert attention.own_for(torch.float32) is None
    case = some(2, 2, 40, 300, 64, torch.float32)
    read = attention.many_at_once(*case, attention.CausalMask(40, 300, 0, torch.float32))
    assert (read - exactly(case)).abs().max() < 0.06


@pytest.mark.usefixtures("forgotten")
def test_a_package_brings_its_code_and_needs_no_llvm(
    package: Path, states: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, looks = some(2, 3, 40, 500, 64, states), tiles(3, 40, 500)
    expected = made(states)(*case, looks)
    flash._made.cache_clear()
    machine_code._llvm.cache_clear()
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    assert own(states) is None
    flash._made.cache_clear()
    monkeypatch.setattr(kernels, "resources_root", lambda: package)
    assert torch.equal(made(states)(*case, looks), expected)


def test_attention_that_is_off_is_told_from_one_that_is_right(states: torch.dtype) -> None:
    class Off(Attention):
        def __call__(self, *given: object) -> torch.Tensor:
            return right(*given) * 1.05

    right = made(states)
    assert reckons_right(right, states)
    assert not reckons_right(Off(right._run), states)


class Module(torch.nn.Module):
    """What transformers' attention asks of a layer."""

    is_causal = True
    num_key_value_groups = 3


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of tokens that went through ours, whichever is faster here."""
    seen: list[int] = []

    def own_for(dtype: torch.dtype) -> Attention:
        class Counted(Attention):
            def __call__(self, query: torch.Tensor, *given: object) -> torch.Tensor:
                seen.append(query.shape[2])
                return ours(query, *given)

        ours = made(dtype)
        return Counted(ours._run)

    monkeypatch.setattr(attention, "own_for", own_for)
    return seen


@pytest.mark.parametrize("kind", ["causal", "sliding", "padded", "none"])
@pytest.mark.parametrize("scaling", [None, 0.3])
def test_layers_of_transformers_go_through_it(
    kind: str, scaling: float | None, states: torch.dtype, used: list[int]
) -> None:
    count, places = 90, 90 if kind == "none" else 400
    query, keys, values = some(2, 3, count, places, 64, states)
    ends = torch.arange(places - count, places)[:, None]
    here = torch.arange(places)
    seen = here <= ends
    if kind == "sliding":
        seen &= here > ends - 100
    elif kind == "padded":
        seen &= here >= 30
    exact_scores = query.bfloat16().double() @ keys.double()[:, None].transpose(-1, -2)
    exact_scores *= 64**-0.5 if scaling is None else scaling
    exact = exact_scores.masked_fill(~seen, -math.inf).softmax(-1) @ values.double()[:, None]
    mask = None if kind == "none" else seen[None, None]
    for _ in range(2):  # the second layer is given the same mask
        read, _none = attention.attention(
            Module(), query.view(1, 6, count, 64).bfloat16(), keys[None], values[None], mask,
            scaling=scaling, is_causal=None, dropout=0.0,
        )  # fmt: skip
        assert read.dtype is torch.bfloat16
        assert read.is_contiguous()  # some layers make a view of it
        found = read[0].transpose(0, 1).view(2, 3, count, 64)
        assert (found - exact).norm() < 0.01 * exact.norm()
    assert used == [count] * 2


def test_what_a_mask_says_is_found_out_once_and_not_taken_for_another() -> None:
    ends, here = torch.arange(60, 100)[:, None], torch.arange(100)
    causal, sliding = here <= ends, (here <= ends) & (here > ends - 20)
    masks = [mask[None, None] for mask in (causal, sliding)]
    looks = [attention._looks(mask, 2, 40, 100) for mask in masks]
    assert all(
        attention._looks(mask, 2, 40, 100) is one for mask, one in zip(masks, looks, strict=True)
    )
    assert looks[0] is not None
    assert looks[1] is not None
    assert int(looks[0].first.max()) == 0
    assert int(looks[1].first.max()) == 80
    assert attention._looks(masks[0], 4, 40, 100) is not looks[0]
    assert attention._looks(masks[0][:, :, -1:], 2, 40, 100) is None  # one row for all tokens


@pytest.mark.parametrize("kind", ["gap", "added", "each head", "float32", "nothing hidden"])
def test_what_a_layer_asks_besides_goes_through_torchs_own(kind: str, used: list[int]) -> None:
    dtype = torch.float32 if kind == "float32" else torch.bfloat16
    query, keys, values = some(2, 3, 40, 100, 64, dtype)
    seen = (torch.arange(100) <= torch.arange(60, 100)[:, None])[None, None]
    mask: torch.Tensor | None = seen.clone()
    if kind == "gap":
        mask[..., 5] = False
    elif kind == "added":
        mask = torch.zeros(seen.shape, dtype=dtype).masked_fill(~seen, -math.inf)
    elif kind == "each head":
        mask = seen.repeat(1, 6, 1, 1)
    elif kind == "nothing hidden":
        mask = None
    given = query.view(1, 6, 40, 64).to(dtype), keys[None].to(dtype), values[None].to(dtype)
    read, _ = attention.attention(Module(), *given, mask, is_causal=False)
    torchs, _ = attention.sdpa_attention_forward(Module(), *given, mask, is_causal=False)
    assert torch.equal(read, torchs)
    assert used == []


@pytest.mark.parametrize("kind", ["gpt2", "mistral"])
def test_a_model_of_transformers_reads_a_long_text_through_it(kind: str, used: list[int]) -> None:
    """gpt2 has one head a key, mistral looks at the last tokens only."""
    shape = {
        "gpt2": {"n_embd": 64, "n_layer": 2, "n_head": 4},
        "mistral": {
            "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 16, "intermediate_size": 96, "sliding_window": 20,
        },
    }[kind]  # fmt: skip
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, vocab_size=64, **shape)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).eval()
    tokens = torch.arange(60) % 50 + 3
    with torch.inference_mode():
        expected = model(tokens[None]).logits[0].float()
        step = ModelStep(model)
        cache = step.new_cache()
        step(tokens[:30].tolist(), cache)
        scores = step(tokens[30:].tolist(), cache, last=30)
    assert used == [30] * 4
    assert torch.nn.functional.cosine_similarity(scores, expected[30:]).min() > 0.99
