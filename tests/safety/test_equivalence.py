"""F1: any cut of any text gives what the oracle gives for the whole; nothing is ever taken back.

`make soak` runs it at 100,000 cases: SOAK_CASES is how many each property gets there.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from oracle import Verdict, verdict
from rule_sets import ALLOWED, cuts, pieces_of, rule_set, texts

from desktop_llm.safety.automaton import MAX_SPAN
from desktop_llm.safety.fold import MASK
from desktop_llm.safety.text_filter import Compiled, Passed, TextFilter

CASES = int(os.environ.get("SOAK_CASES", "1250"))
SEEDS = (1, 2, 3, 4)
ALLOWED_SET = frozenset(ALLOWED)
HOLD = MAX_SPAN + 20
"""A match, one symbol of right context, and the accents and joiners that may stand around it."""

many = settings(
    max_examples=CASES, deadline=None, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
    phases=[Phase.generate, Phase.shrink] if "SOAK_CASES" not in os.environ else [Phase.generate],
)  # fmt: skip


def streamed(compiled: Compiled, pieces: list[str]) -> tuple[Verdict, Passed, int]:
    """The verdict on the pieces, everything passed, and the most characters ever held back."""
    text_filter = TextFilter(compiled)
    passed, most = Passed(), 0
    for piece in pieces:
        passed += text_filter.feed(piece)
        most = max(most, text_filter.held)
    passed += text_filter.finish()
    found = tuple(sorted((m.start, m.end, m.rule, m.action) for m in passed.found))
    return Verdict(passed.text, found, passed.blocked), passed, most


@pytest.mark.parametrize("run", SEEDS)
def test_any_cut_gives_what_the_oracle_gives_for_the_whole(run: int) -> None:
    @seed(run)
    @many
    @given(name=st.sampled_from(["mask", "mixed", "block"]), text=texts, sizes=cuts, more=texts)
    def check(name: str, text: str, sizes: list[int], more: str) -> None:
        compiled, specs = rule_set(name)
        expected = verdict(specs, text, ALLOWED_SET)
        got, passed, most = streamed(compiled, pieces_of(text, sizes))
        assert got == expected
        assert streamed(compiled, [text])[1] == passed
        assert most <= HOLD
        for mark in passed.marks:
            assert 0 <= mark.start <= mark.end <= len(passed.text)
            if mark.action == "mask":
                assert passed.text[mark.start : mark.end] == MASK
        text_filter = TextFilter(compiled)
        early = text_filter.feed(text)
        whole, _, _ = streamed(compiled, [text, more])
        assert whole.text.startswith(early.text)
        if name == "mask":
            assert streamed(compiled, [expected.text])[0].text == expected.text

    check()
