"""F4: what the filter catches of words in disguise, and what it leaves alone."""

import gzip
import itertools
import os
import random
import sysconfig
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from desktop_llm.core.policy import CATEGORIES, Actions, FilterAction, Level, Policy
from desktop_llm.resources import resource
from desktop_llm.safety.compiling import compiled
from desktop_llm.safety.filter import filter_whole
from desktop_llm.safety.rule_files import forms, rule_files
from desktop_llm.safety.text_filter import Compiled, Passed, TextFilter

SOAK = "SOAK_CASES" in os.environ
WORDS = 2_000_000 if SOAK else 60_000
"""How many words of licences, documentation and code are read for false events."""

LOOKALIKE = dict(zip("aceopxyisjkbhmtu", "асеорхуіѕјкЬһмтυ", strict=True))
LEET = {"a": "@4", "e": "3", "i": "1!", "o": "0", "s": "$5"}


@pytest.fixture(scope="module")
def everything() -> Compiled:
    """Every rule that the app brings, none of which ends a text."""
    marked = Actions(**dict.fromkeys(CATEGORIES, FilterAction.MASK))
    return compiled(Policy(Level.BALANCED, replies=marked), "replies")


def listed_words() -> list[str]:
    """500 single words of the English lists, of four letters and more."""
    words = {
        form
        for file in rule_files()
        if file.language == "en"
        for entry in file.words
        for form in forms(entry)
        if form.isascii() and form.isalpha() and len(form) >= 4
    }
    return random.Random(5).sample(sorted(words), 500)


def each(word: str, change: Callable[[str], str]) -> str:
    return "".join(change(char) for char in word)


def between(word: str, gaps: str, rng: random.Random) -> str:
    return "".join(char + rng.choice(gaps) for char in word[:-1]) + word[-1]


def some(word: str, changes: dict[str, str], rng: random.Random) -> str:
    """Every letter that can be changed is, with two in three chances, and one at least where one can."""
    places = [place for place, char in enumerate(word) if char in changes]
    chosen = {place for place in places if rng.random() < 0.66} or set(places[:1])
    return "".join(
        rng.choice(changes[char]) if place in chosen else char for place, char in enumerate(word)
    )


CLASSES: dict[str, Callable[[str, random.Random], str]] = {
    "mixed case": lambda w, r: each(w, lambda c: r.choice([c.upper(), c])),
    "full-width": lambda w, r: each(w, lambda c: chr(ord(c) + 0xFEE0)),
    "zero-width inside": lambda w, r: between(w, "\u200b\u200d\u00ad\u2060\u180b\u17b4\U0001d173\U0001bca0\U000e0100\ufff9", r),
    "combining marks": lambda w, r: each(w, lambda c: c + r.choice(["\u0301", "\u0323", "\u0336\u0301"])),
    "look-alikes": lambda w, r: some(w, LOOKALIKE, r),
    "leet": lambda w, r: some(w, LEET, r),
    "stretched": lambda w, r: each(w, lambda c: c * r.choice([1, 1, 2, 3, 4])),
    "spaced": lambda w, r: "".join(c + " " * r.randint(1, 3) for c in w).strip(),
    "dotted": lambda w, r: between(w, "._*-", r),
    "typographic": lambda w, r: between(w, "’‘‛ʼʻ′＇‐‑‒–−﹣－", r),
    "line by line": lambda w, r: "\n".join(w),
    "right to left": lambda w, r: f"\u202e{w}\u202c" if r.random() < 0.5 else f"\u2067{w}\u2069",
}  # fmt: skip


@pytest.mark.parametrize("kind", CLASSES)
def test_a_listed_word_is_found_in_every_disguise(kind: str, everything: Compiled) -> None:
    rng = random.Random(kind)
    missed = []
    for word in listed_words():
        disguised = CLASSES[kind](word, rng)
        passed = filter_whole(everything, f"well, {disguised} it is")
        if not any(mark.start <= 7 and mark.end >= 5 + len(disguised) for mark in passed.found):
            missed.append(disguised)
    assert len(missed) <= 10, missed


TYPED = (
    "I'll kill you", "I'm going to kill you", "I'd rather be dead", "I'm going to kill myself",
    "I don't want to live", "You're a retard", "I'm horny", "hide my self-harm scars",
)  # fmt: skip


@pytest.mark.parametrize("sign", "’‘‛ʼʻ′＇")
def test_a_threat_is_found_with_every_apostrophe(sign: str, everything: Compiled) -> None:
    for typed in TYPED:
        plain = filter_whole(everything, typed).found
        assert plain
        assert filter_whole(everything, typed.replace("'", sign)).found == plain


@pytest.mark.parametrize("sign", "‐‑‒–−﹣－")
def test_a_word_is_found_with_every_hyphen(sign: str, everything: Compiled) -> None:
    plain = filter_whole(everything, TYPED[-1]).found
    assert plain
    assert filter_whole(everything, TYPED[-1].replace("-", sign)).found == plain


def test_a_listed_word_is_found_however_a_tokenizer_cuts_it(everything: Compiled) -> None:
    tokenizer = Tokenizer.from_file(str(resource("guide_model", "tokenizer.json")))
    missed = []
    for word in listed_words():
        text_filter, passed = TextFilter(everything), Passed()
        for token in tokenizer.encode(f"well, {word} it is").offsets:
            passed += text_filter.feed(f"well, {word} it is"[slice(*token)])
        passed += text_filter.finish()
        if not any(mark.start == 6 and mark.end == 6 + len(word) for mark in passed.found):
            missed.append(word)
    assert not missed


def test_words_with_a_harmless_meaning_are_left_alone(everything: Compiled) -> None:
    lines = Path(__file__).with_name("harmless.txt").read_text("utf-8").splitlines()
    items = [item for line in lines for item in line.split("|") if item]
    assert len(items) >= 300
    found = [(item, mark.rule) for item in items for mark in filter_whole(everything, item).found]
    assert found == []


def documents() -> Iterator[str]:
    """Licences, documentation and source code that lie on this disk, each once."""
    places = [Path("/usr/share/common-licenses"), Path("/usr/share/doc")]
    places += [Path(sysconfig.get_paths()[name]) for name in ("stdlib", "purelib")]
    for path in itertools.chain.from_iterable(sorted(place.rglob("*")) for place in places):
        if path.suffix in (".txt", ".md", ".rst", ".py", ".gz", "") and not path.is_symlink():
            yield from _read(path)


def _read(path: Path) -> Iterator[str]:
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    except (OSError, UnicodeDecodeError, EOFError):
        return
    if 2_000 < len(text) < 400_000:
        yield text


def test_licences_documentation_and_code_give_hardly_a_false_event(everything: Compiled) -> None:
    words, found = 0, Counter[str]()
    for text in documents():
        words += len(text.split())
        for mark in filter_whole(everything, text).found:
            found[mark.rule] += 1
        if words > WORDS:
            break
    # Addresses of authors are what they are taken for; everything else counts as false here.
    del found["personal.email"]
    print(words, "words:", found.most_common())
    assert found.total() <= max(1, words // 100_000), found.most_common()
