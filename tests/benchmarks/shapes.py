"""Model folders of real shapes for the benchmarks, with random weights and tokenizers made up.

Speed and memory do not depend on the values of the weights, nor on what the tokens mean.
"""

import itertools
import os
import random
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

QWEN, LLAMA, MEDIUM, OPT = "qwen2.5-0.5b", "llama-3.2-1b", "gpt2-medium", "opt-350m"
SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    QWEN: ("qwen2", {
        "vocab_size": 151936, "hidden_size": 896, "intermediate_size": 4864,
        "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2,
        "tie_word_embeddings": True, "max_position_embeddings": 32_768,
    }),
    LLAMA: ("llama", {
        "vocab_size": 128256, "hidden_size": 2048, "intermediate_size": 8192,
        "num_hidden_layers": 16, "num_attention_heads": 32, "num_key_value_heads": 8,
        "head_dim": 64, "tie_word_embeddings": True, "max_position_embeddings": 4096,
    }),
    MEDIUM: ("gpt2", {"n_embd": 1024, "n_layer": 24, "n_head": 16, "n_positions": 1024}),
    OPT: ("opt", {
        "hidden_size": 1024, "ffn_dim": 4096, "num_hidden_layers": 24, "num_attention_heads": 16,
        "word_embed_proj_dim": 512, "do_layer_norm_before": False,
    }),
    "gpt2": ("gpt2", {"n_positions": 1024}),
    "tiny": ("llama", {
        "vocab_size": 512, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 4,
        "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 2048,
    }),
}  # fmt: skip
LEAN = (QWEN, LLAMA)
"""Those that llama.cpp runs beside us."""
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make_folder(name: str, home: Path) -> Path:
    """The folder of a model of that shape in bf16; made where it is not there."""
    folder = home / name
    if (folder / "model.safetensors").exists():
        return folder
    kind, shape = SHAPES[name]
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **shape))
    model = model.to(torch.bfloat16).to_empty(device="cpu")
    model.tie_weights()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(0, 0.02)
    model.save_pretrained(folder)
    return folder


def with_tokenizer(folder: Path) -> Path:
    """The same model with a tokenizer as large as its vocabulary, in a folder beside it."""
    made = folder.with_name(f"{folder.name}-told")
    if not (made / "tokenizer.json").exists():
        made.mkdir(exist_ok=True)
        for name in ("config.json", "model.safetensors"):
            (made / name).unlink(missing_ok=True)
            os.link(folder / name, made / name)
        tokenizer = byte_pairs(SHAPES[folder.name][1]["vocab_size"])
        tokenizer.add_special_tokens(list(SPECIAL))
        whole = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>")
        whole.chat_template = CHATML
        whole.save_pretrained(made)
    return made


def byte_pairs(size: int) -> Tokenizer:
    """A byte-level tokenizer of that many tokens, merged at random from shorter ones."""
    draw = random.Random(1)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    names = [*SPECIAL, *alphabet]
    known, merges = dict(zip(names, itertools.count(), strict=False)), []
    letters = [*"abcdefghijklmnopqrstuvwxyz", "Ġ"]
    growing = list(letters)
    while len(known) < size:
        one, other = draw.choice(growing), draw.choice(letters[:-1])
        if len(one + other) > 12 or one + other in known:
            continue
        known[one + other] = len(known)
        merges.append((one, other))
        growing.append(one + other)
    tokenizer = Tokenizer(models.BPE(vocab=known, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer
