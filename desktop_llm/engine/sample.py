"""Draws the next token from the model's scores. Knows ids and numbers, no model.

`make_sampler` builds the chain once per reply, in the order of `core.sampling.SAMPLER_ORDER`; what
is neutral is not in it. At temperature 0 the likeliest token after the penalties is taken.
Repetition penalty, n-grams and DRY look at prompt and reply (Keskar et al. 2019, as in
transformers), presence and frequency penalty at the reply alone (OpenAI).
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers.generation.logits_process import (
    MinPLogitsWarper,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

from desktop_llm.core.errors import ModelError
from desktop_llm.core.sampling import (
    DRAWING_STEPS,
    SAMPLER_ORDER,
    SamplingSettings,
    split_bias,
    unescaped,
)
from desktop_llm.engine import processors
from desktop_llm.engine.constraints import Constraint, grammar_of
from desktop_llm.engine.vocabulary import Vocabulary, breaker_tokens

Sample = Callable[[torch.Tensor], int]
"""Takes the scores of the next token, shape (vocabulary,), and returns the id drawn."""

Process = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

GREEDY_BELOW = 1e-4
"""Temperatures below this would overflow the scores; the likeliest token is taken instead."""


def new_seed() -> int:
    """A fresh seed of 32 bits."""
    return secrets.randbits(32)


@dataclass(frozen=True, slots=True)
class Tongue:
    """What the text-based steps need of the model: its tokens as text, and those that end a reply."""

    vocabulary: Vocabulary
    ends: frozenset[int]

    def constraint(self, settings: SamplingSettings, start: int) -> Constraint | None:
        """What holds the reply to the form that is asked for. Raises UsageError."""
        grammar = grammar_of(settings)
        return Constraint(self.vocabulary.guide(self.ends), grammar, start) if grammar else None


def make_sampler(
    settings: SamplingSettings,
    prompt: Sequence[int],
    reply_start: int,
    device: torch.device,
    tongue: Tongue | None = None,
) -> Sample:
    """One function that draws tokens as the settings say; every field must be given.

    `prompt` are the ids read so far, of which those from `reply_start` on already belong to the
    reply (a cut-off one that goes on). The same settings, seed and scores give the same tokens.
    Without `tongue` the steps that need text are left out.
    """
    greedy = _of(settings.temperature) < GREEDY_BELOW
    generator = torch.Generator(device=device)
    generator.manual_seed(int(_of(settings.seed)) if settings.seed is not None or not greedy else 0)
    makers = _makers(settings, reply_start, generator, tongue)
    steps = [name for name in SAMPLER_ORDER if not (greedy and name in DRAWING_STEPS)]
    chain = [(name, made) for name in steps if (made := makers[name]()) is not None]
    looks_back = any(name not in DRAWING_STEPS for name, _ in chain)
    history = _History(prompt, device) if looks_back else None
    draw = _likeliest if greedy else _drawing(generator)
    return _Sampler([made for _, made in chain], draw, history)


def _makers(
    settings: SamplingSettings, start: int, generator: torch.Generator, tongue: Tongue | None
) -> dict[str, Callable[[], Process | None]]:
    """For each step's name what makes it, or None where the settings switch it off."""
    s, of = settings, _of
    return {
        "answer_format": lambda: tongue.constraint(s, start) if tongue else None,
        "min_new_tokens": lambda: (
            processors.AtLeast(s.min_new_tokens, start, tongue.ends)
            if s.min_new_tokens and tongue
            else None
        ),
        "logit_bias": lambda: _bias(s, tongue) if s.logit_bias and tongue else None,
        "banned_phrases": lambda: (
            processors.BannedPhrases(s.banned_phrases, tongue.vocabulary, start)
            if s.banned_phrases and tongue
            else None
        ),
        "repetition_penalty": lambda: (
            RepetitionPenaltyLogitsProcessor(of(s.repetition_penalty))
            if s.repetition_penalty != 1
            else None
        ),
        "presence_penalty": lambda: (
            processors.PresencePenalty(s.presence_penalty, start) if s.presence_penalty else None
        ),
        "frequency_penalty": lambda: (
            processors.FrequencyPenalty(s.frequency_penalty, start) if s.frequency_penalty else None
        ),
        "no_repeat_ngram_size": lambda: (
            NoRepeatNGramLogitsProcessor(s.no_repeat_ngram_size) if s.no_repeat_ngram_size else None
        ),
        "dry_multiplier": lambda: _dry(s, tongue) if s.dry_multiplier else None,
        "top_n_sigma": lambda: processors.TopNSigma(s.top_n_sigma) if s.top_n_sigma else None,
        "temperature": lambda: _temperature(s),
        "top_k": lambda: TopKLogitsWarper(s.top_k) if s.top_k else None,
        "top_p": lambda: TopPLogitsWarper(of(s.top_p)) if of(s.top_p) < 1 else None,
        "min_p": lambda: MinPLogitsWarper(of(s.min_p)) if s.min_p else None,
        "typical_p": lambda: TypicalLogitsWarper(of(s.typical_p)) if of(s.typical_p) < 1 else None,
        "xtc_probability": lambda: (
            processors.Xtc(s.xtc_probability, of(s.xtc_threshold), generator)
            if s.xtc_probability and of(s.xtc_threshold) <= 0.5
            else None
        ),
    }


def _bias(settings: SamplingSettings, tongue: Tongue) -> Process:
    biases: dict[int, float] = {}
    for entry in settings.logit_bias or ():
        text, number = split_bias(entry)
        for token in tongue.vocabulary.biased(unescaped(text)):
            biases[token] = biases.get(token, 0.0) + number
    return processors.Bias(biases)


def _dry(settings: SamplingSettings, tongue: Tongue | None) -> Process:
    written = [unescaped(breaker) for breaker in settings.dry_sequence_breakers or ()]
    breakers = breaker_tokens(tongue.vocabulary, written) | tongue.ends if tongue else frozenset()
    return processors.Dry(
        _of(settings.dry_multiplier),
        _of(settings.dry_base),
        int(_of(settings.dry_allowed_length)),
        breakers,
    )


def _temperature(settings: SamplingSettings) -> Process | None:
    if settings.dynamic_temperature:
        return processors.DynamicTemperature(
            _of(settings.temperature),
            settings.dynamic_temperature,
            _of(settings.dynamic_temperature_exponent),
        )
    if settings.temperature == 1:
        return None
    process: Process = TemperatureLogitsWarper(_of(settings.temperature))
    return process


def _of(value: float | None) -> float:
    if value is None:
        raise ValueError("A sampler needs every setting; put them over the neutral ones first.")
    return float(value)


class _History:
    """The ids so far in one growing tensor, so that no step copies them all."""

    def __init__(self, ids: Sequence[int], device: torch.device) -> None:
        self._length = len(ids)
        self._buffer = torch.zeros((1, 2 * self._length + 256), dtype=torch.long, device=device)
        self._buffer[0, : self._length] = torch.tensor(ids, dtype=torch.long)

    @property
    def ids(self) -> torch.Tensor:
        return self._buffer[:, : self._length]

    def append(self, token: int) -> None:
        if self._length == self._buffer.shape[1]:
            self._buffer = torch.cat([self._buffer, torch.zeros_like(self._buffer)], dim=1)
        self._buffer[0, self._length] = token
        self._length += 1


class _Sampler:
    def __init__(
        self, chain: Sequence[Process], draw: Callable[[Any], int], history: _History | None
    ) -> None:
        self._chain, self._draw, self._history = chain, draw, history
        self._no_ids = torch.zeros((1, 0), dtype=torch.long)

    @torch.inference_mode()
    def __call__(self, scores: torch.Tensor) -> int:
        scores = scores[None]
        ids = self._history.ids if self._history is not None else self._no_ids
        for process in self._chain:
            scores = process(ids, scores)
        token = self._draw(scores)
        if self._history is not None:
            self._history.append(token)
        return token


def _likeliest(scores: torch.Tensor) -> int:
    best, token = scores.max(dim=-1)
    _check(best)
    return int(token)


def _drawing(generator: torch.Generator) -> Callable[[torch.Tensor], int]:
    def draw(scores: torch.Tensor) -> int:
        _check(scores.max())
        chances = torch.softmax(scores, dim=-1)
        return int(torch.multinomial(chances, num_samples=1, generator=generator))

    return draw


def _check(best: torch.Tensor) -> None:
    """Not a number is greater than every number to torch, so the greatest score shows it."""
    if not bool(torch.isfinite(best).all()):
        raise ModelError(
            "The model's numbers are no longer valid, so no token could be drawn.",
            "Its weights may be damaged, its precision too low, or every token is forbidden.",
            "Choose fp32 as the precision, neutralise the sampling settings, or another model.",
        )
