"""What a model's own files say of how it wants to be used: sampling, end tokens, context window.

Values outside our ranges are passed over with a log line. Reads configurations, runs no model.
"""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from desktop_llm.core import settings_tree
from desktop_llm.core.errors import ModelError, SettingError
from desktop_llm.core.memory import DEFAULT_WINDOW, UNLIMITED, WINDOW_NAMES, own_window
from desktop_llm.core.model_files import read_json
from desktop_llm.core.sampling import NEUTRAL, SamplingSettings, escaped

GENERATION_CONFIG = "generation_config.json"
TAKEN = {
    "temperature": "temperature", "top_p": "top_p", "top_k": "top_k", "min_p": "min_p",
    "typical_p": "typical_p", "repetition_penalty": "repetition_penalty",
    "no_repeat_ngram_size": "no_repeat_ngram_size", "min_new_tokens": "min_new_tokens",
    "max_new_tokens": "max_new_tokens", "stop_strings": "stop",
}  # fmt: skip
"""What is taken of that file, by transformers' names, and what we call it.

A stranger wrote it: no other setting of ours is its to make, least of all a folder, which may be on
another computer.
"""
END_OF_TURN = (
    "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<end_of_turn>", "<turn|>", "<end_of_utterance>",
    "<|end|>",
)  # fmt: skip
"""Control tokens that end a turn, whatever the model family, as llama.cpp knows them (llama-vocab.cpp).

`<|endoftext|>` is none: some templates put it between turns. Where it ends a reply, it is the eos.
"""
END_OF_PART, PARTED = "<|end|>", ("<|return|>", "<|flush|>")
"""In vocabularies with one of `PARTED` that token ends the thoughts, and the answer comes after it."""

log = logging.getLogger(__name__)


def generation_config(folder: Path) -> dict[str, Any]:
    """The model's generation_config.json; empty where there is none or it is damaged."""
    path = folder / GENERATION_CONFIG
    if not path.is_file():
        return {}
    try:
        return read_json(path)
    except ModelError as error:
        log.warning("The model's own sampling settings are not used: %s", error)
        return {}


def sampling_defaults(generation: dict[str, Any]) -> SamplingSettings:
    """The model's own sampling settings over the neutral ones; `do_sample: false` is temperature 0."""
    result = SamplingSettings()
    for name, own in TAKEN.items():
        value = generation.get(name)
        if own == "stop":
            value = _as_settings_write_them(value)
        if value is None:
            continue
        try:
            result = settings_tree.with_value(result, own, value)
        except SettingError as error:
            log.info("A default of the model is passed over: %s", error)
    if generation.get("do_sample") is False:
        result = settings_tree.with_value(result, "temperature", 0)
    return result.over(NEUTRAL)


def _as_settings_write_them(stops: Any) -> Any:
    """Stop strings of a model's file, where a backslash is one."""
    if isinstance(stops, str):
        stops = [stops]
    if not isinstance(stops, list):
        return stops
    return [escaped(stop) if isinstance(stop, str) else stop for stop in stops]


def end_tokens(*named: Any) -> frozenset[int]:
    """All end-of-text ids out of what the files name: each an id, a list of ids, or None."""
    found: set[int] = set()
    for value in named:
        values: Iterable[Any] = value if isinstance(value, list | tuple) else (value,)
        found.update(v for v in values if isinstance(v, int) and not isinstance(v, bool) and v >= 0)
    return frozenset(found)


def turn_ends(added: Mapping[str, int], template: str) -> frozenset[int]:
    """The ids of the tokens that end a turn by their name and stand in the chat template.

    `added` are the tokens that the tokenizer never cuts, with their ids. Files often name as the end
    only what ends a whole text, and a chat would run on.
    """
    parted = any(name in added for name in PARTED)
    return frozenset(
        added[name]
        for name in END_OF_TURN
        if name in added and name in template and not (parted and name == END_OF_PART)
    )


def context_window(config: Any, tokenizer_limit: float, wanted: int | None) -> int:
    """How many tokens the model reads at once: its own limit, or less where less is asked for.

    `config` is the transformers configuration of the decoder; `tokenizer_limit` counts where the
    configuration names none.
    """
    limit = int(tokenizer_limit) if 0 < tokenizer_limit < UNLIMITED else DEFAULT_WINDOW
    own = own_window({name: getattr(config, name, None) for name in WINDOW_NAMES}, limit)
    return min(own, wanted) if wanted else own
