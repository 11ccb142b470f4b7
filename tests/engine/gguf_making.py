"""Writes a tiny transformers model as a GGUF file, as llama.cpp's converter does."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from tiny_models import CHATML
from transformers import AutoTokenizer
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

ARCHITECTURES = {
    "gemma3_text": "gemma3", "mixtral": "llama", "qwen2_moe": "qwen2moe", "qwen3_moe": "qwen3moe",
}  # fmt: skip
"""llama.cpp's names of those that transformers calls otherwise."""
EPSILONS = ("layer_norm_eps", "norm_epsilon", "norm_eps")


def write_gguf(
    folder: Path, path: Path, kind: str = "F32", template: str | None = CHATML,
    more: dict[str, np.ndarray] | None = None, settings: dict[str, float] | None = None,
    ends: dict[str, int | list[int]] | None = None, cut: int = 0, first_empty: bool = False,
    way: str = "gpt-2", words: str = "gpt2", begins: bool | None = False,
) -> Path:  # fmt: skip
    """The model of a folder as a file, its matrices in ggml's type of that name.

    `more` are other tensors to be put into it, `settings` keys behind the architecture, and `ends`
    keys of the tokenizer. With `cut` it is in parts of so many tensors; the first is returned. `way` is
    llama.cpp's word for how texts are cut; "" says nothing, as files of old; `words` is its word for
    the kind of vocabulary, and `begins` whether texts begin with a token; None says nothing.
    """
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    config = model.config
    arch = ARCHITECTURES.get(config.model_type, config.model_type)
    writer = gguf.GGUFWriter(path, arch, split_max_tensors=cut, small_first_shard=first_empty)
    _settings(writer, config, arch)
    for key, value in (settings or {}).items():
        writer.add_float32(f"{arch}.{key}", value)
    _tokenizer(writer, folder, template, way, words)
    if begins is not None:
        writer.add_add_bos_token(begins)
    for key, ids in (ends or {}).items():
        put = writer.add_array if isinstance(ids, list) else writer.add_uint32
        put(f"tokenizer.ggml.{key}", ids)
    names = gguf.get_tensor_name_map(
        next(k for k, v in gguf.MODEL_ARCH_NAMES.items() if v == arch), config.num_hidden_layers
    )
    for name, array in (rope_numbers(config) | (more or {})).items():
        writer.add_tensor(name, array)
    for name, weight in _parted(model.state_dict()):
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        array = _as_ggml(name, weight.numpy(), config, arch)
        base, _, ending = name.rpartition(".")
        found = names.get_name(base)
        if found is None:
            continue  # buffers, such as GPT-2's mask
        wanted = gguf.GGMLQuantizationType[
            kind if array.ndim == 2 and array.shape[1] % 32 == 0 else "F32"
        ]
        writer.add_tensor(
            f"{found}.{ending}", gguf.quants.quantize(array, wanted), raw_dtype=wanted
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return min(path.parent.glob(f"{path.stem}-00001-of-*.gguf")) if cut else path


def _settings(writer: gguf.GGUFWriter, config: Any, arch: str) -> None:
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)
    writer.add_vocab_size(config.vocab_size)
    if arch == "gpt2":
        writer.add_feed_forward_length(4 * config.n_embd)
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
        return
    if arch == "phi3":
        writer.add_pad_token_id(0)  # else one that a tiny vocabulary has not
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count_kv(config.num_key_value_heads)
    if hasattr(config, "rms_norm_eps"):
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    else:
        writer.add_layer_norm_eps(next(getattr(config, n) for n in EPSILONS if hasattr(config, n)))
    rope = config.rope_parameters.get("full_attention", config.rope_parameters)
    writer.add_rope_freq_base(rope["rope_theta"])
    _rope_settings(writer, rope)
    size = config.hidden_size // config.num_attention_heads
    writer.add_rope_dimension_count(int(size * rope.get("partial_rotary_factor", 1.0)))
    if arch in ("gemma2", "gemma3", "qwen3moe"):
        writer.add_key_length(config.head_dim)
    if arch in ("gemma2", "gemma3", "phi3"):
        writer.add_sliding_window(config.sliding_window or 0)
    if arch == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    experts = getattr(config, "num_experts", None) or getattr(config, "num_local_experts", 0)
    if experts:
        writer.add_expert_count(experts)
        writer.add_expert_used_count(config.num_experts_per_tok)
        if hasattr(config, "moe_intermediate_size"):
            writer.add_expert_feed_forward_length(config.moe_intermediate_size)


def _parted(weights: dict[str, torch.Tensor]) -> Iterator[tuple[str, torch.Tensor]]:
    """The weights, those of experts in three parts as they lie in the file."""
    for name, weight in weights.items():
        base, _, ending = name.rpartition(".")
        if ending == "gate_up_proj":
            for kind, part in zip(("gate", "up"), weight.chunk(2, dim=1), strict=True):
                yield f"{base}.{kind}_proj.weight", part.contiguous()
        else:
            yield (f"{name}.weight" if ending == "down_proj" else name), weight


def _rope_settings(writer: gguf.GGUFWriter, rope: dict[str, Any]) -> None:
    kind = rope.get("rope_type")
    if kind not in ("linear", "yarn", "longrope"):
        return
    writer.add_rope_scaling_type(gguf.RopeScalingType(kind))
    if kind != "longrope":
        writer.add_rope_scaling_factor(rope["factor"])
    if kind != "linear":
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    if "beta_fast" in rope:
        writer.add_rope_scaling_yarn_beta_fast(rope["beta_fast"])


def rope_numbers(config: Any) -> dict[str, np.ndarray]:
    """The tensors of the rotary embedding, as `generate_extra_tensors` of the converter makes them."""
    rope = getattr(config, "rope_parameters", None) or {}
    if rope.get("rope_type") == "longrope":
        return {
            f"rope_factors_{kind}.weight": np.array(rope[f"{kind}_factor"], dtype=np.float32)
            for kind in ("short", "long")
        }
    if rope.get("rope_type") != "llama3":
        return {}
    low, high, factor = rope["low_freq_factor"], rope["high_freq_factor"], rope["factor"]
    old, divisors = rope["original_max_position_embeddings"], []
    for place in range(0, config.head_dim, 2):
        wave = 2 * math.pi * rope["rope_theta"] ** (place / config.head_dim)
        if wave < old / high:
            divisors.append(1.0)
        elif wave > old / low:
            divisors.append(factor)
        else:
            smooth = (old / wave - low) / (high - low)
            divisors.append(1 / ((1 - smooth) / factor + smooth))
    return {"rope_freqs.weight": np.array(divisors, dtype=np.float32)}


def _tokenizer(
    writer: gguf.GGUFWriter, folder: Path, template: str | None, way: str, words: str
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    added = tokenizer.get_added_vocab()
    special = set(tokenizer.all_special_tokens)
    tokens = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().__getitem__)
    kinds = gguf.TokenType
    types = [
        kinds.NORMAL if t not in added else kinds.CONTROL if t in special else kinds.USER_DEFINED
        for t in tokens
    ]
    state = tokenizer.backend_tokenizer.model
    import json

    merges = json.loads(tokenizer.backend_tokenizer.to_str())["model"]["merges"]
    assert state is not None
    writer.add_tokenizer_model(words)
    if way:
        writer.add_tokenizer_pre(way)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(
        [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]
    )
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    if template:
        writer.add_chat_template(template)


def _as_ggml(name: str, array: np.ndarray, config: Any, arch: str) -> np.ndarray:
    if arch == "llama" and name.endswith(("q_proj.weight", "k_proj.weight")):
        heads = config.num_attention_heads if "q_proj" in name else config.num_key_value_heads
        split = array.reshape(heads, 2, array.shape[0] // heads // 2, *array.shape[1:])
        return np.ascontiguousarray(split.swapaxes(1, 2).reshape(array.shape))
    if arch == "gpt2" and array.ndim == 2 and ("attn.c" in name or "mlp.c" in name):
        return np.ascontiguousarray(array.T)
    if arch in ("gemma2", "gemma3", "nemotron") and name.endswith("norm.weight"):
        return array + 1
    if name.endswith("shared_expert_gate.weight"):
        return array[0]
    return array
