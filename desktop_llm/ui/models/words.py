"""Models in words, in the window's language: sizes, fits, speeds, kinds, languages. No widgets."""

from PySide6.QtCore import QCoreApplication, QLocale

from desktop_llm.core.catalogue import CatalogueModel, Kind
from desktop_llm.core.fitting import Estimate, Fit

FEW = 4
"""Up to so many languages are named; more are counted."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)


def data_size(size: float) -> str:
    """Bytes as people say them, in powers of a thousand as disks are sold."""
    for unit, digits in (("B", 0), ("kB", 0), ("MB", 0)):
        if size < 1000:
            return f"{number(size, digits)} {unit}"
        size /= 1000
    return f"{number(size, 1)} GB"


def number(value: float, digits: int = 0) -> str:
    """A number as it is written in this language."""
    return QLocale().toString(float(value), "f", digits)


def parameters(count: int) -> str:
    """How many numbers a model has: "135 M", "7.6 B"."""
    if count < 1e6:
        return f"{number(count / 1e3)} k"
    millions = count / 1e6
    if millions < 1000:
        return f"{number(millions, 0 if millions >= 10 else 1)} M"
    return f"{number(millions / 1000, 1)} B"


def kind(value: Kind) -> str:
    """What a model is for."""
    return {
        Kind.CHAT: _tr("Chat"), Kind.CODER: _tr("Code"), Kind.BASE: _tr("Text completion"),
        Kind.GUARD: _tr("Guard"), Kind.CLASSIFIER: _tr("Classifier"),
        Kind.EMBEDDING: _tr("Embedding"),
    }[value]  # fmt: skip


def fit(value: Fit) -> str:
    """Whether it fits this computer."""
    return {
        Fit.FITS: _tr("Fits"), Fit.TIGHT: _tr("Little room"), Fit.TOO_LARGE: _tr("Too large now"),
    }[value]  # fmt: skip


def fit_color(value: Fit) -> str:
    """The token that goes with it."""
    return {Fit.FITS: "good", Fit.TIGHT: "warn", Fit.TOO_LARGE: "bad"}[value]


def pace(estimate: Estimate) -> str:
    """About how fast it writes; "" where that is not known, or it writes nothing."""
    speed = estimate.tokens_per_s
    if not speed:
        return ""
    return _tr("about {number} tokens/s").format(number=number(speed, 0 if speed >= 3 else 1))


def seconds(value: float) -> str:
    """A duration, as exact as one cares for."""
    if value < 90:
        return _tr("{number} s").format(number=number(value))
    if value < 5400:
        return _tr("{number} min").format(number=number(value / 60))
    return _tr("{number} h").format(number=number(value / 3600, 1))


def languages(model: CatalogueModel) -> str:
    """The languages that a model's card names."""
    codes = [code for code in model.languages if code != "mul"]
    if "mul" in model.languages:
        return _tr("more than 100 languages")
    if len(codes) > FEW:
        return _tr("{number} languages").format(number=len(codes))
    return ", ".join(language(code) for code in codes)


def fact(name: str) -> str:
    """A fact of the catalogue, as the line of what was not verified names it."""
    return {
        "good_at": _tr("what it is good at"), "languages": _tr("languages"),
        "licence": _tr("licence"), "gated": _tr("whether terms are to be accepted"),
        "parameters": _tr("number of parameters"), "stored": _tr("size of the files"),
        "shape": _tr("architecture"), "context": _tr("how much it reads"),
        "revision": _tr("revision"),
    }[name]  # fmt: skip


def language(code: str) -> str:
    """A language's name, in itself where that is not the window's own: "Deutsch"."""
    return QLocale(code).nativeLanguageName().split(" (")[0] or code
