"""The corpus: enough subjects, enough ways of asking, and nothing held out that was trained on."""

import re
from collections import defaultdict

import torch
from calibrate import Kept, calibrate, keep_back
from encode import train_tokenizer
from texts import FOLLOW_UPS, LANGUAGES, Corpus, HeldOut, plain
from train import _texts
from transformers import LlamaConfig, LlamaForCausalLM
from vary import varied

from desktop_llm.core import settings_tree
from desktop_llm.core.settings import Settings


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


def test_reasons_and_examples_begin_with_their_own_subject(corpus: Corpus) -> None:
    """A beginning that many share is where a small model goes over from one text to another."""
    for language, first in (("en", 4), ("zh", 6)):
        begun: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for subject in corpus.subjects[language].values():
            for text in (subject.answer, subject.short, subject.why, subject.example):
                begun[_first(text, language, first)].add(subject.id)
        for subject in corpus.subjects[language].values():
            for text in filter(None, (subject.why, subject.example)):
                assert begun[_first(text, language, first)] == {subject.id}, text


def _first(text: str, language: str, count: int) -> tuple[str, ...]:
    """The first words in English, the first characters in Chinese."""
    words = re.findall(r"[a-z0-9'-]+", text.lower()) if language == "en" else "".join(text.split())
    return tuple(words[:count])


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


def test_an_english_word_of_an_answer_is_one_token(corpus: Corpus) -> None:
    """Else the begin of one answer's word could be joined to the end of another's."""
    tokenizer = train_tokenizer(_texts(corpus), corpus.answers())
    parted = set()
    for answer in corpus.answers():
        encoded = tokenizer.encode(answer)
        begins = {begin for begin, _ in encoded.offsets}
        for word in re.finditer(r"[A-Za-z]+", answer):
            parted |= {word.group() for at in range(word.start() + 1, word.end()) if at in begins}
    assert not parted


def test_calibration_makes_the_honest_answer_as_likely_as_is_best(corpus: Corpus) -> None:
    tokenizer = train_tokenizer(corpus.answers(), ())
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
