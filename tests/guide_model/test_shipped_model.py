"""The shipped guide model itself: its size, its files, and that it knows what its card says."""

import json
import re
from pathlib import Path

import pytest
import torch
from evaluate import BATCH, _answers, cases
from texts import LANGUAGES, read_corpus, read_held_out
from transformers import AutoModelForCausalLM, AutoTokenizer

from desktop_llm.resources import resource
from desktop_llm.ui.greetings import questions

GUIDE = resource("guide_model")
FILES = ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
         "tokenizer_config.json", "chat_template.jinja", "README.md")  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> tuple[torch.nn.Module, object]:
    tokenizer = AutoTokenizer.from_pretrained(GUIDE, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(GUIDE, local_files_only=True, dtype=torch.float32)
    return model.eval(), tokenizer


def test_the_files_are_there_and_small() -> None:
    assert sum((GUIDE / name).stat().st_size for name in FILES) <= 25_000_000
    config = json.loads((GUIDE / "config.json").read_text("utf-8"))
    assert config["architectures"] == ["LlamaForCausalLM"]
    assert config["dtype"] == "bfloat16"
    card = (GUIDE / "README.md").read_text("utf-8")
    assert "| held-out questions | asked | right | share |" in card
    assert "What it is not" in card


def test_it_loads_like_any_other_model(shipped: tuple[torch.nn.Module, object]) -> None:
    model, tokenizer = shipped
    assert sum(p.numel() for p in model.parameters()) <= 12_000_000
    turns = [
        {"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "你好 👋"},
    ]  # fmt: skip
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    for turn in turns:
        assert turn["content"] in text
    assert tokenizer.decode(tokenizer("你好 👋 naïve", add_special_tokens=False).input_ids) == (
        "你好 👋 naïve"
    )


def test_the_greetings_questions_are_answered_with_their_subjects(
    shipped: tuple[torch.nn.Module, object],
) -> None:
    corpus = read_corpus(GUIDE / "corpus")
    wanted = ("large-language-model", "self-attention", "temperature", "app-add-model")
    for question, subject in zip(questions(), wanted, strict=True):
        (answer,) = _answers(*shipped, [_Asked((question,))])
        assert answer == corpus.subjects["en"][subject].answer


class _Asked:
    def __init__(self, turns: tuple[str, ...]) -> None:
        self.turns = turns


def card_table() -> dict[str, tuple[int, int]]:
    """The rows of the model card's table: how many were asked, how many were right."""
    lines = (GUIDE / "README.md").read_text("utf-8").splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return {row[0]: (int(row[1]), int(row[2])) for row in cells if row[1].isdigit()}


def test_the_readme_has_the_cards_figures() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    told = re.search(
        r"(\d+)% rightly in English and (\d+)% in Chinese, and says of (\d+)% and (\d+)%",
        " ".join(readme.split()),
    )
    assert told is not None
    card = card_table()
    rows = (
        "subjects, English",
        "subjects, Chinese",
        "out of scope, English",
        "out of scope, Chinese",
    )
    shares = [round(100 * card[row][1] / card[row][0]) for row in rows]
    assert [int(figure) for figure in told.groups()] == shares


def test_a_sample_of_the_held_out_questions_is_answered_as_the_card_says(
    shipped: tuple[torch.nn.Module, object],
) -> None:
    corpus, held_out = read_corpus(GUIDE / "corpus"), read_held_out(GUIDE / "corpus")
    everything = [c for c in cases(corpus, held_out) if not c.row.startswith("follow-ups")]
    card = card_table()
    assert {case.row for case in everything} < card.keys()
    sample = sorted(everything[::7], key=lambda case: len(case.turns[0]))
    assert len(sample) > 150
    known, right, broken = corpus.answers(), 0, 0
    for start in range(0, len(sample), BATCH):
        group = sample[start : start + BATCH]
        for case, answer in zip(group, _answers(*shipped, group), strict=True):
            right += answer == case.expected
            broken += answer not in known
    shares = [card[case.row][1] / card[case.row][0] for case in sample]
    spread = sum(share * (1 - share) for share in shares) ** 0.5
    assert right >= sum(shares) - 2.5 * spread, "the card promises more than the model does"
    all_broken, all_asked = card["answers that are not whole texts of the corpus"][::-1]
    assert broken <= 3 + 2 * len(sample) * all_broken / all_asked


def test_both_languages_are_asked_in_the_sample() -> None:
    assert set(LANGUAGES) == {"en", "zh"}
