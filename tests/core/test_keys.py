"""Combinations of keys as text: what is read, how it is written, what is refused."""

import pytest

from desktop_llm.core.errors import SettingError
from desktop_llm.core.keys import check_keys, read_keys
from desktop_llm.core.settings import Settings
from desktop_llm.core.settings_tree import with_value


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Ctrl+Alt+Space", "Ctrl+Alt+Space"),
        ("alt + ctrl + space", "Ctrl+Alt+Space"),
        ("super+q", "Meta+Q"),
        ("Shift+F12", "Shift+F12"),
        ("F24", "F24"),
        ("control+shift+pgup", "Ctrl+Shift+PgUp"),
    ],
)
def test_a_combination_is_read_however_it_is_written(text: str, written: str) -> None:
    assert str(read_keys(text)) == written


@pytest.mark.parametrize("text", ["Q", "Shift+Q", "Ctrl", "Ctrl+", "Ctrl+ü", "Hyper+Q", "F25", "+"])
def test_what_would_swallow_writing_or_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match="like Ctrl\\+Alt\\+Space"):
        read_keys(text)


def test_the_setting_takes_a_combination_or_nothing() -> None:
    check_keys("")
    values = with_value(Settings(), "general.quick_ask_keys", "Ctrl+Alt+Space")
    assert values.general.quick_ask_keys == "Ctrl+Alt+Space"
    with pytest.raises(SettingError):
        with_value(values, "general.quick_ask_keys", "space")
