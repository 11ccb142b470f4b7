"""How one setting is described (title, help, range, unit), and how a tree of them is walked and changed.

Settings are frozen dataclasses whose fields are made with `setting()`. Panels, the command line,
the stored file and the docs are all made from these descriptions. Knows no file and no widget.
"""

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from desktop_llm.core.errors import SettingError
from desktop_llm.core.sayings import Saying, together

_META = "setting"
_PATTERN = re.compile(r"(?:\\.|\[(?:\\.|[^\]\\])*\]|\{[^{}]*\}|[^,])+", re.DOTALL)
Tree = TypeVar("Tree")
Scalar = bool | int | float | str | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Description:
    """What a person is told about a setting. Ranges are inclusive; the unit is shown after it.

    `check` is given a text, or each of several, and raises SettingError where it cannot be used.
    `advanced` ones are rarely needed and stand behind a fold; `preview` ones are texts that the
    model reads as tokens, which are shown; a `folder` can be chosen from the disk, a `model` from those
    on this computer; `keys` are a combination of keys, which is pressed rather than typed; of `patterns`
    each may hold commas inside its brackets.
    """

    title: str
    help: str
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    restart: bool = False
    hidden: bool = False
    check: Callable[[str], None] | None = None
    advanced: bool = False
    preview: bool = False
    folder: bool = False
    keys: bool = False
    model: bool = False
    patterns: bool = False


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """One leaf of the tree: its dotted key, its type, its default, and how it is described.

    `kind` is bool, int, float, str or tuple (of str); `optional` says that None is a value too
    (for sampling: the model's own).
    """

    key: str
    kind: type
    optional: bool
    default: Scalar
    description: Description
    choices: tuple[str, ...] = ()


def setting(default: Any, title: str, help: str, **description: Any) -> Any:  # noqa: A002
    """A dataclass field with a default and a `Description`."""
    described = Description(title, help, **description)
    return field(default=default, metadata={_META: described})


def walk(tree: type, prefix: str = "") -> Iterator[SettingInfo]:
    """All settings of a dataclass tree, in the order in which they are written."""
    hints = typing.get_type_hints(tree)
    for item in dataclasses.fields(tree):
        key, hint = prefix + item.name, hints[item.name]
        if _META in item.metadata:
            yield _info(key, hint, item.default, item.metadata[_META])
        elif dataclasses.is_dataclass(hint):
            yield from walk(typing.cast(type, hint), key + ".")


def _info(key: str, hint: Any, default: Any, described: Description) -> SettingInfo:
    optional = False
    if isinstance(hint, types.UnionType):
        (hint,) = (part for part in typing.get_args(hint) if part is not types.NoneType)
        optional = True
    kind = typing.get_origin(hint) or hint
    choices = described.choices
    if issubclass(kind, StrEnum):
        choices, kind = tuple(member.value for member in kind), str
    return SettingInfo(key, kind, optional, default, described, choices)


def find(tree: type, key: str) -> SettingInfo:
    """The description of one dotted key. Raises SettingError, naming near ones, if unknown."""
    import difflib

    known = {info.key: info for info in walk(tree)}
    if key in known:
        return known[key]
    near = difflib.get_close_matches(key, known, n=3)
    raise SettingError(
        "There is no setting named {key}.",
        todo="Did you mean {near}?" if near else "`settings show` lists all of them.",
        key=f"{key!r}",
        near=", ".join(near),
    )


def get(values: object, key: str) -> Any:
    """The value at a dotted key of a tree of settings."""
    for name in key.split("."):
        values = getattr(values, name)
    return values


def with_value(values: Tree, key: str, value: object) -> Tree:
    """A copy of the tree with one value changed. Raises SettingError if it does not fit."""
    info = find(type(values), key)
    return _replaced(values, key.split("."), check(info, value))


def _replaced(values: Tree, path: list[str], value: Any) -> Tree:
    name, *rest = path
    if rest:
        value = _replaced(getattr(values, name), rest, value)
    elif value is not None and (choices := _enum(_field_type(values, name))) is not None:
        value = choices(value)
    return dataclasses.replace(values, **{name: value})  # type: ignore[type-var]


def _field_type(values: object, name: str) -> Any:
    return typing.get_type_hints(type(values))[name]


def _enum(hint: Any) -> type[StrEnum] | None:
    """The StrEnum in a field's type, which may also allow None."""
    for kind in typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,):
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return kind
    return None


def check(info: SettingInfo, value: object) -> Any:
    """The value, converted to the setting's type. Raises SettingError with the allowed range.

    Text is accepted for every type, as the command line gives it ("true", "0.7", "none"); but "none"
    in a list is a word like others.
    """
    converted = _converted(info, value)
    if converted is None:
        return None
    _check_choice(info, converted)
    _check_range(info, converted)
    if info.description.check is not None:
        for part in converted if isinstance(converted, tuple) else (converted,):
            info.description.check(part)
    return converted


def _converted(info: SettingInfo, value: object) -> Any:
    named = info.optional and info.kind is not tuple
    if value is None or (named and isinstance(value, str) and value.lower() == "none"):
        if info.optional:
            return None
        raise _unfit(info, value)
    try:
        if info.kind is tuple:
            return _to_words(value, info.description.patterns)
        return _convert(info.kind, value)
    except (TypeError, ValueError, OverflowError) as error:
        raise _unfit(info, value) from error


def _convert(kind: type, value: object) -> Any:
    if kind is bool:
        return _to_bool(value)
    if isinstance(value, bool) or (kind is int and isinstance(value, float) and value % 1):
        raise TypeError(value)
    if kind is str and not isinstance(value, str):
        raise TypeError(value)
    return kind(value)


def _to_bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise ValueError(value)


def split_words(text: str, *, patterns: bool = False) -> list[str]:
    """The parts of a text that are separated by commas, without the space around them.

    Of `patterns` a comma that is escaped, or inside a pair of { } or [ ], belongs to one: a{1,3}.
    """
    parts = _PATTERN.findall(text) if patterns else text.split(",")
    return [part.strip() for part in parts]


def _to_words(value: object, patterns: bool) -> tuple[str, ...]:
    if isinstance(value, str):
        value = split_words(value, patterns=patterns)
    if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
        raise TypeError(value)
    return tuple(part for part in value if part)


def _check_choice(info: SettingInfo, value: Any) -> None:
    if info.choices and value not in info.choices:
        raise _unfit(info, value)


def _check_range(info: SettingInfo, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    low, high = info.description.minimum, info.description.maximum
    # The comparison is written so that NaN, which compares false, is refused.
    if not ((low is None or value >= low) and (high is None or value <= high)) or value != value:
        raise _unfit(info, value)


def _unfit(info: SettingInfo, value: object) -> SettingError:
    return SettingError(
        "{key} cannot be {value}.",
        todo="It must be {info}.",
        key=info.key,
        value=f"{value!r}",
        info=allowed(info),
    )


def allowed(info: SettingInfo, *, typed: bool = False) -> Saying:
    """The values a setting takes, in words: "a number from 0 to 2, or none".

    `typed` is for a field in which none is written by leaving it empty.
    """
    names = {
        bool: Saying("true or false"),
        int: Saying("a whole number"),
        float: Saying("a number"),
        str: Saying("text"),
        tuple: Saying("words separated by commas"),
    }
    words = names.get(info.kind, Saying(""))
    if info.choices:
        words = Saying("one of {choices}", choices=", ".join(info.choices))
    low, high = info.description.minimum, info.description.maximum
    if low is not None and high is not None:
        words = Saying("{kind} from {low} to {high}", kind=words, low=f"{low:g}", high=f"{high:g}")
    elif low is not None:
        words = Saying("{kind} of at least {low}", kind=words, low=f"{low:g}")
    if not info.optional:
        return words
    return Saying("{values}, or left empty" if typed else "{values}, or none", values=words)


def to_dict(values: object, *, only_changed: bool = False) -> dict[str, Any]:
    """A tree of settings as nested dictionaries of TOML's types; None values are left out."""
    result: dict[str, Any] = {}
    for info in walk(type(values)):
        value = get(values, info.key)
        if value is None or (only_changed and value == info.default):
            continue
        *sections, name = info.key.split(".")
        place = result
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = _plain(value)
    return result


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def from_dict(tree: type[Tree], data: dict[str, Any]) -> tuple[Tree, tuple[Saying, ...]]:
    """A tree from nested dictionaries. What does not fit keeps its default and is reported.

    Returns the tree and one sentence for every key that was unknown or refused.
    """
    values, problems = tree(), []
    for key, value in _flat(data, {info.key for info in walk(tree)}):
        try:
            values = with_value(values, key, value)
        except SettingError as error:
            problems.append(together(error.sayings))
    return values, tuple(problems)


def _flat(data: dict[str, Any], known: set[str], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        key = prefix + name
        if isinstance(value, dict) and key not in known:
            yield from _flat(value, known, key + ".")
        else:
            yield key, value
