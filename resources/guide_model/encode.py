"""The tokenizer, the chat template, and conversations as token ids with the parts to learn."""

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import torch
from dialogues import Dialogues, Turn
from shares import Shares
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

END, PAD = "<|end|>", "<|pad|>"
ROLES = {"system": "<|system|>", "user": "<|user|>", "assistant": "<|assistant|>"}
SPECIAL = (PAD, END, *ROLES.values())
VOCABULARY = 9600
WORD, OFTEN = re.compile(" ?[A-Za-z]+"), 25
"""An English word as the tokenizer meets it, and how often it must be for none to be left in parts."""
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
FURTHER = 6
"""Fewer than so many tokens beyond that are left of an answer that is cut when it is clear which."""
DECIDING, MOST = 3.0, 4
"""How much the tokens that tell an answer from others count, and how many of them at least."""
POOL = 1536
"""Conversations that batches of similar length are made of at a time."""


def train_tokenizer(texts: Iterable[str], said: Iterable[str]) -> Tokenizer:
    """A byte-level BPE tokenizer of the corpus: nothing is ever unknown to it.

    Every English word of `said` becomes one token. A word of two could begin as one answer's and
    end as another's.
    """
    words = sorted({word for text in said for word in WORD.findall(text)})
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(chain(texts, words * OFTEN), trainer)
    return tokenizer


@dataclass(frozen=True, slots=True)
class Sample:
    """Token ids of a conversation, and for each how much the model is to learn it (0: not)."""

    ids: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, more: list[int], weight: float = 0.0) -> None:
        """Tokens that all count the same."""
        self.ids.extend(more)
        self.weights.extend([weight] * len(more))

    def shortened(self) -> "Sample":
        """As much as the model can read."""
        return Sample(self.ids[:CONTEXT], self.weights[:CONTEXT])


class Encoder:
    """Turns dialogues into samples. Questions are cut into tokens a little differently each time,
    so that a slip of the finger is nothing new.

    The idea is that of BPE dropout (Provilkov et al. 2020); the library's own cannot be seeded.
    """

    def __init__(
        self, tokenizer: Tokenizer, seed: int, answers: Iterable[str], shares: Shares
    ) -> None:
        """`answers` are all that the model may say."""
        self._plain, self._shares = tokenizer, shares
        self._end = tokenizer.token_to_id(END)
        self._answers = list(answers)
        self._recited: list[str] = []
        self._told: dict[str, list[int]] = {}
        self._openings = _openings({text: self._answer(text) for text in self._answers})
        self._rng = random.Random(seed)

    def next(self, dialogues: Dialogues, rng: random.Random) -> Sample:
        """A sample of one of the kinds of conversations that `Shares` tells of."""
        shares = self._shares
        chance = rng.random() if shares.recited or shares.followed else 1.0
        if chance < shares.recited:
            return self.recital(dialogues.question().turns)
        if chance < shares.recited + shares.followed:
            return self.sample(dialogues.followed().turns, followed=True)
        return self.sample(dialogues.next().turns)

    def sample(self, turns: list[Turn], *, followed: bool = False) -> Sample:
        """One conversation; the last answer is often cut after its opening."""
        sample = Sample()
        for place, (role, text) in enumerate(turns):
            if role != "assistant":
                self._say(sample, role, text, loosely=self._rng.random() < LOOSE_SHARE)
                continue
            sample.add([self._plain.token_to_id(ROLES[role])])
            if place < len(turns) - 1:
                self._answer_earlier(sample, text, followed)
            elif self._rng.random() < self._shares.begun:
                self._carry_on(sample, self._rng.choice(self._answers))
            else:
                is_first = place < 3 and not followed
                whole = self._shares.whole if is_first else self._shares.later
                self._learn(sample, text, whole=self._rng.random() < whole)
        return sample.shortened()

    def recital(self, turns: list[Turn]) -> Sample:
        """The same with another answer in place of the last one, begun and to be carried to its end,
        whatever was asked. Each answer in turn."""
        if not self._recited:
            self._recited = list(self._answers)
            self._rng.shuffle(self._recited)
        sample = self._up_to_the_last(turns)
        self._carry_on(sample, self._recited.pop())
        return sample.shortened()

    def _up_to_the_last(self, turns: list[Turn]) -> Sample:
        """What stands before the last answer, none of which is to be learnt."""
        sample = Sample()
        for role, text in turns[:-1]:
            self._say(sample, role, text, loosely=False)
        sample.add([self._plain.token_to_id(ROLES["assistant"])])
        return sample

    def _say(self, sample: Sample, role: str, text: str, *, loosely: bool) -> None:
        """What is not to be learnt."""
        sample.add([self._plain.token_to_id(ROLES[role])])
        for piece in self._loosely(text) if loosely else [text]:
            sample.add(self._plain.encode(piece).ids)
        sample.add([self._end])

    def _answer_earlier(self, sample: Sample, text: str, followed: bool) -> None:
        """An answer that something follows. It may be cut, which what follows depends little on, so
        that more conversations fit into a batch; how it begins is learnt all the same, but where few
        conversations go on."""
        answer = self._answer(text)
        if followed and self._rng.random() < self._shares.named:
            cut = answer[: self._openings[text] + self._rng.randrange(FURTHER)]
            given = cut if cut[-1] == self._end else [*cut, self._end]
        elif self._rng.random() < self._shares.stopped:
            given = self._answer(self._stopped(text))
        elif followed:
            given = answer
        else:
            self._learn(sample, text, whole=True)
            return
        pairs = zip(given, answer, strict=False)
        same = next((place for place, (a, b) in enumerate(pairs) if a != b), len(given))
        if not self._shares.followed:
            same = 0
        deciding = min(same, self._deciding(text))
        opening = max(deciding, min(same, self._openings[text]))
        sample.add(given[:deciding], DECIDING)
        sample.add(given[deciding:opening], 1.0)
        sample.add(given[opening:])

    def _learn(self, sample: Sample, text: str, *, whole: bool) -> None:
        """An answer or its opening; the tokens that decide which one it is count most."""
        answer, deciding = self._answer(text), self._deciding(text)
        if not whole:
            answer = answer[: self._openings[text]]
        sample.add(answer[:deciding], DECIDING)
        sample.add(answer[deciding:], 1.0)

    def _carry_on(self, sample: Sample, text: str) -> None:
        """An answer of which only what follows upon its first words is learnt."""
        answer, told = self._answer(text), self._openings[text] - BEYOND
        sample.add(answer[:told])
        sample.add(answer[told:], 1.0)

    def _deciding(self, text: str) -> int:
        return max(MOST, self._openings[text] - BEYOND)

    def _answer(self, text: str) -> list[int]:
        """The tokens are kept: every answer is given many times."""
        if text not in self._told:
            self._told[text] = [*self._plain.encode(text).ids, self._plain.token_to_id(END)]
        return self._told[text]

    def _stopped(self, text: str) -> str:
        """The first sentence, or the first two."""
        ends = [match.end() for match in re.finditer(r"[.!?](?= )|[。！？]", text)]
        return text[: self._rng.choice(ends[:2])] if ends else text

    def _loosely(self, text: str) -> list[str]:
        """The text in pieces that are turned into tokens each for itself."""
        cuts = [i for i in range(1, len(text)) if self._rng.random() < CUT]
        return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def _openings(answers: dict[str, list[int]]) -> dict[str, int]:
    """How many first tokens of each answer belong to no other, and `BEYOND` more."""
    begun = Counter(tuple(ids[:end]) for ids in answers.values() for end in range(1, len(ids) + 1))
    return {
        text: BEYOND + next((n for n in range(1, len(ids)) if begun[tuple(ids[:n])] == 1), len(ids))
        for text, ids in answers.items()
    }


@dataclass(frozen=True, slots=True)
class Batch:
    """`ids` and `weights` have the shape (conversations, tokens), padded on the right with token 0."""

    ids: torch.Tensor
    weights: torch.Tensor


def batches(dialogues: Dialogues, encoder: Encoder, tokens: int, seed: int) -> Iterator[Batch]:
    """Endless batches of about that many tokens, of conversations of similar length."""
    rng = random.Random(seed)
    while True:
        pool = sorted((encoder.next(dialogues, rng) for _ in range(POOL)), key=lambda s: len(s.ids))
        groups: list[list[Sample]] = [[]]
        for sample in pool:
            if (len(groups[-1]) + 1) * _rounded(len(sample.ids)) > tokens and groups[-1]:
                groups.append([])
            groups[-1].append(sample)
        rng.shuffle(groups)
        yield from (_padded(group, tokens) for group in groups)


def _rounded(length: int) -> int:
    """The next of a few lengths: for every other shape of a product oneDNN writes code of its own,
    which took a fifth of the time."""
    step = next((step for step, under in ((2, 32), (4, 64), (8, 192)) if length < under), 16)
    return -(-length // step) * step


def _padded(samples: list[Sample], tokens: int) -> Batch:
    """Filled up with empty conversations to a quarter, a half, three quarters or all of what so many
    tokens have room for: of shapes few, for the same reason."""
    longest = _rounded(max(len(sample.ids) for sample in samples))
    room = max(tokens // longest, 1)
    step = -(-room // 4)
    count = min(-(-len(samples) // step) * step, max(room, len(samples)))
    samples = samples + [Sample()] * (count - len(samples))
    missing = [longest - len(sample.ids) for sample in samples]
    ids = [sample.ids + [0] * gap for sample, gap in zip(samples, missing, strict=True)]
    weights = [sample.weights + [0.0] * gap for sample, gap in zip(samples, missing, strict=True)]
    return Batch(torch.tensor(ids), torch.tensor(weights))


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
