"""Writes the model card from what was measured. Knows nothing that was not measured."""

import platform
from dataclasses import dataclass
from pathlib import Path

from evaluate import Result
from texts import Corpus

CARD = """---
language: [en, zh]
license: mit
pipeline_tag: text-generation
---

# Guide model of Desktop LLM

A very small causal language model (Llama architecture, {parameters:.1f} M parameters, bf16) that ships
with Desktop LLM so that the app answers from its first second, offline. It was trained from scratch on
the text in `corpus/`, written by this project, in English and Simplified Chinese.

## What it is

It knows one subject: how large language models work, what they are good and bad at, and how Desktop LLM
is used. It has learnt {subjects} subjects by heart and recognises many ways of asking for them, short
follow-ups ("shorter, please", "in Chinese", "why?", "give an example") and questions that are none of
its business, which it says honestly.

## What it is not

It is not a general assistant: it knows nothing about the world, cannot reason, calculate, translate or
write code, and does not follow instructions. Asked about two subjects at once it answers one. A question
put in words far from its corpus can get the answer to another subject, in a confident tone. Its reading
span is {context} tokens.

## Measured

Greedy decoding, questions that training never saw (`corpus/held_out.toml`). An answer counts as right
only when it is, letter for letter, the answer of the right subject.

{table}

Made by `train.py` with seed {made.seed} in {made.steps} steps, in {made.format} on {machine} with 2
cores: {made.cpu_minutes:.0f} minutes of both cores' time, {made.minutes:.0f} by the clock, which also
counts what else ran on that machine.
"""


@dataclass(frozen=True, slots=True)
class Making:
    """How the model was made. `cpu_minutes` are processor minutes divided by the threads."""

    seed: int
    steps: int
    minutes: float
    cpu_minutes: float
    format: str


def write_card(folder: Path, corpus: Corpus, result: Result, made: Making) -> None:
    """Write README.md beside the model's files."""
    import json

    config = json.loads((folder / "config.json").read_text("utf-8"))
    size = (folder / "model.safetensors").stat().st_size / 2  # bf16: two bytes a parameter
    text = CARD.format(
        parameters=size / 1e6,
        subjects=len(corpus.subjects["en"]),
        context=config["max_position_embeddings"],
        table=result.table(),
        made=made,
        machine=_machine(),
    )
    (folder / "README.md").write_text(text, encoding="utf-8")


def _machine() -> str:
    """The processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
