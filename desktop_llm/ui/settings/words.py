"""The words of settings in the window's language: titles, help with range and unit, choices."""

from typing import Protocol

from PySide6.QtCore import QCoreApplication, QLocale

from desktop_llm.core import settings_tree
from desktop_llm.core.sampling import SAMPLER_ORDER, SamplingSettings, unescaped
from desktop_llm.core.settings_tree import SettingInfo


class Preview(Protocol):
    """Gives the tokens that a text becomes; none where no model is loaded. See `core.ports.Engine`."""

    def __call__(self, text: str, *, biased: bool = False) -> tuple[str, ...]: ...


_SIGNS = str.maketrans({" ": "\u2423", "\n": "\u21b5", "\t": "\u21e5"})


def translated(text: str) -> str:
    """A title or help text of the settings tree."""
    return QCoreApplication.translate("settings", text)


def _tr(text: str) -> str:
    return QCoreApplication.translate("SettingsPage", text)


def help_words(info: SettingInfo) -> str:
    """What a setting does, and from where to where it goes in which unit."""
    described = info.description
    words = translated(described.help)
    low, high = described.minimum, described.maximum
    if low is None or high is None:
        return words
    unit = f" {translated(described.unit)}" if described.unit else ""
    return (
        words
        + " "
        + _tr("{low} to {high}{unit}.").format(low=_plain(low), high=_plain(high), unit=unit)
    )


def order_words() -> str:
    """The sampling steps in the order in which they are taken."""
    titles = [
        translated(settings_tree.find(SamplingSettings, name).description.title)
        for name in SAMPLER_ORDER
    ]
    steps = " \u2192 ".join((*titles, _tr("draw")))
    return _tr("Steps are taken in this order: {steps}. What is off is passed over.").format(
        steps=steps
    )


def token_words(text: str, preview: Preview, *, biased: bool = False) -> str:
    """Each text of a list and the tokens it becomes, spaces as signs for them; "" without any.

    Where the texts are to be `biased`, a number may stand behind each.
    """
    lines = []
    for word in settings_tree.split_words(text):
        meant = unescaped((biased and word.rpartition("=")[0]) or word)
        tokens = preview(meant, biased=biased) if meant else ()
        if tokens:
            shown = "|".join(token.translate(_SIGNS) for token in tokens)
            lines.append(f"{word} \u2192 {shown}")
    return "\n".join(lines)


def _plain(number: float) -> str:
    numbers = QLocale()
    return numbers.toString(int(number)) if number == int(number) else numbers.toString(number)


def choice_words(value: str) -> str:
    """An option's name."""
    known = {
        "auto": _tr("Automatic"), "cpu": "CPU", "cuda": "NVIDIA (CUDA)", "mps": "Apple (MPS)",
        "xpu": "Intel (XPU)", "bf16": "bf16", "fp32": "fp32", "enter": "Enter",
        "ctrl+enter": "Ctrl+Enter", "system": _tr("System"), "light": _tr("Light"),
        "dark": _tr("Dark"), "en": "English", "zh_CN": "简体中文", "allow": _tr("Allow"),
        "warn": _tr("Warn"), "mask": _tr("Mask"), "block": _tr("Block"), "off": _tr("Off"),
        "on": _tr("On"), "text": _tr("Free text"), "json": "JSON", "schema": _tr("JSON of a schema"),
        "regex": _tr("Regular expression"), "choice": _tr("One of some choices"),
        "balanced": _tr("Balanced"), "strict": _tr("Strict"),
    }  # fmt: skip
    return known.get(value, value)
