"""Makes training conversations from the corpus: one question, follow-ups, changes of subject."""

import dataclasses
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice

from shares import Shares
from texts import FOLLOW_UPS, LANGUAGES, Corpus, Names, Subject, plain
from vary import varied

FRAMED_SHARE, FRAMED_ELSEWHERE_SHARE = 0.2, 0.3
"""Questions made of a frame and a name; the others were written as they are."""
UNHEARD_SHARE = 0.12
"""Of the framed questions that are out of scope, those about words that do not exist."""
SYLLABLES = [
    "ba",
    "cor",
    "di",
    "el",
    "fan",
    "gre",
    "hu",
    "is",
    "jo",
    "kel",
    "lim",
    "mor",
    "na",
    "op",
    "per",
    "qui",
    "ro",
    "sta",
    "tu",
    "vin",
    "wo",
    "xa",
    "zen",
]
CHANGED_SHARE = 0.15
"""Of conversations made for what follows upon an answer, those in which another question does."""
SYSTEM_SHARE = 0.08
LONG_SHARE = 0.002
"""Conversations of many questions, so that what was said long ago does not confuse the model."""
SYSTEM_PROMPTS = (
    "You are a helpful assistant.", "You are a friendly guide.", "Answer briefly.",
    "You are an expert on language models.", "Be precise and polite.", "Answer in plain words.",
    "你是一个有用的助手。", "请用简洁的语言回答。", "你是一位耐心的老师。", "回答要准确。",
)  # fmt: skip

HARDER = ("shorter", "other_language")
"""Follow-ups whose answer every subject has one of its own for: twice as much to learn."""

Turn = tuple[str, str]
"""Who speaks (system, user, assistant) and the text."""


@dataclass(slots=True)
class Dialogue:
    """A conversation and what was said last: the subject's id, the kind of answer, the language."""

    turns: list[Turn] = field(default_factory=list)
    subject: str = ""
    kind: str = "answer"
    language: str = "en"

    def say(self, question: str, answer: str) -> None:
        """Add a question and its answer."""
        self.turns += [("user", question), ("assistant", answer)]


class Dialogues:
    """An endless stream of conversations; the same seed gives the same ones."""

    def __init__(
        self,
        corpus: Corpus,
        seed: int,
        shares: Shares,
        never: frozenset[str] = frozenset(),
        *,
        more: bool = False,
    ) -> None:
        """`never` holds questions (as `plain` gives them) that must not be made: the held-out ones.

        With `more` follow-ups are asked in all the ways there are, and the harder kinds oftener.
        """
        self._corpus, self._never, self._shares, self._more = corpus, never, shares, more
        self._ways = {
            language: {
                kind: asks + corpus.more_follow_ups[language][kind] * more
                for kind, asks in kinds.items()
            }
            for language, kinds in corpus.follow_ups.items()
        }
        self._kinds = (*FOLLOW_UPS, *HARDER * more)
        self._rng = random.Random(seed)
        self._followed: list[tuple[Subject, str]] = []
        self._decks = {language: self._deal(language) for language in LANGUAGES}
        self._elsewhere = {language: self._deal_elsewhere(language) for language in LANGUAGES}

    def next(self) -> Dialogue:
        """One conversation of one to four questions."""
        rng = self._rng
        dialogue = Dialogue(language=rng.choice(LANGUAGES))
        if rng.random() < SYSTEM_SHARE:
            dialogue.turns.append(("system", rng.choice(SYSTEM_PROMPTS)))
        if rng.random() < 0.015:
            self._ask_about_nothing(dialogue)
            return dialogue
        self._ask(dialogue)
        if rng.random() < LONG_SHARE:
            for _ in range(rng.randrange(4, 9)):
                self._ask(dialogue)
        while rng.random() < self._shares.follow_ups and len(dialogue.turns) < 20:
            if rng.random() < 0.7:
                self._follow_up(dialogue)
            else:
                self._ask(dialogue)
        return dialogue

    def question(self) -> Dialogue:
        """One question and its answer."""
        dialogue = Dialogue(language=self._rng.choice(LANGUAGES))
        self._ask(dialogue)
        return dialogue

    def followed(self) -> Dialogue:
        """A question, its answer and what follows upon it: every text that can equally often. With
        `more` also what there is no text of is asked for, or the model would begin one."""
        if not self._followed:
            self._followed = [
                (subject, kind)
                for language in LANGUAGES
                for subject in self._corpus.subjects[language].values()
                for kind in FOLLOW_UPS
                if self._more or kind in HARDER or getattr(subject, kind)
            ]
            self._rng.shuffle(self._followed)
        subject, kind = self._followed.pop()
        dialogue = Dialogue(subject=subject.id, language=subject.language)
        question = self._rng.choice(subject.ask)
        asked = self._asked(subject.names, question, subject.language, FRAMED_SHARE)
        dialogue.say(asked, subject.answer)
        if self._rng.random() < CHANGED_SHARE:
            self._ask(dialogue)
        else:
            self._follow_up(dialogue, kind)
        return dialogue

    def _ask(self, dialogue: Dialogue) -> None:
        rng = self._rng
        if rng.random() < 0.1:
            dialogue.language = rng.choice(LANGUAGES)
        language = dialogue.language
        if rng.random() < self._shares.elsewhere:
            dialogue.subject = ""
            dialogue.say(self._asked_elsewhere(language), self._corpus.honest[language])
            return
        subject, question = next(self._decks[language])
        dialogue.subject, dialogue.kind = subject.id, "answer"
        asked = self._asked(subject.names, question, language, FRAMED_SHARE)
        dialogue.say(asked, subject.answer)

    def _asked(self, names: Names, question: str, language: str, framed_share: float) -> str:
        """The question or one made from the names, varied, and never one that is held out."""
        while True:
            framed = self._rng.random() < framed_share
            asked = varied(self._rng, self._framed(names) if framed else question, language)
            if plain(asked) not in self._never:
                return asked

    def _framed(self, names: Names) -> str:
        deed = bool(names.deeds) and self._rng.random() < 0.4
        frames = names.deed_frames if deed else names.thing_frames
        things = names.deeds if deed else names.things
        return self._rng.choice(frames).format(self._rng.choice(things))

    def _asked_elsewhere(self, language: str) -> str:
        names = self._corpus.elsewhere[language]
        if self._rng.random() < UNHEARD_SHARE:
            names = dataclasses.replace(names, things=(self._unheard(language),), deeds=())
        question = next(self._elsewhere[language])
        return self._asked(names, question, language, FRAMED_ELSEWHERE_SHARE)

    def _unheard(self, language: str) -> str:
        """A word that nobody has heard of: what is not known is not known."""
        if language == "en":
            parts = self._rng.choices(SYLLABLES, k=self._rng.randrange(2, 5))
            return "".join(parts)
        characters = "".join(self._corpus.elsewhere["zh"].things)
        return "".join(self._rng.choices(characters, k=self._rng.randrange(2, 5)))

    def _follow_up(self, dialogue: Dialogue, kind: str = "") -> None:
        rng, asked_in = self._rng, dialogue.language
        kind = kind or rng.choice(self._kinds)
        question = varied(rng, rng.choice(self._ways[asked_in][kind]), asked_in)
        if kind == "other_language":
            dialogue.language = "zh" if asked_in == "en" else "en"
        elif kind == "shorter":
            dialogue.kind = "short"
        else:
            dialogue.kind = kind
        dialogue.say(question, self.answer(dialogue.subject, dialogue.kind, dialogue.language))

    def _ask_about_nothing(self, dialogue: Dialogue) -> None:
        rng, language = self._rng, dialogue.language
        kind = rng.choice(("shorter", "why", "example"))
        question = varied(rng, rng.choice(self._ways[language][kind]), language)
        dialogue.say(question, self._corpus.nothing_yet[language])

    def answer(self, subject: str, kind: str, language: str) -> str:
        """What is said about a subject ("" is out of scope) as answer, short, why or example."""
        return said(self._corpus, subject, kind, language)

    def _deal(self, language: str) -> Iterator[tuple[Subject, str]]:
        """Every way of asking once, in a new order each time, subjects equally often."""
        subjects = list(self._corpus.subjects[language].values())
        most = max(len(subject.ask) for subject in subjects)
        while True:
            deck = []
            for subject in subjects:
                asks = list(subject.ask)
                self._rng.shuffle(asks)
                deck += [(subject, ask) for ask in islice(cycle(asks), most)]
            self._rng.shuffle(deck)
            yield from deck

    def _deal_elsewhere(self, language: str) -> Iterator[str]:
        while True:
            deck = list(self._corpus.out_of_scope[language])
            self._rng.shuffle(deck)
            yield from deck


def said(corpus: Corpus, subject: str, kind: str, language: str) -> str:
    """The canonical text: of a subject's answer, short, why or example, or the honest ones."""
    if not subject:
        return (
            corpus.honest[language]
            if kind in {"answer", "short"}
            else corpus.nothing_more[language]
        )
    text = getattr(corpus.subjects[language][subject], kind)
    return text or corpus.nothing_more[language]
