"""A sentence for people and the values in it, kept apart so that a window can translate it first."""

import re
from collections.abc import Callable, Iterable
from typing import Any

LONGEST = 600
"""Characters of a stranger's text at most."""
MOST_VALUES = 8
DEEPEST = 6
"""Sayings within each other at most, where they are read from a file or another process."""
_NAMED = re.compile(r"\{(\w+)\}")


class Saying:
    """A sentence that names `values` in braces ("{device} has {size} free."). A value may be one too.

    `str()` gives it as it was written, in English. Two are equal where sentence and values read so.
    """

    __slots__ = ("_sentence", "_values")

    def __init__(self, sentence: str, **values: object) -> None:
        self._sentence, self._values = sentence, values

    def told(self, translate: Callable[[str], str]) -> str:
        """The sentence, translated before the values are put in. "" stays ""."""
        if not self._sentence:
            return ""
        values = {
            name: value.told(translate) if isinstance(value, Saying) else str(value)
            for name, value in self._values.items()
        }
        # Braces that name no value, in a path perhaps, stay as they are.
        return _NAMED.sub(lambda found: values.get(found[1], found[0]), translate(self._sentence))

    def with_texts(self, change: Callable[[str], str]) -> "Saying":
        """The same sentence, its values as texts that were changed so."""
        values = {
            name: value.with_texts(change) if isinstance(value, Saying) else change(str(value))
            for name, value in self._values.items()
        }
        return Saying(self._sentence, **values)

    def without_values(self) -> str:
        """The sentence as it was written, its values named in braces: they may quote somebody.

        Values that are sentences themselves are put in, without theirs.
        """
        sentences = {
            name: value.without_values()
            for name, value in self._values.items()
            if isinstance(value, Saying)
        }
        return _NAMED.sub(lambda found: sentences.get(found[1], found[0]), self._sentence)

    def as_json(self) -> dict[str, Any]:
        """The form that `read_saying` reads."""
        values = {
            name: value.as_json() if isinstance(value, Saying) else str(value)
            for name, value in self._values.items()
        }
        return {"sentence": self._sentence, "values": values}

    def __str__(self) -> str:
        return self.told(str)

    def __repr__(self) -> str:
        return f"Saying({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Saying):
            return NotImplemented
        return self.as_json() == other.as_json()

    def __hash__(self) -> int:
        return hash(self._sentence)

    def __bool__(self) -> bool:
        return bool(self._sentence)


def together(sayings: Iterable[Saying]) -> Saying:
    """Several as one; empty ones are left out."""
    parts = {f"part{place}": saying for place, saying in enumerate(filter(None, sayings))}
    names = " ".join(f"{{{name}}}" for name in parts)
    return Saying(names, **parts)


def in_english(sayings: Iterable[Saying]) -> str:
    """Several as one text."""
    return " ".join(filter(None, map(str, sayings)))


def read_saying(data: object, depth: int = 1) -> Saying:
    """A saying out of JSON that a stranger may have had a hand in: what it tells is at most
    twice as long as `LONGEST`, or is cut and told as it stands.

    A text alone is one that was told before. Raises KeyError or TypeError where it is none.
    """
    if isinstance(data, str):
        return Saying(shortened(data))
    if not isinstance(data, dict) or depth > DEEPEST:
        raise TypeError("That is no saying.")
    sentence, values = data["sentence"], data["values"]
    if not isinstance(sentence, str) or not isinstance(values, dict):
        raise TypeError("A saying is a sentence and its values.")
    named = _NAMED.findall(sentence)
    if len(values) > MOST_VALUES or len(named) > len(set(named)):
        raise TypeError("A saying names a few values, and each of them once.")
    read = {
        name: shortened(value) if isinstance(value, str) else read_saying(value, depth + 1)
        for name, value in values.items()
    }
    saying = Saying(shortened(sentence), **read)
    text = str(saying)
    return saying if len(text) <= 2 * LONGEST else Saying(shortened(text))


def read_sayings(data: object) -> tuple[Saying, ...]:
    """Several out of JSON, from a list of them or one text. Raises as `read_saying` does."""
    if isinstance(data, str):
        return (read_saying(data),) if data else ()
    if not isinstance(data, list):
        raise TypeError("That is no list of sayings.")
    return tuple(map(read_saying, data))


def shortened(text: object) -> str:
    """Text out of a stranger's file: no line breaks or controls, and not too long."""
    clean = "".join(sign if sign.isprintable() else " " for sign in str(text)[: LONGEST * 2])
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"
