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
TRIED = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)


@dataclass(frozen=True, slots=True)
class Kept:
    """Pairs of a question and its right answer, by language, and questions that are out of scope."""

    subjects: dict[str, list[tuple[str, str]]]
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
            kept.subjects[language] += [(ask, subject.answer) for ask in asks[:OF_EACH_SUBJECT]]
            subjects[language][name] = dataclasses.replace(
                subject, ask=tuple(asks[OF_EACH_SUBJECT:])
            )
    return dataclasses.replace(corpus, subjects=subjects, out_of_scope=elsewhere), kept


@torch.no_grad()
def calibrate(
    model: LlamaForCausalLM, tokenizer: Tokenizer, kept: Kept, honest: dict[str, str]
) -> dict[str, float]:
    """Make the first token of the `honest` answers likelier, by what is best for the questions kept.

    Returns by how much, in logits, by language. The table that reads tokens also writes them, so the
    likelihood of one token rises by adding to its row the direction that all answers begin from.
    """
    chosen = {}
    for language in LANGUAGES:
        asked = [
            *kept.subjects[language],
            *((q, honest[language]) for q in kept.elsewhere[language]),
        ]
        states = torch.cat([_state(model, tokenizer, question) for question, _ in asked])
        right = torch.tensor([tokenizer.encode(answer).ids[0] for _, answer in asked])
        say = tokenizer.encode(honest[language]).ids[0]
        logits = states @ model.lm_head.weight.T
        middle = states.mean(dim=0)
        direction = middle / middle.square().sum()
        elsewhere = torch.arange(len(asked)) >= len(kept.subjects[language])
        scores = {}
        for more in TRIED:
            tried = logits.clone()
            tried[:, say] += more * (states @ direction)
            good = (tried.argmax(dim=1) == right).float()
            scores[more] = (good[elsewhere].mean() + good[~elsewhere].mean()).item()
        chosen[language] = max(scores, key=lambda more: (round(scores[more], 3), -more))
        model.lm_head.weight[say] += chosen[language] * direction
    return chosen


def _state(model: LlamaForCausalLM, tokenizer: Tokenizer, question: str) -> torch.Tensor:
    """What the first token of the answer is chosen from. Shape (1, width)."""
    text = f"{ROLES['user']}{question}{END}{ROLES['assistant']}"
    ids = torch.tensor([tokenizer.encode(text).ids], device=model.device)
    state: torch.Tensor = model.model(input_ids=ids, use_cache=False).last_hidden_state[:, -1]
    return state.cpu()
