"""Sampling steps that transformers does not have: each changes the scores of the next token.

Scores and ids have the shapes (1, vocabulary) and (1, length). Knows no settings and no model.
"""

import codecs
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import torch

from desktop_llm.engine.vocabulary import FINAL_SIGMA, SIGMA, Vocabulary, small

FORBIDDEN = float("-inf")


class PresencePenalty:
    """Subtracts the penalty, once, from every token that occurs in the reply so far.

    OpenAI's definition: https://platform.openai.com/docs/guides/text-generation.
    """

    def __init__(self, penalty: float, reply_start: int) -> None:
        self._penalty, self._start = penalty, reply_start

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        used = _counts(ids[:, self._start :], scores) > 0
        return scores - self._penalty * used


class FrequencyPenalty:
    """Subtracts the penalty from a token for each time it occurs in the reply so far (OpenAI)."""

    def __init__(self, penalty: float, reply_start: int) -> None:
        self._penalty, self._start = penalty, reply_start

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        return scores - self._penalty * _counts(ids[:, self._start :], scores)


def _counts(ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    """How often each token occurs, shape (1, vocabulary). Ids beyond the scores are not counted."""
    size = scores.shape[-1]
    counts = torch.zeros((1, size + 1), dtype=scores.dtype, device=scores.device)
    ids = ids.clamp(max=size)
    counts.scatter_add_(1, ids, torch.ones_like(ids, dtype=scores.dtype))
    return counts[:, :size]


class AtLeast:
    """Forbids the tokens that end a reply until it has a number of tokens."""

    def __init__(self, count: int, reply_start: int, ends: Iterable[int]) -> None:
        self._until, self._ends = reply_start + count, list(ends)

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        return _forbidden(scores, self._ends) if ids.shape[1] < self._until else scores


class Bias:
    """Adds a number to the scores of some tokens."""

    def __init__(self, biases: Mapping[int, float]) -> None:
        self._ids = torch.tensor(list(biases), dtype=torch.long)
        self._values = torch.tensor(list(biases.values()))

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        kept = self._ids < scores.shape[-1]
        places = self._ids[kept].to(scores.device)
        return scores.index_add(1, places, self._values[kept].to(scores)[None])


class BannedPhrases:
    """Forbids each token that would complete one of the phrases, however it is spelled in tokens.

    Capitals count as small letters. Only what stands in the reply counts.
    """

    def __init__(self, phrases: Sequence[str], vocabulary: Vocabulary, reply_start: int) -> None:
        ways = (way for phrase in phrases for way in vocabulary.ways_to_write(phrase.lower()))
        self._phrases = [small(way) for way in ways if way]
        self._vocabulary, self._read = vocabulary, reply_start
        self._longest = max((len(phrase) for phrase in self._phrases), default=0)
        self._said = ""
        # What never becomes a character is not shown, so that the letters around it meet.
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._always = {
            t for phrase in self._phrases for t in vocabulary.containing(phrase.encode())
        }

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        new = ids[0, self._read :].tolist()
        self._read += len(new)
        raw = b"".join(self._vocabulary.bytes_of(token) for token in new)
        said = self._said + small(self._decoder.decode(raw))
        self._said = said[max(0, len(said) - self._longest) :]
        found = set(self._always)
        for rest in self._rests():
            found.update(self._vocabulary.beginning_with(rest))
        return _forbidden(scores, found)

    def _rests(self) -> Iterator[bytes]:
        """What would complete a phrase after all that was said, also where a character is half said."""
        held, _ = self._decoder.getstate()
        for phrase in self._phrases:
            for begun in range(len(phrase)):
                if not self._said.endswith(phrase[:begun]):
                    continue
                # What is held back may never become a character, and then it counts as nothing.
                yield phrase[begun:].encode()
                for letter in _ways_of_a_letter(phrase[begun]):
                    if held and letter.encode().startswith(held):
                        yield letter.encode()[len(held) :] + phrase[begun + 1 :].encode()


def _ways_of_a_letter(letter: str) -> tuple[str, ...]:
    """A small letter, its capital, and what else counts as the same."""
    return (letter, letter.upper(), *((FINAL_SIGMA,) if letter == SIGMA else ()))


def _forbidden(scores: torch.Tensor, tokens: Iterable[int]) -> torch.Tensor:
    known = [token for token in tokens if token < scores.shape[-1]]
    if not known:
        return scores
    places = torch.tensor(known, dtype=torch.long, device=scores.device)
    return scores.index_fill(1, places, FORBIDDEN)


class Dry:
    """Lowers tokens that would prolong a repetition: `multiplier * base ** (length - allowed)`.

    "Don't repeat yourself" by p-e-w (https://github.com/oobabooga/text-generation-webui/pull/5677).
    `length` is how many of the last tokens stood before that token earlier in the text; a passage
    ends at a token of `breakers`. Each step costs one pass over the text in numpy.
    """

    def __init__(
        self, multiplier: float, base: float, allowed: int, breakers: frozenset[int]
    ) -> None:
        self._multiplier, self._base, self._allowed = multiplier, base, allowed
        self._breakers = breakers
        self._ids = np.zeros(256, dtype=np.int64)
        self._run = np.zeros(
            256, dtype=np.int64
        )  # tokens before each place that end as the text does
        self._length = 0

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        for token in ids[0, self._length :].tolist():
            self._add(token)
        run = self._run[: self._length]
        places = np.flatnonzero(run >= self._allowed)
        if not len(places):
            return scores
        longest: dict[int, int] = {}
        for token, length in zip(self._ids[places], run[places], strict=True):
            longest[int(token)] = max(longest.get(int(token), 0), int(length))
        known = {token: n for token, n in longest.items() if token < scores.shape[-1]}
        # Beyond that many tokens the penalty is larger than any score, and would overflow.
        penalties = [
            self._multiplier * self._base ** min(n - self._allowed, 60) for n in known.values()
        ]
        index = torch.tensor(list(known), dtype=torch.long, device=scores.device)
        return scores.index_add(1, index, -torch.tensor([penalties]).to(scores))

    def _add(self, token: int) -> None:
        if self._length == len(self._ids):
            self._ids = np.concatenate((self._ids, np.zeros_like(self._ids)))
            self._run = np.concatenate((self._run, np.zeros_like(self._run)))
        length, ids, run = self._length, self._ids, self._run
        ids[length] = token
        # Place i was followed over run[i] tokens; with one more, place i + 1 is over run[i] + 1.
        same = (ids[:length] == token) & (token not in self._breakers)
        run[1 : length + 1] = np.where(same, run[:length] + 1, 0)
        run[0] = 0
        self._length += 1


class DynamicTemperature:
    """Divides by a temperature that follows the entropy of the distribution, as llama.cpp does.

    From `temperature - reach` where the model is sure to `temperature + reach` where all tokens are
    alike (https://github.com/ggml-org/llama.cpp/pull/4972).
    """

    def __init__(self, temperature: float, reach: float, exponent: float) -> None:
        self._least, self._most = max(0.0, temperature - reach), temperature + reach
        self._exponent = exponent

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        logs = torch.log_softmax(scores.float(), dim=-1)
        entropy = -(logs.exp() * logs.clamp_min(-1e4)).sum()
        most = math.log(max(2, int(torch.isfinite(scores).sum())))
        share = float(entropy / most) ** self._exponent
        temperature = max(1e-3, self._least + (self._most - self._least) * share)
        return torch.div(scores, temperature)


class TopNSigma:
    """Leaves out tokens whose score is more than n standard deviations below the best.

    Tang et al. 2024, "Top-nσ: not all logits are you need" (arXiv 2411.07641).
    """

    def __init__(self, n: float) -> None:
        self._n = n

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        finite = scores[torch.isfinite(scores)]
        if len(finite) < 2:
            return scores
        least = finite.max() - self._n * finite.std()
        return scores.masked_fill(scores < least, FORBIDDEN)


class Xtc:
    """With a probability leaves out all tokens at least as likely as a threshold but the last of them.

    "Exclude top choices" by p-e-w (https://github.com/oobabooga/text-generation-webui/pull/6335).
    """

    def __init__(self, probability: float, threshold: float, generator: torch.Generator) -> None:
        self._probability, self._threshold = probability, threshold
        self._generator = generator

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        chance = torch.rand(1, generator=self._generator, device=self._generator.device)
        if float(chance) >= self._probability:
            return scores
        chances, order = torch.softmax(scores, dim=-1).sort(descending=True, dim=-1)
        # A threshold of 0 would count those that are forbidden, and spare one of them.
        count = int(((chances >= self._threshold) & (chances > 0)).sum())
        if count < 2:
            return scores
        return scores.index_fill(1, order[0, : count - 1], FORBIDDEN)
