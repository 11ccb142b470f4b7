"""The tokenizer, the chat template, and conversations as token ids with the parts to learn."""

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from dialogues import Dialogues, Turn
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

END, PAD = "<|end|>", "<|pad|>"
ROLES = {"system": "<|system|>", "user": "<|user|>", "assistant": "<|assistant|>"}
SPECIAL = (PAD, END, *ROLES.values())
VOCABULARY = 8000
CONTEXT = 1024
TEMPLATE = (
    "{%- for message in messages -%}"
    "{{ '<|' + message['role'] + '|>' + message['content'] | trim + '<|end|>' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}"
)
LOOSE_SHARE, CUT = 0.1, 0.06
"""How many questions are cut into other tokens, and how often between two characters of those."""
BEYOND = 2
"""Tokens that are learnt after the first ones that tell an answer from all others: most samples stop
there. What follows is the same whatever was asked, and a fiftieth of the samples teaches it."""
WHOLE_SHARE = 0.2
LATER_WHOLE_SHARE = 0.85
"""Of the answers after the first one: these are more, and each is met less often."""
STOPPED_SHARE = 0.8
"""Of the answers that something follows, those that were stopped after a sentence: what is asked
next depends on little of them, and three times as many conversations fit into a batch."""


def train_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """A byte-level BPE tokenizer of the corpus: nothing is ever unknown to it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


@dataclass(frozen=True, slots=True)
class Sample:
    """Token ids of a conversation, and for each how much the model is to learn it (0: not)."""

    ids: list[int]
    weights: list[float]


class Encoder:
    """Turns dialogues into samples. Questions are cut into tokens a little differently each time,
    so that a slip of the finger is nothing new.

    The idea is that of BPE dropout (Provilkov et al. 2020); the library's own cannot be seeded.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        seed: int,
        answers: Iterable[str],
        stopped: float = STOPPED_SHARE,
        whole: float = WHOLE_SHARE,
        begun: float = 0.0,
    ) -> None:
        """`answers` are all that the model may say; `whole` is how many first ones are learnt to
        their end, 0 to 1; `begun` is in how many conversations another answer is put in place of the
        last one, to be carried on from where it is told from all others, whatever was asked."""
        self._plain, self._stopped_share, self._whole_share = tokenizer, stopped, whole
        self._answers, self._begun_share = list(answers), begun
        self._openings = _openings({text: self._answer(text) for text in self._answers})
        self._rng = random.Random(seed)

    def sample(self, turns: list[Turn]) -> Sample:
        """One conversation; the last answer is often cut after its opening."""
        ids: list[int] = []
        weights: list[float] = []
        for place, (role, text) in enumerate(turns):
            self._add(ids, weights, [self._plain.token_to_id(ROLES[role])], 0.0)
            if role != "assistant":
                cut = self._loosely(text) if self._rng.random() < LOOSE_SHARE else [text]
                for piece in cut:
                    self._add(ids, weights, self._plain.encode(piece).ids, 0.0)
                self._add(ids, weights, [self._plain.token_to_id(END)], 0.0)
            elif place < len(turns) - 1 and self._rng.random() < self._stopped_share:
                self._add(ids, weights, self._answer(self._stopped(text)), 0.0)
            elif place == len(turns) - 1 and self._rng.random() < self._begun_share:
                self._add_begun(ids, weights, self._rng.choice(self._answers))
            else:
                whole = self._whole_share if place < 3 else LATER_WHOLE_SHARE
                only_opening = place == len(turns) - 1 and self._rng.random() >= whole
                self._add_answer(ids, weights, text, only_opening)
        return Sample(ids[:CONTEXT], weights[:CONTEXT])

    def _answer(self, text: str) -> list[int]:
        return [*self._plain.encode(text).ids, self._plain.token_to_id(END)]

    def _add_answer(
        self, ids: list[int], weights: list[float], text: str, only_opening: bool
    ) -> None:
        """An answer that is learnt; its first tokens, which decide, count most."""
        answer = self._answer(text)
        if only_opening:
            answer = answer[: self._openings[text]]
        self._add(ids, weights, answer[:4], 3.0)
        self._add(ids, weights, answer[4:], 1.0)

    def _add_begun(self, ids: list[int], weights: list[float], text: str) -> None:
        """An answer of which only what follows upon its opening is learnt."""
        answer, told = self._answer(text), self._openings[text] - BEYOND
        self._add(ids, weights, answer[:told], 0.0)
        self._add(ids, weights, answer[told:], 1.0)

    def _stopped(self, text: str) -> str:
        """The first sentence, or the first two."""
        ends = [match.end() for match in re.finditer(r"[.!?](?= )|[。！？]", text)]
        return text[: self._rng.choice(ends[:2])] if ends else text

    def _loosely(self, text: str) -> list[str]:
        """The text in pieces that are turned into tokens each for itself."""
        cuts = [i for i in range(1, len(text)) if self._rng.random() < CUT]
        return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    @staticmethod
    def _add(ids: list[int], weights: list[float], more: list[int], weight: float) -> None:
        ids += more
        weights += [weight] * len(more)


def _openings(answers: dict[str, list[int]]) -> dict[str, int]:
    """How many first tokens of each answer belong to no other, and `BEYOND` more."""
    begun = Counter(tuple(ids[:end]) for ids in answers.values() for end in range(1, len(ids) + 1))
    return {
        text: BEYOND + next((n for n in range(1, len(ids)) if begun[tuple(ids[:n])] == 1), len(ids))
        for text, ids in answers.items()
    }


@dataclass(frozen=True, slots=True)
class Batch:
    """`ids` and `weights` have the shape (conversations, tokens), padded on the right."""

    ids: torch.Tensor
    weights: torch.Tensor


def batches(dialogues: Dialogues, encoder: Encoder, tokens: int, seed: int) -> Iterator[Batch]:
    """Endless batches of about that many tokens, of conversations of similar length."""
    rng = random.Random(seed)
    while True:
        pool = sorted(
            (encoder.sample(dialogues.next().turns) for _ in range(1536)), key=lambda s: len(s.ids)
        )
        groups: list[list[Sample]] = [[]]
        for sample in pool:
            if (len(groups[-1]) + 1) * len(sample.ids) > tokens and groups[-1]:
                groups.append([])
            groups[-1].append(sample)
        rng.shuffle(groups)
        yield from (_padded(group) for group in groups)


def _padded(samples: list[Sample]) -> Batch:
    longest = max(len(sample.ids) for sample in samples)
    ids = torch.zeros(len(samples), longest, dtype=torch.long)  # 0 is the padding token
    weights = torch.zeros(len(samples), longest)
    for row, sample in enumerate(samples):
        ids[row, : len(sample.ids)] = torch.tensor(sample.ids)
        weights[row, : len(sample.ids)] = torch.tensor(sample.weights)
    return Batch(ids, weights)


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write tokenizer.json and what transformers reads beside it."""
    from transformers import PreTrainedTokenizerFast

    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=list(ROLES.values()),
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    wrapped.chat_template = TEMPLATE
    wrapped.save_pretrained(folder)
