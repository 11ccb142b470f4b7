"""Asks the shipped model the held-out questions and counts which answers are the right ones."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from dialogues import said
from texts import FOLLOW_UPS, LANGUAGES, Corpus, HeldOut
from transformers import AutoModelForCausalLM, AutoTokenizer

BATCH = 48
NAMES = {"en": "English", "zh": "Chinese"}


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation that ends in a question, what is to be said, and the row that it counts in."""

    row: str
    turns: tuple[str, ...]
    expected: str
    label: str


@dataclass(slots=True)
class Result:
    """Counts by row, the failures, answers that are no whole text of the corpus, and how many of
    those hold a word, or in Chinese two characters in a row, that no text of the corpus has."""

    rows: dict[str, list[int]] = field(default_factory=dict)
    wrong: list[tuple[Case, str]] = field(default_factory=list)
    broken: list[tuple[Case, str]] = field(default_factory=list)
    strange: int = 0

    def share(self, row: str) -> float:
        """Right answers of all in a row, 0 to 1."""
        right, all_of_them = self.rows[row]
        return right / all_of_them

    def table(self) -> str:
        """As Markdown."""
        lines = ["| held-out questions | asked | right | share |", "|---|---|---|---|"]
        for row, (right, asked) in self.rows.items():
            lines.append(f"| {row} | {asked} | {right} | {right / asked:.1%} |")
        asked = sum(row[1] for row in self.rows.values())
        lines.append(
            f"| answers that are not whole texts of the corpus | {asked} | {len(self.broken)} | |"
        )
        lines.append(f"| answers with a broken word | {asked} | {self.strange} | |")
        return "\n".join(lines)


def cases(corpus: Corpus, held_out: HeldOut) -> list[Case]:
    """All held-out questions."""
    found: list[Case] = []
    for language in LANGUAGES:
        for name, subject in corpus.subjects[language].items():
            row = f"subjects, {NAMES[language]}"
            found += [
                Case(row, (question,), subject.answer, name)
                for question in held_out.subjects[language][name]
            ]
        row, honest = f"out of scope, {NAMES[language]}", corpus.honest[language]
        found += [
            Case(row, (question,), honest, "out-of-scope")
            for question in held_out.out_of_scope[language]
        ]
        found += _follow_ups(corpus, held_out, language)
    return found


def _follow_ups(corpus: Corpus, held_out: HeldOut, language: str) -> list[Case]:
    """Each held-out follow-up after the answers to four subjects, always the same ones."""
    rng, found = random.Random(1), []
    subjects = list(corpus.subjects[language].values())
    for kind in FOLLOW_UPS:
        for question in held_out.follow_ups[language][kind]:
            for subject in rng.sample(subjects, 4):
                to = language if kind != "other_language" else "zh" if language == "en" else "en"
                wanted = {"shorter": "short", "other_language": "answer"}.get(kind, kind)
                expected = said(corpus, subject.id, wanted, to)
                turns = (subject.ask[0], subject.answer, question)
                label = f"{kind} after {subject.id}"
                found.append(Case(f"follow-ups, {NAMES[language]}", turns, expected, label))
    return found


def evaluate(folder: Path, corpus: Corpus, held_out: HeldOut) -> Result:
    """Answer every held-out question by greedy decoding with the model in `folder`."""
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    model.eval()
    asked = sorted(cases(corpus, held_out), key=lambda case: len(" ".join(case.turns)))
    result, known = Result(), corpus.answers()
    words = set().union(*map(_words, known))
    for row in dict.fromkeys(case.row for case in cases(corpus, held_out)):
        result.rows[row] = [0, 0]
    for start in range(0, len(asked), BATCH):
        group = asked[start : start + BATCH]
        for case, text in zip(group, _answers(model, tokenizer, group), strict=True):
            result.rows[case.row][1] += 1
            result.rows[case.row][0] += text == case.expected
            if text != case.expected:
                result.wrong.append((case, text))
            if text not in known:
                result.broken.append((case, text))
                result.strange += not _words(text) <= words
    return result


def _words(text: str) -> set[str]:
    """English words, and Chinese characters two by two."""
    chinese = re.findall(r"[\u4e00-\u9fff]+", text)
    pairs = {run[i : i + 2] for run in chinese for i in range(len(run) - 1)}
    return pairs | set(re.findall(r"[A-Za-z][A-Za-z'-]*", text))


def _answers(model: torch.nn.Module, tokenizer: object, group: Sequence[Case]) -> list[str]:
    """The model's greedy answers to a batch of conversations."""
    prompts = []
    for case in group:
        roles = ("user", "assistant") * len(case.turns)
        turns = [{"role": r, "content": t} for r, t in zip(roles, case.turns, strict=False)]
        prompts.append(
            tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        )
    encoded = tokenizer(
        prompts, return_tensors="pt", padding=True, padding_side="left", add_special_tokens=False
    )
    encoded.pop("token_type_ids", None)
    with torch.inference_mode():
        output = model.generate(**encoded, max_new_tokens=220, do_sample=False)
    new = output[:, encoded["input_ids"].shape[1] :]
    return [text.strip() for text in tokenizer.batch_decode(new, skip_special_tokens=True)]
