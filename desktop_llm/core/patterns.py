"""The safe subset of regular expressions that rules are written in: read and checked. Matches nothing.

Literals, `.`, classes `[a-z]` and `[^a-z]`, `\\d \\w \\s` and their opposites, groups, `|`, `?`, `{m}` and
`{m,n}`, and `\\b` at either end. Nothing that repeats without end, looks around or refers back: so every
match is bounded, and matching takes time linear in the text.
"""

import functools
from dataclasses import dataclass

from desktop_llm.core.errors import SettingError
from desktop_llm.core.sayings import Saying

MOST_SYMBOLS = 300
"""The longest match that a pattern may have."""
MOST_PARTS = 4000
"""The most single classes a pattern may unfold to."""

_SPACES = frozenset(" \t\n")
_DIGITS = frozenset("0123456789")
_NAMED = {"n": "\n", "t": "\t"}
_SPECIAL = "\\^$.|?*+()[]{}"


@dataclass(frozen=True, slots=True)
class Chars:
    """One symbol: one of `symbols`, or any symbol of a word where `word`; `negated` means not so."""

    symbols: frozenset[str]
    word: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """All parts, one after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of the parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part, `low` to `high` times."""

    part: "Node"
    low: int
    high: int


Node = Chars | Chain | Choice | Repeat


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that has been read. `word_start`, `word_end`: nothing of a word may touch it there."""

    node: Node
    word_start: bool = False
    word_end: bool = False


def check_pattern(source: str) -> None:
    """Raises SettingError, which says what is wrong where, unless the pattern can be used."""
    read_pattern(source)


@functools.lru_cache(maxsize=4096)
def read_pattern(source: str) -> Pattern:
    """The pattern that a text stands for. Raises SettingError, which says what is wrong where."""
    body = source
    starts, ends = body.startswith(r"\b"), body.endswith(r"\b") and not body.endswith(r"\\b")
    body = body[2:] if starts else body
    body = body[:-2] if ends and len(body) >= 2 else body
    reader = _Reader(source, body, 2 if starts else 0)
    node = reader.whole()
    low, high, parts = measure(node)
    if low == 0:
        raise _refusal(
            source,
            Saying("It matches the empty text."),
            Saying("Make a part of it obligatory."),
        )
    if high > MOST_SYMBOLS:
        raise _refusal(
            source,
            Saying(
                "It could match {high} characters; {most} is the most.",
                high=high,
                most=MOST_SYMBOLS,
            ),
            Saying("Use smaller numbers in { }."),
        )
    if parts > MOST_PARTS:
        raise _refusal(
            source,
            Saying("It unfolds to too many parts."),
            Saying("Use smaller numbers in { }."),
        )
    return Pattern(node, starts, ends)


def measure(node: Node) -> tuple[int, int, int]:
    """The fewest and most symbols that a node matches, and how many classes it unfolds to."""
    if isinstance(node, Chars):
        return 1, 1, 1
    if isinstance(node, Repeat):
        low, high, parts = measure(node.part)
        return low * node.low, high * node.high, parts * node.high
    sizes = [measure(part) for part in node.parts]
    parts = sum(size[2] for size in sizes)
    lows, highs = [size[0] for size in sizes], [size[1] for size in sizes]
    if isinstance(node, Chain):
        return sum(lows), sum(highs), parts
    return min(lows), max(highs), parts


def _refusal(source: str, why: Saying, todo: Saying) -> SettingError:
    return SettingError("The pattern {source} cannot be used.", why, todo, source=f"{source!r}")


class _Reader:
    """Recursive descent over one pattern. `offset`: where the body starts in the source."""

    def __init__(self, source: str, body: str, offset: int) -> None:
        self._source, self._body, self._offset = source, body, offset
        self._place = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._choice()
        if self._place < len(self._body):
            raise self._wrong(
                Saying("There is a ) without its (."),
                Saying("Write \\{char} for the character itself.", char=")"),
            )
        return node

    def _wrong(self, why: Saying, todo: Saying) -> SettingError:
        place = self._place + self._offset + 1
        where = Saying("{why} (character {place})", why=why, place=place)
        return _refusal(self._source, where, todo)

    def _peek(self) -> str:
        return self._body[self._place : self._place + 1]

    def _take(self) -> str:
        char = self._peek()
        self._place += len(char)
        return char

    def _choice(self) -> Node:
        parts = [self._chain()]
        while self._peek() == "|":
            self._place += 1
            parts.append(self._chain())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _chain(self) -> Node:
        parts: list[Node] = []
        while self._peek() and self._peek() not in "|)":
            parts.append(self._repeated(self._item()))
        return parts[0] if len(parts) == 1 else Chain(tuple(parts))

    def _item(self) -> Node:
        char = self._take()
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char == ".":
            return Chars(frozenset("\n"), negated=True)
        if char == "\\":
            return self._escape()
        if char in "*+?{":
            self._place -= 1
            raise self._wrong(
                Saying("Nothing stands before {char} to repeat.", char=char),
                Saying("Write \\{char} for the character itself.", char=char),
            )
        if char in "^$":
            self._place -= 1
            raise self._wrong(
                Saying("{char} is not known here.", char=char),
                Saying("Use \\b at the start or the end."),
            )
        return Chars(frozenset(char))

    def _group(self) -> Node:
        if self._peek() == "?":
            if self._body[self._place + 1 : self._place + 2] != ":":
                raise self._wrong(
                    Saying("Groups that look around or have names are not known."),
                    Saying("Use a plain group: ( ) or (?: )."),
                )
            self._place += 2
        self._depth += 1
        if self._depth > 20:
            raise self._wrong(Saying("Groups are nested too deep."), Saying("Nest fewer groups."))
        node = self._choice()
        self._depth -= 1
        if self._take() != ")":
            raise self._wrong(
                Saying("A ( has no )."),
                Saying("Write \\{char} for the character itself.", char="("),
            )
        return node

    def _escape(self) -> Chars:
        char = self._take()
        known = {
            "d": Chars(_DIGITS), "D": Chars(_DIGITS, negated=True),
            "s": Chars(_SPACES), "S": Chars(_SPACES, negated=True),
            "w": Chars(frozenset(), word=True), "W": Chars(frozenset(), word=True, negated=True),
        }  # fmt: skip
        if char in known:
            return known[char]
        return Chars(frozenset(self._literal(char)))

    def _literal(self, char: str) -> str:
        if char in _NAMED:
            return _NAMED[char]
        if not char or char.isalnum():
            raise self._wrong(
                Saying("Back-references cannot be used here.")
                if char.isdigit()
                else Saying("\\{char} cannot be used here.", char=char),
                Saying("Known are \\d \\w \\s \\n \\t and \\b at the ends."),
            )
        return char

    def _class(self) -> Chars:
        negated = self._peek() == "^"
        self._place += negated
        symbols: set[str] = set()
        word = False
        while (char := self._take()) != "]":
            if not char:
                raise self._wrong(
                    Saying("A [ has no ]."),
                    Saying("Write \\{char} for the character itself.", char="["),
                )
            if char == "\\":
                escaped = self._escape()
                if escaped.negated:
                    raise self._wrong(
                        Saying("\\D \\S \\W cannot stand inside [ ]."), Saying("Use [^ ] instead.")
                    )
                symbols |= escaped.symbols
                word = word or escaped.word
                char = next(iter(escaped.symbols)) if len(escaped.symbols) == 1 else ""
            symbols |= self._range(char) if char else set()
        if not symbols and not word:
            raise self._wrong(
                Saying("A [ ] is empty."), Saying("Put the characters between [ and ].")
            )
        return Chars(frozenset(symbols), word, negated)

    def _range(self, first: str) -> set[str]:
        rest = self._body[self._place : self._place + 2]
        if len(rest) < 2 or rest[0] != "-" or rest[1] == "]":
            return {first}
        self._place += 1
        last = self._take()
        if last == "\\":
            last = self._literal(self._take())
        if not ord(first) <= ord(last) < ord(first) + 2000:
            raise self._wrong(
                Saying("The range {first}-{last} is empty or too wide.", first=first, last=last),
                Saying("Name fewer characters."),
            )
        return {chr(code) for code in range(ord(first), ord(last) + 1)}

    def _repeated(self, node: Node) -> Node:
        char = self._peek()
        if char in ("*", "+"):
            raise self._wrong(
                Saying("{char} repeats without end.", char=char),
                Saying("Give a bound: {0,20} instead of *, {1,20} instead of +."),
            )
        if char == "?":
            self._place += 1
            node = Repeat(node, 0, 1)
        elif char == "{":
            node = Repeat(node, *self._bounds())
        else:
            return node
        if self._peek() in ("?", "+", "*", "{"):
            raise self._wrong(
                Saying("One repeat follows another."), Saying("Put the first one in a group ( ).")
            )
        return node

    def _bounds(self) -> tuple[int, int]:
        end = self._body.find("}", self._place)
        inside = self._body[self._place + 1 : end] if end > 0 else ""
        low, comma, high = inside.partition(",")
        if not low.isascii() or not low.isdigit() or (comma and not high.isdigit()):
            raise self._wrong(
                Saying("{ } needs numbers."),
                Saying("Write {3} or {2,5}; \\{ for the character itself."),
            )
        least, most = int(low), int(high if comma else low)
        if least > most or most == 0 or most > MOST_SYMBOLS:
            raise self._wrong(
                Saying("{bound} is no bound that can be used.", bound=f"{{{inside}}}"),
                Saying("Write the smaller number first."),
            )
        self._place = end + 1
        return least, most
