"""Carries the safety filter's marks through Markdown: signs in the text before, formats after. Draws nothing.

A mark counts code points of the reply's text, which Markdown rearranges. So each is put into the
text as a pair of noncharacters, which no font and no grammar knows, and taken out where it is written.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from desktop_llm.core.events import UNCHECKED, Mark
from desktop_llm.core.personal import SIGN
from desktop_llm.core.policy import FilterAction

OPEN, CLOSE = "\ufdd0", "\ufdd1"
WRITTEN = re.compile("%EF%B7%9[01]", re.IGNORECASE)
"""How an address spells either of the two."""
FIRST = 0xE000
"""A mark's number follows its opening sign, as a private-use character."""
MOST = 6000
_BEGINNING = re.compile(r"(?:\s*(?:[-*+>]|#{1,6}|\d{1,9}[.)])(?=\s))*\s*")
"""What may stand before the words of a line: quotations, lists, headings."""
_NOTHING = re.compile(r"[\s|:=-]*|\s*(?:```|~~~).*|\s*(?:[*_]\s*){3,}")
"""A line or cell that holds no words: rules between rows, fences, lines across."""
SHOWN = (FilterAction.MASK, FilterAction.WARN)


def with_marks(text: str, marks: Sequence[Mark], offset: int = 0) -> str:
    """The text with signs where marks begin and end. `offset` is where it begins in the reply.

    A mark over several lines is opened in each of them anew. Signs that the text brings itself are
    shown as U+FFFD: taken for ours they would be left out, and join what stands around them.
    """
    places = [
        (mark.start - offset, mark.end - offset, number)
        for number, mark in enumerate(marks[:MOST])
        if mark.action in SHOWN and mark.category != UNCHECKED and not mark.in_prompt and 0 <= mark.start - offset < mark.end - offset <= len(text)
    ]  # fmt: skip
    if not places:
        return _plain(text)
    parts, done = [], 0
    for start, end, number in sorted(places):
        if start < done:
            continue
        parts += [
            _plain(text[done:start]),
            _signed(_plain(text[start:end]), number, text[:start][-1:] in ("", "\n")),
        ]
        done = end
    return "".join((*parts, _plain(text[done:])))


def _plain(text: str) -> str:
    return text.replace(OPEN, "\ufffd").replace(CLOSE, "\ufffd")


def _signed(text: str, number: int, at_line_start: bool) -> str:
    first, *others = text.split("\n")
    lines = [_line(first, number) if at_line_start else _sign(first, number)]
    return "\n".join((*lines, *(_line(line, number) for line in others)))


def _sign(text: str, number: int) -> str:
    words = text.strip()
    if not words:
        return text
    before, _, after = text.partition(words)
    return f"{before}{OPEN}{chr(FIRST + number)}{words}{CLOSE}{after}"


def _line(line: str, number: int) -> str:
    """A whole line's text, its Markdown left in front: what makes it a list or a table stays first."""
    if _NOTHING.fullmatch(line):
        return line
    if line.lstrip().startswith("|"):
        cells = line.split("|")
        return "|".join(cell if _NOTHING.fullmatch(cell) else _sign(cell, number) for cell in cells)
    begun = _BEGINNING.match(line)
    end = begun.end() if begun else 0
    return line[:end] + _sign(line[end:], number)


def pieces(text: str, number: int = -1) -> Iterator[tuple[str, int]]:
    """A text's pieces without signs, and the number of the mark each stands in, -1 for none.

    `number` is that of the mark in which the text begins; the last piece, which may be empty, has
    that of the mark in which it ends.
    """
    start, place = 0, 0
    while place < len(text):
        char = text[place]
        if char not in (OPEN, CLOSE):
            place += 1
            continue
        if place > start:
            yield text[start:place], number
        opens = char == OPEN and place + 1 < len(text)
        number = ord(text[place + 1]) - FIRST if opens else -1
        place += 2 if opens else 1
        start = place
    yield text[start:place], number


MOST_COVERS = 0xF8FF - FIRST - MOST
"""Numbers that are left for what is covered where it is written, behind those of marks."""
Hide = Callable[[str], Sequence[Mark]]
"""What of a text, as it is shown, the safety filter would not let out."""


def nothing_hidden(_text: str) -> Sequence[Mark]:
    """The `Hide` of texts that no filter stands in front of."""
    return ()


def covered(texts: Sequence[str], covers: Sequence[Mark]) -> list[str]:
    """The texts with one block for each of the covers, which count the letters of all texts together.

    Signs do not count. A block stands between signs of its own, with the number `MOST` and more.
    """
    starts = {cover.start: MOST + number for number, cover in enumerate(covers[:MOST_COVERS])}
    inside = {place for cover in covers for place in range(cover.start, cover.end)}
    found, number = [], 0
    for text in texts:
        kept, place = [], 0
        while place < len(text):
            if text[place] in (OPEN, CLOSE):
                size = 2 if text[place] == OPEN else 1
                kept.append(text[place : place + size])
                place += size
                continue
            if number in starts:
                kept.append(f"{OPEN}{chr(FIRST + starts[number])}{SIGN}{CLOSE}")
            elif number not in inside:
                kept.append(text[place])
            number, place = number + 1, place + 1
        found.append("".join(kept))
    return found


def without_signs(text: str) -> str:
    """A text as it is meant, for where no mark can be shown: a link's target."""
    return "".join(piece for piece, _ in pieces(text))
