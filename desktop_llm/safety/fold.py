"""Maps each code point to the plain letters it is meant to be read as. Per code point: no context.

Because fold(xy) = fold(x) fold(y), cutting a text anywhere cannot change what its parts fold to.
Leet spellings are not folded here (1 may be i or l): they are classes in the rules' patterns.
"""

import functools
import unicodedata

MASK = "█"

_MARKS = (
    (0x300, 0x370), (0x1AB0, 0x1B00), (0x1DC0, 0x1E00), (0x20D0, 0x2100), (0xFE20, 0xFE30),
)  # fmt: skip

# Letters of other alphabets that look like Latin ones (a selection of Unicode's confusables).
_LOOKALIKES = dict(
    zip(
        "авсԁеғɡһіјкӏмпорԛгѕтцѵԝхуᴢαβεηικνορτυχγωѡәıłøđðħŧ",
        "abcdefghijklmnopqrstuvwxyzabenikvoptuxywweiloddht",
        strict=True,
    )
)


def _is_latin_mark(char: str) -> bool:
    code = ord(char)
    return any(low <= code < high for low, high in _MARKS)


@functools.lru_cache(maxsize=65536)
def fold(char: str) -> str:
    """The symbols of one code point: usually one, none for an accent, two for ß or a ligature."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    plain = (_LOOKALIKES.get(part, part) for part in text if not _is_latin_mark(part))
    return "".join(plain)


def is_word(symbol: str) -> bool:
    """Whether a folded symbol is part of a word. The mask is, so that masking opens no boundary."""
    return symbol == MASK or symbol == "_" or symbol.isalnum()


def is_cjk(symbol: str) -> bool:
    """Whether a symbol belongs to a script that is written without spaces."""
    code = ord(symbol)
    return (
        0x3040 <= code <= 0x30FF
        or 0x3400 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x3FFFF
        or 0x0E00 <= code <= 0x0EFF
    )
