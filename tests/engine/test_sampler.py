"""Each sampling setting does what it says, shown on a handful of scores."""

import itertools
from collections import Counter
from dataclasses import replace

import pytest
import torch

from desktop_llm.core.errors import ModelError
from desktop_llm.core.sampling import NEUTRAL, SamplingSettings
from desktop_llm.engine.sample import make_sampler, new_seed

CPU = torch.device("cpu")
SCORES = torch.tensor([2.0, 1.0, 0.0, -1.0, -8.0])


def drawn(
    count: int = 400, prompt: tuple[int, ...] = (), reply_start: int = 0, **settings: object
) -> Counter[int]:
    """How often each token is drawn from the same scores, each time with a fresh sampler."""
    found: Counter[int] = Counter()
    for seed in range(count):
        chosen = replace(NEUTRAL, seed=seed, **settings)  # type: ignore[arg-type]
        found[make_sampler(chosen, prompt, reply_start, CPU)(SCORES)] += 1
    return found


def sequence(length: int, prompt: tuple[int, ...] = (0,), **settings: object) -> list[int]:
    """The tokens that one sampler draws from the same scores, one after the other."""
    chosen = replace(NEUTRAL, seed=1, **settings)  # type: ignore[arg-type]
    sample = make_sampler(chosen, prompt, len(prompt), CPU)
    return [sample(SCORES) for _ in range(length)]


def test_neutral_settings_draw_from_the_models_own_distribution() -> None:
    shares = drawn(4000)
    expected = torch.softmax(SCORES, 0)
    for token in range(4):
        # Six standard deviations of a share of 4,000 draws: a false alarm once in 100 million.
        assert shares[token] / 4000 == pytest.approx(float(expected[token]), abs=0.05)


def test_the_same_seed_draws_the_same_tokens_and_another_seed_others() -> None:
    one = [make_sampler(replace(NEUTRAL, seed=5), (), 0, CPU) for _ in range(2)]
    first, second = ([sample(SCORES) for _ in range(30)] for sample in one)
    other = make_sampler(replace(NEUTRAL, seed=6), (), 0, CPU)
    assert first == second
    assert first != [other(SCORES) for _ in range(30)]


def test_drawing_leaves_torchs_own_random_numbers_alone() -> None:
    before = torch.random.get_rng_state()
    sequence(5)
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_new_seed_has_32_bits() -> None:
    seeds = {new_seed() for _ in range(20)}
    assert len(seeds) > 1
    assert all(0 <= seed < 2**32 for seed in seeds)


@pytest.mark.parametrize("temperature", [0.0, 1e-9])
def test_temperature_zero_takes_the_likeliest(temperature: float) -> None:
    assert set(drawn(50, temperature=temperature)) == {0}


def test_a_lower_temperature_is_steadier() -> None:
    assert drawn(temperature=0.5)[0] > drawn(temperature=1.0)[0] > drawn(temperature=2.0)[0]


def test_top_k_draws_only_from_the_k_likeliest() -> None:
    assert set(drawn(top_k=2)) == {0, 1}


def test_top_p_draws_only_from_the_likeliest_that_make_up_p() -> None:
    assert set(drawn(top_p=0.8)) == {0, 1}
    assert set(drawn(top_p=0.0)) == {0}


def test_min_p_leaves_out_what_is_far_less_likely_than_the_likeliest() -> None:
    assert set(drawn(min_p=0.3)) == {0, 1}


def test_typical_p_prefers_tokens_of_expected_surprise() -> None:
    # The distribution's entropy is 0.95 nats; token 0 surprises by 0.44, token 1 by 1.44.
    assert set(drawn(typical_p=0.2)) == {1}
    assert set(drawn(typical_p=0.3)) == {0, 1}


def test_repetition_penalty_makes_used_tokens_less_likely_even_those_of_the_prompt() -> None:
    assert sequence(1, prompt=(0,), temperature=0.0, repetition_penalty=1.0) == [0]
    assert sequence(3, prompt=(0,), temperature=0.0, repetition_penalty=2.5) == [1, 0, 0]


def test_presence_penalty_counts_the_reply_alone_and_each_token_once() -> None:
    # The prompt's 0 does not count. Then 0 falls to 0.5 once and stays there, 1 falls to -0.5.
    assert sequence(5, temperature=0.0, presence_penalty=1.5) == [0, 1, 0, 0, 0]


def test_frequency_penalty_grows_with_every_use() -> None:
    # 0 and 1 fall by 0.9 for each use: 2.0 1.1 0.2, 1.0 0.1, then the third comes.
    assert sequence(6, temperature=0.0, frequency_penalty=0.9) == [0, 0, 1, 0, 1, 2]


def test_presence_and_frequency_follow_openais_formula() -> None:
    settings = replace(
        NEUTRAL, temperature=0.0, presence_penalty=0.6, frequency_penalty=0.45, seed=0
    )
    # Token 0 was used twice in the reply: 2.0 - 0.6 - 2 * 0.45 = 0.5 < 1.0.
    assert make_sampler(settings, (0, 0, 0), 1, CPU)(SCORES) == 1
    # Once only: 2.0 - 0.6 - 0.45 = 0.95 < 1.0; with a little less it stays ahead.
    assert make_sampler(settings, (0, 0), 1, CPU)(SCORES) == 1
    less = replace(settings, frequency_penalty=0.35)
    assert make_sampler(less, (0, 0), 1, CPU)(SCORES) == 0


def test_no_run_of_n_tokens_is_written_twice() -> None:
    out = [0, *sequence(5, prompt=(0,), temperature=0.0, no_repeat_ngram_size=2)]
    pairs = list(itertools.pairwise(out))
    assert len(pairs) == len(set(pairs))


def test_the_history_grows_beyond_what_was_foreseen() -> None:
    assert len(sequence(700, presence_penalty=0.1)) == 700


def test_neutral_settings_cost_no_step_at_all() -> None:
    sample = make_sampler(replace(NEUTRAL, seed=0), (1, 2), 2, CPU)
    assert not sample._chain  # type: ignore[attr-defined]
    assert sample._history is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_scores_that_are_no_numbers_are_told_calmly(temperature: float) -> None:
    sample = make_sampler(replace(NEUTRAL, temperature=temperature, seed=0), (), 0, CPU)
    with pytest.raises(ModelError, match="no longer valid"):
        sample(torch.tensor([0.0, float("nan"), 1.0]))


def test_a_setting_that_was_not_given_is_a_bug() -> None:
    with pytest.raises(ValueError, match="neutral"):
        make_sampler(SamplingSettings(seed=1), (), 0, CPU)
