"""Settings: every value described, checked, changed, written and read back."""

import pytest

from desktop_llm.core import settings_tree
from desktop_llm.core.errors import SettingError
from desktop_llm.core.policy import FilterAction
from desktop_llm.core.sampling import BUILT_IN_PRESETS, NEUTRAL, SamplingSettings
from desktop_llm.core.settings import Device, Settings, Theme


def test_every_setting_has_a_title_help_and_a_default_that_fits() -> None:
    infos = list(settings_tree.walk(Settings))
    assert len(infos) == len({info.key for info in infos})
    assert len(infos) > 25
    for info in infos:
        assert info.description.title
        assert info.description.help.endswith(".")
        assert settings_tree.check(info, info.default) == settings_tree.get(Settings(), info.key)


@pytest.mark.parametrize(
    ("key", "given", "kept"),
    [
        ("sampling.temperature", "0.7", 0.7),
        ("sampling.top_k", 40, 40),
        ("sampling.seed", "none", None),
        ("general.confirm_delete", "on", True),
        ("safety.words", "a, b,, c ", ("a", "b", "c")),
        ("safety.patterns", "a{1,3}, [,x]b", ("a{1,3}", "[,x]b")),
        ("safety.patterns", r"a[\],x], b, \}, c\,d", (r"a[\],x]", "b", r"\}", r"c\,d")),
        ("sampling.stop", "###, ]", ("###", "]")),
        ("sampling.stop", r"\n\n, }", (r"\n\n", "}")),
        ("sampling.stop", "None", ("None",)),
        ("sampling.stop", None, None),
        ("sampling.dry_sequence_breakers", "[, ]", ("[", "]")),
        ("safety.replies.own", "block", FilterAction.BLOCK),
        ("safety.replies.own", "none", None),
        ("appearance.theme", "dark", Theme.DARK),
        ("model.device", "cuda", Device.CUDA),
        ("model.context_window", "4096", 4096),
    ],
)
def test_values_are_converted_as_the_command_line_gives_them(
    key: str, given: object, kept: object
) -> None:
    changed = settings_tree.with_value(Settings(), key, given)
    value = settings_tree.get(changed, key)
    assert value == kept
    assert type(value) is type(kept)


@pytest.mark.parametrize(
    ("key", "bad", "says"),
    [
        ("sampling.temperature", 9, "from 0 to 2"),
        ("sampling.temperature", float("nan"), "from 0 to 2"),
        ("sampling.temperature", "hot", "a number"),
        ("sampling.temperature", 10**400, "from 0 to 2"),
        ("sampling.top_k", 1.5, "a whole number"),
        ("appearance.theme", "blue", "one of system, light, dark"),
        ("appearance.zoom", None, "50 to 300"),
        ("general.confirm_delete", "perhaps", "true or false"),
        ("safety.words", 7, "words separated by commas"),
        ("safety.patterns", "a+", "without end"),
        ("model.folder", "models", "Give its whole path"),
        ("model.folder", "~nobody9/models", "Give its whole path"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(key: str, bad: object, says: str) -> None:
    with pytest.raises(SettingError, match=says):
        settings_tree.with_value(Settings(), key, bad)


def test_an_unknown_key_names_the_near_ones() -> None:
    with pytest.raises(SettingError, match=r"sampling\.temperature"):
        settings_tree.find(Settings, "sampling.temprature")


def test_a_tree_survives_being_written_and_read() -> None:
    changed = settings_tree.with_value(Settings(), "sampling.top_p", 0.9)
    changed = settings_tree.with_value(changed, "safety.words", ("x",))
    data = settings_tree.to_dict(changed, only_changed=True)
    assert data == {"sampling": {"top_p": 0.9}, "safety": {"words": ["x"]}}
    assert settings_tree.from_dict(Settings, data) == (changed, ())


def test_damage_in_a_file_costs_only_the_damaged_values() -> None:
    data = {"sampling": {"temperature": 99, "top_k": 5}, "nonsense": {"a": 1}}
    values, problems = settings_tree.from_dict(Settings, data)
    assert values.sampling == SamplingSettings(top_k=5)
    assert len(problems) == 2


def test_settings_lie_over_one_another_and_neutral_leaves_nothing_open() -> None:
    mine = SamplingSettings(temperature=0.1)
    over = mine.over(BUILT_IN_PRESETS[2].sampling).over(NEUTRAL)
    assert over.temperature == 0.1
    assert over.top_k == BUILT_IN_PRESETS[2].sampling.top_k
    for info in settings_tree.walk(SamplingSettings):
        if info.key != "seed":
            assert settings_tree.get(over, info.key) is not None
