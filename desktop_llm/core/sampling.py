"""Sampling settings: their ranges, their neutral values, the named presets. Draws no token.

Names are transformers' own (`GenerationConfig`), so that a model's `generation_config.json` maps
one to one. None means: the model's own value, and where it gives none, the neutral one.
"""

import dataclasses
import re
from dataclasses import dataclass
from typing import Any

from desktop_llm.core.errors import SettingError
from desktop_llm.core.settings_tree import setting

ANSWER_FORMATS = ("text", "json", "schema", "regex", "choice")


def check_bias(entry: str) -> None:
    """Raises SettingError unless the entry is a text, an equals sign and a number."""
    if not re.fullmatch(r"(?s).+=[+-]?\d+(\.\d+)?", entry):
        raise SettingError(
            "{entry} is no bias.",
            todo="Each must be a text, = and a number: Paris=2.",
            entry=f"{entry!r}",
        )


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
    repetition_limit: int | None = setting(
        None, "Repetition guard",
        "Ends the reply once it has written the same passage this many times in a row, "
        "a short one oftener. 0 is off.",
        minimum=0, maximum=100, step=1, unit="times", advanced=True,
    )  # fmt: skip
    min_new_tokens: int | None = setting(
        None, "Shortest reply", "The model may not end its reply before this many tokens. 0 is off.",
        minimum=0, maximum=131072, step=16, unit="tokens", advanced=True,
    )  # fmt: skip
    logit_bias: tuple[str, ...] | None = setting(
        None, "Logit bias",
        "Makes the tokens of a text likelier or less likely: Paris=2, however=-5. "
        r"\n is a new line, \t a tab, \\ a backslash; a control token is named as it is: <|im_end|>=-5. "
        "Separate several with commas.",
        advanced=True, preview=True, check=check_bias,
    )  # fmt: skip
    banned_phrases: tuple[str, ...] | None = setting(
        None, "Banned phrases",
        "Never writes any of these texts, in capitals or not. "
        r"\n is a new line, \t a tab, \\ a backslash. Separate them with commas.",
        advanced=True, preview=True,
    )  # fmt: skip
    dynamic_temperature: float | None = setting(
        None, "Dynamic temperature",
        "The temperature goes up by this much where the model is unsure, and down where it is sure. "
        "0 is off.",
        minimum=0, maximum=2, step=0.05, advanced=True,
    )  # fmt: skip
    dynamic_temperature_exponent: float | None = setting(
        None, "Dynamic temperature, curve",
        "How the temperature follows the doubt: 1 evenly, higher only where the model is very unsure.",
        minimum=0.1, maximum=4, step=0.1, advanced=True,
    )  # fmt: skip
    top_n_sigma: float | None = setting(
        None, "Top n-sigma",
        "Draws only from tokens whose score is within this many standard deviations of the best. "
        "0 is off.",
        minimum=0, maximum=10, step=0.1, advanced=True,
    )  # fmt: skip
    xtc_probability: float | None = setting(
        None, "XTC probability",
        "How often the likeliest tokens are left out, so that a less usual one is written. 0 is off.",
        minimum=0, maximum=1, step=0.05, advanced=True,
    )  # fmt: skip
    xtc_threshold: float | None = setting(
        None, "XTC threshold",
        "XTC leaves out all tokens at least this likely but the last of them. Above 0.5 it is off.",
        minimum=0, maximum=1, step=0.01, advanced=True,
    )  # fmt: skip
    dry_multiplier: float | None = setting(
        None, "DRY multiplier",
        "Lowers tokens that would go on repeating a passage written before. 0 is off.",
        minimum=0, maximum=5, step=0.05, advanced=True,
    )  # fmt: skip
    dry_base: float | None = setting(
        None, "DRY base", "How fast that grows with the length of the repeated passage.",
        minimum=1, maximum=4, step=0.05, advanced=True,
    )  # fmt: skip
    dry_allowed_length: int | None = setting(
        None, "DRY allowed length", "Repeated passages shorter than this are left alone.",
        minimum=1, maximum=50, step=1, unit="tokens", advanced=True,
    )  # fmt: skip
    dry_sequence_breakers: tuple[str, ...] | None = setting(
        None, "DRY sequence breakers",
        "A repeated passage ends at any of these texts. "
        r"\n is a new line, \t a tab, \\ a backslash. Separate them with commas.",
        advanced=True, preview=True,
    )  # fmt: skip
    answer_format: str | None = setting(
        None, "Format of the answer",
        "The reply will be of this form: free text, any JSON, JSON of a schema, what a regular "
        "expression matches, or one of some choices.",
        choices=ANSWER_FORMATS, advanced=True,
    )  # fmt: skip
    answer_pattern: str | None = setting(
        None, "Schema, expression or choices",
        "The JSON schema, the regular expression, or the choices, one a line.", advanced=True,
    )  # fmt: skip
    thinking: str | None = setting(
        None, "Thinking", "Whether the model thinks before it answers, where it can be told.",
        choices=("auto", "on", "off"), advanced=True,
    )  # fmt: skip
    adapter: str | None = setting(
        None, "Adapter (LoRA)",
        "A folder with a PEFT adapter for this model; it changes how the model writes.",
        advanced=True, folder=True,
    )  # fmt: skip
    adapter_scale: float | None = setting(
        None, "Adapter's strength", "1 is as it was trained, 0 is off.",
        minimum=0, maximum=4, step=0.05, advanced=True,
    )  # fmt: skip
    seed: int | None = setting(
        None, "Seed",
        "The same seed gives the same reply; only between words that are almost equally likely may "
        "rounding decide. Left empty: a new one for each reply.",
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
        "The reply ends before any of these texts would be written. "
        r"\n is a new line, \t a tab, \\ a backslash. Separate them with commas.",
    )

    def over(self, below: "SamplingSettings") -> "SamplingSettings":
        """These settings where they are given, the ones `below` where they are None."""
        given = {name: value for name, value in self._items() if value is not None}
        return dataclasses.replace(below, **given)

    def _items(self) -> list[tuple[str, Any]]:
        return [(item.name, getattr(self, item.name)) for item in dataclasses.fields(self)]


NOTHING_SET = SamplingSettings()
NEUTRAL = SamplingSettings(
    temperature=1.0, top_p=1.0, top_k=0, min_p=0.0, typical_p=1.0, repetition_penalty=1.0,
    presence_penalty=0.0, frequency_penalty=0.0, no_repeat_ngram_size=0, max_new_tokens=2048,
    stop=(), repetition_limit=6, min_new_tokens=0, logit_bias=(), banned_phrases=(),
    dynamic_temperature=0.0, dynamic_temperature_exponent=1.0, top_n_sigma=0.0,
    xtc_probability=0.0, xtc_threshold=0.1, dry_multiplier=0.0, dry_base=1.75,
    dry_allowed_length=2, dry_sequence_breakers=("\\n", ":", '"', "*"),
    answer_format="text", answer_pattern="", thinking="auto", adapter="", adapter_scale=1.0,
)  # fmt: skip
"""Every sampling step switched off: the model's own distribution, drawn as it is.

What does not draw is as it is for most people: how long a reply may be, and that a loop ends it.
"""

NO_STEPS = frozenset({
    "answer_format", "answer_pattern", "thinking", "adapter", "adapter_scale", "seed",
    "max_new_tokens", "stop", "repetition_limit",
})  # fmt: skip
"""What a reply is to be and where it ends: that stays where the steps are switched off."""


def steps_switched_off() -> dict[str, Any]:
    """The values at which tokens are drawn by the model's own probabilities, as they are."""
    return {name: value for name, value in NEUTRAL._items() if name not in NO_STEPS}


SAMPLER_ORDER = (
    "answer_format", "min_new_tokens", "logit_bias", "banned_phrases", "repetition_penalty", "presence_penalty",
    "frequency_penalty", "no_repeat_ngram_size", "dry_multiplier", "top_n_sigma", "temperature",
    "top_k", "top_p", "min_p", "typical_p", "xtc_probability",
)  # fmt: skip
"""The steps between the model's scores and the draw, in the order in which they are taken."""
DRAWING_STEPS = SAMPLER_ORDER[SAMPLER_ORDER.index("top_n_sigma") :]
"""Those that only change how tokens are drawn: at temperature 0 none of them is taken."""


def split_bias(entry: str) -> tuple[str, float]:
    """The text and the number of one entry of `logit_bias`. Raises ValueError where it is none."""
    text, _, number = entry.rpartition("=")
    return text, float(number)


_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\\": "\\"}


def unescaped(text: str) -> str:
    r"""A text of the settings as it is meant: `\n` is a line break, `\t` a tab, `\\` a backslash."""
    return re.sub(r"\\[nt\\]", lambda found: _ESCAPES[found[0]], text)


def meant(texts: tuple[str, ...] | None) -> tuple[str, ...]:
    """The same for all texts of a setting; none where it says nothing."""
    return tuple(unescaped(text) for text in texts or ())


def escaped(text: str) -> str:
    """A text as the settings write it, so that what looks like an escape in it is none."""
    return text.replace("\\", "\\\\")


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
