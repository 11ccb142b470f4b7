"""A policy as a file: written, read back, and refused whole where a line is wrong."""

from pathlib import Path

import pytest

from desktop_llm.core.errors import UsageError
from desktop_llm.core.policy import Actions, FilterAction, Level, PersonalData, Policy
from desktop_llm.safety.policy_file import policy_from_toml, policy_to_toml, read_policy


@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        Policy(Level.STRICT, ("a, b", "坏词"), (r"\d{3}", "[,x]{1,2}"), ("fine",),
               Actions(drugs=FilterAction.ALLOW), Actions(own=FilterAction.BLOCK),
               PersonalData(phone=False, region="CN")),
    ],
)  # fmt: skip
def test_a_policy_survives_its_file(policy: Policy, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    for encoding in ("utf-8", "utf-8-sig"):
        file.write_text(policy_to_toml(policy), encoding=encoding)
        assert read_policy(file) == policy


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("level = [", "not TOML"), ("level = " + "[" * 10_000, "not TOML"), ('level = "hard"', "off, balanced, strict"),
        ('[replies]\nwepons = "block"', "weapons"), ('patterns = ["a+"]', "without end"),
        ('[guard]\nlabels = ["LABEL_0 = topics", "LABEL_1 = hatred"]', "LABEL_1 = hatred.*harm, topics"),
    ],
)  # fmt: skip
def test_a_file_with_a_wrong_line_is_refused_as_a_whole(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        policy_from_toml(text)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_policy(tmp_path / "none.toml")
