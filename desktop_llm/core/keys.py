"""A combination of keys as text ("Ctrl+Alt+Space"): read, checked and written. Knows no keyboard."""

import re
from dataclasses import dataclass

from desktop_llm.core.errors import SettingError

MODIFIERS = ("Ctrl", "Alt", "Shift", "Meta")
"""In the order in which they are written. Meta is the Windows or Super key."""
NAMED = ("Space", "Home", "End", "Insert", "Pause", "Up", "Down", "Left", "Right", "PgUp", "PgDown")
_ALIASES = {"control": "Ctrl", "super": "Meta", "win": "Meta", "cmd": "Meta", "option": "Alt"}


@dataclass(frozen=True, slots=True)
class Keys:
    """`modifiers` out of `MODIFIERS`, and a `key`: A to Z, 0 to 9, F1 to F24 or one of `NAMED`."""

    modifiers: frozenset[str]
    key: str

    def __str__(self) -> str:
        return "+".join([*(m for m in MODIFIERS if m in self.modifiers), self.key])


def read_keys(text: str) -> Keys:
    """The combination that `text` names. Raises SettingError where it is none that can be kept free.

    It needs Ctrl, Alt or Meta, or be a function key: other keys are for writing.
    """
    *before, last = (part.strip() for part in text.split("+"))
    modifiers = frozenset(_modifier(part, text) for part in before)
    key = _key(last, text)
    if not modifiers - {"Shift"} and not re.fullmatch(r"F\d+", key):
        raise _unfit(text)
    return Keys(modifiers, key)


def check_keys(text: str) -> None:
    """Raise SettingError where `text` is neither empty nor a combination."""
    if text:
        read_keys(text)


def _modifier(part: str, text: str) -> str:
    known = {name.lower(): name for name in MODIFIERS} | _ALIASES
    if part.lower() not in known:
        raise _unfit(text)
    return known[part.lower()]


def _key(part: str, text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9]", part) or re.fullmatch(r"[Ff]([1-9]|1\d|2[0-4])", part):
        return part.upper()
    for name in NAMED:
        if part.lower() == name.lower():
            return name
    raise _unfit(text)


def _unfit(text: str) -> SettingError:
    return SettingError(
        "{keys} is no combination that can be used everywhere.",
        todo="It must be like Ctrl+Alt+Space: Ctrl, Alt or Meta, and a letter, a digit, "
        "a function key, an arrow or Space.",
        keys=text,
    )
