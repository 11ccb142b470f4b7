"""What a GGUF file says of its rotary embedding, put into transformers' configuration of it.

transformers reads the base of the angles, for some architectures only, and nothing else. The rules
are those of llama.cpp (llama-context.cpp and ggml's rope). Reads numbers that it is given, no file.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from desktop_llm.core.errors import ModelError
from desktop_llm.core.sayings import Saying

DIVIDED = "gguf_divided"
"""The kind of rotary embedding whose frequencies are divided by numbers out of the file."""
FREQUENCIES = "rope_freqs.weight"
"""What each pair's frequency is divided by: Llama 3's scaling as llama.cpp's converter works it out."""
SHORT, LONG = "rope_factors_short.weight", "rope_factors_long.weight"
NUMBERS = (FREQUENCIES, SHORT, LONG)
"""Tensors that hold numbers for the rotary embedding, and no weights."""
NEUTRAL = {"yarn_ext_factor": 1.0, "yarn_attn_factor": 1.0, "yarn_log_multiplier": 0.0}
"""Settings of YaRN that transformers has no like of, and the values with which they change nothing."""
PARTIAL = ("phi3", "stablelm", "nemotron")
"""Families that may turn a part of each head only."""

Numbers = Callable[[str], list[float]]
"""Gives the numbers of a tensor of `NUMBERS`."""


def add_rope(
    config: Any, metadata: Mapping[str, Any], architecture: str, found: set[str], numbers: Numbers,
    path: Path,
) -> None:  # fmt: skip
    """Put the scaling into `config`; `found` says which of `NUMBERS` the file holds.

    Raises ModelError for a scaling that the model would not be computed with.
    """
    if architecture == "gemma4":
        return  # transformers knows the kind of its angles without the file
    own = f"{architecture}.rope."
    said = {key.removeprefix(own): value for key, value in metadata.items() if key.startswith(own)}
    rope = _turning(config)
    if rope and "freq_base" in said:
        rope["rope_theta"] = float(said["freq_base"])
    if config.model_type in PARTIAL and "dimension_count" in said:
        rope["partial_rotary_factor"] = said["dimension_count"] / _head_size(config)
    scaling = _scaling(config, said, found, numbers, path)
    if not scaling:
        return
    if not rope:
        raise _unknown(path, scaling["rope_type"])
    rope.update(scaling)
    own_length = scaling.get("original_max_position_embeddings")
    if own_length and hasattr(config, "original_max_position_embeddings"):
        # Where a family's configuration has that number in another place too, that one counts.
        config.original_max_position_embeddings = own_length


def _turning(config: Any) -> dict[str, Any]:
    """The parameters to be changed: those of whole attention where sliding has its own."""
    rope = getattr(config, "rope_parameters", None) or {}
    found: dict[str, Any] = rope.get("full_attention") or rope
    return found


def _scaling(
    config: Any, said: dict[str, Any], found: set[str], numbers: Numbers, path: Path
) -> dict[str, Any]:
    kind = str(said.get("scaling.type", "linear"))
    factor = float(said.get("scaling.factor") or said.get("scale_linear") or 1.0)
    if SHORT in found and LONG in found:
        return _longrope(config, said, numbers, path)
    if found - {FREQUENCIES}:
        raise _unknown(path, "longrope")
    if kind == "none" or (kind in ("linear", "yarn") and factor == 1.0):
        return _divided(config, numbers(FREQUENCIES), path) if found else {}
    if found or (kind == "linear" and said.get("scaling.attn_factor", 1.0) != 1.0):
        raise _unknown(path, kind)
    if kind == "linear":
        return {"rope_type": "linear", "factor": factor}
    if kind == "yarn" and _is_flat(config):
        return _yarn(config, said, factor, path)
    raise _unknown(path, kind)


def _divided(config: Any, divisors: list[float], path: Path) -> dict[str, Any]:
    whole = len(divisors) * 2 == _head_size(config)
    if not whole or not _is_flat(config) or not all(one > 0 for one in divisors):
        raise _unknown(path, FREQUENCIES)
    return {"rope_type": DIVIDED, "divisors": divisors}


def _yarn(config: Any, said: dict[str, Any], factor: float, path: Path) -> dict[str, Any]:
    for key, value in NEUTRAL.items():
        if said.get(f"scaling.{key}", value) != value:
            raise _unknown(path, key)
    rope = {"rope_type": "yarn", "factor": factor}
    rope["original_max_position_embeddings"] = _own(config, said)
    rope["attention_factor"] = said.get("scaling.attn_factor", 1.0) * (1 + 0.1 * math.log(factor))
    for key in ("beta_fast", "beta_slow"):
        if f"scaling.yarn_{key}" in said:
            rope[key] = said[f"scaling.yarn_{key}"]
    return rope


def _longrope(config: Any, said: dict[str, Any], numbers: Numbers, path: Path) -> dict[str, Any]:
    short, long, own = numbers(SHORT), numbers(LONG), _own(config, said)
    size = int(_head_size(config) * _turning(config).get("partial_rotary_factor", 1.0))
    if not _is_flat(config) or not len(short) == len(long) == size // 2:
        raise _unknown(path, "longrope")
    factor = max(1.0, config.max_position_embeddings / own)
    usual = math.sqrt(1 + math.log(factor) / math.log(own))
    return {
        "rope_type": "longrope", "short_factor": short, "long_factor": long, "factor": factor,
        "original_max_position_embeddings": own,
        "attention_factor": float(said.get("scaling.attn_factor", usual)),
    }  # fmt: skip


def _own(config: Any, said: dict[str, Any]) -> int:
    """How many tokens the model was made for before its angles were scaled."""
    return int(said.get("scaling.original_context_length") or config.max_position_embeddings)


def _is_flat(config: Any) -> bool:
    """Whether all layers share one rotary embedding."""
    return "rope_theta" in (getattr(config, "rope_parameters", None) or {})


def _head_size(config: Any) -> int:
    own = getattr(config, "head_dim", None)
    return int(own or config.hidden_size // config.num_attention_heads)


def _unknown(path: Path, kind: str) -> ModelError:
    return ModelError(
        "{path} cannot be read exactly.",
        Saying(
            "It scales the positions of its tokens in a way that this app does not know ({kind}).",
            kind=kind,
        ),
        "Choose the safetensors version of the same model.",
        path=path,
    )


def _divided_frequencies(
    config: Any, device: torch.device | None = None, seq_len: int | None = None,
    layer_type: str | None = None,
) -> tuple[torch.Tensor, float]:  # fmt: skip
    """The frequencies of `DIVIDED` and the factor of attention, as transformers asks for them."""
    rope = config.rope_parameters
    divisors = torch.tensor(rope["divisors"], dtype=torch.float32, device=device)
    size = 2 * len(divisors)
    places = torch.arange(0, size, 2, dtype=torch.float32, device=device) / size
    return 1.0 / (rope["rope_theta"] ** places) / divisors, 1.0


ROPE_INIT_FUNCTIONS[DIVIDED] = _divided_frequencies
