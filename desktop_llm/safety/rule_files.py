"""Reads the rule files in resources/safety (their format: FORMAT.md there). Decides no action."""

import functools
import itertools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_llm.core.patterns import Chars, read_pattern
from desktop_llm.core.policy import CATEGORIES, FilterAction, PersonalData
from desktop_llm.core.regions import read_region
from desktop_llm.resources import resource
from desktop_llm.safety import checks
from desktop_llm.safety.rules import SPACES, Rule, pattern_rule, short_hash, word_rule

_BOUNDARY = "[A-Za-z0-9_]"
_SPACE = re.compile(r"\[[^\]]*\]| ")  # a space inside a class is left alone
_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file: its category, language ("" for none), the note shown beside what it finds, its entries."""

    name: str
    category: str
    language: str
    note: str
    words: tuple[str, ...]
    patterns: tuple[str, ...]
    data: tuple[dict[str, Any], ...]


@functools.cache
def rule_files() -> tuple[RuleFile, ...]:
    """All files that come with the app. Raises ValueError for one that is not as FORMAT.md says."""
    return tuple(_read(path) for path in sorted(resource("safety").glob("*.toml")))


def rule_counts() -> dict[str, dict[str, int]]:
    """How many rules there are by category and language ("" for none)."""
    counts: dict[str, dict[str, int]] = {}
    for file in rule_files():
        by_language = counts.setdefault(file.category, {})
        size = len(file.words) + len(file.patterns) + len(file.data)
        by_language[file.language] = by_language.get(file.language, 0) + size
    return counts


def _read(path: Path) -> RuleFile:
    content = tomllib.loads(path.read_text("utf-8"))
    category = content.get("category")
    if category not in CATEGORIES:
        raise ValueError(f"{path.name}: there is no category {category!r}")
    return RuleFile(
        path.stem, category, content.get("language", ""), content.get("note", ""),
        tuple(content.get("words", ())), tuple(content.get("patterns", ())),
        tuple(content.get("data", ())),
    )  # fmt: skip


def forms(entry: str) -> tuple[str, ...]:
    """The words that an entry stands for: `cat{,s}` is cat and cats."""
    pieces = [piece.split(",") for piece in _BRACES.split(entry)]
    # Every second piece stood in braces; a comma elsewhere is a character like any other.
    pieces[::2] = [[",".join(piece)] for piece in pieces[::2]]
    return tuple("".join(choice) for choice in itertools.product(*pieces))


def rules_of(file: RuleFile, action: FilterAction, personal: PersonalData) -> list[Rule]:
    """The rules of a file, all with one action; kinds of personal data that are off are left out."""
    stem = f"{file.category}.{file.language}"
    rules = [
        word_rule(f"{stem}.{short_hash(entry)}", file.category, action, forms(entry), file.note)
        for entry in file.words
    ]
    rules += [
        pattern_rule(
            f"{stem}.{short_hash(source)}", file.category, action, spaced(source), file.note
        )
        for source in file.patterns
    ]
    rules += [
        _data_rule(item, file, action, personal.region)
        for item in file.data
        if getattr(personal, item.get("kind", ""), True)
    ]
    return [rule for rule in rules if rule is not None]


def spaced(source: str) -> str:
    """A pattern whose spaces stand for one to three spaces or line breaks."""
    return _SPACE.sub(lambda found: SPACES if found[0] == " " else found[0], source)


def _data_rule(item: dict[str, Any], file: RuleFile, action: FilterAction, region: str) -> Rule:
    check = checks.named(item["check"], read_region(region)) if "check" in item else None
    cues, unless = tuple(item.get("cue", ())), tuple(item.get("unless", ()))
    if cues or unless:
        check = checks.told(cues, unless, check)
    return Rule(
        id=f"{file.category}.{item['name']}",
        category=file.category,
        action=action,
        node=read_pattern(item["pattern"]).node,
        channel="data",
        not_before=_chars(item.get("not_before", _BOUNDARY)),
        not_after=_chars(item.get("not_after", _BOUNDARY)),
        check=check,
        note=file.note,
        priority=item.get("priority", 0),
        eats=_chars(item.get("eats", "")),
        swallows=item.get("swallows", False),
        ends_swallow=item.get("ends_swallow", False),
    )


def _chars(source: str) -> Chars | None:
    """A class, or None for the empty text."""
    node = read_pattern(source).node if source else None
    if node is not None and not isinstance(node, Chars):
        raise ValueError(f"{source!r} is not one class of characters")
    return node
