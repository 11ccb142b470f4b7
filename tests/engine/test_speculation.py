"""Guessing tokens ahead: the same text in fewer passes, and never dearer than it may be."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import asked, loaded_engine, make_model, reply

from desktop_llm.core.messages import Role
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.core.settings import Precision
from desktop_llm.engine.speculate import MOST, SHARE, SHARE_OF_TWO, START, Ahead, Lookup, Pacer

COPY = "the cat sat on the mat and the cat sat on the mat and the cat sat on the mat and "


def always(pacer: Pacer) -> int:
    return 6


def never(pacer: Pacer) -> int:
    return 0


@pytest.mark.parametrize(
    ("kind", "precision"),
    [(kind, Precision.FP32) for kind in ("llama", "gpt2", "gemma2", "mistral")]
    + [(kind, one) for kind in ("llama", "gemma2") for one in (Precision.INT8, Precision.INT4)],
)
@pytest.mark.parametrize(
    "sampling",
    [
        {},
        {"temperature": 0.9, "seed": 5},
        {"temperature": 1.0, "seed": 2, "top_p": 0.8, "repetition_penalty": 1.2},
        {"frequency_penalty": 0.5, "no_repeat_ngram_size": 4},
    ],
)
def test_guesses_change_no_token(
    model_folders: dict[str, Path],
    kind: str,
    precision: Precision,
    sampling: dict[str, float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = asked(COPY, max_new_tokens=60, **sampling)
    found = []
    for count in (always, never):
        monkeypatch.setattr(Pacer, "count", property(count))
        engine = loaded_engine(model_folders[kind], precision=precision)
        first = reply(engine, request).text
        again = reply(engine, asked(COPY, first, "And " + COPY, max_new_tokens=30, **sampling))
        found.append((first, again.text, again.end.usage.new_tokens))
    assert found[0] == found[1]


def test_what_was_said_before_is_guessed() -> None:
    lookup = Lookup([1, 2, 3, 4, 5, 6, 1, 2, 3])
    assert lookup.guess(2) == [4, 5]
    lookup.add(9)
    assert lookup.guess(5) == []
    for token in (1, 2, 3):
        lookup.add(token)
    assert lookup.guess(1) == [9]


@given(st.lists(st.tuples(st.integers(0, MOST), st.floats(0.5, 20.0)), min_size=1, max_size=300))
def test_wrong_guesses_cost_no_more_than_they_may(steps: list[tuple[int, float]]) -> None:
    pacer, plain, with_guesses, longest = Pacer(), 0, 0.0, 0.0
    for right, cost in steps:
        if guesses := pacer.count:
            right = min(right, guesses)
            pacer.guessed(guesses, right, cost)
            plain += 1 + right
            with_guesses += cost
            longest = max(longest, cost)
        else:
            pacer.stepped(1.0)
            plain += 1
            with_guesses += 1.0
    assert with_guesses <= plain * (1 + SHARE) + START + longest


class Wrong:
    """A source whose guesses are never right."""

    def add(self, token: int) -> None:
        pass

    def guess(self, count: int) -> list[int]:
        return [0] * count


def test_two_sources_of_wrong_guesses_cost_three_percent_at_most() -> None:
    pacers = Pacer(SHARE_OF_TWO), Pacer(SHARE_OF_TWO)
    ahead, spent, asked_for = Ahead([(Wrong(), pacer) for pacer in pacers]), 0.0, set()
    steps = 10_000
    for _ in range(steps):
        guesses = ahead.guess(100)
        cost = 1.8 if guesses else 1.0
        ahead.judged(0, cost)
        spent += cost
        asked_for.add(bool(guesses))
    assert asked_for == {True, False}
    assert spent <= steps * 1.03 + 2 * START + 2


def test_guesses_that_come_true_get_longer_and_wrong_ones_stop() -> None:
    pacer = Pacer()
    assert pacer.count == 0
    pacer.stepped(1.0)
    counts = [pacer.count]
    for _ in range(3):
        pacer.guessed(pacer.count, pacer.count, 1.5)
        counts.append(pacer.count)
    assert counts == [3, 7, 15, 15], "with the token before them, what a kernel reads at once"
    pacer.guessed(15, 5, 1.5)
    assert pacer.count == 7
    for _ in range(40):
        if pacer.count:
            pacer.guessed(pacer.count, 0, 2.0)
    assert pacer.count == 0


@pytest.mark.parametrize("kind", ["gemma2", "mistral"])
def test_a_window_that_fills_while_guessing_forgets_nothing(
    model_folders: dict[str, Path], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These models' windows hold 16 tokens, fewer than the reply has, and more than the prompt."""
    request = GenerateRequest(
        (Turn(Role.USER, "ab"),), sampling=asked("", max_new_tokens=40).sampling, raw=True
    )
    found = []
    for count in (always, never):
        monkeypatch.setattr(Pacer, "count", property(count))
        # Guesses out of nowhere, most of them wrong: what was said is guessed to come again.
        monkeypatch.setattr(Lookup, "guess", lambda lookup, count: lookup._ids[:count])
        found.append(reply(loaded_engine(model_folders[kind]), request).text)
    assert found[0] == found[1]


def test_no_step_is_charged_to_guesses_that_were_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once this model's window is almost full nothing is guessed any more."""
    made, charged, plain = [], [], []
    guessed, stepped = Pacer.guessed, Pacer.stepped

    def guess(lookup: Lookup, count: int) -> list[int]:
        made.append(len(lookup._ids[:count]))
        return lookup._ids[:count]

    def note_guessed(pacer: Pacer, guesses: int, right: int, spent: float) -> None:
        charged.append(guesses)
        guessed(pacer, guesses, right, spent)

    def note_stepped(pacer: Pacer, spent: float) -> None:
        plain.append(spent)
        stepped(pacer, spent)

    monkeypatch.setattr(Pacer, "count", property(always))
    monkeypatch.setattr(Lookup, "guess", guess)
    monkeypatch.setattr(Pacer, "guessed", note_guessed)
    monkeypatch.setattr(Pacer, "stepped", note_stepped)
    engine = loaded_engine(make_model(tmp_path, "mistral", sliding_window=48))
    out = reply(engine, replace(asked("ab", max_new_tokens=80), raw=True))
    assert out.end.usage.new_tokens == 80
    assert made
    assert charged == made
    assert len(plain) > 30
