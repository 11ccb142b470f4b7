"""Questions kept back from training, by which the model learns when to say that it does not know."""

import dataclasses
import random
from dataclasses import dataclass

import torch
from encode import END, ROLES
from texts import LANGUAGES, Corpus
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

OF_EACH_SUBJECT, ELSEWHERE = 2, 300
"""Questions that are kept back: of each subject, and of everything else, in each language."""
HONEST = 0.97
"""Share of the kept questions about everything else that are to be answered honestly. The guide is to
reach 95 %, and the share of 300 questions is by chance a hundredth or two off."""
STEP, MOST = 0.25, 4.0
"""Logits by which the honest answer is made likelier at a time, and at most."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Questions about the subjects and about everything else, by language."""

    subjects: dict[str, list[str]]
    elsewhere: dict[str, list[str]]


def keep_back(corpus: Corpus) -> tuple[Corpus, Kept]:
    """The corpus without some questions, and those; always the same ones."""
    rng = random.Random(5)
    kept = Kept({}, {})
    subjects, elsewhere = {}, {}
    for language in LANGUAGES:
        asks = list(corpus.out_of_scope[language])
        rng.shuffle(asks)
        kept.elsewhere[language], elsewhere[language] = asks[:ELSEWHERE], tuple(asks[ELSEWHERE:])
        kept.subjects[language], subjects[language] = [], {}
        for name, subject in corpus.subjects[language].items():
            asks = list(subject.ask)
            rng.shuffle(asks)
            kept.subjects[language] += asks[:OF_EACH_SUBJECT]
            subjects[language][name] = dataclasses.replace(
                subject, ask=tuple(asks[OF_EACH_SUBJECT:])
            )
    return dataclasses.replace(corpus, subjects=subjects, out_of_scope=elsewhere), kept


@torch.no_grad()
def calibrate(
    model: LlamaForCausalLM, tokenizer: Tokenizer, kept: Kept, honest: dict[str, str]
) -> dict[str, float]:
    """Make the first token of the `honest` answers likelier, as little as lets `HONEST` be reached.

    Returns by how much, in logits, by language. The table that reads tokens also writes them, so the
    likelihood of one token rises by adding to its row the direction that all answers begin from.
    """
    chosen = {}
    for language in LANGUAGES:
        elsewhere = _states(model, tokenizer, kept.elsewhere[language])
        middle = torch.cat((elsewhere, _states(model, tokenizer, kept.subjects[language]))).mean(0)
        direction = middle / middle.square().sum()
        say = tokenizer.encode(honest[language]).ids[0]
        row = model.lm_head.weight[say].clone()
        steps = [STEP * number for number in range(round(MOST / STEP) + 1)]
        for more in steps:
            model.lm_head.weight[say] = row + more * direction
            first = (elsewhere @ model.lm_head.weight.T).argmax(dim=1)
            if (first == say).float().mean() >= HONEST:
                break
        chosen[language] = more
    return chosen


def _states(model: LlamaForCausalLM, tokenizer: Tokenizer, asked: list[str]) -> torch.Tensor:
    """What the first tokens of the answers are chosen from. Shape (questions, width)."""
    states = []
    for question in asked:
        text = f"{ROLES['user']}{question}{END}{ROLES['assistant']}"
        ids = torch.tensor([tokenizer.encode(text).ids])
        states.append(model.model(input_ids=ids, use_cache=False).last_hidden_state[:, -1])
    return torch.cat(states)
