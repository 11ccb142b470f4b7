"""What every adapter is, and what they share. Knows no particular guard model."""

from collections.abc import Sequence
from typing import Protocol

from desktop_llm.core.guards import Exchange, Finding, GuardModel, Part, Raw, Verdict
from desktop_llm.core.sayings import Saying

LIKELY = 0.5
"""Probability that the words of an answer must have together: below it the model says something else."""


class Adapter(Protocol):
    """How one family of guard models is asked, and how its answer is read.

    Never takes an answer that cannot be read for SAFE. Raises what the model raises.
    """

    @property
    def name(self) -> str:
        """The family's name, as a person knows it."""

    def judge(self, model: GuardModel, exchange: Exchange) -> Verdict:
        """The model's verdict about the exchange's judged side."""


def fixed(text: str) -> Part:
    """A piece of the format itself."""
    return Part(text)


def written(text: str) -> Part:
    """A piece that a person or a model wrote."""
    return Part(text, written=True)


def followed_by(prompt: Raw, text: str) -> Raw:
    """The prompt and the beginning of the answer."""
    return Raw((*prompt.parts, fixed(text)))


def unknown(*why: Saying, score: float | None = None) -> Verdict:
    """The verdict where nobody can tell; `why` says what the model did instead."""
    return Verdict(Finding.UNKNOWN, score=score, why=why)


def share(probabilities: Sequence[float]) -> float | None:
    """How much of an answer's probability its first word has, the harmful one: in [0, 1].

    None where the model would rather say something else, or gave no numbers at all.
    """
    total = sum(probabilities)
    if not LIKELY <= total <= 1 + 1e-3:  # NaN is refused too: it compares false
        return None
    return min(1.0, max(0.0, probabilities[0] / total))
