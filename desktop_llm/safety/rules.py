"""What is looked for: a rule is a bounded pattern with conditions. Matches nothing itself.

The word patterns follow SAFETY.md 2.2: stretched, punctuated inside, spelt in leet, or spaced out.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from desktop_llm.core.patterns import Chain, Chars, Choice, Node, Repeat, read_pattern
from desktop_llm.core.policy import FilterAction
from desktop_llm.safety.fold import MASK, WORD, is_cjk, is_word

STRETCH = 4
"""How often a letter may be repeated for emphasis and still be the same word."""

SEPARATORS = frozenset(" \t\n.,_*'\"`~-—+|/\\·•")
INSIDE = frozenset("._*'-")
GAP = 3
"""Separators between two letters of a spaced-out word, at most."""

LEET = {
    "a": "a@4", "b": "b8", "e": "e3", "g": "g9", "i": "i1!", "l": "l1", "o": "o0", "s": "s5$",
    "t": "t7", "z": "z2",
}  # fmt: skip

WORD_SYMBOL = Chars(frozenset(), word=True)
VOICED = Chars(frozenset("\u3099\u309a"))
"""The marks that make another syllable of a kana: folded, は and ば begin alike."""
FINALS = Chars(frozenset(map(chr, range(0x11A8, 0x1200))))
"""What a Korean syllable may end with, folded: 바보 and 바봅 begin alike."""
SPACES = "(?:[ \\t\\n]{1,3})"

Channel = Literal["word", "data"]
Check = Callable[[str, str], bool]
"""Given a match and up to `LEFT` symbols before it, from the nearest mask on: whether it is one."""
LEFT = 48


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to look for. `id` names it in marks without repeating the forbidden words.

    `not_before`, `not_after`: the match counts only where no such symbol touches it; the mask
    counts as such a symbol. `note` is shown beside what was found. `priority`: of two that start
    together, the higher one gives the name. A mask goes on while symbols of `eats` follow; where it
    `swallows`, to the next rule that `ends_swallow`; neither further than 10,000 characters.
    """

    id: str
    category: str
    action: FilterAction
    node: Node
    channel: Channel = "word"
    not_before: Chars | None = None
    not_after: Chars | None = None
    check: Check | None = None
    note: str = ""
    priority: int = 0
    eats: Chars | None = None
    swallows: bool = False
    ends_swallow: bool = False


def contains(chars: Chars, symbol: str) -> bool:
    """Whether a symbol is one of a class. The mask is in none: what is hidden matches nothing."""
    if symbol == MASK:
        return False
    inside = symbol in chars.symbols or (chars.word and is_word(symbol))
    return inside is not chars.negated


def touches(chars: Chars | None, symbol: str) -> bool:
    """Whether a neighbour forbids a match. Before the first and after the last there is none ("")."""
    return chars is not None and bool(symbol) and (symbol == MASK or contains(chars, symbol))


def word_rule(
    rule_id: str, category: str, action: FilterAction, words: Iterable[str], note: str = ""
) -> Rule | None:
    """One rule for the forms of a word or phrase; None where nothing of them is left to look for."""
    forms = [letters for word in words if (letters := folded_word(word))]
    if not forms:
        return None
    cjk = any(is_cjk(symbol) for letters in forms for symbol in letters)
    before = None if cjk else _edge(form[0] for form in forms)
    after = _after(forms) or (None if cjk else _edge(form[-1] for form in forms))
    check = None if cjk else _spelt(forms)
    nodes = [node for letters in forms for node in _spellings(letters)]
    return Rule(rule_id, category, action, _any(nodes), "word", before, after, check, note)


def pattern_rule(
    rule_id: str, category: str, action: FilterAction, source: str, note: str = ""
) -> Rule:
    """A rule for a pattern over folded text. Raises SettingError where it cannot be used."""
    pattern = read_pattern(source)
    before = WORD_SYMBOL if pattern.word_start else None
    after = WORD_SYMBOL if pattern.word_end else None
    return Rule(
        rule_id, category, action, folded_node(pattern.node), "word", before, after, note=note
    )


def short_hash(text: str) -> str:
    """Names a rule by its text without telling it."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=3).hexdigest()


def folded_word(word: str) -> str:
    """A word or phrase as the filter reads it."""
    return " ".join(WORD.text(word).split())


def _edge(symbols: Iterable[str]) -> Chars | None:
    """What may not touch a word there, by the words' last symbols. A sign has no such edge: C++11."""
    signs = all(unicodedata.category(symbol)[0] in "PS" and symbol != "_" for symbol in symbols)
    return None if signs else WORD_SYMBOL


def _after(forms: Sequence[str]) -> Chars | None:
    """What may not follow words that end in kana or Korean: what makes another syllable of the last one.

    Korean particles are written together with their noun. A word of one syllable begins too many
    others, and has the edges of any word. None where the words are not all alike.
    """
    if all(0x3040 <= ord(form[-1]) <= 0x30FF for form in forms):
        return VOICED
    return FINALS if all(_KOREAN_END.search(form) for form in forms) else None


_SYLLABLE = "[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?"
_KOREAN_END = re.compile(f"{_SYLLABLE} ?{_SYLLABLE}$")
_NUMBER_BEFORE = re.compile(r"\d[.,]$")


def _spelt(forms: Iterable[str]) -> Check:
    """Whether a match is one of these words, and no number that only looks like one.

    1488, C++ and A380 have too few letters to tell. They are found as they are written: another 8 makes
    another number, as does a dot in it or digits and a comma before it, but A-380 is A380. What comes
    behind a match is not known here: in 1488.5 it is found.
    """
    few = frozenset(form for form in forms if _letters(form) < 2)
    if not few:
        return _has_letter
    tight = frozenset(_tight(form) for form in few if _letters(form))

    def checked(match: str, left: str) -> bool:
        written = " ".join(match.split())
        if written[:1].isdigit() and _NUMBER_BEFORE.search(left):
            return False
        return written in few or _tight(written) in tight or _has_letter(match, left)

    return checked


def _tight(text: str) -> str:
    return "".join(symbol for symbol in text if symbol not in INSIDE)


def _letters(text: str) -> int:
    return sum(symbol.isalpha() for symbol in text)


def _has_letter(match: str, _left: str) -> bool:
    """What is a word in leet only if most of it were letters is a number: 900k, c | 1."""
    letters = _letters(match)
    spelt = sum(symbol not in SEPARATORS for symbol in match)
    return letters >= 2 or (letters == 1 and spelt <= 3 and spelt == len(match))


def _spellings(letters: str) -> list[Node]:
    """The spaced-out one needs a separator in *every* gap, so that "pen is" is not one word.

    Scripts written without spaces take up to two separators between characters instead.
    """
    if any(is_cjk(letter) for letter in letters):
        return [_joined(letters, Repeat(Chars(SEPARATORS), 0, 2))]
    tight = _joined(letters, Repeat(Chars(INSIDE), 0, 1))
    if len(letters) < 3 or " " in letters:
        return [tight]
    return [tight, _joined(letters, Repeat(Chars(SEPARATORS), 1, GAP))]


def _joined(letters: str, between: Node) -> Node:
    parts: list[Node] = []
    for place, letter in enumerate(letters):
        if place and letter != " " and letters[place - 1] != " ":
            parts.append(between)
        parts.append(_letter(letter))
    return Chain(tuple(parts))


def _letter(letter: str) -> Node:
    if letter == " ":
        return Repeat(Chars(SEPARATORS), 1, GAP)
    chars = Chars(frozenset(LEET.get(letter, letter)))
    return chars if is_cjk(letter) else Repeat(chars, 1, STRETCH)


def _any(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else Choice(tuple(nodes))


def folded_node(node: Node) -> Node:
    """A pattern as it reads folded text: without case and accents, as the text is."""
    if isinstance(node, Chars):
        return _folded_chars(node)
    if isinstance(node, Repeat):
        return Repeat(folded_node(node.part), node.low, node.high)
    parts = tuple(folded_node(part) for part in node.parts)
    if isinstance(node, Choice):
        return Choice(parts)
    # A mark over a letter, or what makes a heart red, is nothing in folded text.
    return Chain(tuple(part for part in parts if not _is_nothing(part)) or parts)


def _is_nothing(node: Node) -> bool:
    if isinstance(node, Repeat):
        return _is_nothing(node.part)
    return isinstance(node, Chars) and not (node.symbols or node.word or node.negated)


def _folded_chars(chars: Chars) -> Node:
    """A class over folded text, where some letters are several symbols: ß is ss, が is か and a mark.

    A class that is negated is one symbol, which cannot tell such a letter: it leaves them out, and
    so finds rather too much than too little.
    """
    folds = frozenset(WORD[symbol] for symbol in chars.symbols) - {""}
    single = frozenset(fold for fold in folds if len(fold) == 1)
    longer = folds - single
    if chars.negated or not longer:
        return Chars(single, chars.word, chars.negated)
    if not single and not chars.word:
        return _one_of(longer)
    return Choice((Chars(single, chars.word), _one_of(longer)))


def _one_of(texts: Iterable[str]) -> Node:
    """One of these texts, none of which is empty. First symbols that go on alike share a class, or a
    range of Korean syllables would be thousands of parts."""
    rests: dict[str, set[str]] = {}
    for text in sorted(texts):
        rests.setdefault(text[0], set()).add(text[1:])
    firsts: dict[frozenset[str], list[str]] = {}
    for first, rest in rests.items():
        firsts.setdefault(frozenset(rest), []).append(first)
    return _any([_led(Chars(frozenset(first)), rest) for rest, first in firsts.items()])


def _led(first: Chars, rest: frozenset[str]) -> Node:
    longer = rest - {""}
    if not longer:
        return first
    more = _one_of(longer)
    return Chain((first, Repeat(more, 0, 1) if "" in rest else more))
