"""Answers of guard models: written ones, torn ones, and 10,000 that no model should give."""

import random
from collections.abc import Callable

import pytest

from desktop_llm.core.guards import Finding, Verdict
from desktop_llm.safety.guards import granite, llama_guard, qwen_guard, shield_gemma, wild_guard
from desktop_llm.safety.guards.classifiers import KNOWN

SAFE, UNSAFE, UNKNOWN = Finding.SAFE, Finding.UNSAFE, Finding.UNKNOWN
PARSERS: dict[str, Callable[[str], Verdict]] = {
    "llama": llama_guard.parse,
    "shield": shield_gemma.parse,
    "granite": granite.parse,
    "qwen": qwen_guard.parse,
    "wild": wild_guard.parse,
}
WRITTEN = [
    ("llama", "safe", SAFE, ()),
    ("llama", "\n\nsafe\n", SAFE, ()),
    ("llama", "unsafe\nS1,S10", UNSAFE, ("violence", "hate")),
    ("llama", "unsafe\nS11", UNSAFE, ("self_harm",)),
    ("llama", "unsafe", UNSAFE, ("harm",)),
    ("llama", "unsafe\nS99", UNSAFE, ("harm",)),
    ("llama", "safely", UNKNOWN, ()),
    ("llama", "safe\nS1", UNKNOWN, ()),
    ("llama", "", UNKNOWN, ()),
    ("shield", "Yes", UNSAFE, ("harm",)),
    ("shield", "No, because", SAFE, ()),
    ("shield", "Yes or No", UNKNOWN, ()),
    ("shield", "Nothing", UNKNOWN, ()),
    ("granite", "<think>\n</think>\n<score> no </score>", SAFE, ()),
    ("granite", "<score>yes</score>", UNSAFE, ("harm",)),
    ("granite", "<think><score> no </score></think>", UNKNOWN, ()),
    ("granite", "<score> no </score> <score> yes </score>", UNKNOWN, ()),
    ("granite", "no", UNKNOWN, ()),
    ("qwen", "Safety: Safe\nCategories: None\nRefusal: No", SAFE, ()),
    ("qwen", "Safety: Unsafe\nCategories: Jailbreak", UNSAFE, ("harm",)),
    ("qwen", "Safety: Unsafe\nCategories: Suicide & Self-Harm, Violent", UNSAFE,
     ("self_harm", "violence")),
    ("qwen", "Safety: Controversial\nCategories: PII", UNSAFE, ("personal",)),
    ("qwen", "Safety: Safe\nCategories: Violent", UNKNOWN, ()),
    ("qwen", "Safety: Safe\nSafety: Unsafe", UNKNOWN, ()),
    ("qwen", "Safety: safe-ish", UNKNOWN, ()),
    ("wild", "Harmful request: yes\nResponse refusal: yes\nHarmful response: no", SAFE, ()),
    ("wild", "Harmful request: no\nResponse refusal: no\nHarmful response: yes", UNSAFE, ("harm",)),
    ("wild", "Harmful response: n/a", UNKNOWN, ()),
    ("wild", "Harmful response: no\nHarmful response: yes", UNKNOWN, ()),
]  # fmt: skip


@pytest.mark.parametrize(("parser", "answer", "finding", "categories"), WRITTEN)
def test_a_written_answer_is_read(
    parser: str, answer: str, finding: Finding, categories: tuple[str, ...]
) -> None:
    verdict = PARSERS[parser](answer)
    assert (verdict.finding, verdict.categories) == (finding, categories)
    assert bool(verdict.why) == (finding is UNKNOWN)


def test_what_qwen_finds_controversial_passes_where_that_is_chosen() -> None:
    answer = "Safety: Controversial\nCategories: Politically Sensitive Topics"
    assert qwen_guard.parse(answer, strict=False).finding is SAFE
    assert qwen_guard.parse(answer, strict=True).finding is UNSAFE


PIECES = ("safe", "unsafe", "S1", "S10,S11", "Yes", "No", "yes", "no", "\n", "\n\n", " ", ",", ": ",
          "Safety: ", "Safe", "Unsafe", "Controversial", "Categories: ", "None", "Violent", "PII",
          "<score>", "</score>", "<think>", "</think>", "Harmful response: ", "Harmful request: ",
          "Refusal: No", "\x00", "\ud800", "\u202e", "█", "不安全", "🙂", "*", "\\", "(", "S999999999")  # fmt: skip


def reads_as_safe(parser: str, answer: str) -> bool:
    """By hand, without the parsers: whether an answer can be taken for safe at all."""
    if parser == "llama":
        return answer.strip() == "safe"
    if parser == "shield":
        return answer.lstrip().startswith("No")
    if parser == "granite":
        return "no" in answer and "<score>" in answer.split("</think>")[-1]
    lines = [line.strip() for line in answer.split("\n")]
    if parser == "qwen":
        return "Safety: Safe" in lines and "Safety: Unsafe" not in lines
    return "Harmful response: no" in lines and "Harmful response: yes" not in lines


@pytest.mark.parametrize("parser", PARSERS)
def test_ten_thousand_torn_answers_are_never_taken_for_safe(parser: str) -> None:
    draw = random.Random(20261124)
    seen = dict.fromkeys(Finding, 0)
    whole = [answer for name, answer, _, _ in WRITTEN if name == parser]
    for _ in range(10_000):
        answer = "".join(draw.choices(PIECES, k=draw.randrange(8)))
        if draw.random() < 0.5:  # a real answer, cut, doubled or with something put in
            real = draw.choice(whole)
            place = draw.randrange(len(real) + 1)
            answer = draw.choice(
                (real[:place], real[:place] + answer + real[place:], real + answer)
            )
        verdict = PARSERS[parser](answer)
        seen[verdict.finding] += 1
        if verdict.finding is SAFE:
            assert reads_as_safe(parser, answer), answer
        assert bool(verdict.categories) == (verdict.finding is UNSAFE), answer
    assert all(seen.values()), seen


@pytest.mark.parametrize("known", [classifier for _, classifier in KNOWN], ids=lambda c: c.name)
def test_ten_thousand_rows_of_scores_are_never_taken_for_safe(known) -> None:  # type: ignore[no-untyped-def]
    draw = random.Random(7)
    labels = [label for label, _ in known.categories]
    harmful, labels = labels, ["other", *labels]
    odd = (float("nan"), float("inf"), float("-inf"), 1e308, -1e308, 0.0)
    for _ in range(10_000):
        count = draw.choice((len(labels),) * 6 + (0, 1, len(labels) + 1))
        rows = [
            [draw.choice(odd) if draw.random() < 0.1 else draw.uniform(-9, 9) for _ in range(count)]
            for _ in range(draw.randrange(4))
        ]
        verdict = known.read(labels, rows)
        readable = bool(rows) and count == len(labels) and all(
            abs(score) < float("inf") for row in rows for score in row
        )  # fmt: skip
        assert (verdict.finding is UNKNOWN) == (not readable)
        if known.several and readable:
            worst = max(row[labels.index(label)] for row in rows for label in harmful)
            assert (verdict.finding is UNSAFE) == (worst >= 0)
