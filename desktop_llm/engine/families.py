"""What sets the plain decoder families apart: where their weights lie, and what our pass needs to know.

The facts are those of transformers' modeling_llama, _mistral, _qwen2, _qwen3, _phi3, _smollm3, _gemma,
_gemma2 and _gemma3. Computes nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from desktop_llm.engine.gguf_rope import DIVIDED

GEMMAS = ("gemma", "gemma2", "gemma3_text")
FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "phi3", "smollm3", *GEMMAS)
STEADY_ROPES = ("default", "linear", "llama3", "yarn", DIVIDED)
"""Kinds of rotary embedding whose angles do not depend on how long the text is."""
SILU, GELU = "silu", "gelu_pytorch_tanh"
WHOLE, SLIDING = "full_attention", "sliding_attention"
ONE_ROPE, NO_ROPE = "", "none"
"""Kinds of a layer's rotary embedding in families that do not call them as they call their layers."""

FUSED = {
    "qkv": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "out": ("self_attn.o_proj",),
    "gate_up": ("mlp.gate_proj", "mlp.up_proj"),
    "down": ("mlp.down_proj",),
}
"""The matrices of a layer, and the model's own that each is made of, one below the other."""
FUSED_BEFORE = {"phi3": {"qkv": ("self_attn.qkv_proj",), "gate_up": ("mlp.gate_up_proj",)}}
"""Families whose files hold some of them so already."""
NORMS = {
    "before": "input_layernorm.weight", "between": "post_attention_layernorm.weight",
    "query_norm": "self_attn.q_norm.weight", "key_norm": "self_attn.k_norm.weight",
}  # fmt: skip
"""The vectors of a layer; a family may lack the last two."""
SANDWICH = {
    "between": "pre_feedforward_layernorm.weight",
    "behind_heads": "post_attention_layernorm.weight",
    "behind_mlp": "post_feedforward_layernorm.weight",
}
"""Families that norm what a layer adds have these vectors as well, and call one of the others so."""
VECTORS = (*NORMS, "behind_heads", "behind_mlp")


@dataclass(frozen=True, slots=True)
class Shape:
    """What the pass needs to know of a model. Numbers that stand for nothing are 0, factors 1.

    `reach`: for each layer the tokens that it looks back at most. `stretch`: how much larger scores
    of attention are than usual. `cap` and `last_cap`: what bends large scores of attention and of
    the vocabulary. `gain`: what the embedding is multiplied by. `from_one`: norms hold what is
    added to 1. `ropes`: for each layer the kind of its rotary embedding.
    """

    layers: int
    heads: int
    key_heads: int
    size: int
    epsilon: float
    head_norms: bool
    reach: tuple[int, ...]
    ropes: tuple[str, ...]
    stretch: float = 1.0
    cap: float = 0.0
    last_cap: float = 0.0
    gain: float = 1.0
    from_one: bool = False
    gelu: bool = False


def shape_of(config: Any) -> Shape:
    """The shape of a model of these families."""
    kind, layers = config.model_type, config.num_hidden_layers
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    gemma, newer = kind in GEMMAS, kind in GEMMAS[1:]
    kinds = tuple(config.layer_types) if newer else (WHOLE,) * layers
    return Shape(
        layers=layers,
        heads=config.num_attention_heads,
        key_heads=config.num_key_value_heads,
        size=size,
        epsilon=config.rms_norm_eps,
        head_norms=kind in ("qwen3", "gemma3_text"),
        reach=tuple(config.sliding_window if one == SLIDING else 0 for one in kinds),
        ropes=_ropes(config, kinds),
        stretch=(size / config.query_pre_attn_scalar) ** 0.5 if newer else 1.0,
        cap=(newer and config.attn_logit_softcapping) or 0.0,
        last_cap=(newer and config.final_logit_softcapping) or 0.0,
        gain=config.hidden_size**0.5 if gemma else 1.0,
        from_one=gemma,
        gelu=gemma,
    )


def _ropes(config: Any, kinds: tuple[str, ...]) -> tuple[str, ...]:
    if config.model_type == "gemma3_text":
        return kinds
    turns = getattr(config, "no_rope_layers", None) or [1] * len(kinds)  # 1 where there is one
    return tuple(ONE_ROPE if one else NO_ROPE for one in turns)


def fused(family: str) -> dict[str, tuple[str, ...]]:
    """What the matrices of a family's layers are made of, see `FUSED`."""
    return FUSED | FUSED_BEFORE.get(family, {})


def norms(family: str) -> dict[str, str]:
    """What the vectors of a family's layers are called in its files, see `NORMS`."""
    return NORMS | SANDWICH if family in GEMMAS[1:] else NORMS


def is_lean(config: Any, names: Collection[str], window: int) -> bool:
    """Whether the pass computes exactly what that model does, with all its weights by their names."""
    kind = config.model_type
    if kind not in FAMILIES or "model.norm.weight" not in names:
        return False
    ropes = config.rope_parameters
    if not all(_is_steady(rope) for rope in (ropes.values() if kind == "gemma3_text" else [ropes])):
        return False
    if kind in GEMMAS:
        does = getattr(config, "hidden_activation", None) or getattr(config, "hidden_act", GELU)
        return does == GELU and not getattr(config, "use_bidirectional_attention", None)
    if getattr(config, "hidden_act", SILU) != SILU:
        return False
    sliding = getattr(config, "sliding_window", None)
    kinds = getattr(config, "layer_types", None) or [SLIDING]
    return sliding is None or SLIDING not in kinds or bool(sliding >= window)


def _is_steady(rope: dict[str, Any]) -> bool:
    steady = rope.get("rope_type", "default") in STEADY_ROPES
    return steady and rope.get("partial_rotary_factor") in (None, 1.0)
