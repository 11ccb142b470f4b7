"""The errors a person can act on: what happened, why, what to do. Knows no place to show them.

Everything that is not a `UserError` is a bug: it is logged with its traceback and shown calmly.
"""

from typing import ClassVar


class UserError(Exception):
    """An error of the user's world (a missing file, a full disk), told in three sentences.

    `what` happened, `why` it did, and `todo`, what the person can do about it. `str()` gives all
    three, which is exactly what the window and the command line show.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, why: str = "", todo: str = "") -> None:
        super().__init__(what, why, todo)
        self.what = what
        self.why = why
        self.todo = todo

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


class NotFoundError(UserError):
    """A conversation or message that is not (any longer) there."""


class HomeError(UserError):
    """The folder that holds the app's data cannot be made or written."""


class Cancelled(Exception):  # noqa: N818 - not an error: the person asked for it
    """Raised inside a long step, such as loading a model, when its cancel event is set."""
