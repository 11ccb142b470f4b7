"""How much memory a model on disk will take, from its headers alone: arithmetic, loads nothing.

Weights in a precision, the states (KV cache) of a context window, and what is computed between
them. Held against the free memory before anything is allocated, so that no load takes the machine
down. `tests/benchmarks/bench_memory.py` holds the numbers against what processes really take.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from desktop_llm.core.fitting import PRECISIONS
from desktop_llm.core.gguf import GgufHeader, is_gguf
from desktop_llm.core.gguf_parts import read_whole
from desktop_llm.core.model_files import read_model_files
from desktop_llm.core.speed import BYTES_EACH

WINDOW_NAMES = (
    "max_position_embeddings", "n_positions", "n_ctx", "max_sequence_length", "max_seq_len",
    "seq_length", "model_max_length", "context_length",
)  # fmt: skip
"""What configurations call the number of tokens that a model reads at once."""
DEFAULT_WINDOW = 4096
"""For models that name no limit (recurrent ones, some with relative positions)."""
UNLIMITED = 10_000_000
"""Larger numbers in a file mean "no limit was set" (transformers writes 1e30)."""
USUAL = 4096
"""Tokens of a context window that a person need not ask for, where the model can read as many."""
CHUNK = 512
"""Tokens of a prompt that are read in one pass. For each, rounded weights are made wide anew: a tenth of
a layer's time at 512. A cancel waits for one layer of our own pass, else for the whole pass."""
RUNTIME = 50_000_000
"""Bytes that torch takes for itself on the first pass: threads, kernels, code read from disk. They are 45
million; where machine code of our own was made 58, of which the working memory of attention, which that code
does not need, makes up for some."""
QUANTISED = ("int8", "int4")
LEAN = (
    "llama", "mistral", "qwen2", "qwen3", "phi3", "smollm3", "gemma", "gemma2", "gemma3_text",
)  # fmt: skip
"""Families with a pass of our own, which computes in 32 bits where weights are rounded."""
OWN_SLIDING = ("gemma2", "gemma3_text")
"""Those of them whose layers slide in that pass. It keeps all of the text for them nevertheless, so
that any of it can be taken back."""
SLIDING = ("mistral", "ministral", "mixtral", "phi3", "phimoe", "starcoder2")
"""Families whose config.json does not list the kinds of layers: where it names a window, all slide.
Where others do not list them, they count as whole, which is never too little."""
SMALLEST = 16_384
"""Matrices with fewer numbers are not rounded."""
FLOATS = ("F64", "F32", "F16", "BF16")
RECURRENT = ("state_size", "ssm_cfg", "qk_dim_factor")
"""Named only where the state does not grow with the text (Mamba, xLSTM)."""

AT_ONCE = frozenset({
    "bailing_hybrid", "bamba", "deepseek_v4", "falcon_h1", "falcon_mamba", "granitemoehybrid", "jamba",
    "kimi_linear", "mamba", "mamba2", "minimax", "nemotron_h", "olmo_hybrid", "qwen3_5", "qwen3_5_moe",
    "qwen3_5_moe_text", "qwen3_5_text", "qwen3_next", "qwen4_exp", "qwen4_exp_text", "recurrent_gemma",
    "rwkv", "xlstm", "zamba", "zamba2", "zaya",
})  # fmt: skip
"""Kinds whose states cannot take up a text in the middle, so that a prompt is read in one pass."""

_TABLE = re.compile(r"embed(?!_out)|embd|wte|wpe|shared\.weight|word_emb|position")
_HEAD = re.compile(r"lm_head|embed_out|(^|\.)output\.weight$")
NAMES = {
    "layers": ("num_hidden_layers", "n_layer", "num_layers", "n_layers", "decoder_layers"),
    "hidden": ("hidden_size", "n_embd", "d_model", "model_dim"),
    "heads": (
        "num_attention_heads",
        "n_head",
        "num_heads",
        "n_heads",
        "attention_heads",
        "decoder_attention_heads",
    ),
    "kv_heads": ("num_key_value_heads", "num_kv_heads", "n_head_kv"),
    "inner": (
        "intermediate_size",
        "n_inner",
        "ffn_dim",
        "ffn_hidden_size",
        "d_ff",
        "decoder_ffn_dim",
    ),
}
"""What configurations call the same numbers, the part that writes before others."""


class Weight(Protocol):
    """One tensor of a file, as its header tells it."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def elements(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes of memory: of the weights, of the states of a full context window, and for computing."""

    precision: str
    window: int
    weights: int
    states: int
    working: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.states + self.working


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What memory follows from, read out of a model's config and headers.

    `layers` keep all tokens of the context, `sliding` ones the last `reach` of them. `longrope`: see
    `longrope_length`. `unfolded`: the numbers that a layer makes of a compressed state while it
    computes, for each token.
    """

    tables: int
    head: int
    matrices: int
    largest: int
    rest: int
    tied: bool
    lean: bool
    layers: int
    sliding: int
    reach: int
    hidden: int
    state: int
    inner: int
    vocabulary: int
    window: int
    longrope: int = 0
    unfolded: int = 0
    state_bytes: int = 4
    """Of a number in the states at least, where our own pass does not compute: 4 where that is faster
    on this processor or where nobody knows, so that too much is told rather than too little, or 2."""
    at_once: bool = False
    """Whether the whole prompt is read in one pass."""
    experts: int = 0
    """Of the rest: the numbers in a mixture's experts, which are never rounded."""

    def is_lean(self, window: int) -> bool:
        """Whether our own pass computes it over so many tokens: it slides in `OWN_SLIDING` only."""
        return self.lean and not (self.sliding and 0 < self.reach < window)

    @property
    def mostly_experts(self) -> bool:
        """Whether the experts are more than half of the weights."""
        return 2 * self.experts > self.parameters

    @property
    def parameters(self) -> int:
        """How many numbers the files hold."""
        return self.tables + self.head + self.matrices + self.rest


def plan_of(path: Path) -> Blueprint:
    """The blueprint of a model on disk. Raises ModelError where it is none."""
    if is_gguf(path):
        header = read_whole(path, arrays=False)
        return blueprint(_gguf_config(header), header.tensors)
    files = read_model_files(path, tokenizer=False)
    return blueprint(files.config, files.tensors)


def blueprint(config: Mapping[str, Any], weights: Mapping[str, Weight]) -> Blueprint:
    """Read a model's `config.json` and the tensors of its files."""
    inner = config.get("text_config")
    config = {**config, **inner} if isinstance(inner, dict) else config
    sorts = {"tables": 0, "head": 0, "matrices": 0, "rest": 0}
    largest = 0
    for name, weight in weights.items():
        sorts[_sort(name, weight)] += weight.elements
        if _sort(name, weight) == "matrices":
            largest = max(largest, weight.elements)
    hidden = _number(config, "hidden", 0)
    return Blueprint(
        **sorts,
        largest=largest,
        tied=not sorts["head"],
        lean=config.get("model_type") in LEAN and not longrope_length(config),
        **_layers(config),
        hidden=hidden,
        state=_state(config, hidden),
        inner=_number(config, "inner", 4 * hidden),
        vocabulary=_whole(config.get("vocab_size")) or 0,
        window=own_window(config),
        longrope=longrope_length(config),
        unfolded=_unfolded(config),
        at_once=config.get("model_type") in AT_ONCE,
        experts=sum(one.elements for name, one in weights.items() if is_expert(name, one)),
    )


def longrope_length(config: Mapping[str, Any]) -> int:
    """The tokens up to which longrope turns a text by other angles than a longer one; 0 where there
    is none. Our own pass has none."""
    for name in ("rope_parameters", "rope_scaling"):
        rope = config.get(name)
        if isinstance(rope, dict) and "longrope" in (rope.get("rope_type"), rope.get("type")):
            key = "original_max_position_embeddings"
            return _whole(config.get(key)) or _whole(rope.get(key)) or own_window(config)
    return 0


def is_expert(name: str, weight: Weight) -> bool:
    """Whether a tensor is of a mixture's experts. transformers holds those of a layer in one tensor
    of three dimensions, however they stand in the files; no other large tensor has three."""
    return ".experts." in name or (len(weight.shape) == 3 and weight.elements >= SMALLEST)


def share_of_experts(config: Mapping[str, Any]) -> float:
    """The part of a mixture's experts that is read for a token; 1 where its config does not say."""
    all_names = ("num_experts", "num_local_experts", "n_routed_experts")
    count = next((found for name in all_names if (found := _whole(config.get(name)))), None)
    read = _whole(config.get("num_experts_per_tok"))
    return read / count if read and count and read < count else 1.0


def _sort(name: str, weight: Weight) -> str:
    if _HEAD.search(name):
        return "head"
    if len(weight.shape) != 2 or weight.elements < SMALLEST or is_expert(name, weight):
        return "rest"
    return "tables" if _TABLE.search(name) else "matrices"


def _layers(config: Mapping[str, Any]) -> dict[str, int]:
    """How many layers keep keys and values, of the whole text and of its end."""
    count, kinds = _number(config, "layers", 0), config.get("layer_types")
    reach = _whole(config.get("sliding_window")) or 0
    if isinstance(kinds, list):
        sliding = sum("sliding" in str(kind) for kind in kinds)
        whole = sum(str(kind) in ("full_attention", "attention") for kind in kinds)
    else:
        sliding = _sliding(config, count) if reach else 0
        whole = count - sliding
    if config.get("model_type") in OWN_SLIDING:
        return {"layers": whole + sliding, "sliding": 0, "reach": 0}
    return {"layers": whole, "sliding": sliding, "reach": reach}


def _sliding(config: Mapping[str, Any], count: int) -> int:
    """How many of so many layers slide, where the configuration does not list their kinds."""
    kind, wanted = config.get("model_type"), config.get("use_sliding_window")
    if kind in ("qwen2", "qwen3"):
        first = config.get("max_window_layers")
        return max(0, count - first) if wanted and isinstance(first, int) else 0
    return count if kind in SLIDING and wanted is not False else 0


def _state(config: Mapping[str, Any], hidden: int) -> int:
    """Numbers that one layer keeps of one token: its keys and values."""
    heads = _number(config, "heads", 0)
    if not heads or any(name in config for name in RECURRENT):
        return 0
    if compressed := _whole(config.get("kv_lora_rank")):
        # One head for all of them, and the part of the keys that is turned (DeepSeek, MiniCPM3).
        return compressed + (_whole(config.get("qk_rope_head_dim")) or 0)
    kv_heads = 1 if is_multi_query(config) else _number(config, "kv_heads", heads)
    size = _whole(config.get("head_dim") or config.get("d_kv")) or hidden // heads
    return 2 * kv_heads * size


def is_multi_query(config: Mapping[str, Any]) -> bool:
    """Whether all heads share one set of keys and values, whatever number of them is named (Falcon-7B,
    StarCoder). Falcon's newer architecture goes by that number and not by the word."""
    return bool(config.get("multi_query") and not config.get("new_decoder_architecture"))


def _unfolded(config: Mapping[str, Any]) -> int:
    """Numbers that a layer makes of a compressed state: plain keys with values, and whole keys."""
    if not _whole(config.get("kv_lora_rank")):
        return 0
    names = ("qk_nope_head_dim", "v_head_dim", "qk_rope_head_dim")
    plain, value, turned = (_whole(config.get(name)) or 0 for name in names)
    return _number(config, "heads", 0) * (plain + value + plain + turned)


def _gguf_config(header: GgufHeader) -> dict[str, Any]:
    """What a GGUF's keys say, under the names of a config.json."""
    names = {
        "num_hidden_layers": "block_count", "hidden_size": "embedding_length",
        "num_attention_heads": "attention.head_count", "head_dim": "attention.key_length",
        "num_key_value_heads": "attention.head_count_kv", "vocab_size": "vocab_size",
        "intermediate_size": "feed_forward_length", "max_position_embeddings": "context_length",
    }  # fmt: skip
    kind = header.architecture
    config = {name: header.metadata.get(f"{kind}.{key}") for name, key in names.items()}
    config["vocab_size"] = config["vocab_size"] or header.metadata.get("tokenizer.ggml.tokens")
    if kind in SLIDING:
        config["sliding_window"] = header.metadata.get(f"{kind}.attention.sliding_window")
    return {"model_type": kind} | {name: value for name, value in config.items() if value}


def own_window(config: Mapping[str, Any], otherwise: int = DEFAULT_WINDOW) -> int:
    """How many tokens a model reads at once, as its config says; `otherwise` where it names none."""
    for name in WINDOW_NAMES:
        value = _whole(config.get(name))
        if value and value < UNLIMITED:
            return value
    return otherwise


def need(plan: Blueprint, precision: str, window: int) -> Need:
    """The memory of that model in that precision with a context window of so many tokens."""
    lean = plan.is_lean(window)
    narrow = precision == "bf16" or (precision in QUANTISED and not lean)
    computing = 2 if narrow else 4
    weights = plan.matrices * BYTES_EACH[precision] + _unrounded(plan, precision, lean)
    # Other families may keep the states of whole layers in 32 bits on the processor
    # (engine/step.py), but not compressed ones.
    kept = computing if lean or plan.unfolded else max(computing, plan.state_bytes)
    # A layer that reaches over the whole window is kept as those that look at all of it.
    slides = 0 < plan.reach < window
    reach = plan.reach if slides else window
    sliding = plan.sliding * reach * (computing if slides else kept)
    states = (plan.layers * window * kept + sliding) * plan.state
    return Need(precision, window, round(weights), states, _working(plan, precision, window))


def _unrounded(plan: Blueprint, precision: str, lean: bool) -> float:
    """Bytes of what stands before and behind the layers, and of all that is no matrix."""
    if precision not in QUANTISED:
        return (plan.tables + plan.head + plan.rest) * BYTES_EACH[precision]
    byte = BYTES_EACH["int8"]
    head = (plan.vocabulary * plan.hidden if plan.tied else plan.head) * byte
    if not lean:
        return head + (plan.tables + plan.rest) * 2
    # Our own pass rounds the table too. Where it is the head as well, it stays in the file that
    # rounded weights are kept in, and only the rows of the text's tokens are read.
    return head + (0 if plan.tied else plan.tables) * byte + plan.rest * 4


def _working(plan: Blueprint, precision: str, window: int) -> int:
    """What a chunk of the prompt needs between the layers, the scores, and torch itself."""
    rows, size = min(CHUNK, window), 2 if precision == "bf16" else 4
    mask = 4 * rows * window * size
    if plan.at_once:  # without a mask: nothing is there before it
        rows = window
    if 0 < plan.longrope < window:  # the first tokens are read in one pass, see engine/cache.py
        rows = plan.longrope + 1
        mask = max(mask, 4 * rows * rows * size)
    between = (rows * (3 * plan.inner + 6 * plan.hidden) + window * plan.unfolded) * size
    scores = 4 * plan.vocabulary * 4
    return RUNTIME + between + mask + scores + plan.largest * 4


def needs(plan: Blueprint) -> tuple[Need, ...]:
    """The memory in each precision that is offered, with a usual context window."""
    window = min(plan.window, USUAL)
    return tuple(need(plan, precision, window) for precision in PRECISIONS)


def affordable(plan: Blueprint, free: int, precisions: Iterable[str]) -> Need | None:
    """The first of the precisions that fits, with the longest context window that does."""
    for precision in precisions:
        for window in _windows(plan.window):
            found = need(plan, precision, window)
            if found.total <= free:
                return found
    return None


def longest_window(plan: Blueprint, precision: str, free: int) -> int:
    """The most tokens of context whose states still fit; at least `USUAL` or what the model reads."""
    usual = min(plan.window, USUAL)
    return next(
        (w for w in _windows(plan.window) if w > usual and need(plan, precision, w).total <= free),
        usual,
    )


def _windows(most: int) -> list[int]:
    """Context windows worth offering, the longest first."""
    powers = [2**power for power in range(24, 8, -1)]
    return [most, *(window for window in powers if window < most)]


def _number(config: Mapping[str, Any], what: str, otherwise: int) -> int:
    for name in NAMES[what]:
        value = _whole(config.get(name))
        if value:
            return value
    return otherwise


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
