"""What the safety filter does about what: levels, categories, actions, lists. Finds nothing itself.

The policy is the `safety` section of the settings, and a TOML file of its own that can be given away.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from desktop_llm.core.errors import SettingError
from desktop_llm.core.patterns import check_pattern
from desktop_llm.core.regions import check_region
from desktop_llm.core.settings_tree import setting

Side = Literal["prompts", "replies"]


class Level(StrEnum):
    """How careful the filter is. OFF passes everything; STRICT shows nothing before it is judged."""

    OFF = "off"
    BALANCED = "balanced"
    STRICT = "strict"


class FilterAction(StrEnum):
    """ALLOW does nothing, WARN shows it with a mark, MASK hides it, BLOCK ends the reply there.

    In a prompt, MASK hides it from the model and BLOCK refuses the prompt.
    """

    ALLOW = "allow"
    WARN = "warn"
    MASK = "mask"
    BLOCK = "block"


def _category(title: str, help: str) -> FilterAction | None:  # noqa: A002
    found: FilterAction | None = setting(None, title, help, hidden=True)
    return found


@dataclass(frozen=True, slots=True)
class Actions:
    """An action for each category; None is what the level says."""

    profanity: FilterAction | None = _category("Profanity", "Swear words.")
    slurs: FilterAction | None = _category("Slurs", "Words that demean a group of people.")
    sexual: FilterAction | None = _category("Sexual content", "Explicit sexual words.")
    self_harm: FilterAction | None = _category(
        "Self-harm", "Suicide and self-injury; a help line is shown beside."
    )
    violence: FilterAction | None = _category("Violence", "Threats, torture and gore.")
    weapons: FilterAction | None = _category(
        "Weapons", "How to make or get weapons and explosives."
    )
    drugs: FilterAction | None = _category(
        "Drugs", "Names of illegal drugs, making and buying them."
    )
    hate: FilterAction | None = _category("Hate", "Calls against groups of people.")
    harm: FilterAction | None = _category(
        "Other harm", "Crime, deceit and whatever else a guard model finds harmful."
    )
    topics: FilterAction | None = _category(
        "Sensitive topics", "Politics, advice for experts, copyright: some guard models name these."
    )
    personal: FilterAction | None = _category("Personal data", "Addresses, numbers and accounts.")
    secrets: FilterAction | None = _category(
        "Secrets", "Passwords in links, access keys, private keys."
    )
    own: FilterAction | None = _category("My own list", "My own words and patterns.")


CATEGORIES = tuple(Actions.__dataclass_fields__)
"""Every category, in the order in which people are shown them."""
JUDGED = tuple(category for category in CATEGORIES if category != "own")
"""Those that a guard model's label can mean: it knows nobody's own list."""


def check_label(entry: str) -> None:
    """Raises SettingError unless the entry is a label, an equals sign and one of `JUDGED`."""
    label, category = label_and_category(entry)
    if not label or category not in JUDGED:
        raise SettingError(
            "{entry} does not say what a label means.",
            todo="Each must be a label, = and one of these: {categories}.",
            entry=f"{entry!r}",
            categories=", ".join(JUDGED),
        )


def label_and_category(entry: str) -> tuple[str, str]:
    """The two sides of "LABEL_1 = hate"; a label may hold an equals sign itself."""
    label, _, category = entry.rpartition("=")
    return label.strip(), category.strip()


_A, _W, _M, _B = FilterAction.ALLOW, FilterAction.WARN, FilterAction.MASK, FilterAction.BLOCK

# The order is that of the categories.
_LEVELS: dict[tuple[Level, Side], tuple[FilterAction, ...]] = {
    (Level.BALANCED, "replies"): (_M, _M, _M, _W, _W, _W, _W, _M, _M, _A, _W, _M, _M),
    (Level.BALANCED, "prompts"): (_A, _A, _A, _W, _A, _W, _A, _W, _W, _A, _A, _A, _A),
    (Level.STRICT, "replies"): (_M, _M, _B, _B, _B, _B, _B, _B, _B, _W, _M, _M, _M),
    (Level.STRICT, "prompts"): (_A, _W, _B, _B, _W, _B, _B, _B, _B, _A, _W, _W, _B),
}


def _kind(title: str, help: str) -> bool:  # noqa: A002
    on: bool = setting(True, title, help, hidden=True)
    return on


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Which kinds of personal data are looked for. `region` reads numbers written without +."""

    email: bool = _kind("E-mail addresses", "Addresses such as name@example.org.")
    phone: bool = _kind(
        "Phone numbers", "International ones, and others after a word such as phone."
    )
    card: bool = _kind("Card numbers", "13 to 19 digits whose check digit is right.")
    bank: bool = _kind("Bank accounts", "IBANs whose check digits are right.")
    identity: bool = _kind(
        "Identity numbers", "National numbers of persons, whose check digits are right."
    )
    network: bool = _kind("Network addresses", "IPv4 and IPv6 addresses, and MAC addresses.")
    ask: bool = _kind(
        "Ask before it goes out", "When something that holds such data is copied or exported."
    )
    region: str = setting(
        "", "My country", "Two letters such as US or CN, to know phone numbers written without +.",
        hidden=True, check=check_region,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """The guard model: a second model that judges what the rules cannot see."""

    model: str = setting(
        "", "Guard model", "An installed model that judges prompts and replies. Empty: none.",
        hidden=True,
    )  # fmt: skip
    threshold: float = setting(
        0.5, "Threshold", "How sure the guard model must be, from 0 to 1.",
        minimum=0.0, maximum=1.0, step=0.05, hidden=True,
    )  # fmt: skip
    labels: tuple[str, ...] = setting(
        (), "Meaning of its labels",
        "For a classifier that the app does not know: LABEL_1 = hate, and so on. Others mean nothing.",
        hidden=True, check=check_label,
    )  # fmt: skip
    several: bool = setting(
        False, "Several labels at once",
        "Each label of that classifier has a probability of its own; otherwise one of them is right.",
        hidden=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Policy:
    """All that the safety filter goes by. Hashable: equal policies share their compiled rules.

    `allowed` holds what was found wrongly: words as they stand in the text, or ids of rules.
    """

    level: Level = setting(
        Level.OFF, "Level",
        "Balanced hides what is worst and marks the rest. Strict stops at it, and shows nothing before it was judged. Replies that are stored already stay as they are.",
    )  # fmt: skip
    words: tuple[str, ...] = setting(
        (), "My own words", "Words and phrases that must not appear, separated by commas."
    )
    patterns: tuple[str, ...] = setting(
        (), "My own patterns",
        "For those who know regular expressions: [A-Z]{2}-\\d{4}. Separated by commas; repeats need a bound.",
        check=check_pattern, patterns=True,
    )  # fmt: skip
    allowed: tuple[str, ...] = setting(
        (), "Always allowed", "Words that the filter leaves alone, separated by commas."
    )
    replies: Actions = field(default_factory=Actions)
    prompts: Actions = field(default_factory=Actions)
    personal: PersonalData = field(default_factory=PersonalData)
    guard: GuardSettings = field(default_factory=GuardSettings)

    def action(self, category: str, side: Side) -> FilterAction:
        """What happens to a category (one of CATEGORIES) in prompts or replies."""
        if self.level is Level.OFF:
            return FilterAction.ALLOW
        chosen: FilterAction | None = getattr(getattr(self, side), category)
        return chosen or self.level_action(category, side)

    def level_action(self, category: str, side: Side) -> FilterAction:
        """What the level alone says about a category."""
        if self.level is Level.OFF:
            return FilterAction.ALLOW
        return _LEVELS[self.level, side][CATEGORIES.index(category)]
