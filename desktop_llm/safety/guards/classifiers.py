"""Text-classification models: a probability for every label, over windows of the text. Loads no model.

What a label means is never guessed: known models have a table here, for all others a person says it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from desktop_llm.core.guards import (
    Exchange,
    Finding,
    GuardFacts,
    GuardModel,
    LabelMapping,
    Verdict,
)
from desktop_llm.core.sayings import Saying
from desktop_llm.safety.guards import categories as app
from desktop_llm.safety.guards.adapter import unknown

MAX_LENGTH, STRIDE = 512, 256


@dataclass(frozen=True, slots=True)
class Classifier:
    """`categories` pairs labels with the app's categories; the others mean nothing here.

    `several`: sigmoid, a probability for each label; else softmax. Windows are `max_length` tokens
    long and begin `stride` apart; the worst one counts. `prompts_only`: says nothing about replies.
    """

    name: str
    categories: tuple[tuple[str, str], ...]
    several: bool
    threshold: float = 0.5
    max_length: int = MAX_LENGTH
    stride: int = STRIDE
    prompts_only: bool = False

    def judge(self, model: GuardModel, exchange: Exchange) -> Verdict:
        """The worst window's probabilities, by category."""
        if self.prompts_only and exchange.reply is not None:
            return Verdict(Finding.SAFE)
        rows = model.classify(exchange.text, self.max_length, self.stride)
        return self.read(model.facts.labels, rows)

    def read(self, labels: Sequence[str], rows: Sequence[Sequence[float]]) -> Verdict:
        """Raw scores, a row a window and a column a label, as a verdict."""
        if not rows or any(len(row) != len(labels) for row in rows):
            return unknown(Saying("{name} gave no score for every label.", name=self.name))
        squash = _sigmoids if self.several else _softmax
        windows = [squash(row) for row in rows]
        worst: dict[str, float] = {}
        for label, category in self.categories:
            if label not in labels:
                why = Saying("{name} has no label {label}.", name=self.name, label=label)
                return unknown(why)
            column = labels.index(label)
            highest = max(window[column] for window in windows)
            worst[category] = max(worst.get(category, 0.0), highest)
        return self._verdict(worst, [number for window in windows for number in window])

    def _verdict(self, worst: dict[str, float], numbers: Sequence[float]) -> Verdict:
        if not worst or not all(math.isfinite(number) for number in numbers):
            return unknown(Saying("{name} gave no numbers.", name=self.name))
        order = sorted(worst, key=lambda category: -worst[category])
        over = tuple(category for category in order if worst[category] >= self.threshold)
        finding = Finding.UNSAFE if over else Finding.SAFE
        return Verdict(finding, over, worst[order[0]])


def _softmax(scores: Sequence[float]) -> list[float]:
    if not all(math.isfinite(score) for score in scores):
        return [math.nan] * len(scores)
    most = max(scores)
    powers = [math.exp(score - most) for score in scores]
    return [power / sum(powers) for power in powers]


def _sigmoids(scores: Sequence[float]) -> list[float]:
    return [
        1 / (1 + math.exp(-max(-700.0, min(700.0, score)))) if math.isfinite(score) else math.nan
        for score in scores
    ]


HAP = Classifier("Granite Guardian HAP", (("LABEL_1", app.HATE),), several=False)
PROMPT_GUARD = Classifier(
    "Prompt Guard 2", (("LABEL_1", app.HARM),), several=False, prompts_only=True
)
PROMPT_GUARD_NAMED = Classifier(
    "Prompt Guard 2", (("MALICIOUS", app.HARM),), several=False, prompts_only=True
)
TOXIC_BERT = Classifier(
    "Toxic BERT",
    (
        ("toxic", app.HARM), ("severe_toxic", app.HATE), ("obscene", app.PROFANITY),
        ("threat", app.VIOLENCE), ("insult", app.HATE), ("identity_hate", app.HATE),
    ),
    several=True,
)  # fmt: skip
UNBIASED_TOXIC = Classifier(
    "Unbiased toxic RoBERTa",
    (
        ("toxicity", app.HARM), ("severe_toxicity", app.HATE), ("obscene", app.PROFANITY),
        ("identity_attack", app.HATE), ("insult", app.HATE), ("threat", app.VIOLENCE),
        ("sexual_explicit", app.SEXUAL),
    ),
    several=True,
)  # fmt: skip
MULTILINGUAL_TOXIC = Classifier("Multilingual toxic XLM-R", (("toxic", app.HARM),), several=True)
KNOWN = (
    ("granite-guardian-hap", HAP),
    ("prompt-guard", PROMPT_GUARD),
    ("prompt-guard", PROMPT_GUARD_NAMED),
    ("", TOXIC_BERT),
    ("", UNBIASED_TOXIC),
    ("toxic-xlm-roberta", MULTILINGUAL_TOXIC),
)
"""A part of the folder's name ("" where the labels alone are unmistakable), and how it is read."""


def known_classifier(facts: GuardFacts) -> Classifier | None:
    """How a model that this app knows is read; None for every other."""
    name, labels = facts.name.lower(), set(facts.labels)
    for part, classifier in KNOWN:
        if part in name and {label for label, _ in classifier.categories} <= labels:
            return classifier
    return None


def mapped_classifier(facts: GuardFacts, mapping: LabelMapping) -> Classifier | None:
    """How a person says that a model is read; None where no label of it was given a meaning."""
    given = tuple(pair for pair in mapping.categories if pair[0] in facts.labels and pair[1])
    if not given:
        return None
    return Classifier(facts.name, given, mapping.several)
