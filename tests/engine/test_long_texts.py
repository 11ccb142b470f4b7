"""Many rows at once go another way than few; states grow without being copied; nothing changes."""

import threading
from pathlib import Path

import pytest
import torch
from tiny_models import load_request, make_model
from transformers import LlamaConfig
from transformers.cache_utils import DynamicLayer
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from desktop_llm.core.settings import Precision
from desktop_llm.engine import attention, paces
from desktop_llm.engine.lean import LeanStep
from desktop_llm.engine.linear import Int4Linear, WeightOnlyInt8, pack_int4
from desktop_llm.engine.load import load_bare
from desktop_llm.engine.quantised import quantised
from desktop_llm.engine.rounding import int4_packed, int8_rows
from desktop_llm.engine.states import BLOCK, GrowingLayer, growing_cache


@pytest.mark.parametrize("out", [64, 1040, 2192])
def test_int4_made_wide_multiplies_as_its_kernel_does(out: int) -> None:
    torch.manual_seed(0)
    layer = Int4Linear(*int4_packed(torch.randn(out, 96), pack_int4))
    x = torch.randn(70, 96)
    if not paces.int4_block(pack_int4):
        pytest.skip("this processor's kernel packs in an order of its own")
    narrow, wide = layer.narrow(x), layer.wide(x)
    assert (wide - narrow).norm() / narrow.norm() < 0.01
    apart = torch.randn(70, 192).bfloat16()[:, :96]  # half of what a larger matrix gave
    assert torch.equal(layer.wide(apart), layer.wide(apart.contiguous()))


def test_int8_made_wide_multiplies_as_its_kernel_does() -> None:
    torch.manual_seed(0)
    layer = WeightOnlyInt8(*int8_rows(torch.randn(1056, 96)))
    x = torch.randn(70, 96)
    assert (layer.wide(x) - layer.narrow(x)).norm() / layer.narrow(x).norm() < 0.01


@pytest.mark.parametrize("precision", ["int8", "int4"])
def test_whichever_way_is_taken_the_product_is_the_same(precision: str) -> None:
    torch.manual_seed(1)
    layer, x = quantised(torch.randn(256, 128), torch.randn(256), precision), torch.randn(300, 128)
    alone = torch.cat([layer(row[None]) for row in x[:20]])
    assert (layer(x)[:20] - alone).norm() / alone.norm() < 0.01


def test_a_growing_layer_holds_what_the_plain_one_does() -> None:
    torch.manual_seed(2)
    plain, growing = DynamicLayer(), GrowingLayer(torch.float32)
    for count in (3, 1, BLOCK, 1, 2):
        keys, values = torch.randn(1, 2, count, 8), torch.randn(1, 2, count, 4)
        for one, other in zip(
            plain.update(keys, values), growing.update(keys, values), strict=True
        ):
            assert torch.equal(one, other)
        plain.crop(-1)
        growing.crop(-1)
    assert plain.get_seq_length() == growing.get_seq_length()


def test_a_token_moves_no_states_while_there_is_room() -> None:
    layer = growing_cache(LlamaConfig(num_hidden_layers=1), None).layers[0]
    token = torch.ones(1, 2, 1, 8)
    places = {layer.update(token, token)[0].data_ptr() for _ in range(BLOCK)}
    assert len(places) == 1


@pytest.mark.parametrize("key_heads", [1, 2, 4])
@pytest.mark.parametrize("masked", [False, True])
def test_one_token_reads_what_it_reads_in_transformers(key_heads: int, masked: bool) -> None:
    torch.manual_seed(3)
    query = torch.randn(1, 4, 1, 8)
    keys, values = torch.randn(1, key_heads, 20, 8), torch.randn(1, key_heads, 20, 8)
    mask = torch.rand(1, 1, 1, 20) > 0.3 if masked else None
    module = torch.nn.Module()
    module.num_key_value_groups = 4 // key_heads  # type: ignore[assignment]
    module.is_causal = True  # type: ignore[assignment]
    expected, _ = attention.sdpa_attention_forward(module, query, keys, values, mask, scaling=0.3)
    found, _ = attention.attention(module, query, keys, values, mask, scaling=0.3, dropout=0.0)
    assert torch.allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(("sliding", "grows"), [(4096, True), (64, True), (63, False)])
def test_a_sliding_window_as_large_as_the_context_keeps_it_all(
    tmp_path: Path, sliding: int, grows: bool
) -> None:
    """Phi-3.5 states one of 262144 tokens."""
    turned = {"rope_type": "default", "rope_theta": 10_000.0, "partial_rotary_factor": 0.5}
    folder = make_model(tmp_path / "m", "phi3", rope_parameters=turned, sliding_window=sliding)
    tokens = [(29 * i * i + 7 * i) % 290 + 3 for i in range(64)]
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        expected = model(torch.tensor([tokens]), use_cache=False).logits[0]
    request = load_request(folder, precision=Precision.FP32, context_window=64)
    step = load_bare(request, lambda *_: None, threading.Event()).step
    cache, begin = step.new_cache(), 0
    for count in (20, 30, *[1] * 14):
        end = begin + count
        scores = step(tokens[begin:end], cache, count)
        assert torch.allclose(scores, expected[begin:end], atol=1e-3)
        begin = end
    layers = cache._states.layers
    assert all((type(layer) is GrowingLayer) is grows for layer in layers)


@pytest.mark.parametrize("kept", [torch.bfloat16, torch.float32])
def test_its_states_are_kept_in_what_one_token_reads_fastest(
    kept: torch.dtype, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without arithmetic for it attention over bfloat16 takes ten times as long."""
    monkeypatch.setattr(paces, "states_dtype", lambda: kept)
    turned = {"rope_type": "default", "rope_theta": 10_000.0, "partial_rotary_factor": 0.5}
    folder = make_model(tmp_path / "m", "phi3", rope_parameters=turned, sliding_window=4096)
    step = load_bare(
        load_request(folder, precision=Precision.BF16), lambda *_: None, threading.Event()
    ).step
    cache = step.new_cache()
    step([5, 6, 7], cache)
    assert {layer.keys.dtype for layer in cache._states.layers} == {kept}


@pytest.mark.parametrize("kind", ["llama", "gemma2"])
@pytest.mark.parametrize("last", [1, 5, 30, 60])
def test_the_last_layer_goes_on_with_the_tokens_that_are_asked_for_alone(
    kind: str, last: int, model_folders: dict[str, Path]
) -> None:
    request = load_request(model_folders[kind], precision=Precision.FP32)
    step = load_bare(request, lambda *_: None, threading.Event()).step
    assert isinstance(step, LeanStep)
    tokens, rows = [(29 * i * i + 7 * i) % 290 + 3 for i in range(60)], []
    whole = step(tokens, step.new_cache(), 60)
    down = step.layer(-1).down
    down.register_forward_hook(lambda _module, given, _made: rows.append(len(given[0])))
    cache = step.new_cache()
    scores = step(tokens, cache, last)
    assert rows == [last]
    assert torch.allclose(scores, whole[-last:], atol=1e-4)
    assert torch.allclose(step([7], cache), step([*tokens, 7], step.new_cache()), atol=1e-4)
