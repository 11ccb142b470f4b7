"""Draws the next token from the model's scores. Knows ids and numbers, no model.

`make_sampler` builds the chain once per reply, in the order of `core.sampling.SAMPLER_ORDER`; what
is neutral is not in it. At temperature 0 the likeliest token after the penalties is taken.
Repetition penalty, n-grams and DRY look at prompt and reply (Keskar et al. 2019, as in
transformers; beside an encoder at what the decoder reads), presence and frequency penalty at the
reply alone (OpenAI).
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
    meant,
    split_bias,
    unescaped,
)
from desktop_llm.engine import processors
from desktop_llm.engine.constraints import Constraint, grammar_of
from desktop_llm.engine.vocabulary import Vocabulary, breaker_tokens

Sample = Callable[[torch.Tensor], int]
"""Takes the scores of the next token, shape (vocabulary,), and returns the id drawn."""

Process = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

Steps = dict[str, tuple[object, Callable[[], Process]]]
"""By the name of its setting: whether a step is switched on, and what makes it."""

FORBIDDING = ("min_new_tokens", "banned_phrases", "no_repeat_ngram_size")
"""Steps that may forbid all that is left of a form."""

GREEDY_BELOW = 1e-4
"""Temperatures below this would overflow the scores; the likeliest token is taken instead."""


def new_seed() -> int:
    """A fresh seed of 32 bits."""
    return secrets.randbits(32)


@dataclass(frozen=True, slots=True)
class Tongue:
    """What the text-based steps need of the model: its tokens as text, and those that end a reply.

    `spaced`: a reply may begin with a space that is not shown, see `constraints.grammar_of`.
    """

    vocabulary: Vocabulary
    ends: frozenset[int]
    spaced: bool = False

    def constraint(self, settings: SamplingSettings, start: int) -> Constraint:
        """What holds the reply to the form that is asked for. Raises UsageError."""
        grammar = grammar_of(settings, spaced=self.spaced)
        return Constraint(self.vocabulary.guide(self.ends), grammar, start)


def make_sampler(
    settings: SamplingSettings,
    prompt: Sequence[int],
    reply_start: int,
    device: torch.device,
    tongue: Tongue | None = None,
) -> "Sampler":
    """What draws tokens as the settings say; every field must be given.

    `prompt` are the ids read so far, of which those from `reply_start` on already belong to the
    reply (a cut-off one that goes on). The same settings, seed and scores give the same tokens.
    Without `tongue` the steps that need text are left out.
    """
    greedy = _of(settings.temperature) < GREEDY_BELOW
    generator = torch.Generator(device=device)
    generator.manual_seed(int(_of(settings.seed)) if settings.seed is not None or not greedy else 0)
    steps = _penalties(settings, reply_start, tongue)
    if tongue is not None:
        steps |= _text_steps(settings, reply_start, tongue)
    if not greedy:
        steps |= _drawing_steps(settings, generator)
    taken = [name for name in SAMPLER_ORDER if name in steps and steps[name][0]]
    looks_back = any(name not in DRAWING_STEPS for name in taken)
    history = _History(prompt, device) if looks_back else None
    draw = _likeliest if greedy else _drawing(generator)
    chain = [steps[name][1]() for name in taken]
    form = next((process for process in chain if isinstance(process, Constraint)), None)
    if form is not None:
        chain = [
            _unless_none_is_left(process) if name in FORBIDDING else process
            for name, process in zip(taken, chain, strict=True)
        ]
    return Sampler(chain, draw, history, form)


def _unless_none_is_left(process: Process) -> Process:
    """The step, passed over where it leaves no token: a reply that has a form keeps to it above all."""

    def step(ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        found = process(ids, scores)
        return found if bool(torch.isfinite(found).any()) else scores

    return step


def _text_steps(s: SamplingSettings, start: int, tongue: Tongue) -> Steps:
    return {
        "answer_format": (grammar_of(s), lambda: tongue.constraint(s, start)),
        "min_new_tokens": (
            s.min_new_tokens, lambda: processors.AtLeast(int(_of(s.min_new_tokens)), start, tongue.ends)
        ),
        "logit_bias": (s.logit_bias, lambda: _bias(s, tongue)),
        "banned_phrases": (
            s.banned_phrases,
            lambda: processors.BannedPhrases(meant(s.banned_phrases), tongue.vocabulary, start),
        ),
    }  # fmt: skip


def _penalties(s: SamplingSettings, start: int, tongue: Tongue | None) -> Steps:
    repetition, presence = _of(s.repetition_penalty), _of(s.presence_penalty)
    frequency, size = _of(s.frequency_penalty), s.no_repeat_ngram_size
    return {
        "repetition_penalty": (
            repetition != 1, lambda: RepetitionPenaltyLogitsProcessor(repetition)
        ),
        "presence_penalty": (presence, lambda: processors.PresencePenalty(presence, start)),
        "frequency_penalty": (frequency, lambda: processors.FrequencyPenalty(frequency, start)),
        "no_repeat_ngram_size": (size, lambda: NoRepeatNGramLogitsProcessor(size)),
        "dry_multiplier": (s.dry_multiplier, lambda: _dry(s, tongue)),
    }  # fmt: skip


def _drawing_steps(s: SamplingSettings, generator: torch.Generator) -> Steps:
    top_p, min_p, typical_p, sigma = (
        _of(value) for value in (s.top_p, s.min_p, s.typical_p, s.top_n_sigma)
    )
    often, threshold = _of(s.xtc_probability), _of(s.xtc_threshold)
    return {
        "top_n_sigma": (sigma, lambda: processors.TopNSigma(sigma)),
        "temperature": (
            s.temperature != 1 or s.dynamic_temperature, lambda: _temperature(s)
        ),
        "top_k": (s.top_k, lambda: TopKLogitsWarper(s.top_k)),
        "top_p": (top_p < 1, lambda: TopPLogitsWarper(top_p)),
        "min_p": (min_p, lambda: MinPLogitsWarper(min_p)),
        "typical_p": (typical_p < 1, lambda: TypicalLogitsWarper(typical_p)),
        "xtc_probability": (
            often and threshold <= 0.5, lambda: processors.Xtc(often, threshold, generator)
        ),
    }  # fmt: skip


def _bias(settings: SamplingSettings, tongue: Tongue) -> Process:
    biases: dict[int, float] = {}
    for entry in settings.logit_bias or ():
        text, number = split_bias(entry)
        for token in tongue.vocabulary.biased(unescaped(text)):
            biases[token] = biases.get(token, 0.0) + number
    return processors.Bias(biases)


def _dry(settings: SamplingSettings, tongue: Tongue | None) -> Process:
    written = meant(settings.dry_sequence_breakers)
    breakers = breaker_tokens(tongue.vocabulary, written) | tongue.ends if tongue else frozenset()
    return processors.Dry(
        _of(settings.dry_multiplier),
        _of(settings.dry_base),
        int(_of(settings.dry_allowed_length)),
        breakers,
    )


def _temperature(s: SamplingSettings) -> Process:
    if s.dynamic_temperature:
        exponent = _of(s.dynamic_temperature_exponent)
        return processors.DynamicTemperature(_of(s.temperature), s.dynamic_temperature, exponent)
    process: Process = TemperatureLogitsWarper(_of(s.temperature))
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


class Sampler:
    """A `Sample` that knows whether what it drew is of the form that was asked for."""

    def __init__(
        self,
        chain: Sequence[Process],
        draw: Callable[[Any], int],
        history: _History | None,
        form: Constraint | None,
    ) -> None:
        self._chain, self._draw, self._history, self._form = chain, draw, history, form
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

    def may_end(self) -> bool:
        """Whether the form, where there is one, is complete with the last token that was drawn."""
        if self._form is None or self._history is None:
            return True
        return self._form.may_end(self._history.ids)


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
