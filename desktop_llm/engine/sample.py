"""Draws the next token from the model's scores. Knows ids and numbers, no text and no model.

`make_sampler` builds the chain once per reply; what is neutral is not in it. The order, which is
transformers' own: repetition penalty, presence penalty, frequency penalty, no repeated n-grams,
temperature, top k, top p, min p, typical p, then the draw. At temperature 0 the likeliest token
after the penalties is taken. Repetition penalty and n-grams look at prompt and reply (Keskar et
al. 2019, as in transformers), presence and frequency penalty at the reply alone (OpenAI).
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers.generation.logits_process import (
    LogitsProcessor,
    MinPLogitsWarper,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

from desktop_llm.core.errors import ModelError
from desktop_llm.core.sampling import SamplingSettings

Sample = Callable[[torch.Tensor], int]
"""Takes the scores of the next token, shape (vocabulary,), and returns the id drawn."""

Process = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

GREEDY_BELOW = 1e-4
"""Temperatures below this would overflow the scores; the likeliest token is taken instead."""


def new_seed() -> int:
    """A fresh seed of 32 bits."""
    return secrets.randbits(32)


def make_sampler(
    settings: SamplingSettings, prompt: Sequence[int], reply_start: int, device: torch.device
) -> Sample:
    """One function that draws tokens as the settings say; every field must be given.

    `prompt` are the ids read so far, of which those from `reply_start` on already belong to the
    reply (a cut-off one that goes on). The same settings, seed and scores give the same tokens.
    """
    penalties = _penalties(settings, reply_start)
    greedy = _of(settings.temperature) < GREEDY_BELOW
    warpers = [] if greedy else _warpers(settings)
    draw = _likeliest if greedy else _drawing(int(_of(settings.seed)), device)
    history = _History(prompt, device) if penalties else None
    return _Sampler([*penalties, *warpers], draw, history)


def _penalties(settings: SamplingSettings, reply_start: int) -> list[Process]:
    chain: list[Process] = []
    if settings.repetition_penalty != 1:
        chain.append(RepetitionPenaltyLogitsProcessor(_of(settings.repetition_penalty)))
    if settings.presence_penalty:
        chain.append(PresencePenalty(settings.presence_penalty, reply_start))
    if settings.frequency_penalty:
        chain.append(FrequencyPenalty(settings.frequency_penalty, reply_start))
    if settings.no_repeat_ngram_size:
        chain.append(NoRepeatNGramLogitsProcessor(settings.no_repeat_ngram_size))
    return chain


def _warpers(settings: SamplingSettings) -> list[Process]:
    chain: list[Process] = []
    if settings.temperature != 1:
        chain.append(TemperatureLogitsWarper(_of(settings.temperature)))
    if settings.top_k:
        chain.append(TopKLogitsWarper(settings.top_k))
    if _of(settings.top_p) < 1:
        chain.append(TopPLogitsWarper(_of(settings.top_p)))
    if settings.min_p:
        chain.append(MinPLogitsWarper(settings.min_p))
    if _of(settings.typical_p) < 1:
        chain.append(TypicalLogitsWarper(_of(settings.typical_p)))
    return chain


def _of(value: float | None) -> float:
    if value is None:
        raise ValueError("A sampler needs every setting; put them over the neutral ones first.")
    return float(value)


class PresencePenalty(LogitsProcessor):  # type: ignore[misc]
    """Subtracts the penalty, once, from every token that occurs in the reply so far.

    OpenAI's definition: https://platform.openai.com/docs/guides/text-generation. Scores and ids
    have the shapes (1, vocabulary) and (1, length).
    """

    def __init__(self, penalty: float, reply_start: int) -> None:
        self._penalty, self._start = penalty, reply_start

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        used = _counts(input_ids[:, self._start :], scores) > 0
        return scores - self._penalty * used


class FrequencyPenalty(LogitsProcessor):  # type: ignore[misc]
    """Subtracts the penalty from a token for each time it occurs in the reply so far (OpenAI)."""

    def __init__(self, penalty: float, reply_start: int) -> None:
        self._penalty, self._start = penalty, reply_start

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        return scores - self._penalty * _counts(input_ids[:, self._start :], scores)


def _counts(ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    """How often each token occurs, shape (1, vocabulary). Ids beyond the scores are not counted."""
    size = scores.shape[-1]
    counts = torch.zeros((1, size + 1), dtype=scores.dtype, device=scores.device)
    ids = ids.clamp(max=size)
    counts.scatter_add_(1, ids, torch.ones_like(ids, dtype=scores.dtype))
    return counts[:, :size]


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


def _drawing(seed: int, device: torch.device) -> Callable[[torch.Tensor], int]:
    generator = torch.Generator(device=device)
    generator.manual_seed(seed)

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
