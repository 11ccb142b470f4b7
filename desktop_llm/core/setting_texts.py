"""The texts in sampling settings, which a person wrote: each handed out, each put back. Looks for nothing."""

import dataclasses
from collections.abc import Callable

from desktop_llm.core.sampling import SamplingSettings

Told = Callable[[str, str], str]
"""Given the place of a text ("adapter", "stop.0") and the text: what is to stand there."""


def with_texts(sampling: SamplingSettings, told: Told) -> SamplingSettings:
    """The settings with what is `told` for each of their texts. An entry of a list that becomes "" goes."""
    changes: dict[str, str | tuple[str, ...]] = {}
    for item in dataclasses.fields(sampling):
        value = getattr(sampling, item.name)
        if isinstance(value, str):
            changes[item.name] = told(item.name, value)
        elif isinstance(value, tuple):
            entries = (_entry(item.name, place, entry, told) for place, entry in enumerate(value))
            changes[item.name] = tuple(filter(None, entries))
    return dataclasses.replace(sampling, **changes)  # type: ignore[arg-type]


def _entry(name: str, place: int, entry: str, told: Told) -> str:
    """A bias keeps its number, without which it could not be read any longer."""
    bias = name == "logit_bias" and "=" in entry
    text, sign, number = entry.rpartition("=") if bias else (entry, "", "")
    text = told(f"{name}.{place}", text)
    return f"{text}{sign}{number}" if text else ""
