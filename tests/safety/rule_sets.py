"""Rules for the property tests, each beside what the oracle is told of it."""

import functools
from dataclasses import replace

from hypothesis import strategies as st
from oracle import WORDS, Spec, word_spec

from desktop_llm.core.policy import FilterAction, PersonalData
from desktop_llm.safety.rule_files import RuleFile, rule_files, rules_of
from desktop_llm.safety.rules import Rule, pattern_rule, word_rule
from desktop_llm.safety.text_filter import Compiled

MASK, WARN, BLOCK = FilterAction.MASK, FilterAction.WARN, FilterAction.BLOCK
DATA = (
    "email",
    "card",
    "ipv4",
    "iban",
    "hugging-face",
    "private-key",
    "private-key-end",
    "url-password",
    "passport",
)
ALLOWED = ("zorgs", "ok@zorg.io")

Pairs = list[tuple[Rule, Spec]]


def words(rule_id: str, forms: tuple[str, ...], action: FilterAction) -> tuple[Rule, Spec]:
    rule = word_rule(rule_id, "own", action, forms)
    assert rule is not None
    return rule, word_spec(rule_id, forms, action.value)


def own_pattern(
    rule_id: str, source: str, action: FilterAction, folded: str = ""
) -> tuple[Rule, Spec]:
    """`source` begins and ends with a word's edge. `folded` is what is between them over folded text,
    unless the same."""
    inner = folded or source.removeprefix(r"\b").removesuffix(r"\b")
    rule = pattern_rule(rule_id, "own", action, source)
    return rule, Spec(rule_id, inner, action.value, "word", WORDS, WORDS)


def data_pairs(names: tuple[str, ...] | None, action: FilterAction) -> Pairs:
    pairs: Pairs = []
    for file in rule_files():
        items = tuple(item for item in file.data if names is None or item["name"] in names)
        rules = rules_of(replace(file, words=(), patterns=(), data=items), action, PersonalData())
        for item, rule in zip(items, rules, strict=True):
            spec = Spec(
                rule.id, item["pattern"], action.value, "data",
                item.get("not_before", "[A-Za-z0-9_]"), item.get("not_after", "[A-Za-z0-9_]"),
                rule.check, item.get("priority", 0), item.get("eats", ""),
                item.get("swallows", False), item.get("ends_swallow", False),
            )  # fmt: skip
            pairs.append((rule, spec))
    return pairs


def shipped_words(file: RuleFile) -> list[str]:
    from desktop_llm.safety.rule_files import forms

    return [form for entry in file.words for form in forms(entry)]


@functools.cache
def rule_set(name: str) -> tuple[Compiled, tuple[Spec, ...]]:
    """mask: everything is hidden. mixed: some only marked. block: some end the text."""
    base = [
        words("w.zorg", ("zorg", "zorgon", "zorgs"), MASK),
        words("w.gonzo", ("gonzo ok",), MASK),
        words("w.cjk", ("坏词", "很坏的"), MASK),
        words("w.dotted", ("a.b",), MASK),
        words("w.number", ("420",), MASK),
        words("w.letter", ("a380", "b 1"), MASK),
        words("w.sign", ("c++", "❤"), MASK),
        words("w.leet", ("beta", "stab"), WARN if name == "mixed" else MASK),
        own_pattern(
            "p.code", r"\b[a-c]{2}-[0-9]{1,3}(?:x|yz)?\b", WARN if name == "mixed" else MASK
        ),
        own_pattern("p.two", r"\b(?:ok|on)(?: zorg){1,2}\b", MASK),
        own_pattern("p.fold", r"\bz[ßo]n\b", MASK, "z(?:ss|o)n"),
    ]
    base += data_pairs(DATA, MASK)
    if name == "mixed":
        base += [words("w.warned", ("ok", "b"), WARN)]
    if name == "block":
        base += [words("w.stop", ("stop it",), BLOCK), words("w.cjk2", ("坏",), BLOCK)]
    rules, specs = zip(*base, strict=True)
    return Compiled(rules, ALLOWED), specs


FRAGMENTS = [
    "zorg", "ZORG", "z.o.r.g", "z o r g", "zorgon", "zorgs", "zor", "g", "on", "gonzo", " ok", "zоrg", "z0rg",
    "zßn", "zon", "zs", "sn", "zzoorrgg", "zo’r‑g", "z—o—r—g", "zo—rg", "坏", "词", "坏 词", "很坏的", "a.b", "ab", "á", "e\u0301", "\u200b", "\u200d", "ß", "ﬁ", "█", " ",
    "\n", ".", "!", "zorg\u0301", "z\u00adorg", "😀", "👩\u200d🚀", "\U000e0041", "x", "_", "\u202e", "İ", "ｚｏｒｇ",
    "a.zorg@b.co", "me@zorg.io", "ok@zorg.io", "@", "mail.me@a.b.example.org", "4111 1111 1111 1111", "4111111111111112",
    "84.12.9.200", "84.12.9.", "١٢٣", "DE89 3704 0044 0532 0130 00", "DE89", "hf_" + "aB3" * 11, "hf_", "ab-12", "ab-12x", "bc-1yz",
    "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "-----", "ok zorg", "stop it", "st0p", "b3ta", "8374", "5tab",
    "420", "4200", "4.20", "4 2 0", "a380", "a-38", "a", "380", "b\n1", "b.1", "c++", "c+", "+1", "❤", "❤\ufe0f",
    "passport 123456789", "passport ", "123456789", "passport zorg 123456789", "passport █ 123456789", "https://u:pw@host", "https://", "u:p@", "\u200d\u0301", "\u0301\u0301\u0301\u0301\u0301", "\u200c\u200d", "שלום", "مرحبا",
]  # fmt: skip
_pieces = (
    st.sampled_from(FRAGMENTS) | st.sampled_from(FRAGMENTS) | st.sampled_from([" ", "\n", ", ", " x ", "。"])
    | st.sampled_from(" .-@zorgabok0123456789") | st.text(max_size=3)
)  # fmt: skip
texts = (st.lists(_pieces, max_size=3) | st.lists(_pieces, min_size=6, max_size=14)).map("".join)
cuts = st.lists(st.sampled_from([1, 1, 2, 3, 5, 8, 40]), min_size=1, max_size=8)


def pieces_of(text: str, sizes: list[int]) -> list[str]:
    """A text cut into pieces of these sizes, over and over."""
    pieces, place, turn = [], 0, 0
    while place < len(text):
        size = sizes[turn % len(sizes)]
        pieces.append(text[place : place + size])
        place, turn = place + size, turn + 1
    return pieces
