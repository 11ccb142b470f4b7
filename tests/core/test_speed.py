"""Expected speeds: measured before guessed, layers cost by themselves, and a model's own benchmark knows best."""

import pytest

from desktop_llm.core.fitting import Machine, Shape, estimate, largest_mixture, read_for_a_token
from desktop_llm.core.memory import share_of_experts
from desktop_llm.core.speed import Pace, Speed, bytes_read, nearest, reached

A_LAYER, A_BYTE = 1e-4, 1 / 30e9
SEVEN = Shape(7_615_616_512, 28, 4, 128, 32768, table=152064 * 3584, head=152064 * 3584)


def pace(read: float, layers: int, slower: float = 1.0, precision: str = "int8") -> Pace:
    """What a computer would show that takes so long for a layer and a byte."""
    return Pace(precision, read, 1 / (slower * (layers * A_LAYER + read * A_BYTE)), layers)


PROBES = (pace(2e8, 16), pace(3e8, 4))


def test_the_head_is_read_in_the_precision_that_it_is_held_in() -> None:
    assert bytes_read(100, 0, "int4") == pytest.approx(63)
    assert bytes_read(100, 40, "int4") == pytest.approx(60 * 0.63 + 40 * 1.01)
    assert bytes_read(100, 40, "bf16") == 200


def test_two_stacks_tell_what_layers_and_bytes_cost() -> None:
    found = Speed(PROBES).tokens_per_s("int8", 7e9, 28)
    assert found == pytest.approx(1 / (28 * A_LAYER + 7e9 * A_BYTE))


def test_a_machine_that_was_measured_is_not_guessed() -> None:
    read = read_for_a_token(SEVEN, "int8")
    known = Machine(10**11, 30e9, Speed(PROBES))
    assert estimate(SEVEN, "int8", known).tokens_per_s == pytest.approx(pace(read, 28).per_s)
    # Of a precision that nobody measured the guess is left.
    guessed = estimate(SEVEN, "int4", Machine(10**11, 30e9))
    assert estimate(SEVEN, "int4", known) == guessed
    assert guessed.tokens_per_s > 0


def test_a_benchmark_of_a_model_speaks_for_it_and_for_those_of_its_size() -> None:
    slow = pace(7e9, 28, slower=1.5)
    speed = Speed(PROBES, (slow,))
    assert speed.tokens_per_s("int8", 7e9, 28) == pytest.approx(slow.per_s)
    assert speed.tokens_per_s("int8", 5e9, 32) == pytest.approx(pace(5e9, 32, slower=1.5).per_s)
    assert speed.tokens_per_s("int8", 3e9, 28) == pytest.approx(pace(3e9, 28).per_s)
    alone = Speed((), (slow,)).tokens_per_s("int8", 6e9, 28)
    assert alone == pytest.approx(slow.bytes_per_s / 6e9)


@pytest.mark.parametrize(
    "probes",
    [(pace(2e8, 4),), (pace(2e8, 4), pace(2e8, 4)),
     (Pace("int8", 2e8, 200.0, 16), Pace("int8", 3e8, 20.0, 4))],  # many layers seem to cost less
)  # fmt: skip
def test_what_makes_no_sense_is_taken_as_bytes_alone(probes: tuple[Pace, ...]) -> None:
    speed = Speed(probes)
    once, twice = (speed.tokens_per_s("int8", read, 12) for read in (1e9, 2e9))
    assert once == pytest.approx(2 * (twice or 0))
    assert once


def test_of_two_of_one_size_the_later_counts_and_the_fastest_is_told() -> None:
    first, later = Pace("int8", 4e9, 5.0, 28), Pace("int8", 4e9, 6.0, 28)
    assert nearest((first, later), "int8", 4.1e9) is later
    assert nearest((first,), "int8", 9e9) is None
    assert nearest((first,), "int4", 4e9) is None
    assert reached((first, later)) == {"int8": 24e9}


def test_a_mixtures_experts_are_read_in_16_bits() -> None:
    assert bytes_read(100, 40, "int4", 50) == pytest.approx(60 * 0.63 + 40 * 1.01 + 50 * 2)
    assert bytes_read(100, 0, "fp32", 50) == 600
    assert share_of_experts({"num_experts_per_tok": 2, "n_routed_experts": 8}) == 0.25
    assert share_of_experts({"hidden_size": 8}) == 1
    assert largest_mixture(200) == 63
