"""A sentence for people and the values in it, kept apart so that a window can translate it first."""

import re
from collections.abc import Callable, Iterable

_NAMED = re.compile(r"\{(\w+)\}")


class Saying:
    """A sentence that names `values` in braces ("{device} has {size} free."). A value may be one too.

    `str()` gives it as it was written, in English.
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

    def __str__(self) -> str:
        return self.told(str)

    def __bool__(self) -> bool:
        return bool(self._sentence)


def together(sayings: Iterable[Saying]) -> Saying:
    """Several as one; empty ones are left out."""
    parts = {f"part{place}": saying for place, saying in enumerate(filter(None, sayings))}
    names = " ".join(f"{{{name}}}" for name in parts)
    return Saying(names, **parts)


def in_english(sayings: Iterable[Saying]) -> str:
    """Several as one text."""
    return " ".join(map(str, sayings))
