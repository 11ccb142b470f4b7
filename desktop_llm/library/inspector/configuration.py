"""config.json: within the ranges of real models, in agreement with the weights, and without code.

transformers builds what a configuration says before it reads a weight: a million layers, or a table
of so many labels, hold it up for minutes. The numbers are those of the largest models in use, with
room above.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from desktop_llm.core.sayings import Saying
from desktop_llm.library.inspector.looking import Looking
from desktop_llm.library.inspector.verdict import RefusedError
from desktop_llm.resources import resource

LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
HIDDEN = ("hidden_size", "n_embd", "d_model")
HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "attention_heads")
POSITIONS = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "n_ctx")
RANGES = {
    **dict.fromkeys(LAYERS, (1, 512)),
    **dict.fromkeys(HIDDEN, (1, 65_536)),
    **dict.fromkeys(HEADS, (1, 1024)),
    **dict.fromkeys(POSITIONS, (1, 2**25)),
    "num_key_value_heads": (1, 1024),
    "vocab_size": (1, 2_000_000),
    "intermediate_size": (1, 2**20),
}
SQUARES_POSITIONS = ("gptj", "gpt_neo", "codegen", "mpt", "gpt_bigcode")
"""Kinds that make a table of positions by positions; theirs are few."""
MOST_SQUARED = 2**17
COUNTED = re.compile(
    r"(?:num|n|max|min|top)_\w+|\w+_(?:size|dim|rank|layers|heads|len|length|width)"
)
MOST_COUNTED = 2**25
OTHER_LAYERS = re.compile(r"\w*layers")
"""`encoder_layers` and the like: other names for what is built one by one."""
MOST_LAYERS = 1024
MOST_LISTED = 65_536
DEEPEST = 8
TEXT_PARTS = ("text_config", "llm_config", "language_config")
KNOWN_KINDS = "model_kinds.txt"
_LAYER = re.compile(r"^(.*?)\.(\d{1,9})\.")
BY_HAND = Saying("A model of this kind does not exist: choose another copy, or another model.")
APART = Saying("The two do not belong together. Download the model again.")


def ranges(looking: Looking) -> None:
    """Every number is one that a model can have."""
    looking.config = looking.json("config.json")
    for where, values in _parts(looking.config, "", 0):
        for key, value in values.items():
            _in_range(f"{where}{key}", key, value)
        _heads_are_shared(values)
    _few_positions(looking.config)


def _parts(values: Mapping[str, Any], where: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > DEEPEST:
        raise RefusedError("It is nested deeper than any real one.", BY_HAND)
    yield where, values
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _parts(value, f"{where}{key}.", depth + 1)


def _in_range(told: str, key: str, value: object) -> None:
    if isinstance(value, list):
        _list_in_range(told, key, value)
    elif isinstance(value, dict):
        return  # looked at by itself
    elif key in RANGES:
        _number_in_range(told, value, *RANGES[key])
    elif type(value) is int and OTHER_LAYERS.fullmatch(key):
        _number_in_range(told, value, -MOST_LAYERS, MOST_LAYERS)
    elif type(value) is int and COUNTED.fullmatch(key) and not -1 <= value <= MOST_COUNTED:
        raise RefusedError(
            "{name} is {value}: no model has so many.", BY_HAND, name=told, value=f"{value:,}"
        )
    elif key in ("num_labels", "num_experts", "num_local_experts", "n_routed_experts"):
        _number_in_range(told, value, -1, MOST_LISTED)


def _number_in_range(told: str | Saying, value: object, least: int, most: int) -> None:
    if value is None or (type(value) in (int, float) and least <= value <= most):  # type: ignore[operator]
        return
    shown = f"{value:,}" if type(value) is int and abs(value) < 10**18 else repr(value)[:40]
    raise RefusedError(
        "{name} is {value}, and a model has from {least} to {most} of it.",
        BY_HAND,
        name=told,
        value=shown,
        least=f"{least:,}",
        most=f"{most:,}",
    )


def _list_in_range(told: str, key: str, values: list[Any]) -> None:
    if len(values) > MOST_LISTED:
        raise RefusedError(
            "{name} lists {number} values.", BY_HAND, name=told, number=f"{len(values):,}"
        )
    for value in values:
        if key in RANGES:
            _number_in_range(told, value, 0, RANGES[key][1])
        # GPT-Neo's [[kinds], times]: written out by transformers, however often it says.
        times = value[1] if isinstance(value, list) and len(value) == 2 else 0
        if type(times) is int and isinstance(value[0] if times else 0, list) and times > 512:
            raise RefusedError(
                "{name} repeats a layer {times} times.", BY_HAND, name=told, times=f"{times:,}"
            )


def _heads_are_shared(values: Mapping[str, Any]) -> None:
    heads, shared = _first(values, HEADS), values.get("num_key_value_heads")
    if type(shared) is int and type(heads) is int and heads % shared:
        raise RefusedError(
            "{shared} key-value heads do not divide {heads} heads.",
            BY_HAND,
            shared=shared,
            heads=heads,
        )


def _few_positions(config: Mapping[str, Any]) -> None:
    positions = _first(config, POSITIONS)
    if config.get("model_type") in SQUARES_POSITIONS and isinstance(positions, int):
        _number_in_range(Saying("The number of positions"), positions, 1, MOST_SQUARED)


def _first(values: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((values[name] for name in names if values.get(name) is not None), None)


def code(looking: Looking) -> None:
    """It asks for no program code, neither its own nor someone else's."""
    config = looking.config or looking.json("config.json")
    looking.look("config.json")
    if config.get("trust_remote_code"):
        raise RefusedError("It asks for its own program code to be trusted; the app runs none.")
    if "auto_map" in config:
        if config.get("model_type") not in known_kinds():
            raise RefusedError(
                "The model brings its own program code, and cannot run without it.",
                Saying("Choose a model of a common architecture, such as Llama, Qwen or Mistral."),
            )
        looking.notes.append(Saying("config.json names program code of its own; it is not run."))
    for key in ("_attn_implementation", "attn_implementation", "_attn_implementation_internal"):
        if "/" in str(config.get(key) or ""):
            raise RefusedError(
                "{key} names program code on the hub ({code}).", key=key, code=repr(config[key])
            )
    named = config.get("transformers_weights")
    if named is not None and not re.fullmatch(r"\w[\w.-]*", str(named)):
        raise RefusedError(
            "transformers_weights points to {name}, another place.", name=repr(str(named))
        )


def known_kinds() -> frozenset[str]:
    """The architectures that transformers knows without a model's own code."""
    return frozenset(resource(KNOWN_KINDS).read_text("utf-8").split())


def agrees_with_weights(looking: Looking) -> None:
    """It speaks of no more layers than there are, and of a width and vocabulary that they have."""
    config = looking.config
    looking.look("config.json")
    if config.get("quantization_config"):
        return  # packed weights have other shapes; the engine refuses those it cannot read
    part = next((config[name] for name in TEXT_PARTS if isinstance(config.get(name), dict)), config)
    layers, found = _first(part, LAYERS), _layers_found(looking)
    if config.get("model_type") == "albert":  # it goes through those it has again and again
        layers = part.get("num_hidden_groups", 1)
    if type(layers) is int and found and layers > found:
        raise RefusedError(
            "It speaks of {layers} layers, and the weights have {found}.",
            APART,
            layers=layers,
            found=found,
        )
    sizes = {extent for tensor in looking.tensors.values() for extent in tensor.shape}
    spoken_of = (
        (Saying("width"), _first(part, HIDDEN)),
        (Saying("vocabulary"), part.get("vocab_size")),
    )
    for extent, value in spoken_of:
        if type(value) is int and sizes and value not in sizes:
            raise RefusedError(
                "It speaks of a {extent} of {value}, and no weight has that size.",
                APART,
                extent=extent,
                value=f"{value:,}",
            )


def _layers_found(looking: Looking) -> int:
    most: dict[str, int] = {}
    for name in looking.tensors:
        match = _LAYER.match(name)
        if match:
            most[match[1]] = max(most.get(match[1], 0), int(match[2]) + 1)
    return max(most.values(), default=0)
