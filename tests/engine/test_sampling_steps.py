"""The rarer sampling steps: each against its own definition, on a handful of scores or a tiny model."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from test_sampler import CPU, SCORES, drawn
from tiny_models import asked, reply, trained_tokenizer
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from desktop_llm.core.events import EndReason
from desktop_llm.core.sampling import NEUTRAL, SAMPLER_ORDER
from desktop_llm.engine import processors
from desktop_llm.engine.engine import TransformersEngine
from desktop_llm.engine.repetition import FEWEST, LoopGuard
from desktop_llm.engine.sample import Tongue, make_sampler
from desktop_llm.engine.tokens import Encoder
from desktop_llm.engine.vocabulary import Vocabulary, breaker_tokens, preview

NONE = torch.zeros((1, 0), dtype=torch.long)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(trained_tokenizer())


@pytest.fixture(scope="module")
def vocabulary(encoder: Encoder) -> Vocabulary:
    return Vocabulary(encoder)


def test_top_n_sigma_keeps_what_is_within_n_deviations_of_the_best() -> None:
    within = 2.0 - 1.0 * float(SCORES.std())
    expected = {token for token in range(5) if float(SCORES[token]) >= within}
    assert set(drawn(top_n_sigma=1.0)) == expected == {0, 1, 2, 3}
    assert set(drawn(top_n_sigma=0.3)) == {0, 1}


def test_xtc_leaves_out_all_likely_tokens_but_the_last_of_them() -> None:
    # Chances: 0.64, 0.24, 0.09, 0.03; at least 0.2 are the first two, of which the second stays.
    assert set(drawn(xtc_probability=1.0, xtc_threshold=0.2)) == {1, 2, 3}
    assert set(drawn(xtc_probability=1.0, xtc_threshold=0.5)) == {0, 1, 2, 3}
    half = drawn(2000, xtc_probability=0.5, xtc_threshold=0.2)
    # 0 falls away every other time: 0.32 of all, within six standard deviations.
    assert half[0] / 2000 == pytest.approx(0.32, abs=0.063)


def test_dynamic_temperature_is_low_where_the_model_is_sure() -> None:
    step = processors.DynamicTemperature(1.0, 0.5, 1.0)
    sure, unsure = torch.tensor([[20.0, 0.0, 0.0]]), torch.zeros(1, 3)
    assert float(step(NONE, sure)[0, 0]) == pytest.approx(40, rel=1e-3)
    alike = torch.tensor([[1.0, 1.0, 1.0]])
    assert float(step(NONE, alike)[0, 0]) == pytest.approx(1 / 1.5)
    assert torch.equal(step(NONE, unsure), unsure)
    curved = processors.DynamicTemperature(1.0, 0.5, 3.0)
    middle = torch.tensor([[2.0, 1.0, 0.0]])
    assert float(curved(NONE, middle)[0, 0]) > float(step(NONE, middle)[0, 0])


def slow_dry(ids: list[int], breakers: set[int], allowed: int) -> dict[int, int]:
    """For each token, by looking: how long the passage is that it would prolong."""
    longest: dict[int, int] = {}
    for place in range(len(ids) - 1):
        length = 0
        while length <= place and ids[place - length] == ids[-1 - length]:
            if ids[place - length] in breakers:
                break
            length += 1
        if length >= allowed:
            token = ids[place + 1]
            longest[token] = max(longest.get(token, 0), length)
    return longest


@pytest.mark.parametrize("breakers", [set(), {3}])
def test_dry_lowers_what_would_prolong_a_repetition(breakers: set[int]) -> None:
    generator = np.random.default_rng(5)
    ids = generator.integers(0, 4, 700).tolist()
    step = processors.Dry(0.5, 2.0, 2, frozenset(breakers))
    for end in range(1, 700, 7):
        scores = step(torch.tensor([ids[:end]]), torch.zeros(1, 5))
        lengths = slow_dry(ids[:end], breakers, 2)
        expected = [-0.5 * 2.0 ** (lengths[t] - 2) if t in lengths else 0.0 for t in range(5)]
        assert scores[0].tolist() == pytest.approx(expected)


def test_a_reply_may_not_end_before_its_shortest_length(engine: TransformersEngine) -> None:
    assert engine._loaded is not None
    free = reply(engine, asked("Hi", max_new_tokens=40))
    ends = frozenset(range(3, 200))  # as good as every other token ends this one
    engine._loaded = replace(engine._loaded, tongue=replace(engine._loaded.tongue, ends=ends))
    assert reply(engine, asked("Hi", max_new_tokens=40)).end.usage.new_tokens < 9
    out = reply(engine, asked("Hi", max_new_tokens=40, min_new_tokens=9))
    assert out.end.usage.new_tokens >= 9
    assert free.end.usage.new_tokens == 40


def test_a_bias_moves_the_tokens_of_a_text(encoder: Encoder, vocabulary: Vocabulary) -> None:
    (plain,), spaced = encoder.ids("a"), encoder.ids(" a")[-1]
    assert {plain, spaced} <= set(vocabulary.biased("a"))
    size = encoder.tokenizer.get_vocab_size()
    settings = replace(NEUTRAL, temperature=0.0, seed=0, logit_bias=("a=3.5",))
    sample = make_sampler(settings, (), 0, CPU, Tongue(vocabulary, frozenset()))
    scores = torch.zeros(size)
    scores[7] = 3.0
    assert sample(scores) in (plain, spaced)
    scores[7] = 4.0
    assert sample(scores) == 7


def test_a_bias_on_a_line_break_moves_it(encoder: Encoder, vocabulary: Vocabulary) -> None:
    (line,) = encoder.ids("\n")
    assert vocabulary.biased("\n") == (line,)
    assert vocabulary.biased(" ") == tuple(encoder.ids(" "))
    settings = replace(NEUTRAL, temperature=0.0, seed=0, logit_bias=(r"\n=3.5",))
    sample = make_sampler(settings, (), 0, CPU, Tongue(vocabulary, frozenset()))
    scores = torch.zeros(encoder.tokenizer.get_vocab_size())
    scores[7] = 3.0
    assert sample(scores) == line


def test_a_bias_on_a_line_break_leaves_the_space_that_is_put_before_every_text() -> None:
    tokenizer = Tokenizer(
        models.BPE(vocab={"\u2581": 0, "<0x0A>": 1, "a": 2}, merges=[], byte_fallback=True)
    )
    tokenizer.normalizer = normalizers.Prepend("\u2581")
    vocabulary = Vocabulary(Encoder(tokenizer))
    assert (vocabulary.biased("\n"), vocabulary.biased("a")) == ((1,), (2,))


def test_a_bias_on_a_control_tokens_name_moves_that_token(
    engine: TransformersEngine, encoder: Encoder, vocabulary: Vocabulary
) -> None:
    end = encoder.tokenizer.token_to_id("<|im_end|>")
    assert vocabulary.biased("<|im_end|>") == (end,)
    assert preview(encoder, "<|im_end|>", biased=True) == ("<|im_end|>",)
    out = reply(engine, asked("Hi", logit_bias=("<|im_end|>=1000",)))
    assert (out.end.reason, out.end.usage.new_tokens) == (EndReason.STOP, 1)
    # Within another text, and in a phrase, it is letters like any others.
    assert end not in vocabulary.biased("a<|im_end|>")
    assert len(preview(encoder, "<|im_end|>")) > 2
    assert len(preview(encoder, "a<|im_end|>", biased=True)) > 2


def test_a_line_break_can_be_banned_and_end_a_reply(engine: TransformersEngine) -> None:
    lines = asked("Hi", logit_bias=(r"\n=1000",), banned_phrases=(r"\\n",), max_new_tokens=20)
    assert reply(engine, lines).text == "\n" * 20
    banned = replace(lines, sampling=replace(lines.sampling, banned_phrases=(r"\n",)))
    out = reply(engine, banned)
    assert out.end.usage.new_tokens == 20
    assert "\n" not in out.text
    ended = reply(engine, replace(lines, sampling=replace(lines.sampling, stop=(r"\n\n",))))
    assert (ended.end.reason, ended.end.usage.new_tokens) == (EndReason.STOP, 2)


def test_a_backslash_in_a_text_of_the_settings_is_written_twice(engine: TransformersEngine) -> None:
    request = asked("Hi", logit_bias=(r"\\=1000",), stop=(r"\\\\\\",), max_new_tokens=20)
    out = reply(engine, request)
    assert (out.end.reason, out.end.usage.new_tokens) == (EndReason.STOP, 3)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_a_banned_phrase_never_appears_however_it_is_spelled(
    model_folders: dict[str, object], kind: str
) -> None:
    from tiny_models import loaded_engine

    engine = loaded_engine(model_folders[kind])  # type: ignore[arg-type]
    seen = Counter[str]()
    free = [
        reply(engine, asked("Hi", temperature=1.0, seed=s, max_new_tokens=80)).text.lower()
        for s in range(2)
    ]
    for text in free:
        seen.update(text[i : i + 2] for i in range(len(text)) if text[i : i + 2].isascii())
    phrases = tuple(p for p, _ in seen.most_common(12) if p.strip() == p and "," not in p)[:5]
    assert phrases
    for seed in range(2):
        request = asked("Hi", temperature=1.0, seed=seed, max_new_tokens=80, banned_phrases=phrases)
        out = reply(engine, request)
        assert out.end.reason is not EndReason.FAILED, out.end.error
        assert not [phrase for phrase in phrases if phrase in out.text.lower()]


def banned_after(vocabulary: Vocabulary, phrase: str, tokens: list[int]) -> set[int]:
    """The tokens that may not follow those of a reply."""
    step = processors.BannedPhrases([phrase], vocabulary, 0)
    size = vocabulary._encoder.tokenizer.get_vocab_size()
    scores = torch.zeros(1, size)
    for end in range(len(tokens) + 1):  # as a reply grows
        scores = step(torch.tensor([tokens[:end]], dtype=torch.long), torch.zeros(1, size))
    return set(torch.isinf(scores[0]).nonzero()[:, 0].tolist())


@pytest.mark.parametrize("phrase", ["Москва", "москва", "МОСКВА"])
def test_a_phrase_is_banned_in_capitals_or_not_in_every_script(phrase: str) -> None:
    tokenizer = trained_tokenizer()
    tokenizer.add_tokens(["Моск", "МОСК", "ва", "ВА", "вы", "из Москвы", "в Москва"])
    named = tokenizer.token_to_id
    vocabulary = Vocabulary(Encoder(tokenizer))
    always = {named("в Москва")}
    assert banned_after(vocabulary, phrase, []) == always
    for begun in ("Моск", "МОСК"):
        found = banned_after(vocabulary, phrase, [named(begun)])
        assert found == always | {named("ва"), named("ВА")}
    assert breaker_tokens(vocabulary, ["ВА"]) >= {named("ва"), named("ВА"), named("в Москва")}


@pytest.mark.parametrize("phrase", ["οδος", "ΟΔΟΣ", "οδοσ"])
def test_a_phrase_with_a_final_sigma_is_banned_in_all_its_letters(phrase: str) -> None:
    """Of a whole word in capitals `lower` makes another last letter than of that letter alone."""
    tokenizer = trained_tokenizer()
    tokenizer.add_tokens(["οδο", "ΟΔΟ", "ς", "σ", "Σ", "τ", "η οδος", "ΟΔΟΣ", "ΟΔΟΣ."])
    named = tokenizer.token_to_id
    vocabulary = Vocabulary(Encoder(tokenizer))
    always = {named(token) for token in ("η οδος", "ΟΔΟΣ", "ΟΔΟΣ.")}
    assert banned_after(vocabulary, phrase, []) == always
    for begun in ("οδο", "ΟΔΟ"):
        found = banned_after(vocabulary, phrase, [named(begun)])
        assert found == always | {named("ς"), named("σ"), named("Σ")}
    assert breaker_tokens(vocabulary, ["ς"]) >= always | {named("σ"), named("Σ")}


@pytest.mark.parametrize("text", ["😀", "Москва", "МОСКВА", "👩‍🔬", "CAFÉ", "οδος", "ΟΔΟΣ"])
def test_a_banned_phrase_may_be_cut_within_its_characters(
    encoder: Encoder, vocabulary: Vocabulary, text: str
) -> None:
    tokens = encoder.ids(text)
    assert len(tokens) > len(text.encode()) / 2
    for phrase in (text, text.lower()):
        assert tokens[-1] in banned_after(vocabulary, phrase, tokens[:-1])
    assert tokens[-1] not in banned_after(vocabulary, text, tokens[1:-1])


def test_bytes_that_stand_for_themselves_are_banned_too() -> None:
    written = {f"<0x{byte:02X}>": byte for byte in range(256)}
    tokenizer = Tokenizer(models.BPE(vocab=written, merges=[], byte_fallback=True))
    *begun, last = "😀".encode()
    assert banned_after(Vocabulary(Encoder(tokenizer)), "😀", begun) == {last}


@pytest.fixture
def words() -> Encoder:
    """A tokenizer as BERT has it: a space before every token but those that go on in a word."""
    pieces = ["[UNK]", "un", "##able", "##s", "bad", "word", "able", ".", "'"]
    pieces += ["don", "t", "坏", "人"]
    tokenizer = Tokenizer(
        models.WordPiece({piece: number for number, piece in enumerate(pieces)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Split(Regex("[坏人]"), "isolated")]
    )
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(["[UNK]"])
    return Encoder(tokenizer)


def test_the_tokens_of_words_are_as_long_texts_show_them(words: Encoder) -> None:
    vocabulary, tokenizer = Vocabulary(words), words.tokenizer
    tokens = words.ids("unable words bad. don't 坏人")
    shown = b"".join(map(vocabulary.bytes_of, tokens)).decode()
    assert shown == " " + tokenizer.decode(tokens) == " unable words bad. don ' t 坏 人"
    assert preview(words, "unable words") == (" un", "able", " word", "s")
    assert vocabulary.bytes_of(tokenizer.token_to_id("[UNK]")) == b""


@pytest.mark.parametrize(
    ("phrase", "begun", "last", "other"),
    [
        ("unable", ["un"], "##able", "able"),
        ("un able", ["un"], "able", "##able"),
        ("bad words", ["bad", "word"], "##s", "un"),
        ("bad.", ["bad"], ".", "##s"),
        ("words bad", ["word", "##s"], "bad", "word"),
        ("don't", ["don", "'"], "t", "word"),
        ("坏人", ["坏"], "人", "坏"),
        (" 坏人", ["bad", "坏"], "人", "坏"),
    ],
)
def test_a_phrase_is_banned_where_tokens_are_words(
    words: Encoder, phrase: str, begun: list[str], last: str, other: str
) -> None:
    named = words.tokenizer.token_to_id
    found = banned_after(Vocabulary(words), phrase, [named(token) for token in begun])
    assert named(last) in found
    assert named(other) not in found


def test_bytes_that_become_no_character_do_not_part_a_phrase(
    encoder: Encoder, vocabulary: Vocabulary
) -> None:
    (a,), (b,) = encoder.ids("a"), encoder.ids("b")
    half = encoder.ids("😀")[0]
    assert b in banned_after(vocabulary, "ab", [a, half])


def test_the_preview_shows_the_tokens_of_a_text(encoder: Encoder) -> None:
    shown = preview(encoder, "What is a token?")
    assert "".join(shown) == "What is a token?"
    assert len(shown) == len(encoder.ids("What is a token?"))
    assert all(len(piece) == 2 for piece in preview(encoder, "𝛼"))  # single bytes


def test_breakers_are_all_tokens_that_hold_one(encoder: Encoder, vocabulary: Vocabulary) -> None:
    (colon,) = encoder.ids(":")
    found = breaker_tokens(vocabulary, [":", "\n"])
    assert colon in found
    assert encoder.ids("\n")[0] in found
    assert encoder.ids("x")[0] not in found


def test_the_guard_notices_a_loop_and_no_mere_row() -> None:
    def noticed(tokens: list[int], limit: int = 4) -> int | None:
        guard = LoopGuard(limit)
        return next((i for i, token in enumerate(tokens) if guard.add(token)), None)

    varied = np.random.default_rng(1).integers(0, 50, 2000).tolist()
    assert noticed(varied) is None
    assert noticed([7] * 60 + varied) is None  # a line of dashes
    assert noticed([7] * 500) == FEWEST  # the first token repeats nothing yet
    assert noticed(varied[:32] * 10 + varied[50:], limit=6) is None  # a table of ten equal rows
    assert noticed(varied[:3] * 100 + varied[50:], limit=6) is None  # a list of a hundred zeros
    assert noticed(varied[:3] * 200, limit=6) == FEWEST + 2
    passage = varied[:120]
    assert noticed(varied[200:300] + passage * 4) == 100 + 120 * 4 - 1
    assert noticed(passage * 3 + varied[50:]) is None
    assert noticed(varied[:300] * 6) is None  # longer than what is looked at
    assert noticed([7] * 500, limit=0) is None


def test_a_looping_reply_ends_with_its_own_reason(engine: TransformersEngine) -> None:
    loop = asked("Hi", logit_bias=("e=1000",), max_new_tokens=FEWEST + 20)
    out = reply(engine, loop)
    assert out.end.reason is EndReason.REPETITION
    assert out.end.usage.new_tokens == FEWEST + 1
    assert set(out.text) <= set("e E")
    free = replace(loop, sampling=replace(loop.sampling, repetition_limit=0))
    assert reply(engine, free).end.reason is EndReason.LENGTH


def test_every_step_of_the_order_is_taken_where_it_is_asked_for(vocabulary: Vocabulary) -> None:
    all_on = replace(
        NEUTRAL, seed=0, min_new_tokens=5, logit_bias=("a=1",), banned_phrases=("zzz",),
        repetition_penalty=1.1, presence_penalty=0.1, frequency_penalty=0.1,
        no_repeat_ngram_size=3, dry_multiplier=0.8, top_n_sigma=2.0, temperature=0.7, top_k=40,
        top_p=0.9, min_p=0.01, typical_p=0.9, xtc_probability=0.5, answer_format="regex",
        answer_pattern="[a-z ]{400}",
    )  # fmt: skip
    tongue = Tongue(vocabulary, frozenset({2}))
    sample = make_sampler(all_on, (1, 2, 3), 3, CPU, tongue)
    assert len(sample._chain) == len(SAMPLER_ORDER)  # type: ignore[attr-defined]
    scores = torch.randn(vocabulary._encoder.tokenizer.get_vocab_size())
    assert len({sample(scores) for _ in range(50)}) > 1


def test_xtc_spares_a_token_that_may_be_written_also_at_a_threshold_of_0() -> None:
    step = processors.Xtc(1.0, 0.0, torch.Generator().manual_seed(0))
    scores = step(torch.zeros(1, 1, dtype=torch.long), torch.tensor([[2.0, 1.0, float("-inf")]]))
    assert torch.isfinite(scores).tolist() == [[False, True, False]]
