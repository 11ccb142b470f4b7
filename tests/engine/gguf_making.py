"""Writes a tiny transformers model as a GGUF file, as llama.cpp's converter does."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from tiny_models import CHATML
from transformers import AutoTokenizer
from transformers.models.auto.modeling_auto import AutoModelForCausalLM


def write_gguf(folder: Path, path: Path, kind: str = "F32", template: str | None = CHATML) -> Path:
    """The model of a folder as a file, its matrices in ggml's type of that name."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    config, arch = model.config, model.config.model_type
    writer = gguf.GGUFWriter(path, arch)
    _settings(writer, config, arch)
    _tokenizer(writer, folder, arch, template)
    names = gguf.get_tensor_name_map(
        next(k for k, v in gguf.MODEL_ARCH_NAMES.items() if v == arch), config.num_hidden_layers
    )
    for name, weight in model.state_dict().items():
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
    return path


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
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)


def _tokenizer(writer: gguf.GGUFWriter, folder: Path, arch: str, template: str | None) -> None:
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
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(
        [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]
    )
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_add_bos_token(False)
    if template:
        writer.add_chat_template(template)


def _as_ggml(name: str, array: np.ndarray, config: Any, arch: str) -> np.ndarray:
    if arch == "llama" and name.endswith(("q_proj.weight", "k_proj.weight")):
        heads = config.num_attention_heads if "q_proj" in name else config.num_key_value_heads
        split = array.reshape(heads, 2, array.shape[0] // heads // 2, *array.shape[1:])
        return np.ascontiguousarray(split.swapaxes(1, 2).reshape(array.shape))
    if arch == "gpt2" and array.ndim == 2 and ("attn.c" in name or "mlp.c" in name):
        return np.ascontiguousarray(array.T)
    return array
