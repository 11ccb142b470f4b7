"""Takes out code points that hide or reorder text. One in, none or one out; knows no rule.

What is dropped and what is bounded follows SAFETY.md 2.2: bidi controls, zero-width spaces, soft
hyphens, fillers, tag characters, controls and what else Unicode says is never drawn go, and so do
noncharacters, which the window takes for signs of its own; joiners, marks and variation selectors
stay but in short runs, which makes every later bound finite.
"""

import unicodedata

_DROPPED = frozenset(
    [
        *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x200B, 0xFEFF, 0x00AD, 0x034F, 0x180E,
        0x061C, 0x115F, 0x1160, 0x3164, 0xFFA0, 0x17B4, 0x17B5, *range(0xFFF0, 0xFFFD),
        *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B), *range(0xE0000, 0xE0100),
        *range(0xE01F0, 0xE1000), *range(0xFDD0, 0xFDF0),
        *(plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF)),
        *(code for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A, 0x85)),
    ]
)  # fmt: skip
_JOINERS = frozenset(
    [
        0x200C, 0x200D, 0x200E, 0x200F, *range(0x180B, 0x180E), 0x180F, *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    ]
)  # fmt: skip
MAX_JOINERS = 1
MAX_MARKS = 4

KEEP, DROP, JOINER, MARK = range(4)


class _Kinds(dict[str, int]):
    """What each code point is, looked up once."""

    def __missing__(self, char: str) -> int:
        code = ord(char)
        kind = KEEP
        if code in _DROPPED:
            kind = DROP
        elif code in _JOINERS:
            kind = JOINER
        elif code >= 0x300 and unicodedata.category(char) in ("Mn", "Me"):
            kind = MARK
        self[char] = kind
        return kind


KINDS = _Kinds()


def is_joiner(char: str) -> bool:
    """Whether it only joins, selects or directs what stands beside it."""
    return KINDS[char] == JOINER


class Sanitiser:
    """Keeps count of joiners and marks in a row, so that chunking changes nothing."""

    def __init__(self) -> None:
        self._joiners = self._marks = 0

    @property
    def counts(self) -> bool:
        """Whether what comes next depends on what came before."""
        return self._joiners + self._marks > 0

    def keeps(self, char: str) -> bool:
        """Whether the next code point of the text stays in it."""
        kind = KINDS[char]
        if kind == KEEP:
            self._joiners = self._marks = 0
            return True
        if kind == DROP:
            return False
        if kind == JOINER:
            self._joiners += self._joiners < MAX_JOINERS + 1
            return self._joiners <= MAX_JOINERS
        if self._marks == MAX_MARKS:  # and the joiners before stay counted: it is not there
            return False
        self._joiners, self._marks = 0, self._marks + 1
        return True

    def feed(self, text: str) -> str:
        """The text without what hides or reorders it."""
        return "".join(char for char in text if self.keeps(char))
