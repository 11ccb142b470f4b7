"""What the commands share: the folders, the library, the history. Prints nothing."""

import contextlib
import logging
from collections.abc import Iterator

from desktop_llm.core.errors import HomeError
from desktop_llm.core.ports import Models
from desktop_llm.resources import resource
from desktop_llm.storage.history import History
from desktop_llm.storage.logs import start_logging
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import Paths, find_paths

log = logging.getLogger(__name__)


def ready() -> Paths:
    """The folders, made and writable, and the log in them. Raises HomeError."""
    paths = find_paths()
    paths.prepare()
    start_logging(paths)
    return paths


def without_storage() -> Paths:
    """The folders as they are: what stores nothing must work where nothing can be stored."""
    try:
        return ready()
    except (HomeError, OSError):
        logging.getLogger().addHandler(logging.NullHandler())
        return find_paths()


def library(paths: Paths) -> Models:
    """The models on disk."""
    from desktop_llm.library.models import Library

    return Library(paths.models, resource("guide_model"))


@contextlib.contextmanager
def history(paths: Paths) -> Iterator[History | None]:
    """The history, closed afterwards; None where nothing was ever said, and none is made then."""
    if not paths.history.exists():
        yield None
        return
    opened = open_history(paths)
    try:
        yield opened
    finally:
        opened.close()
