"""The corpus: enough subjects, enough ways of asking, and nothing held out that was trained on."""

import re
from itertools import islice

import pytest
from dialogues import Dialogues
from encode import CONTEXT, Encoder, batches, train_tokenizer
from texts import FOLLOW_UPS, LANGUAGES, Corpus, HeldOut, plain, read_corpus, read_held_out
from vary import varied

from desktop_llm.core import settings_tree
from desktop_llm.core.settings import Settings
from desktop_llm.resources import resource


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_corpus(resource("guide_model") / "corpus")


@pytest.fixture(scope="module")
def held_out() -> HeldOut:
    return read_held_out(resource("guide_model") / "corpus")


def test_there_are_enough_subjects_in_both_languages(corpus: Corpus) -> None:
    assert len(corpus.subjects["en"]) >= 120
    assert corpus.subjects["en"].keys() == corpus.subjects["zh"].keys()
    for language in LANGUAGES:
        for subject in corpus.subjects[language].values():
            assert len({plain(ask) for ask in subject.ask}) >= 8, subject.id
            sentences = [s for s in re.split(r"[.!?。！？](?:\s|$)?", subject.answer) if s.strip()]
            assert 1 <= len(sentences) <= 9, subject.id
            assert subject.short


def test_nothing_held_out_was_trained_on(corpus: Corpus, held_out: HeldOut) -> None:
    for language in LANGUAGES:
        trained = {plain(q) for s in corpus.subjects[language].values() for q in s.ask}
        trained |= {plain(q) for q in corpus.out_of_scope[language]}
        trained |= {plain(q) for kind in FOLLOW_UPS for q in corpus.follow_ups[language][kind]}
        asked = [q for qs in held_out.subjects[language].values() for q in qs]
        asked += held_out.out_of_scope[language]
        assert not trained & {plain(q) for q in asked}
        assert held_out.subjects[language].keys() >= corpus.subjects[language].keys()
        assert all(len(qs) >= 2 for qs in held_out.subjects[language].values())
        assert len(held_out.out_of_scope[language]) >= 100


def test_answers_differ_in_their_first_words(corpus: Corpus) -> None:
    for language in LANGUAGES:
        starts = [s.answer[:12] for s in corpus.subjects[language].values()]
        assert len(starts) == len(set(starts))


def test_every_setting_of_the_app_is_spoken_of(corpus: Corpus) -> None:
    spoken = plain(" ".join(s.answer + s.short + " ".join(s.ask)
                            for s in corpus.subjects["en"].values()))  # fmt: skip
    words = {
        "no_repeat_ngram_size": "repeatngram", "max_new_tokens": "maxnewtokens",
        "stop": "stopstring", "selected": "model", "words": "ownwords", "zoom": "textsize",
        "title_in_window": "windowtitle", "show_statistics": "statistics",
        "confirm_delete": "askfirst", "reopen_last": "lastconversation", "level": "safetyfilter",
        "load_at_start": "loadatstart", "send_key": "ctrlenter", "context_window": "contextwindow",
        "reduce_motion": "reducemotion", "quick_ask_keys": "quickask",
        "patterns": "ownwords", "allowed": "ownwords", "use_found": "modelsofotherprograms",
    }  # fmt: skip
    for info in settings_tree.walk(Settings):
        if info.description.advanced:
            continue  # rarely needed, and explained where they stand
        name = info.key.rpartition(".")[2]
        if info.key.startswith("safety.") and info.description.hidden:
            continue  # its categories and kinds are one subject: the filter's own page
        assert words.get(name, plain(name)) in spoken, info.key


def test_training_never_asks_a_held_out_question(corpus: Corpus, held_out: HeldOut) -> None:
    never = frozenset(
        plain(q)
        for language in LANGUAGES
        for qs in (*held_out.subjects[language].values(), held_out.out_of_scope[language])
        for q in qs
    )
    dialogues = Dialogues(corpus, 3, never)
    asked = (t for _ in range(4000) for role, t in dialogues.next().turns if role == "user")
    assert not never & {plain(question) for question in asked}


def test_names_belong_to_one_subject_only(corpus: Corpus) -> None:
    for language in LANGUAGES:
        names = [
            name.lower()
            for subject in (*corpus.subjects[language].values(),)
            for name in {*subject.names.things, *subject.names.deeds}
        ]
        assert len(names) == len(set(names))
        elsewhere = corpus.elsewhere[language]
        assert not set(names) & {n.lower() for n in (*elsewhere.things, *elsewhere.deeds)}


def test_the_same_seed_makes_the_same_training(corpus: Corpus) -> None:
    one, two = (list(islice(iter(Dialogues(corpus, 7).next, None), 50)) for _ in range(2))
    assert one == two
    tokenizer = train_tokenizer(text for d in one for _, text in d.turns)
    first = [next(batches(Dialogues(corpus, 7), Encoder(tokenizer, 7), 1024, 7)) for _ in range(2)]
    assert first[0].ids.equal(first[1].ids)
    assert first[0].weights.equal(first[1].weights)
    assert first[0].ids.shape[1] <= CONTEXT


def test_variations_keep_the_question_recognisable(corpus: Corpus) -> None:
    import random

    rng = random.Random(3)
    for language in LANGUAGES:
        question = next(iter(corpus.subjects[language].values())).ask[0]
        variations = {varied(rng, question, language) for _ in range(200)}
        assert len(variations) > 50
        assert question in variations
