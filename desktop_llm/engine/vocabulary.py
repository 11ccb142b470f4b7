"""What each token of a model is as text: as bytes, and as people are shown it. Knows no model.

Text-based sampling steps need it: a phrase can be spelled in many ways out of tokens.
"""

import bisect
import functools
from collections.abc import Sequence

from llguidance import LLTokenizer
from tokenizers import Tokenizer

from desktop_llm.engine.constraints import guide_for
from desktop_llm.engine.tokens import Encoder, decodes_by

WORDS = "WordPiece"
"""The decoder of BERT's tokenizers: a space before every token but those that go on in a word."""
FINAL_SIGMA, SIGMA = "\u03c2", "\u03c3"
"""Two small letters of one capital: which of them `lower` makes hangs on what stands around it."""


class Vocabulary:
    """The tokens of one tokenizer. Made when first asked for: 150,000 tokens take 0.2 s."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._guide: LLTokenizer | None = None

    def biased(self, text: str) -> tuple[int, ...]:
        """The tokens of a text, at the beginning of a line and after a space, spaces left out.

        A control token's name alone means that token. Of nothing but line breaks and spaces, the
        tokens as they are.
        """
        control = self._encoder.control_token(text)
        if control is not None:
            return (control,)
        text = self._encoder.as_text(text)
        found = self._encoder.ids(text)
        if not text.strip():
            # A space that the tokenizer puts before every text was not meant.
            meant = [token for token in found if self.bytes_of(token).strip(b" ")]
            return tuple(dict.fromkeys(meant or found))
        found += self._encoder.ids(" " + text)
        return tuple(token for token in dict.fromkeys(found) if self.bytes_of(token).strip())

    def bytes_of(self, token: int) -> bytes:
        """What a token adds to a text; empty for one that steers the model."""
        table = self._table
        return table[token] if token < len(table) else b""

    def ways_to_write(self, text: str) -> tuple[str, ...]:
        """A text as it is, and also with the spaces that the tokenizer puts into it, if any.

        Models whose tokens are words write "你 好" and "don ' t".
        """
        bare, tokenizer = text.strip(), self._encoder.tokenizer
        if not bare or not decodes_by(tokenizer, WORDS):
            return (text,)
        written = str(tokenizer.decode(self._encoder.ids(bare), skip_special_tokens=True))
        if written == bare or "".join(written.split()) != "".join(bare.split()):
            return (text,)  # or it has no tokens for some of it
        return (text, text.replace(bare, written))

    def guide(self, ends: frozenset[int]) -> LLTokenizer:
        """llguidance's view of these tokens, made once."""
        if self._guide is None:
            self._guide = guide_for(self._encoder, ends, lambda: self._table)
        return self._guide

    def beginning_with(self, begin: bytes) -> list[int]:
        """The tokens whose text, in small letters, begins so."""
        ordered, ids = self._ordered
        start = bisect.bisect_left(ordered, begin)
        end = bisect.bisect_left(ordered, begin + b"\xff" * 8)
        return ids[start:end]

    def containing(self, part: bytes) -> list[int]:
        """The tokens in whose text, in small letters, that stands."""
        ordered, ids = self._ordered
        return [token for text, token in zip(ordered, ids, strict=True) if part in text]

    @functools.cached_property
    def _table(self) -> list[bytes]:
        return _bytes_of_all(self._encoder.tokenizer)

    @functools.cached_property
    def _ordered(self) -> tuple[list[bytes], list[int]]:
        pairs = sorted(
            (_small_bytes(text), token) for token, text in enumerate(self._table) if text
        )
        return [text for text, _ in pairs], [token for _, token in pairs]


def small(text: str) -> str:
    """The text in small letters of every script, letter by letter: whole or in pieces it is the same."""
    return text.lower().replace(FINAL_SIGMA, SIGMA)


def _small_bytes(text: bytes) -> bytes:
    """The same of bytes; pieces of a character are left as they are."""
    letters = text.decode("utf-8", "surrogateescape")
    return small(letters).encode("utf-8", "surrogateescape")


def preview(encoder: Encoder, text: str, *, biased: bool = False) -> tuple[str, ...]:
    """The tokens that a text becomes, each as the model's tokenizer writes it, spaces as they are.

    Of a text that is to be `biased`, a control token's name alone means that token.
    """
    table = _Pieces(encoder.tokenizer)
    control = encoder.control_token(text) if biased else None
    tokens = encoder.ids(encoder.as_text(text)) if control is None else [control]
    return tuple(table.shown(token) for token in tokens)


class _Pieces:
    """Turns single tokens into bytes."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._by_bytes = decodes_by(tokenizer, "ByteLevel")
        self._by_words = decodes_by(tokenizer, WORDS)
        self._special = {
            number: token.special for number, token in tokenizer.get_added_tokens_decoder().items()
        }

    def raw(self, token: int, written: str) -> bytes:
        """The bytes that a token adds to a text; none for one that steers. `written` is its name in
        the vocabulary."""
        special = self._special.get(token)
        if special:
            return b""
        if self._by_words:
            # Behind another one: only the first token of a text has no space.
            return str(self._tokenizer.decoder.decode(["a", written]))[1:].encode()
        if special is not None:
            return written.encode()
        if self._by_bytes:
            letters = _byte_letters()
            if all(letter in letters for letter in written):
                return bytes(letters[letter] for letter in written)
        if len(written) == 6 and written.startswith("<0x") and written.endswith(">"):
            return bytes((int(written[3:5], 16),))
        return written.replace("\u2581", " ").replace("</w>", " ").encode()

    def shown(self, token: int) -> str:
        """The same for people: its name where it adds nothing, hexadecimal where it is a piece of a
        character."""
        written = self._tokenizer.id_to_token(token) or ""
        raw = self.raw(token, written)
        try:
            return raw.decode() or written
        except UnicodeDecodeError:
            return " ".join(f"{byte:02X}" for byte in raw)


def _bytes_of_all(tokenizer: Tokenizer) -> list[bytes]:
    pieces = _Pieces(tokenizer)
    table = [b""] * (max(tokenizer.get_vocab().values(), default=-1) + 1)
    for written, token in tokenizer.get_vocab().items():
        table[token] = pieces.raw(token, written)
    return table


@functools.cache
def _byte_letters() -> dict[str, int]:
    """GPT-2's letters for bytes (https://github.com/openai/gpt-2, encoder.py), each to its byte."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    letters = {chr(byte): byte for byte in plain}
    return letters | {chr(256 + place): byte for place, byte in enumerate(others)}


def breaker_tokens(vocabulary: Vocabulary, breakers: Sequence[str]) -> frozenset[int]:
    """The tokens in whose text one of the breakers stands."""
    found: set[int] = set()
    for breaker in breakers:
        found.update(vocabulary.containing(small(breaker).encode()))
    return frozenset(found)
