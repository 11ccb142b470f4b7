"""Maps each code point to the plain symbols it is meant to be read as. Per code point: no context.

Because fold(xy) = fold(x) fold(y), cutting a text anywhere cannot change what its parts fold to.
Two channels (SAFETY.md 2.2): `WORD` for words, without case, accents and look-alikes, and with the
apostrophe and hyphen of the keyboard for those of typesetters; `DATA` for personal data, where case
matters and digits, dashes, dots and at-signs of any script become ASCII.
Leet spellings are not folded (1 may be i or l): they are classes in the rules' patterns.
"""

import unicodedata
from collections.abc import Callable

from desktop_llm.safety.sanitise import is_joiner

MASK = "█"

_MARKS = (
    (0x300, 0x370), (0x1AB0, 0x1B00), (0x1DC0, 0x1E00), (0x20D0, 0x2100), (0xFE20, 0xFE30),
)  # fmt: skip

# Letters of other alphabets that look like Latin ones (a selection of Unicode's confusables).
_LOOKALIKES = dict(
    zip(
        "авсԁеғɡһіјкӏмпорԛгѕтцѵԝхуᴢьαβεηικνορτυχγωѡәıłøđðħŧʏɪɴʀʟᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡ",
        "abcdefghijklmnopqrstuvwxyzbabenikvoptuxywweiloddhtyinrlacdejkmoptuvw",
        strict=True,
    )
)
# Accents that are typed for an apostrophe stay what they are: words that ´ parts, which folds to a space
# and an accent, have always been found as words that a space parts, and ` begins code. A dash is no
# hyphen: it parts words, and "pen—is" is two.
_SIGNS = dict.fromkeys("’‘‛ʼʻ′", "'") | dict.fromkeys("‐‒–−", "-") | {"―": "—"}
_PLAIN = _LOOKALIKES | _SIGNS
_WHITE = dict.fromkeys("\u0085\u2028\u2029", "\n") | dict.fromkeys("\u1680\u2800", " ")
"""White space on the screen that no normal form makes plain."""
_ASCII = {
    **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"), **dict.fromkeys("．。｡․", "."),
    **dict.fromkeys("＠﹫", "@"), **dict.fromkeys("\u00a0\u2007\u202f\u2009\u3000", " "), **_WHITE,
}  # fmt: skip


class _Folds(dict[str, str]):
    """The symbols of each code point, looked up once."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        super().__init__()
        self._fold = fold

    def __missing__(self, char: str) -> str:
        symbols = self._fold(char)
        self[char] = symbols
        return symbols

    def text(self, text: str) -> str:
        """The symbols of a whole text."""
        return "".join(self[char] for char in text)


def _is_latin_mark(char: str) -> bool:
    code = ord(char)
    return any(low <= code < high for low, high in _MARKS)


def _fold_word(char: str) -> str:
    if is_joiner(char):
        return ""
    if char in _WHITE:
        return _WHITE[char]
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    return "".join(_PLAIN.get(part, part) for part in text if not _is_latin_mark(part))


def _fold_data(char: str) -> str:
    if is_joiner(char):
        return ""
    if char in _ASCII:
        return _ASCII[char]
    text = unicodedata.normalize("NFKC", char)
    return "".join(_ascii_digit(part) for part in text)


def _ascii_digit(char: str) -> str:
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)


WORD = _Folds(_fold_word)
"""Usually one symbol, none for an accent or joiner, two for ß or a ligature."""

DATA = _Folds(_fold_data)


def is_word(symbol: str) -> bool:
    """Whether a folded symbol is part of a word, in a script that puts spaces between words.

    The mask is one, so that masking opens no boundary.
    """
    return symbol in (MASK, "_") or (symbol.isalnum() and not is_cjk(symbol))


def is_cjk(symbol: str) -> bool:
    """Whether a symbol belongs to a script that is written without spaces."""
    code = ord(symbol)
    return (
        0x3040 <= code <= 0x30FF
        or 0x3400 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x3FFFF
        or 0x0E00 <= code <= 0x0EFF  # Thai, Lao
        or 0x1000 <= code <= 0x109F  # Burmese, here and in two extensions
        or 0xA9E0 <= code <= 0xA9FF
        or 0xAA60 <= code <= 0xAA7F
        or 0x1780 <= code <= 0x17FF  # Khmer
    )
