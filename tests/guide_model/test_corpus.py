"""The corpus: enough subjects, enough ways of asking, and nothing held out that was trained on."""

import re
from itertools import islice

import pytest
import torch
from calibrate import Kept, calibrate, keep_back
from dialogues import Dialogues
from encode import CONTEXT, Encoder, batches, train_tokenizer
from texts import FOLLOW_UPS, LANGUAGES, Corpus, HeldOut, plain, read_corpus, read_held_out
from transformers import LlamaConfig, LlamaForCausalLM
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
        for ways in (corpus.follow_ups, corpus.more_follow_ups):
            trained |= {plain(q) for kind in FOLLOW_UPS for q in ways[language][kind]}
        asked = [q for qs in held_out.subjects[language].values() for q in qs]
        asked += held_out.out_of_scope[language]
        asked += [q for qs in held_out.follow_ups[language].values() for q in qs]
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


@pytest.mark.parametrize("more", [False, True])
def test_training_never_asks_a_held_out_question(
    corpus: Corpus, held_out: HeldOut, more: bool
) -> None:
    never = frozenset(
        plain(q)
        for language in LANGUAGES
        for qs in (*held_out.subjects[language].values(), held_out.out_of_scope[language])
        for q in qs
    )
    dialogues = Dialogues(corpus, 3, never, more=more)
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
    answers = sorted(corpus.answers())
    first = [
        next(batches(Dialogues(corpus, 7), Encoder(tokenizer, 7, answers), 1024, 7))
        for _ in range(2)
    ]
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


def test_what_is_kept_back_is_not_trained_on(corpus: Corpus) -> None:
    rest, kept = keep_back(corpus)
    assert keep_back(corpus) == (rest, kept)
    for language in LANGUAGES:
        asks = {ask for s in rest.subjects[language].values() for ask in s.ask}
        assert not asks & set(kept.subjects[language])
        assert not set(rest.out_of_scope[language]) & set(kept.elsewhere[language])
        assert len(kept.subjects[language]) == 2 * len(corpus.subjects[language])
        assert len(kept.elsewhere[language]) == 300
        assert rest.answers() == corpus.answers()


def test_the_opening_of_an_answer_tells_it_from_all_others(corpus: Corpus) -> None:
    answers = sorted(corpus.answers())
    tokenizer = train_tokenizer(answers)
    encoder = Encoder(tokenizer, 7, answers, whole=0.0)
    openings = {}
    for answer in answers:
        sample = encoder.sample([("user", "so"), ("assistant", answer)])
        learnt = [i for i, w in zip(sample.ids, sample.weights, strict=True) if w]
        assert len(learnt) <= len(tokenizer.encode(answer).ids) + 1
        openings[tuple(learnt)] = answer
    assert len(openings) == len(answers)
    assert sum(map(len, openings)) < sum(len(tokenizer.encode(a).ids) for a in answers) / 4


def test_an_answer_once_begun_is_learnt_to_its_end_whatever_was_asked(corpus: Corpus) -> None:
    answers = sorted(corpus.answers())
    tokenizer = train_tokenizer(answers)
    encoder = Encoder(tokenizer, 7, answers, begun=1.0)
    end = tokenizer.token_to_id("<|end|>")
    texts = {(*tokenizer.encode(answer).ids, end): answer for answer in answers}
    turns = [("user", "?"), ("assistant", answers[0])]  # too short to be cut differently
    said = set()
    for _ in range(200):
        sample, before = encoder.sample(turns), len(encoder.sample(turns[:1]).ids) + 1
        told = len(sample.ids) - sum(weight > 0 for weight in sample.weights)
        assert not any(sample.weights[:told])
        answer, opening = tuple(sample.ids[before:]), tuple(sample.ids[before:told])
        begin_so = [text for ids, text in texts.items() if ids[: len(opening)] == opening]
        assert begin_so == [texts[answer]]
        said.add(answer)
    assert len(said) > 100


def test_calibration_makes_the_honest_answer_as_likely_as_is_best(corpus: Corpus) -> None:
    tokenizer = train_tokenizer(corpus.answers())
    torch.manual_seed(1)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=tokenizer.get_vocab_size(), hidden_size=32, intermediate_size=32,
            num_hidden_layers=1, num_attention_heads=2, tie_word_embeddings=True,
        )
    )  # fmt: skip
    _, kept = keep_back(corpus)
    few = Kept(
        {language: kept.subjects[language][:5] for language in LANGUAGES},
        {language: kept.elsewhere[language][:5] for language in LANGUAGES},
    )
    before = model.lm_head.weight.clone()
    chosen = calibrate(model, tokenizer, few, corpus.honest)
    changed = (model.lm_head.weight != before).any(dim=1).nonzero().flatten().tolist()
    said = {language: tokenizer.encode(corpus.honest[language]).ids[0] for language in LANGUAGES}
    assert changed == sorted(said[language] for language in LANGUAGES if chosen[language])
