"""What a model is made of, read from its config and the shapes of its weights. Opens no file, knows no torch.

Field names of a config are those of transformers' configuration classes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from desktop_llm.core.memory import NAMES, RECURRENT, is_multi_query
from desktop_llm.core.model_files import architecture_of
from desktop_llm.core.weight_header import TensorInfo


class Position(StrEnum):
    """How a model knows where a token stands."""

    ROTARY = "rotary"
    LEARNED = "learned"
    ALIBI = "alibi"
    RELATIVE = "relative"
    NONE = "none"


class Mlp(StrEnum):
    """GATED multiplies two projections (SwiGLU, GeGLU), EXPERTS has several to choose from."""

    PLAIN = "plain"
    GATED = "gated"
    EXPERTS = "experts"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a model by name ("embedding", "attention", "mlp", "norms", "head", "other")."""

    name: str
    parameters: int


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A model's build. Numbers are 0 where the config does not say.

    `kv_heads` below `heads` is grouped-query attention; `window` limits attention to so many
    tokens in some layers. `tied`: input and output share one table. Recurrent models have no heads,
    and `mlp_width` is 0 where a layer has no MLP (Mamba).
    """

    architecture: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    mlp: Mlp
    mlp_width: int
    experts: int
    activation: str
    norm: str
    position: Position
    vocabulary: int
    context: int
    window: int
    tied: bool
    parts: tuple[Part, ...]

    @property
    def parameters(self) -> int:
        """All of them."""
        return sum(part.parameters for part in self.parts)


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """All that is shown of a model on disk. `files` are names and bytes, the largest first.

    `template` is the chat template that came with it; `source` says where it was fetched from.
    """

    anatomy: Anatomy
    files: tuple[tuple[str, int], ...]
    template: str = ""
    licence: str = ""
    source: str = ""
    hash: str = ""


def anatomy_of(config: Mapping[str, Any], tensors: Mapping[str, TensorInfo]) -> Anatomy:
    """Read a model's build from its config.json and the headers of its weights."""
    text = config.get("text_config")
    inner = {**config, **text} if isinstance(text, dict) else dict(config)
    recurrent = any(name in inner for name in RECURRENT)  # xLSTM calls its memories heads
    heads = 0 if recurrent else _number(inner, *NAMES["heads"])
    hidden = _number(inner, *NAMES["hidden"], "dim")
    tied = bool(inner.get("tie_word_embeddings", True))
    parts = _parts(tensors)
    return Anatomy(
        architecture=architecture_of(dict(config)),
        layers=_number(inner, *NAMES["layers"]),
        hidden=hidden,
        heads=heads,
        kv_heads=_kv_heads(inner, heads),
        head_dim=(_number(inner, "head_dim", "d_kv") or hidden // heads) if heads else 0,
        mlp=_mlp(inner, tensors),
        mlp_width=_mlp_width(inner, hidden, parts),
        experts=_number(inner, "num_local_experts", "num_experts", "n_routed_experts"),
        activation=next((str(inner[name]) for name in _ACTIVATIONS if inner.get(name)), ""),
        norm="RMSNorm" if "rms_norm_eps" in inner or inner.get("model_type") in _RMS else "LayerNorm",
        position=_position(inner, tensors),
        vocabulary=_number(inner, "vocab_size"),
        context=_number(inner, "max_position_embeddings", "n_positions", "max_seq_len", "n_ctx"),
        window=_number(inner, "sliding_window") if inner.get("use_sliding_window", True) else 0,
        tied=tied,
        parts=parts,
    )  # fmt: skip


def _number(config: Mapping[str, Any], *names: str) -> int:
    for name in names:
        value = config.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53:
            return value
    return 0


def _kv_heads(config: Mapping[str, Any], heads: int) -> int:
    named = 1 if is_multi_query(config) else _number(config, *NAMES["kv_heads"])
    return named if heads and named else heads


def _mlp_width(config: Mapping[str, Any], hidden: int, parts: tuple[Part, ...]) -> int:
    if parts and all(part.name != "mlp" for part in parts):
        return 0  # what Mamba calls its intermediate size is of another thing
    return _number(config, *NAMES["inner"]) or 4 * hidden


def _mlp(config: Mapping[str, Any], tensors: Mapping[str, TensorInfo]) -> Mlp:
    if _number(config, "num_local_experts", "num_experts", "n_routed_experts") > 1:
        return Mlp.EXPERTS
    both = (2 * _number(config, *NAMES["inner"]),)
    gated = any(
        _GATE.search(name)
        # Phi-3's gate lies in the same tensor of a GGUF file.
        or (name.endswith(".ffn_up.weight") and tensor.shape[:1] == both)
        for name, tensor in tensors.items()
    )
    return Mlp.GATED if gated else Mlp.PLAIN


def _position(config: Mapping[str, Any], tensors: Mapping[str, TensorInfo]) -> Position:
    if config.get("alibi") or config.get("position_embedding_type") == "alibi":
        return Position.ALIBI
    if any(name in config for name in _ROTARY):
        return Position.ROTARY
    for position, pattern in _TABLES:
        if any(pattern.search(name) for name in tensors):
            return position
    return Position.NONE


_ACTIVATIONS = (
    "hidden_act", "activation_function", "hidden_activation", "dense_act_fn", "activation",
)  # fmt: skip
_RMS = (
    "t5", "mt5", "umt5", "longt5", "switch_transformers", "mamba", "mamba2", "falcon_mamba", "xlstm",
    "lfm2",
)  # fmt: skip
"""Kinds whose norms are RMSNorm, though their configs call its epsilon as that of a LayerNorm."""
_ROTARY = (
    "rope_theta", "rope_parameters", "rope_scaling", "rotary_dim", "rotary_pct", "rotary_emb_base",
)  # fmt: skip
_TABLES = (
    (Position.LEARNED, re.compile(r"wpe\.|position_embeddings\.|embed_positions\.|position_embd\.")),
    (Position.RELATIVE, re.compile(r"relative_attention_bias\.|attn_rel_b\.")),
)  # fmt: skip
_GATE = re.compile(r"gate_proj|gate_up_proj|\.w3\.|ffn_gate|\.wi_[01]\.")
_KINDS = (
    ("head", re.compile(r"(^|\.)(lm_head|embed_out|classifier|score)\b|^(output|head)\.weight|logits_bias")),
    ("norms", re.compile(r"norm|(^|\.)ln_?\w*\.|layernorm", re.I)),
    ("embedding", re.compile(r"embed|embd|wte|wpe|(^|\.)shared\.weight|word_embeddings", re.I)),
    ("mlp", re.compile(r"mlp|ffn|feed_forward|DenseReluDense|experts", re.I)),
    ("attention", re.compile(r"attn|attention|[qkvo]_proj|c_attn|query|key|value", re.I)),
    ("mlp", re.compile(r"fc\d|w[123]\.|intermediate|output\.dense|gate_proj|up_proj|down_proj", re.I)),
)  # fmt: skip


def _parts(tensors: Mapping[str, TensorInfo]) -> tuple[Part, ...]:
    counted = dict.fromkeys(("embedding", "attention", "mlp", "norms", "head", "other"), 0)
    for name, tensor in tensors.items():
        kind = next((kind for kind, pattern in _KINDS if pattern.search(name)), "other")
        counted[kind] += tensor.elements
    return tuple(Part(name, count) for name, count in counted.items() if count)
