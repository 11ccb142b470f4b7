"""The conversations that training makes of the corpus, and what of them is learnt."""

import dataclasses
from collections import Counter
from itertools import islice

import pytest
from dialogues import Dialogues
from encode import CONTEXT, Encoder, batches, train_tokenizer
from shares import Shares
from texts import FOLLOW_UPS, LANGUAGES, Corpus, HeldOut, plain

SHARES = Shares(follow_ups=0.17, stopped=0.8, whole=0.2)


def _always(**chosen: float) -> Shares:
    return dataclasses.replace(SHARES, **chosen)


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
    dialogues = Dialogues(corpus, 3, SHARES, never, more=more)
    made = (d for _ in range(2000) for d in (dialogues.next(), dialogues.followed()))
    asked = (text for dialogue in made for role, text in dialogue.turns if role == "user")
    assert not never & {plain(question) for question in asked}


def test_the_same_seed_makes_the_same_training(corpus: Corpus) -> None:
    one, two = (list(islice(iter(Dialogues(corpus, 7, SHARES).next, None), 50)) for _ in range(2))
    assert one == two
    tokenizer = train_tokenizer((text for d in one for _, text in d.turns), ())
    answers = sorted(corpus.answers())
    mixed = dataclasses.replace(SHARES, recited=0.3, followed=0.3, named=0.5)
    first = [
        next(batches(Dialogues(corpus, 7, mixed), Encoder(tokenizer, 7, answers, mixed), 1024, 7))
        for _ in range(2)
    ]
    assert first[0].ids.equal(first[1].ids)
    assert first[0].weights.equal(first[1].weights)
    assert first[0].ids.shape[1] <= CONTEXT


def test_the_opening_of_an_answer_tells_it_from_all_others(corpus: Corpus) -> None:
    answers = sorted(corpus.answers())
    tokenizer = train_tokenizer(answers, ())
    encoder = Encoder(tokenizer, 7, answers, _always(whole=0.0))
    openings = {}
    for answer in answers:
        sample = encoder.sample([("user", "so"), ("assistant", answer)])
        learnt = [i for i, w in zip(sample.ids, sample.weights, strict=True) if w]
        assert len(learnt) <= len(tokenizer.encode(answer).ids) + 1
        openings[tuple(learnt)] = answer
    assert len(openings) == len(answers)
    assert sum(map(len, openings)) < sum(len(tokenizer.encode(a).ids) for a in answers) / 4


def test_the_words_that_tell_an_answer_from_the_others_count_most(corpus: Corpus) -> None:
    answers = sorted(corpus.answers())
    tokenizer = train_tokenizer(answers, ())
    encoder = Encoder(tokenizer, 7, answers, _always(whole=1.0))
    texts = {tuple(tokenizer.encode(answer).ids): answer for answer in answers}
    for ids in texts:
        alike = max(_alike(ids, other) for other in texts if other != ids)
        sample = encoder.sample([("user", "?"), ("assistant", texts[ids])])
        learnt = [weight for weight in sample.weights if weight]
        most = learnt.count(3.0)
        assert learnt == [3.0] * most + [1.0] * (len(learnt) - most)
        assert most >= min(alike + 1, len(ids))


def _alike(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many first tokens are the same."""
    return next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )


def test_an_answer_once_begun_is_learnt_to_its_end_whatever_was_asked(corpus: Corpus) -> None:
    answers = sorted(corpus.answers())
    tokenizer = train_tokenizer(answers, ())
    encoder = Encoder(tokenizer, 7, answers, _always(begun=1.0))
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


def test_what_follows_upon_an_answer_is_met_equally_often(corpus: Corpus) -> None:
    """Each reason, example, short answer and other language once, before any of them twice."""
    dialogues = Dialogues(corpus, 3, SHARES)
    can_follow = sum(
        kind in ("shorter", "other_language") or bool(getattr(subject, kind))
        for language in LANGUAGES
        for subject in corpus.subjects[language].values()
        for kind in FOLLOW_UPS
    )
    texts = {
        text
        for language in LANGUAGES
        for subject in corpus.subjects[language].values()
        for text in (subject.answer, subject.short, subject.why, subject.example)
        if text
    }
    said = Counter(dialogues.followed().turns[-1][1] for _ in range(can_follow))
    asked_anew = sum(said.values()) - sum(count for text, count in said.items() if text in texts)
    assert max(said[text] for text in texts) <= 5
    assert asked_anew < 0.1 * can_follow  # another question, about anything else
    missing = len(texts - said.keys())
    assert missing < 0.16 * len(texts)  # those in whose place another question came
    assert all(len(dialogues.followed().turns) == 4 for _ in range(50))


def test_at_last_what_there_is_no_text_of_is_asked_for_too(corpus: Corpus) -> None:
    """Or a reason is begun for a subject that has none."""
    kinds = {
        more: Counter(
            dialogue.turns[-1][1] in corpus.nothing_more.values()
            for dialogue in islice(
                iter(Dialogues(corpus, 3, SHARES, more=more).followed, None), 1500
            )
        )
        for more in (False, True)
    }
    lacking = sum(
        not getattr(subject, kind)
        for language in LANGUAGES
        for subject in corpus.subjects[language].values()
        for kind in ("why", "example")
    )
    assert lacking > 100
    assert not kinds[False][True]
    assert kinds[True][True] > 0.8 * lacking  # in the place of some another question comes


def test_every_answer_is_recited_once_before_any_is_twice(corpus: Corpus) -> None:
    answers = sorted(corpus.answers())
    tokenizer = train_tokenizer(answers, ())
    encoder = Encoder(tokenizer, 7, answers, SHARES)
    end = tokenizer.token_to_id("<|end|>")
    turns = [("user", "?"), ("assistant", answers[0])]  # too short to be cut differently
    before = len(encoder.sample(turns[:1]).ids) + 1
    recited = Counter(tuple(encoder.recital(turns).ids[before:]) for _ in range(2 * len(answers)))
    assert recited == {(*tokenizer.encode(answer).ids, end): 2 for answer in answers}


def test_how_an_answer_begins_is_learnt_also_where_it_is_cut_for_what_follows(
    corpus: Corpus,
) -> None:
    answers = sorted(corpus.answers())
    tokenizer = train_tokenizer(answers, ())
    encoder = Encoder(
        tokenizer, 7, answers, _always(stopped=1.0, named=1.0, later=1.0, followed=0.4)
    )
    end = tokenizer.token_to_id("<|end|>")
    for followed in (True, False):
        for answer in answers[:: len(answers) // 60]:
            turns = [
                ("user", "?"),
                ("assistant", answer),
                ("user", "why?"),
                ("assistant", answers[0]),
            ]
            sample = encoder.sample(turns, followed=followed)
            alone = encoder.sample([*turns[:1], ("assistant", answer)], followed=True)
            begin = next(place for place, weight in enumerate(sample.weights) if weight)
            close = sample.ids.index(end, begin)
            learnt = [weight for weight in sample.weights[begin:close] if weight]
            whole = [weight for weight in alone.weights if weight]
            assert learnt == whole[: len(learnt)]
            assert learnt[0] == 3.0
            assert sample.ids[begin : begin + len(learnt)] == alone.ids[begin : begin + len(learnt)]
            assert not sample.weights[close] or close - begin == len(whole) - 1
