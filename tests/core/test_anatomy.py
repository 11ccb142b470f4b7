"""What a model is made of follows from its config and the shapes of its weights."""

from typing import Any

import pytest

from desktop_llm.core.anatomy import Mlp, Position, anatomy_of
from desktop_llm.core.model_files import read_model_files
from desktop_llm.core.weight_header import TensorInfo
from desktop_llm.resources import resource

LLAMA = {
    "architectures": ["LlamaForCausalLM"], "num_hidden_layers": 2, "hidden_size": 64,
    "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 128, "vocab_size": 100,
    "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "rope_theta": 1e4, "hidden_act": "silu",
    "tie_word_embeddings": False,
}  # fmt: skip
GPT2 = {
    "architectures": ["GPT2LMHeadModel"], "n_layer": 2, "n_embd": 64, "n_head": 4, "vocab_size": 100,
    "n_positions": 128, "activation_function": "gelu_new",
}  # fmt: skip
MIXTRAL = {
    **LLAMA,
    "architectures": ["MixtralForCausalLM"],
    "num_local_experts": 8,
    "sliding_window": 64,
}


def tensors(shapes: dict[str, tuple[int, ...]]) -> dict[str, TensorInfo]:
    return {name: TensorInfo("F32", shape, 0) for name, shape in shapes.items()}


LLAMA_WEIGHTS = tensors({
    "model.embed_tokens.weight": (100, 64), "model.layers.0.self_attn.q_proj.weight": (64, 64),
    "model.layers.0.mlp.gate_proj.weight": (128, 64), "model.layers.0.mlp.up_proj.weight": (128, 64),
    "model.layers.0.input_layernorm.weight": (64,),
    "model.layers.0.post_attention_layernorm.weight": (64,), "model.norm.weight": (64,),
    "lm_head.weight": (100, 64),
})  # fmt: skip
GPT2_WEIGHTS = tensors({
    "wte.weight": (100, 64), "wpe.weight": (128, 64), "h.0.attn.c_attn.weight": (64, 192),
    "h.0.mlp.c_fc.weight": (64, 256), "h.0.ln_1.weight": (64,), "ln_f.weight": (64,),
})  # fmt: skip


def test_a_llama() -> None:
    found = anatomy_of(LLAMA, LLAMA_WEIGHTS)
    assert (found.architecture, found.layers, found.heads, found.kv_heads) == ("Llama", 2, 4, 2)
    assert (found.head_dim, found.mlp, found.mlp_width) == (16, Mlp.GATED, 128)
    assert (found.position, found.norm, found.context) == (Position.ROTARY, "RMSNorm", 512)
    assert not found.tied
    parts = {part.name: part.parameters for part in found.parts}
    assert parts == {
        "embedding": 6400, "attention": 64 * 64, "mlp": 2 * 128 * 64, "norms": 3 * 64, "head": 6400,
    }  # fmt: skip
    assert found.parameters == sum(tensor.elements for tensor in LLAMA_WEIGHTS.values())


def test_a_gpt2() -> None:
    found = anatomy_of(GPT2, GPT2_WEIGHTS)
    assert (found.position, found.mlp, found.norm) == (Position.LEARNED, Mlp.PLAIN, "LayerNorm")
    assert (found.heads, found.kv_heads, found.mlp_width) == (4, 4, 256)
    assert found.tied
    parts = {part.name: part.parameters for part in found.parts}
    assert parts["embedding"] == 228 * 64
    assert parts["norms"] == 128


def test_experts_and_a_window() -> None:
    found = anatomy_of(MIXTRAL, {})
    assert (found.mlp, found.experts, found.window) == (Mlp.EXPERTS, 8, 64)


@pytest.mark.parametrize(
    "config", [{}, {"num_hidden_layers": "many"}, {"num_attention_heads": 0}, {"hidden_size": 1e99}]
)
def test_a_config_that_says_nothing_is_no_error(config: dict[str, Any]) -> None:
    found = anatomy_of(config, {})
    assert (found.layers, found.heads, found.parts) == (0, 0, ())


def test_the_guide_model() -> None:
    files = read_model_files(resource("guide_model"))
    found = anatomy_of(files.config, files.tensors)
    assert found.parameters == sum(tensor.elements for tensor in files.tensors.values())
    assert all(part.name != "other" for part in found.parts)
