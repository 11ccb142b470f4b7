"""What a guard model is asked and what it answers, as frozen values. Knows no model and no rule.

The safety filter speaks to a guard model through `GuardModel`: texts in, numbers or words out. What
these mean is known by the adapters (`safety/guards/`), not by the engine that computes them.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from desktop_llm.core.sayings import Saying


class Finding(StrEnum):
    """UNKNOWN is an answer nobody can read, or none at all. It is never taken as SAFE."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A guard model's answer about one text. `categories` are the app's own, most certain first.

    `score` is the probability of harm in [0, 1] where the model gives one. `why` tells an UNKNOWN.
    """

    finding: Finding
    categories: tuple[str, ...] = ()
    score: float | None = None
    why: tuple[Saying, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is judged: a person's message alone, or a reply to it. `reply` None: the message."""

    prompt: str
    reply: str | None = None

    @property
    def text(self) -> str:
        """The side that is judged."""
        return self.prompt if self.reply is None else self.reply


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a guard model's prompt. What people or models wrote can steer nobody (`written`)."""

    text: str
    written: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """A prompt that is given to the model as it stands, control tokens and all."""

    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The whole prompt, as the model's card writes it."""
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Chat:
    """A prompt that the model's own chat template renders: roles with texts, and its options."""

    turns: tuple[tuple[str, Part], ...]
    options: tuple[tuple[str, Any], ...] = ()


GuardPrompt = Raw | Chat


class GuardKind(StrEnum):
    """What the model's head gives: a number for every label, or the next token."""

    CLASSIFIER = "classifier"
    WRITER = "writer"


@dataclass(frozen=True, slots=True)
class GuardFacts:
    """What a model folder says of itself, read without loading it.

    `name` is its own or its folder's, `labels` those of a classifier in the order of its numbers,
    `template` the chat template of a writer.
    """

    name: str
    kind: GuardKind
    labels: tuple[str, ...] = ()
    template: str = ""


class GuardModel(Protocol):
    """A guard model in memory. Belongs to the thread that loaded it.

    All that computes raises Cancelled, within one pass, once what `stops_at` was given is set.
    """

    @property
    def facts(self) -> GuardFacts:
        """What it is."""

    def stops_at(self, cancel: threading.Event) -> None:
        """From now on it stops when that is set."""

    def let_go(self) -> None:
        """Free its memory, and return it to the system; it is of no use any more."""

    def classify(self, text: str, max_length: int, stride: int) -> Sequence[Sequence[float]]:
        """Its raw scores (logits), a row for each window of at most `max_length` tokens.

        Windows begin `stride` tokens apart. For a model that reads less at once they are shorter,
        and closer together where they would leave something out. Raises ModelError for a writer.
        """

    def next_token_probabilities(
        self, prompt: GuardPrompt, words: Sequence[str]
    ) -> Sequence[float]:
        """How likely each word is to come next, by its first token.

        Raises ModelError for a classifier, and where two words begin with the same token.
        """

    def complete(self, prompt: GuardPrompt, max_new_tokens: int) -> str:
        """The likeliest continuation, without control tokens. Raises ModelError for a classifier."""


@dataclass(frozen=True, slots=True)
class GuardChoice:
    """An installed model that could judge. `family`: how this app reads it, "" where it is unknown.

    `labels` are a classifier's, to be given a meaning where the family is unknown.
    """

    model_id: str
    name: str
    family: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GuardState:
    """The guard model that judges now: its name, "" for none, and what it has cost so far.

    `problem` says why it could not be used the last time, and what to do.
    """

    name: str = ""
    family: str = ""
    judged: int = 0
    mean_ms: float = 0.0
    problem: tuple[Saying, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelMapping:
    """What a person says an unknown classifier's labels mean. A label not named is not used.

    `categories` pairs labels with the app's categories. `several`: each label has a probability of
    its own (sigmoid); else they share one (softmax).
    """

    categories: tuple[tuple[str, str], ...] = ()
    several: bool = False
