"""How much memory a model will take, told before anything is loaded. Reads headers, allocates nothing."""

from dataclasses import dataclass
from typing import Any

from desktop_llm.core.model_files import ModelFiles
from desktop_llm.engine import devices
from desktop_llm.engine.states import BLOCK

FLOATS = ("F64", "F32", "F16", "BF16")
TABLES = ("embed_tokens.weight", "wte.weight", "word_embeddings.weight", "embed_in.weight")
"""How architectures call the table of tokens, which is never rounded to fewer than 16 bits."""
CHUNK_COPIES = 6
"""Intermediate results of one layer that are held at once while a piece of the prompt is read."""


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes: of the weights, of the keys and values at the whole context, of one step's results."""

    weights: int
    states: int
    working: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.states + self.working


def predict(files: ModelFiles, decoder: Any, precision: str, window: int, chunk: int) -> Need:
    """What a model needs in that precision with a context of `window` tokens read `chunk` at a time.

    `decoder` is transformers' configuration of the part that writes.
    """
    wide = 2 if precision == "bf16" else 4
    held = 2 if precision in devices.QUANTISED else wide
    weights = 0.0
    for name, tensor in files.tensors.items():
        if tensor.dtype not in FLOATS:
            weights += tensor.size
        elif name.endswith(TABLES):
            weights += tensor.elements * held
            if precision in devices.QUANTISED and "lm_head.weight" not in files.tensors:
                weights += tensor.elements * devices.bytes_each(precision)  # the head, rounded
        else:
            rounded = precision if len(tensor.shape) == 2 else "fp32"
            weights += tensor.elements * devices.bytes_each(rounded)
    heads = _number(decoder, "num_key_value_heads", "num_attention_heads", "n_head")
    size = _number(decoder, "head_dim") or (
        _number(decoder, "hidden_size", "n_embd")
        // max(1, _number(decoder, "num_attention_heads", "n_head"))
    )
    layers = _number(decoder, "num_hidden_layers", "n_layer")
    room = min(window, -(-window // BLOCK) * BLOCK)
    inner = max(_number(decoder, "intermediate_size", "n_inner", "ffn_dim"), 4 * heads * size)
    vocabulary = _number(decoder, "vocab_size")
    return Need(
        weights=int(weights),
        states=2 * layers * heads * size * room * wide,
        working=wide * (CHUNK_COPIES * chunk * inner + 4 * vocabulary),
    )


def _number(config: Any, *names: str) -> int:
    """The first of those that the configuration has; 0 where it has none."""
    for name in names:
        value = getattr(config, name, None)
        if isinstance(value, int) and value > 0:
            return value
    return 0
