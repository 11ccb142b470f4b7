"""Sampling settings: their ranges, their neutral values, the named presets. Draws no token.

Names are transformers' own (`GenerationConfig`), so that a model's `generation_config.json` maps
one to one. None means: the model's own value, and where it gives none, the neutral one.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

from desktop_llm.core.settings_tree import setting


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """What decides how the next token is drawn. Every field may be None: the model's own."""

    temperature: float | None = setting(
        None, "Temperature",
        "Lower is steadier, higher is more varied. At 0 the likeliest token is always taken.",
        minimum=0, maximum=2, step=0.05,
    )  # fmt: skip
    top_p: float | None = setting(
        None, "Top p",
        "Draws only from the likeliest tokens that together have this probability. 1 is off.",
        minimum=0, maximum=1, step=0.01,
    )  # fmt: skip
    top_k: int | None = setting(
        None, "Top k", "Draws only from this many of the likeliest tokens. 0 is off.",
        minimum=0, maximum=1000, step=1, unit="tokens",
    )  # fmt: skip
    min_p: float | None = setting(
        None, "Min p",
        "Leaves out tokens less likely than this share of the likeliest one. 0 is off.",
        minimum=0, maximum=1, step=0.01,
    )  # fmt: skip
    typical_p: float | None = setting(
        None, "Typical p",
        "Prefers tokens about as surprising as the model expects, up to this probability. 1 is off.",
        minimum=0.01, maximum=1, step=0.01,
    )  # fmt: skip
    repetition_penalty: float | None = setting(
        None, "Repetition penalty",
        "Makes tokens that were already used less likely, whatever their number. 1 is off.",
        minimum=0.5, maximum=2, step=0.01,
    )  # fmt: skip
    presence_penalty: float | None = setting(
        None, "Presence penalty",
        "Lowers the score of every token that occurs in the reply so far, once. 0 is off.",
        minimum=-2, maximum=2, step=0.05,
    )  # fmt: skip
    frequency_penalty: float | None = setting(
        None, "Frequency penalty",
        "Lowers the score of a token for each time it occurs in the reply so far. 0 is off.",
        minimum=-2, maximum=2, step=0.05,
    )  # fmt: skip
    no_repeat_ngram_size: int | None = setting(
        None, "No repeated n-grams",
        "Never writes the same run of this many tokens twice. 0 is off.",
        minimum=0, maximum=20, step=1, unit="tokens",
    )  # fmt: skip
    seed: int | None = setting(
        None, "Seed", "The same seed gives the same reply. Left empty: a new one for each reply.",
        minimum=0, maximum=2**32 - 1, step=1,
    )  # fmt: skip
    max_new_tokens: int | None = setting(
        None, "Longest reply",
        "The reply ends after this many tokens, or where the context window is full.",
        minimum=1, maximum=131072, step=64, unit="tokens",
    )  # fmt: skip
    stop: tuple[str, ...] | None = setting(
        None,
        "Stop strings",
        "The reply ends before any of these texts would be written. Separate them with commas.",
    )

    def over(self, below: "SamplingSettings") -> "SamplingSettings":
        """These settings where they are given, the ones `below` where they are None."""
        given = {name: value for name, value in self._items() if value is not None}
        return dataclasses.replace(below, **given)

    def _items(self) -> list[tuple[str, Any]]:
        return [(item.name, getattr(self, item.name)) for item in dataclasses.fields(self)]


NEUTRAL = SamplingSettings(
    temperature=1.0, top_p=1.0, top_k=0, min_p=0.0, typical_p=1.0, repetition_penalty=1.0,
    presence_penalty=0.0, frequency_penalty=0.0, no_repeat_ngram_size=0, max_new_tokens=2048,
    stop=(),
)  # fmt: skip
"""Every sampling step switched off: the model's own distribution, drawn as it is."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Sampling settings and a system prompt under a name. `own` ones were made by the person."""

    name: str
    sampling: SamplingSettings = SamplingSettings()
    system_prompt: str = ""
    own: bool = False


MODELS_OWN = "The model's own"
BUILT_IN_PRESETS = (
    Preset(MODELS_OWN),
    Preset("Precise", SamplingSettings(temperature=0.2, top_p=0.9, top_k=40, min_p=0.0)),
    Preset("Balanced", SamplingSettings(temperature=0.7, top_p=0.95, top_k=40, min_p=0.02)),
    Preset("Creative", SamplingSettings(temperature=1.1, top_p=1.0, top_k=0, min_p=0.05)),
)
