"""What the filter must make of a text, found without streaming: Python's `re` over every span of the whole.

Shares with the engine the sanitiser, the fold and the checks of one match; nothing that looks for matches.
"""

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desktop_llm.safety.fold import DATA, MASK, WORD, is_cjk
from desktop_llm.safety.rules import LEFT
from desktop_llm.safety.sanitise import Sanitiser

SPAN, SWALLOW = 300, 10_000
WORDS = r"[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u0e00-\u0eff]|█"
SEP = r"""[ \t\n.,_*'"`~\-—+|/\\·•]"""
IN = r"[._*'\-]"
LEET = {
    "a": "a@4", "b": "b8", "e": "e3", "g": "g9", "i": "i1!", "l": "l1", "o": "o0", "s": "s5$",
    "t": "t7", "z": "z2",
}  # fmt: skip


@dataclass(frozen=True)
class Spec:
    """A rule as the tests write it down: an expression over folded text, and its conditions."""

    id: str
    expression: str
    action: str = "mask"
    channel: str = "word"
    not_before: str = ""
    not_after: str = ""
    check: object = None
    priority: int = 0
    eats: str = ""
    swallows: bool = False
    ends_swallow: bool = False


@dataclass(frozen=True)
class Verdict:
    text: str
    marks: tuple[tuple[int, int, str, str], ...]
    """Start and end in the text that came in, rule, action."""
    blocked: bool


def word_spec(rule_id: str, words: Iterable[str], action: str = "mask") -> Spec:
    """How a word may be written, spelt out as an expression (SAFETY.md 2.2, step 4)."""
    forms = [" ".join("".join(WORD[char] for char in word).split()) for word in words]
    branches = []
    cjk = any(is_cjk(letter) for form in forms for letter in form)
    for form in forms:
        gaps = [f"{SEP}{{0,2}}"] if cjk else [f"{IN}?"]
        if not cjk and len(form) >= 3 and " " not in form:
            gaps.append(f"{SEP}{{1,3}}")
        branches += [_spelt(form, gap) for gap in gaps]
    signs = [all(re.match(r"[^\w\s]", form[end]) for form in forms) for end in (0, -1)]
    before, after = ("" if cjk or sign else WORDS for sign in signs)
    check = None if cjk else functools.partial(_lettered, [f for f in forms if _count(f) < 2])
    return Spec(rule_id, "|".join(branches), action, "word", before, after, check)


def _count(text: str) -> int:
    return len(re.findall(r"[^\W\d_]", text))


def _lettered(few: Sequence[str], match: str, left: str) -> bool:
    """A word of `few` letters is written as it is listed, or with joiners where it has a letter."""
    letters = _count(match)
    gaps = len(re.findall(SEP, match))
    if letters >= 2 or (letters == 1 and gaps == 0 and len(match) <= 3):
        return True
    written = re.sub(r"[ \t\n]+", " ", match)
    if re.match(r"\d", written) and re.search(r"\d[.,]$", left):
        return False  # the end of another number
    return any(
        written == form or (_count(form) and re.sub(IN, "", written) == re.sub(IN, "", form))
        for form in few
    )


def _spelt(letters: str, gap: str) -> str:
    out = ""
    for place, letter in enumerate(letters):
        if place and " " not in (letter, letters[place - 1]):
            out += gap
        chars = "".join(re.escape(char) for char in LEET.get(letter, letter))
        out += (
            f"{SEP}{{1,3}}" if letter == " " else f"[{chars}]" + ("" if is_cjk(letter) else "{1,4}")
        )
    return out


@functools.cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL)


def verdict(specs: Sequence[Spec], text: str, allowed: frozenset[str] = frozenset()) -> Verdict:
    """The filtered text, its marks and whether it was blocked."""
    sanitiser = Sanitiser()
    kept = [(place, char) for place, char in enumerate(text) if sanitiser.keeps(char)]
    chars = [char for _, char in kept]
    spans = [
        span
        for channel, fold in (("word", WORD), ("data", DATA))
        for span in _spans([s for s in specs if s.channel == channel], chars, fold, allowed)
    ]
    spans.sort(key=lambda s: (s[0], s[2].action != "block", -s[2].priority, -s[1], s[2].id))
    return _written(kept, chars, spans)


def _spans(specs, chars, fold, allowed):  # type: ignore[no-untyped-def]
    symbols, owner = "", []
    for place, char in enumerate(chars):
        symbols += fold[char]
        owner += [place] * len(fold[char])
    for spec in specs:
        for start in range(len(symbols)):
            end = _longest(spec, symbols, owner, start, allowed)
            if end:
                yield owner[start], owner[end - 1] + 1, spec


def _longest(spec, symbols, owner, start, allowed):  # type: ignore[no-untyped-def]
    expression = _compiled(spec.expression)
    if not expression.match(symbols, start):
        return 0  # where no prefix matches, no whole does
    if start and _touches(spec.not_before, symbols[start - 1]):
        return 0
    for end in range(len(symbols), start, -1):
        match = symbols[start:end]
        if owner[end - 1] - owner[start] >= SPAN or MASK in match or match in allowed:
            continue
        if end < len(symbols) and _touches(spec.not_after, symbols[end]):
            continue
        if expression.fullmatch(symbols, start, end):
            left = symbols[max(0, start - LEFT) : start]
            left = left[max(0, left.rfind(MASK)) :]
            if spec.check is None or spec.check(match, left):
                return end
    return 0


def _touches(expression: str, symbol: str) -> bool:
    return bool(expression) and (
        symbol == MASK or _compiled(expression).fullmatch(symbol) is not None
    )


def _written(kept, chars, spans):  # type: ignore[no-untyped-def]
    block = min((start for start, _, spec in spans if spec.action == "block"), default=None)
    blocker = next((s for s in spans if s[2].action == "block" and s[0] == block), None)
    stop = len(chars) if block is None else block
    masks = _runs(spans, "mask", chars, block)
    warns = _runs(spans, "warn", chars, block)
    hidden = {}
    for number, (start, end, _) in enumerate(masks):
        hidden.update(dict.fromkeys(range(start, min(end, stop)), number))
    out, shown = "", set()
    for place in range(stop):
        number = hidden.get(place)
        if number is None:
            out += chars[place]
        elif number not in shown:
            shown.add(number)
            out += MASK
    marks = [
        (kept[start][0], kept[min(end, stop) - 1][0] + 1, spec.id, spec.action)
        for start, end, spec in masks + warns
    ]
    if blocker is not None:
        start, end, spec = blocker
        marks.append((kept[start][0], kept[end - 1][0] + 1, spec.id, "block"))
    return Verdict(out, tuple(sorted(marks)), block is not None)


def _runs(
    spans: Sequence[tuple[int, int, Spec]], action: str, chars: Sequence[str], block: int | None
) -> list[tuple[int, int, Spec]]:
    """Overlapping spans of one action as one, with what clings to a mask."""
    runs = _Runs(chars)
    for start, end, spec in spans:
        if block is not None and start >= block:
            break
        if spec.ends_swallow:
            runs.end_swallow(start, end)
        elif spec.action == action:
            runs.add(start, end, spec, hides=action == "mask")
    return [(run.start, run.end, run.spec) for run in runs.all]


class _Runs:
    def __init__(self, chars: Sequence[str]) -> None:
        self.chars = chars
        self.all: list[_Run] = []
        self.swallow: int | None = None  # where the swallowing began
        self.plain = 0  # the end of what was no swallowing

    def swallows(self, start: int) -> bool:
        return self.swallow is not None and self.swallow <= start < self.swallow + SWALLOW

    def end_swallow(self, start: int, end: int) -> None:
        if self.swallows(start):
            self.all[-1].end = max(end, self.plain)
            _cling(self.all[-1], self.chars)
            self.swallow = None

    def add(self, start: int, end: int, spec: Spec, hides: bool) -> None:
        self.plain = max(self.plain, end)
        if not self.all or start >= self.all[-1].end:
            self.all.append(_Run(start, end, spec))
            self.swallow = None
        run = self.all[-1]
        if hides and spec.eats:
            run.eats, run.eats_to = spec.eats, start + SWALLOW
        if hides and spec.swallows and not self.swallows(start):
            self.swallow, end = end, end + SWALLOW
        run.end = min(len(self.chars), max(run.end, end))
        if hides:
            _cling(run, self.chars)


@dataclass
class _Run:
    start: int
    end: int
    spec: Spec
    eats: str = ""
    eats_to: int = 0


def _cling(run: _Run, chars: Sequence[str]) -> None:
    """Accents and joiners behind a mask share its fate; so does what its rule eats."""
    while run.end < len(chars) and (not WORD[chars[run.end]] or _eaten(run, chars[run.end])):
        run.end += 1


def _eaten(run: _Run, char: str) -> bool:
    if not run.eats or run.end >= run.eats_to:
        return False
    return _compiled(run.eats).fullmatch(DATA[char][:1]) is not None
