"""Texts become the tokens that the model's own tokenizer makes of them, however its files cut words."""

import json
from pathlib import Path
from typing import Any

import pytest
from gguf_making import write_gguf
from tiny_models import SPECIAL, make_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer

from desktop_llm.core.errors import ModelError
from desktop_llm.core.gguf import read_gguf
from desktop_llm.engine.gguf_words import cut_words
from desktop_llm.engine.load import read_tokenizer
from desktop_llm.engine.tokens import Encoder

TEXT = "In 2024 it's 1234567 hits,  they're (3.14!) at\n\n 09:45 \u4f60\u597d 2\u00bd\u2026 don't"
LEARNED = [TEXT, "2024 1234567 123 345 (3.1 .14 !) 09: 45", "1 12 123 1234 ,  (3 \n\n 0"] * 3

LETTERS = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
DIGITS = {"type": "Digits", "individual_digits": True}


def split(pattern: str) -> dict[str, Any]:
    return {
        "type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False,
    }  # fmt: skip


STARCODER = [DIGITS, LETTERS | {"use_regex": True}]
QWEN2 = [
    split(
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
    LETTERS | {"use_regex": False},
]
FALCON = [
    {"type": "Punctuation", "behavior": "Contiguous"},
    LETTERS | {"use_regex": True},
    {"type": "Digits", "individual_digits": False},
    split("[0-9][0-9][0-9]"),
]
CODER = [
    split("[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split("[一-龥ࠀ-一가-퟿]+"), DIGITS,
    LETTERS | {"use_regex": False},
]  # fmt: skip
BLOOM = [split(r" ?[^(\s|[.,!?…。，、।۔،])]+"), LETTERS | {"use_regex": False}]
PUBLISHED = {
    "smollm": STARCODER, "starcoder": STARCODER, "refact": STARCODER, "stablelm2": QWEN2,
    "qwen2": QWEN2, "falcon": FALCON, "bloom": BLOOM, "deepseek-coder": CODER,
}  # fmt: skip
"""What stands in the tokenizer.json of models whose GGUF files have that word."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama whose vocabulary has tokens across all places at which some tokenizer cuts."""
    folder = make_model(tmp_path_factory.mktemp("words") / "m", "llama")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=SPECIAL, initial_alphabet=letters, show_progress=False
    )
    tokenizer.train_from_iterator(LEARNED, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def published(folder: Path, way: list[dict[str, Any]]) -> Tokenizer:
    """The folder's tokenizer with that way to cut texts."""
    told = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    told["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": way}
    return Tokenizer.from_str(json.dumps(told))


def ids(tokenizer: Tokenizer) -> list[int]:
    return list(tokenizer.encode(TEXT, add_special_tokens=False).ids)


@pytest.mark.parametrize("word", PUBLISHED)
def test_the_tokens_are_those_of_the_models_own_tokenizer(
    model: Path, tmp_path: Path, word: str
) -> None:
    file = write_gguf(model, tmp_path / "m.gguf", way=word)
    expected = ids(published(model, PUBLISHED[word]))
    assert expected != ids(published(model, [LETTERS | {"use_regex": True}]))
    assert ids(read_tokenizer(file).backend_tokenizer) == expected


def test_a_file_of_old_that_says_nothing_is_cut_as_its_architecture_is(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "m", "qwen2")
    for word in ("", "default"):
        file = write_gguf(folder, tmp_path / f"{word}.gguf", way=word)
        cut = read_tokenizer(file).backend_tokenizer.pre_tokenizer
        known = write_gguf(folder, tmp_path / "qwen2.gguf", way="qwen2")
        same = read_tokenizer(known).backend_tokenizer.pre_tokenizer
        assert cut.pre_tokenize_str(TEXT) == same.pre_tokenize_str(TEXT)


def test_a_large_llama_of_old_is_a_llama_3(model: Path, tmp_path: Path) -> None:
    def cut(word: str, tokens: int) -> object:
        file = write_gguf(model, tmp_path / "m.gguf", way=word)
        tokenizer = read_tokenizer(file)
        said = read_gguf(file, arrays=False).metadata | {"tokenizer.ggml.tokens": tokens}
        cut_words(tokenizer, said, file)
        return tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str(TEXT)

    assert cut("", 128_256) == cut("llama-bpe", 600) != cut("", 600) == cut("gpt-2", 600)


def test_a_way_that_is_not_known_is_told_and_not_guessed(model: Path, tmp_path: Path) -> None:
    file = write_gguf(model, tmp_path / "m.gguf", way="deepseek-llm")
    with pytest.raises(ModelError, match=r"not know \(deepseek-llm\)") as told:
        read_tokenizer(file)
    assert "safetensors" in str(told.value)


def test_a_tokenizer_of_another_kind_is_told_of_the_file_and_of_none_that_is_not_there(
    model: Path, tmp_path: Path
) -> None:
    file = write_gguf(model, tmp_path / "m.gguf", words="bert")
    with pytest.raises(ModelError, match="tokenizer 'bert'") as told:
        read_tokenizer(file)
    assert "tokenizer.json" not in str(told.value)


def test_a_text_of_a_llama_3_begins_with_its_token_where_the_file_says_nothing_else(
    model: Path, tmp_path: Path
) -> None:
    begin = AutoTokenizer.from_pretrained(model).bos_token_id
    for word, begins, around in (
        ("llama-bpe", None, [begin]), ("llama-bpe", False, []), ("gpt-2", None, []),
    ):  # fmt: skip
        file = write_gguf(model, tmp_path / "m.gguf", way=word, begins=begins)
        assert Encoder(read_tokenizer(file).backend_tokenizer).around == (around, [])
