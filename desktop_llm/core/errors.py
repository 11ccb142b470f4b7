"""The errors a person can act on: what happened, why, what to do. Knows no place to show them.

Everything that is not a `UserError` is a bug: it is logged with its traceback and shown calmly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from desktop_llm.core.sayings import Saying, together


@dataclass(frozen=True, slots=True)
class Remedy:
    """How the model would fit into memory: with a context window of so many tokens, and in that
    precision where it is not ""."""

    context_window: int
    precision: str = ""


Part = str | Saying


class UserError(Exception):
    """An error of the user's world (a missing file, a full disk), told in three sentences.

    `what` happened, `why` it did, and `todo`, what the person can do about it. `str()` gives all
    three, which is exactly what the window and the command line show. A sentence may name
    `values` in braces ("{path} cannot be read."), so that a window can translate it first, or be a
    saying that has its own. `sayings` are the three; `remedies` are what a button could do about it.
    """

    exit_code: ClassVar[int] = 1
    remedies: tuple[Remedy, ...] = ()

    def __init__(self, what: Part, why: Part = "", todo: Part = "", **values: object):
        super().__init__(what, why, todo)
        self.sayings = tuple(
            part if isinstance(part, Saying) else Saying(part, **values)
            for part in (what, why, todo)
        )
        self.what, self.why, self.todo = self.told(str)

    @property
    def reason_and_todo(self) -> tuple[Saying, Saying]:
        """What happened and why as one, and what to do."""
        return together(self.sayings[:2]), self.sayings[2]

    def told(self, translate: Callable[[str], str]) -> tuple[str, str, str]:
        """What, why and todo, each translated before the values are put in. "" stays ""."""
        what, why, todo = (saying.told(translate) for saying in self.sayings)
        return what, why, todo

    def without_values(self) -> str:
        """The three as they were written, for the log: a value may quote what a person wrote."""
        return " ".join(filter(None, (saying.without_values() for saying in self.sayings)))

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.why, self.todo) if part)


class UsageError(UserError):
    """A command line or a value that is not of the form it must have."""

    exit_code = 2


class SettingError(UsageError):
    """A setting that does not exist, or a value outside its type or range."""


class ModelError(UserError):
    """A model that cannot be found, is not a model, is damaged, or does not fit the machine."""

    exit_code = 3


class MessageTooLongError(UserError):
    """One message that cannot fit the model's context window, even alone."""


class StoreError(UserError):
    """The history cannot be opened or written: wrong key, damaged, too new, disk full."""


class TracesLeftError(StoreError):
    """Old text was erased, and that is on disk; only a log or a copy of the file may still hold it."""


class NotFoundError(UserError):
    """A conversation or message that is not (any longer) there."""


class HomeError(UserError):
    """The folder that holds the app's data cannot be made or written."""


class Cancelled(Exception):  # noqa: N818 - not an error: the person asked for it
    """Raised inside a long step, such as loading a model, when its cancel event is set."""
