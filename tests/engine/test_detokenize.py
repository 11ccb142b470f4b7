"""Text comes out in whole characters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import trained_tokenizer
from tokenizers import Tokenizer, decoders, models

from desktop_llm.engine.detokenize import Detokenizer

TOKENIZER = trained_tokenizer()


def pieces(ids: list[int], context: tuple[int, ...] = ()) -> list[str]:
    words = Detokenizer(TOKENIZER, context)
    return [*(words.feed(token) for token in ids), words.finish()]


@settings(deadline=None)
@given(st.text(max_size=20).filter(lambda text: "\ufffd" not in text and "<|" not in text))
def test_every_text_comes_back_whole_and_no_piece_holds_half_a_character(text: str) -> None:
    out = pieces(TOKENIZER.encode(text).ids)
    assert "".join(out) == text
    assert all("\ufffd" not in piece for piece in out)


def test_an_emoji_that_spans_tokens_is_held_back_until_its_last_byte() -> None:
    ids = TOKENIZER.encode("🦙").ids
    assert len(ids) > 1
    assert pieces(ids) == [*([""] * (len(ids) - 1)), "🦙", ""]


def test_a_reply_cut_inside_a_character_ends_before_it() -> None:
    ids = TOKENIZER.encode("x🦙").ids
    assert "".join(pieces(ids[:-1])) == "x"


@settings(deadline=None)
@given(st.lists(st.integers(0, TOKENIZER.get_vocab_size() - 1), max_size=60))
def test_no_tokens_whatever_make_a_replacement_character(ids: list[int]) -> None:
    assert "\ufffd" not in "".join(pieces(ids))


def test_bytes_that_never_become_a_character_do_not_hold_up_the_text_after_them() -> None:
    half = TOKENIZER.encode("🦙").ids[0]
    words = Detokenizer(TOKENIZER)
    for _ in range(30):
        assert words.feed(half) == ""
    assert "".join(words.feed(token) for token in TOKENIZER.encode("ab").ids) == "ab"


def test_special_tokens_leave_no_text() -> None:
    ids = TOKENIZER.encode("a<|im_end|>b").ids
    assert "".join(pieces(ids)) == "ab"


@pytest.fixture
def byte_fallback() -> Tokenizer:
    """A SentencePiece-like tokenizer: a space before words, bytes for what is in no vocabulary."""
    vocabulary = {"▁": 0, "▁a": 1, "b": 2, "<0xE4>": 3, "<0xBD>": 4, "<0xA0>": 5}
    tokenizer = Tokenizer(models.BPE(vocabulary, [], byte_fallback=True))
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)])
    return tokenizer


def test_byte_tokens_become_a_character_only_together(byte_fallback: Tokenizer) -> None:
    words = Detokenizer(byte_fallback)
    assert [words.feed(token) for token in (1, 3, 4, 5, 2)] == ["a", "", "", "你", "b"]


def test_the_first_space_stays_only_where_the_reply_joins_a_text(byte_fallback: Tokenizer) -> None:
    assert Detokenizer(byte_fallback).feed(1) == "a"
    assert Detokenizer(byte_fallback, context=[2]).feed(1) == " a"


@pytest.mark.parametrize(
    ("ids", "text"),
    [((3, 4, 5, 3, 2), "你b"), ((3, 4, 5, 3, 2, 1), "你b a"), ((1, 4, 4, 1), "a a")],
)
def test_bytes_that_go_astray_behind_a_whole_character_end_nothing(
    byte_fallback: Tokenizer, ids: tuple[int, ...], text: str
) -> None:
    """Together they read as broken, also those before them, which the library takes for an error."""
    words = Detokenizer(byte_fallback)
    assert "".join(words.feed(token) for token in ids) + words.finish() == text


@pytest.mark.parametrize("before", ["a မြန်မာ", "a 😀мир", "b", "aမ😀é"])
@pytest.mark.parametrize("size", range(9))
def test_a_context_that_begins_within_a_character_swallows_nothing(before: str, size: int) -> None:
    """Each byte is a token, and some byte of a run that begins so is the rest of a character."""
    written = {f"<0x{byte:02X}>": byte for byte in range(256)}
    tokenizer = Tokenizer(models.BPE(vocab=written, merges=[], byte_fallback=True))
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    context = tokenizer.encode(before).ids
    words, text = Detokenizer(tokenizer, context[len(context) - size :]), "ဘာသာစကား 😀"
    found = "".join(words.feed(token) for token in tokenizer.encode(text).ids)
    assert found + words.finish() == text
