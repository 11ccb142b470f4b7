"""What is heard of a reply: its words without what the view covers. Speaks nothing.

To the ear signs of Markdown are gone and white space is one pause, so that words come together
which neither the safety filter nor the view has seen so. They are looked at again as they are heard,
and as Markdown may put them together.
"""

import dataclasses
import html
import re
from bisect import bisect_left
from collections.abc import Iterator

from desktop_llm.core.events import Mark
from desktop_llm.core.personal import Findings
from desktop_llm.ui.conversation.marking import Hide

BEFORE, BEHIND = 4_000, 400
"""Letters around what is heard that are looked at with it: more than any rule reads, and before it as
many as a private key has, which is hidden from its first line on."""
FAR = 10_000
"""Characters of the reply in which these letters are looked for: signs and white space are many."""
_CHARACTER = r"(?P<character>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});)"
_TARGET = r"\([^()\s]*\)|\[[^\[\]]*\]"
AS_HEARD = re.compile(rf"(?P<room>[\s*_`#>|]+)|{_CHARACTER}")
AS_SHOWN = re.compile(rf"(?P<room>[\s#>|]+)|{_CHARACTER}|[*_`~\\]+|!?\[|\](?:{_TARGET})?")
IN_FORMULAS = re.compile(
    rf"(?P<room>[\s#>|]+)|{_CHARACTER}|(?:\\[A-Za-z]+|[*_`~{{}}$^&()\[\]]|\\)+"
)
"""Signs that stand for a space, for another character, or for nothing: in what is spoken, in what
Markdown makes of a text, and in what is made of formulas."""


def heard(text: str, start: int, end: int, hide: Hide) -> str:
    """Characters [start, end) of a reply, a sign in the place of what is hidden there.

    What reaches over an end is hidden up to it: the rest of it was heard before, or is not written yet.
    """
    begin = max(0, start - FAR)
    text, start, end = text[begin : end + FAR], start - begin, end - begin
    signs_of = (
        (AS_HEARD, AS_SHOWN, IN_FORMULAS) if "$" in text or "\\" in text else (AS_HEARD, AS_SHOWN)
    )
    covers = tuple(
        dataclasses.replace(
            cover, start=max(0, cover.start - start), end=min(end, cover.end) - start
        )
        for signs in signs_of
        for cover in _covers(text, start, end, hide, signs)
        if cover.start < end and cover.end > start
    )
    return Findings(text[start:end], covers).masked


def _covers(text: str, start: int, end: int, hide: Hide, signs: re.Pattern[str]) -> Iterator[Mark]:
    """What is hidden near these characters, by its places in the text."""
    letters, starts, ends = _letters(text, signs)
    first, last = bisect_left(starts, start), bisect_left(starts, end)
    # At a space: half a word may be another one.
    first = letters.rfind(" ", 0, max(0, first - BEFORE)) + 1
    for cover in hide(letters[first : last + BEHIND]):
        if cover.end > cover.start:
            yield dataclasses.replace(
                cover, start=starts[first + cover.start], end=ends[first + cover.end - 1]
            )


def _letters(text: str, signs: re.Pattern[str]) -> tuple[str, list[int], list[int]]:
    """The text with what its signs stand for, and for each letter where it begins and ends there."""
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for sign in signs.finditer(text):
        letters += text[done : sign.start()]
        starts += range(done, sign.start())
        ends += range(done + 1, sign.start() + 1)
        meant = html.unescape(sign["character"] or "")
        if sign["room"] and letters[-1:] != [" "]:
            meant = " "
        letters += meant
        starts += [sign.start()] * len(meant)
        ends += [sign.end()] * len(meant)
        done = sign.end()
    letters += text[done:]
    starts += range(done, len(text))
    ends += range(done + 1, len(text) + 1)
    return "".join(letters), starts, ends
