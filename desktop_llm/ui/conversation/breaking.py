"""Where a line may break in a run that has no place for it: puts such places in, and looks past them.

Without any, the layout of a very long run takes seconds. Knows no document.
"""

import re
from unicodedata import category, combining

from desktop_llm.ui.conversation.marking import OPEN

BREAK_HERE = "\u200b"
BY_ITSELF = (
    "\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
    "\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\U00020000-\U0003ffff"
)
"""Chinese, Japanese, Korean, emoji: a line breaks between any two of these."""
BY_WORDS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""Thai, Lao, Burmese, Khmer: no spaces stand between words, and few systems know where these end."""
UNBROKEN = re.compile(rf"[^\s{BREAK_HERE}{BY_ITSELF}{BY_WORDS}]{{120}}(?=\S)")
"""A run this long of what breaks only at spaces gets a place to break."""
MOST = 1000
ENDLESS = re.compile(rf"(?<!\S)\S{{{MOST},}}")
"""Any run gets one after so many letters, whatever it is: hardly any writing is so long."""
JOINED = re.compile("[\u200c\u200d\u0e33\u0e40-\u0e44\u0eb3\u0ec0-\u0ec4]")
"""Joiners, and vowels that stand beside their consonant: no line ends on either side of one."""
VIRAMA = 9
"""The combining class of signs that write a consonant together with the next one."""
CLUSTER = 32
"""So many marks on one letter are no writing: a line may break among them."""


def breakable(text: str) -> str:
    """The text with invisible places to break in very long unbroken runs."""
    places = [run.end() for run in UNBROKEN.finditer(text)]
    for run in ENDLESS.finditer(text):
        places += range(run.start() + MOST, run.end(), MOST)
    ends = sorted({_between_letters(text, place) for place in places} - {len(text)})
    return BREAK_HERE.join(
        text[start:end] for start, end in zip((0, *ends), (*ends, len(text)), strict=True)
    )


def _between_letters(text: str, place: int) -> int:
    """The first place from there on that does not part a letter from its marks.

    Nor the safety filter's sign from its number, or these from the first letter that is touched.
    """
    last = min(place + CLUSTER, len(text))
    for end in range(place, last):
        joined = combining(text[end - 1]) == VIRAMA or JOINED.search(text[end - 1 : end + 1])
        if category(text[end])[0] != "M" and not joined and not _behind_sign(text, end):
            return end
    while last > place and _behind_sign(text, last):
        last -= 1
    return last


def _behind_sign(text: str, place: int) -> bool:
    """Whether the safety filter's sign stands before a place, or the sign and its number do."""
    return OPEN in text[place - 2 : place]


def unbroken(text: str) -> str:
    """A text as it was before `breakable`."""
    return text.replace(BREAK_HERE, "")
