"""How the tokenizer of a GGUF file cuts a text into words before it makes tokens of them.

A file names that way by a word of llama.cpp's (`tokenizer.ggml.pre`, llama-vocab.cpp). transformers
knows some of them and takes GPT-2's way for every other, under which a model would be given tokens that
it has not learned. The ways below are those of the models' own tokenizer.json. Reads no file.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tokenizers import Regex, pre_tokenizers
from transformers.integrations.gguf.gguf_tokenizer_mapping import (
    GGUF_PRE_TOKENIZER_SPLITS,
    set_split_regex,
)

from desktop_llm.core.errors import ModelError

MODEL, WAY, TOKENS = "tokenizer.ggml.model", "tokenizer.ggml.pre", "tokenizer.ggml.tokens"
ADDS_BEGIN = "tokenizer.ggml.add_bos_token"
BYTES = "gpt2"
"""The kind of vocabulary whose texts are cut: pieces of words in bytes."""
AS_GPT2 = frozenset({
    "gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion", "exaone4", "granite-docling", "gigachat",
    "a.x-4.0", "mellum", "roberta-bpe", "jina-es", "jina-de", "jina-v1-en", "jina-v2-es", "jina-v2-de",
    "jina-v2-code",
})  # fmt: skip
"""Ways that are GPT-2's."""
UNSAID = ("", "default")
"""What stands in files of before May 2024, in which there was no word for it yet."""
OF_OLD = {
    "gpt2": "gpt-2", "mamba": "mpt", "qwen2": "qwen2", "qwen2moe": "qwen2", "starcoder2": "starcoder",
    "falcon": "falcon", "bloom": "bloom",
}  # fmt: skip
"""What the files of an architecture meant that say nothing."""
LLAMA_3 = 128_000
"""Tokens from which on a file of the architecture "llama" that says nothing is a Llama 3."""
WHOLE_WORDS = frozenset({"llama3", "llama-v3", "llama-bpe", "pixtral", "tekken"})
"""Ways of vocabularies in which a word that is a token is never made of pieces, and whose texts begin
with the token of a beginning where the file says nothing else."""

_Way = Callable[[], Any]


def _bytes(*, cuts: bool) -> Any:
    """What writes a text in the letters of bytes, and with `cuts` cuts it as GPT-2 does."""
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=cuts)


def _cut(pattern: str) -> Any:
    return pre_tokenizers.Split(Regex(pattern), behavior="isolated")


def _single_digits() -> Any:
    """StarCoder's and SmolLM's."""
    digits = pre_tokenizers.Digits(individual_digits=True)
    return pre_tokenizers.Sequence([digits, _bytes(cuts=True)])


def _falcon() -> Any:
    return pre_tokenizers.Sequence([
        pre_tokenizers.Punctuation("contiguous"), _bytes(cuts=True), pre_tokenizers.Digits(),
        _cut("[0-9][0-9][0-9]"),
    ])  # fmt: skip


def _deepseek_coder() -> Any:
    return pre_tokenizers.Sequence([
        _cut("[\r\n]"), _cut(r"\s?\p{L}+"), _cut(r"\s?\p{P}+"), _cut("[一-龥ࠀ-一가-퟿]+"),
        pre_tokenizers.Digits(individual_digits=True), _bytes(cuts=False),
    ])  # fmt: skip


def _bloom() -> Any:
    words = r" ?[^(\s|[.,!?…。，、।۔،])]+"
    return pre_tokenizers.Sequence([_cut(words), _bytes(cuts=False)])


OURS: dict[str, _Way] = {
    **dict.fromkeys(("starcoder", "refact", "command-r", "smollm", "codeshell", "exaone"), _single_digits),
    "minerva-7b": _single_digits, "falcon": _falcon, "bloom": _bloom, "deepseek-coder": _deepseek_coder,
}  # fmt: skip
"""Ways that transformers does not know."""
ALIKE = {"stablelm2": "qwen2", "glm4": "llama-bpe", "chatglm-bpe": "llama-bpe"}
"""Ways that are those of others."""


def cut_words(tokenizer: Any, metadata: Mapping[str, Any], path: Path) -> None:
    """Have transformers' tokenizer of a GGUF file cut texts as the file says.

    Raises ModelError for a way that is not known.
    """
    if metadata.get(MODEL) != BYTES:
        return
    way = str(metadata.get(WAY, ""))
    if way in UNSAID:
        way = _of_old(metadata)
    known = ALIKE.get(way, way)
    backend = tokenizer.backend_tokenizer
    if known in OURS:
        backend.pre_tokenizer = OURS[known]()
    elif known in GGUF_PRE_TOKENIZER_SPLITS:
        set_split_regex(tokenizer, {"pre_tokenizer_type": known})
    elif known not in AS_GPT2:
        raise ModelError(
            "{path} cannot be read exactly.",
            "Its tokenizer cuts texts in a way that this app does not know ({way}).",
            "Choose the safetensors version of the same model.",
            path=path,
            way=way,
        )
    if way in WHOLE_WORDS:
        backend.model.ignore_merges = True
        if ADDS_BEGIN not in metadata and tokenizer.bos_token is not None:
            tokenizer.add_bos_token = True
            tokenizer.update_post_processor()


def _of_old(metadata: Mapping[str, Any]) -> str:
    architecture = str(metadata.get("general.architecture", ""))
    count = metadata.get(TOKENS, 0)
    many = isinstance(count, int) and count >= LLAMA_3
    if architecture == "llama" and many:
        return "llama-bpe"
    # Of the others nobody can tell it.
    return OF_OLD.get(architecture, "gpt-2")
