"""A change that holds at once, kept or not: where it could not be saved, that is told. Knows no file."""

from collections.abc import Callable

from desktop_llm.core.errors import StoreError, UserError


def keep(change: Callable[[], object], tell: Callable[[StoreError], object]) -> None:
    """Change a setting, or what is set for a model, as `SettingsStore` and `ModelNotes` do.

    A StoreError of theirs says that the change holds until the app ends: it is told, and whoever
    asked goes on as after any other change. Raises the other UserErrors: nothing has changed then.
    """
    try:
        change()
    except StoreError as error:
        tell(error)


def attempt(act: Callable[[], object], tell: Callable[[UserError], object]) -> bool:
    """Whether something succeeded; what went wrong is told."""
    try:
        act()
    except UserError as error:
        tell(error)
        return False
    return True
