"""Guessing ahead leaves the distribution as it is: drawn triples against the model's own chances.

Pearson's chi-square test over all triples, on a real model of six tokens whose chances can be
worked out. Seeds are fixed, so nothing here depends on luck; a wrong rule must fail the same test.
"""

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from tiny_models import SHAPE, load_request
from transformers import LlamaConfig
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from desktop_llm.core.sampling import NEUTRAL, SamplingSettings
from desktop_llm.core.settings import Precision
from desktop_llm.engine.draft import Draft
from desktop_llm.engine.generate import decode
from desktop_llm.engine.load import load_bare
from desktop_llm.engine.sample import Sample, make_sampler
from desktop_llm.engine.speculate import Ahead, Lookup, Pacer
from desktop_llm.engine.step import Step

TOKENS, DRAWS, FIRST_SEED = 6, 3000, 1000
LEAST = 1e-3
"""The p-value below which the distribution counts as another one."""
SETTINGS = SamplingSettings(temperature=0.8, top_p=0.95).over(NEUTRAL)
Rule = Callable[[Sample], Sample]


def step_of(folder: Path, noise: float) -> Step:
    """A model of six tokens; `noise` sets it apart from the one without."""
    config = LlamaConfig(vocab_size=TOKENS, **SHAPE | {"num_hidden_layers": 1})
    with torch.random.fork_rng():
        torch.manual_seed(4)
        model = AutoModelForCausalLM.from_config(config)
        with torch.no_grad():
            for weight in model.parameters():
                if weight.dim() > 1:
                    weight.normal_(0, 0.35)
            for weight in model.parameters():
                weight.add_(torch.randn_like(weight), alpha=noise)
    model.save_pretrained(folder)
    # So small a model is computed three times as fast by one thread as by several that wait for each other.
    request = load_request(folder, precision=Precision.FP32, threads=1)
    return load_bare(request, lambda done, total: None, threading.Event()).step


@pytest.fixture(scope="module")
def step(tmp_path_factory: pytest.TempPathFactory) -> Step:
    return step_of(tmp_path_factory.mktemp("six"), 0.0)


@pytest.fixture(scope="module")
def drafting(tmp_path_factory: pytest.TempPathFactory) -> Step:
    return step_of(tmp_path_factory.mktemp("draft"), 0.1)


def every_triple() -> list[int]:
    """A text in which each triple of tokens occurs, so that the lookup always has a guess."""
    text, seen = [0, 0, 0], {(0, 0, 0)}
    while True:
        for token in reversed(range(TOKENS)):
            if (triple := (*text[-2:], token)) not in seen:
                seen.add(triple)
                text.append(token)
                break
        else:
            return text


PROMPT = every_triple()


def chances(step: Step) -> dict[tuple[int, ...], float]:
    """How likely each triple is after the prompt, from the scores, without any of the loop's code."""

    def after(*tokens: int) -> torch.Tensor:
        scores = step([*PROMPT, *tokens], step.new_cache())[0] / 0.8
        ordered, places = torch.softmax(scores, 0).sort(descending=True)
        kept = ordered * (ordered.cumsum(0) - ordered < 0.95)
        return torch.zeros(TOKENS).scatter(0, places, kept / kept.sum())

    found = {}
    for one in range(TOKENS):
        for two in range(TOKENS):
            pair = float(after()[one] * after(one)[two])
            if pair:
                third = after(one, two)
                found |= {(one, two, t): pair * float(third[t]) for t in range(TOKENS)}
    return {triple: chance for triple, chance in found.items() if chance}


def drawn(step: Step, draft: Draft | None, rule: Rule) -> Iterator[tuple[int, ...]]:
    """Triples as the decode loop draws them, each with a seed of its own."""
    cache, cancel = step.new_cache(), threading.Event()
    for seed in range(FIRST_SEED, FIRST_SEED + DRAWS):
        cache.keep_prefix(PROMPT)
        scores = step(PROMPT[len(cache) :], cache)[0]
        settings = SamplingSettings(seed=seed).over(SETTINGS)
        sample = rule(make_sampler(settings, PROMPT, len(PROMPT), torch.device("cpu")))
        ids = list(decode(step, cache, sample, scores, 5, cancel, draft))
        # The first pass is without guesses; what is tested begins with the token before them.
        yield tuple(ids[:3])


def p_value(expected: dict[tuple[int, ...], float], found: Iterator[tuple[int, ...]]) -> float:
    """Chance of such a difference, or a larger one, if the triples were drawn with those chances.

    Triples that are expected less than five times count as one (Cochran's rule).
    """
    counts = dict.fromkeys(expected, 0)
    for triple in found:
        assert triple in counts, "a triple that the settings forbid"
        counts[triple] += 1
    often = [triple for triple, chance in expected.items() if chance * DRAWS >= 5]
    rest = [triple for triple in expected if triple not in set(often)]
    rows = [(counts[triple], expected[triple] * DRAWS) for triple in often]
    if rest:
        rows.append((sum(counts[t] for t in rest), DRAWS * sum(expected[t] for t in rest)))
    statistic = sum((seen - wanted) ** 2 / wanted for seen, wanted in rows)
    freedom = torch.tensor((len(rows) - 1) / 2, dtype=torch.float64)
    half = torch.tensor(statistic / 2, dtype=torch.float64)
    return float(torch.special.gammaincc(freedom, half))


def as_drawn(sample: Sample) -> Sample:
    return sample


class Guesses:
    """Makes every step guess, and knows the guesses, for a rule that wants to take them too often."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now: list[int] = []
        self.count = self.taken = 0
        guess, judged = Ahead.guess, Ahead.judged
        monkeypatch.setattr(Pacer, "count", property(lambda pacer: 3))
        monkeypatch.setattr("desktop_llm.engine.speculate.PLAIN_EVERY", 10**9)

        def noted(ahead: Ahead, most: int) -> list[int]:
            self.now = guess(ahead, most)
            self.count += len(self.now)
            return list(self.now)

        def counted(ahead: Ahead, right: int, spent: float) -> None:
            self.taken += right
            judged(ahead, right, spent)

        monkeypatch.setattr(Ahead, "guess", noted)
        monkeypatch.setattr(Ahead, "judged", counted)

    def too_lightly(self, sample: Sample) -> Sample:
        """A wrong rule, "typical acceptance": a guess that is likely enough stands without a draw."""

        def draw(scores: torch.Tensor) -> int:
            if self.now:
                guess = self.now.pop(0)
                if torch.softmax(scores, 0)[guess] > 0.15:
                    return guess
                self.now = []
            return sample(scores)

        return draw


def test_without_guesses_the_loop_draws_with_the_models_chances(
    step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pacer, "count", property(lambda pacer: 0))
    assert p_value(chances(step), drawn(step, None, as_drawn)) > LEAST


@pytest.mark.parametrize("source", ["lookup", "draft"])
def test_guesses_leave_the_distribution_as_it_is(
    step: Step, drafting: Step, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guesses, draft = Guesses(monkeypatch), _source(source, drafting, monkeypatch)
    assert p_value(chances(step), drawn(step, draft, as_drawn)) > LEAST
    assert guesses.count > DRAWS
    assert guesses.taken > DRAWS / 10  # right ones and wrong ones were both met
    assert guesses.taken < guesses.count * 0.9


@pytest.mark.parametrize("source", ["lookup", "draft"])
def test_a_rule_that_takes_guesses_too_lightly_is_found_out(
    step: Step, drafting: Step, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guesses, draft = Guesses(monkeypatch), _source(source, drafting, monkeypatch)
    assert p_value(chances(step), drawn(step, draft, guesses.too_lightly)) < LEAST / 1000


def _source(name: str, drafting: Step, monkeypatch: pytest.MonkeyPatch) -> Draft | None:
    if name == "lookup":
        return None
    monkeypatch.setattr(Lookup, "guess", lambda lookup, count: [])
    return Draft(drafting, 512, TOKENS)


def test_every_triple_occurs_in_the_prompt() -> None:
    found = set(itertools.pairwise(itertools.pairwise(PROMPT)))
    assert len(found) == TOKENS**3
