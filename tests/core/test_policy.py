"""The policy: what a level says, what a person says over it, and the pattern language's refusals."""

import pytest

from desktop_llm.core.errors import SettingError
from desktop_llm.core.patterns import Chars, measure, read_pattern
from desktop_llm.core.policy import CATEGORIES, Actions, FilterAction, Level, Policy
from desktop_llm.core.settings_tree import with_value


def test_a_category_without_an_action_of_its_own_follows_the_level() -> None:
    for category in CATEGORIES:
        assert Policy().action(category, "replies") is FilterAction.ALLOW
        balanced = Policy(Level.BALANCED).action(category, "replies")
        strict = Policy(Level.STRICT).action(category, "replies")
        order = list(FilterAction)
        assert order.index(strict) >= order.index(balanced)
    own = Policy(Level.STRICT, replies=Actions(weapons=FilterAction.ALLOW))
    assert own.action("weapons", "replies") is FilterAction.ALLOW
    assert own.action("weapons", "prompts") is FilterAction.BLOCK
    assert own.level_action("weapons", "replies") is FilterAction.BLOCK


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("a+", "without end"), ("a*", "without end"), ("(?=a)b", "look around"), (r"(a)\1", "Back-references"),
        ("a{3,1}", "smaller number"), ("a{x}", "numbers"), ("a{2,}", "numbers"), ("(a", r"no \)"), ("a)", r"without its \("),
        ("[a", r"no \]"), ("[]", "empty|no ]"), ("a?", "empty text"), ("", "empty text"), ("a|", "empty text"),
        ("a{300}b", "300 is the most"), ("((a{20}|b{20}){10}|c{200}){2}", "300 is the most|parts"),
        ("?a", "Nothing stands"), ("^a", r"\\b"), ("a{2}{3}", "One repeat"), (r"a\Z", "cannot be used"),
        ("[z-a]", "range"), (r"[\D]", "inside"), ("(" * 30 + "a" + ")" * 30, "nested"),
    ],
)  # fmt: skip
def test_a_pattern_that_cannot_be_used_is_refused_with_the_reason(source: str, says: str) -> None:
    with pytest.raises(SettingError, match=says):
        read_pattern(source)


def test_a_pattern_is_read() -> None:
    pattern = read_pattern(r"\b[A-Z]{2}-\d{4}(?:x|yz)?\b")
    assert (pattern.word_start, pattern.word_end) == (True, True)
    assert measure(pattern.node) == (7, 9, 2 + 1 + 4 + 3)
    assert read_pattern(r"\.").node == Chars(frozenset("."))
    assert read_pattern(r"[\]\-a-c]").node == Chars(frozenset("]-abc"))


@pytest.mark.parametrize("region", ["", "US", "de", " Gb "])
def test_a_country_is_taken_in_any_case(region: str) -> None:
    assert with_value(Policy(), "personal.region", region).personal.region == region


@pytest.mark.parametrize("region", ["UK", "Germany", "D", "EU", "49"])
def test_what_is_no_country_is_refused_with_an_example(region: str) -> None:
    with pytest.raises(SettingError, match=rf"{region} is not .* GB is the United Kingdom"):
        with_value(Policy(), "personal.region", region)
