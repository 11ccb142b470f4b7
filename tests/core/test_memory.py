"""What a model will take, from its headers alone."""

from dataclasses import replace

import pytest

from desktop_llm.core.memory import (
    affordable,
    blueprint,
    longest_window,
    need,
    own_window,
)
from desktop_llm.core.weight_header import TensorInfo

CONFIG = {
    "model_type": "llama", "num_hidden_layers": 2, "hidden_size": 256, "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "intermediate_size": 512, "vocab_size": 1000, "max_position_embeddings": 8192,
}  # fmt: skip


def tensor(*shape: int) -> TensorInfo:
    return TensorInfo("BF16", shape, 0)


WEIGHTS = {
    "model.embed_tokens.weight": tensor(1000, 256),
    "model.layers.0.self_attn.q_proj.weight": tensor(256, 256),
    "model.layers.0.mlp.up_proj.weight": tensor(512, 256),
    "model.norm.weight": tensor(256),
}


def test_weights_states_and_computing_are_told_apart() -> None:
    plan = blueprint(CONFIG, WEIGHTS)
    numbers = 256 * 256 + 512 * 256
    exact = need(plan, "bf16", 1024)
    assert exact.weights == 2 * (256_000 + numbers + 256)
    # Two layers, keys and values, two heads of 32 numbers, two bytes each.
    assert exact.states == 2 * 2 * 2 * 32 * 1024 * 2
    assert exact.total == exact.weights + exact.states + exact.working
    rounded = need(plan, "int8", 1024)
    # Our own pass holds one rounded matrix for the table and for what scores the vocabulary,
    assert rounded.weights == pytest.approx(1.01 * (numbers + 256_000) + 4 * 256, abs=2)
    # others a rounded copy beside the table, which stays in 16 bits;
    other = need(blueprint(CONFIG | {"model_type": "olmo2"}, WEIGHTS), "int8", 1024)
    assert other.weights == pytest.approx(1.01 * (numbers + 256_000) + 2 * (256_000 + 256), abs=2)
    # and where the two differ, our own pass rounds both.
    apart = blueprint(CONFIG, WEIGHTS | {"lm_head.weight": tensor(1000, 256)})
    assert need(apart, "int8", 1024).weights == pytest.approx(
        1.01 * (numbers + 512_000) + 4 * 256, abs=2
    )
    assert rounded.states == 2 * exact.states  # computed in 32 bits
    assert need(plan, "int4", 1024).weights < rounded.weights < need(plan, "fp32", 1024).weights


def test_other_names_for_the_same_numbers() -> None:
    gpt2 = {"n_layer": 2, "n_embd": 256, "n_head": 8, "vocab_size": 1000, "n_positions": 8192}
    assert blueprint(gpt2, {}).state == 2 * 256
    falcon = CONFIG | {"multi_query": True}
    assert blueprint(falcon, {}).state == 2 * 32
    newer = falcon | {"new_decoder_architecture": True}  # goes by the number of heads
    assert blueprint(newer, {}).state == 2 * 2 * 32
    inside = {"text_config": CONFIG, "model_type": "two_in_one"}
    assert blueprint(inside, WEIGHTS) == blueprint(CONFIG, WEIGHTS)
    recurrent = {"num_hidden_layers": 2, "hidden_size": 256, "state_size": 16}
    assert need(blueprint(recurrent, {}), "bf16", 100_000).states == 0
    assert need(blueprint(recurrent | {"num_heads": 4}, {}), "bf16", 100_000).states == 0
    xlstm = {"num_hidden_layers": 2, "hidden_size": 256, "num_heads": 4, "qk_dim_factor": 0.5}
    assert need(blueprint(xlstm, {}), "bf16", 100_000).states == 0


def test_compressed_states_are_kept_as_the_model_computes_and_unfolded_layer_by_layer() -> None:
    sizes = {"qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128}
    sizes |= {"kv_lora_rank": 512, "q_lora_rank": 1536}
    deepseek = blueprint(CONFIG | sizes | {"model_type": "deepseek_v3"}, WEIGHTS)
    for precision, size in (("fp32", 4), ("bf16", 2), ("int8", 2)):
        assert need(deepseek, precision, 1024).states == 2 * (512 + 64) * 1024 * size
    plain = replace(deepseek, unfolded=0)
    more = need(deepseek, "bf16", 1024).working - need(plain, "bf16", 1024).working
    assert more == 1024 * 8 * (128 + 128 + 128 + 64) * 2


def test_sliding_layers_keep_no_more_than_they_reach_but_in_our_own_pass() -> None:
    kinds = ["sliding_attention", "full_attention", "linear_attention"]
    config = CONFIG | {"layer_types": kinds, "sliding_window": 512, "model_type": "exaone4"}
    plan = blueprint(config, WEIGHTS)
    assert (plan.layers, plan.sliding) == (1, 1)
    each = 2 * 2 * 32 * 2
    # What is kept of the whole text is kept in 32 bits there.
    assert need(plan, "bf16", 4096).states == (2 * 4096 + 512) * each
    # A layer that reaches over all of it is kept as the others are.
    assert need(plan, "bf16", 256).states == (2 * 256 + 2 * 256) * each
    own = blueprint(config | {"model_type": "gemma3_text"}, WEIGHTS)
    assert need(own, "bf16", 4096).states == 2 * 4096 * each


MISTRAL = CONFIG | {"model_type": "mistral", "sliding_window": 512}


def test_all_layers_slide_where_their_kinds_are_not_listed() -> None:
    plan, whole = (blueprint(MISTRAL | more, WEIGHTS) for more in ({}, {"sliding_window": None}))
    each = 2 * 2 * 32
    # Our own pass computes it as long as no layer forgets; then transformers does, in 16 bits.
    assert need(plan, "int8", 512) == need(whole, "int8", 512)
    assert need(plan, "int8", 4096).states == 2 * 512 * each * 2
    other = blueprint(MISTRAL | {"model_type": "olmo2", "sliding_window": None}, WEIGHTS)
    assert need(plan, "int8", 4096).weights == need(other, "int8", 4096).weights
    assert not plan.is_lean(4096)
    assert plan.is_lean(512)
    assert whole.is_lean(4096)


@pytest.mark.parametrize(
    ("config", "sliding"),
    [
        ({"model_type": "phi3"}, 2),
        ({"model_type": "starcoder2", "use_sliding_window": False}, 0),
        ({"model_type": "qwen2", "use_sliding_window": False, "max_window_layers": 0}, 0),
        ({"model_type": "qwen2", "use_sliding_window": True, "max_window_layers": 1}, 1),
        ({"model_type": "qwen2", "use_sliding_window": True, "max_window_layers": 28}, 0),
        ({"model_type": "cohere2"}, 0),
    ],
)
def test_how_many_slide_follows_from_the_family(config: dict[str, object], sliding: int) -> None:
    plan = blueprint(MISTRAL | config, WEIGHTS)
    assert (plan.layers, plan.sliding) == (2 - sliding, sliding)


def test_experts_in_one_tensor_are_not_rounded() -> None:
    plan = blueprint(CONFIG, {"model.layers.0.mlp.experts.0.up_proj.weight": tensor(512, 256)})
    assert (plan.matrices, plan.rest) == (0, 512 * 256)


def test_own_window_is_what_the_config_names() -> None:
    assert own_window(CONFIG) == 8192
    assert own_window({"n_ctx": 512}) == 512
    assert own_window({"max_position_embeddings": 10**30}) == 4096
    assert own_window({}, 77) == 77


def test_what_would_fit_is_the_longest_window_of_the_first_precision_that_does() -> None:
    plan = replace(blueprint(CONFIG, WEIGHTS), layers=40, state=20_000)
    whole = need(plan, "bf16", 8192)
    assert affordable(plan, whole.total, ["bf16", "int8"]) == whole
    short = affordable(plan, whole.total - 1, ["bf16", "int8"])
    assert short is not None
    assert (short.precision, short.window) == ("bf16", 4096)
    assert affordable(plan, 1000, ["bf16", "int8"]) is None
    assert longest_window(plan, "bf16", whole.total) == 8192
    assert longest_window(plan, "bf16", 0) == 4096


PHI = CONFIG | {
    "model_type": "phi3", "original_max_position_embeddings": 4096,
    "max_position_embeddings": 131072,
}  # fmt: skip


@pytest.mark.parametrize("names", [("rope_scaling", "type"), ("rope_parameters", "rope_type")])
def test_longrope_has_no_pass_of_our_own(names: tuple[str, str]) -> None:
    outer, inner = names
    plan = blueprint(PHI | {outer: {inner: "longrope"}}, WEIGHTS)
    assert not plan.lean
    assert blueprint(PHI, WEIGHTS).lean
    assert need(plan, "bf16", 1024).states == 2 * need(blueprint(PHI, WEIGHTS), "bf16", 1024).states


def test_longrope_reads_its_original_length_at_once_where_the_window_is_longer() -> None:
    plan = blueprint(PHI | {"rope_scaling": {"type": "longrope"}}, WEIGHTS)
    plain = replace(plan, longrope=0)
    assert need(plan, "bf16", 4096) == need(plain, "bf16", 4096)
    more = need(plan, "bf16", 8192).working - need(plain, "bf16", 8192).working
    assert more > (4097 - 512) * (3 * 512 + 6 * 256) * 4


def test_states_in_sixteen_bits_take_half_as_much() -> None:
    other = blueprint(CONFIG | {"model_type": "olmo2"}, WEIGHTS)
    narrow = replace(other, state_bytes=2)
    for precision in ("bf16", "int8", "int4"):
        assert 2 * need(narrow, precision, 1024).states == need(other, precision, 1024).states
    assert need(narrow, "fp32", 1024).states == need(other, "fp32", 1024).states


def test_what_reads_a_prompt_in_one_pass_computes_all_of_it_at_once() -> None:
    plan = blueprint(CONFIG | {"model_type": "qwen3_next"}, WEIGHTS)
    assert plan.at_once
    less = need(replace(plan, at_once=False), "int8", 4096)
    assert need(plan, "int8", 4096).working - less.working > 3500 * (3 * 512 + 6 * 256) * 4
    assert need(plan, "int8", 512) == need(replace(plan, at_once=False), "int8", 512)
