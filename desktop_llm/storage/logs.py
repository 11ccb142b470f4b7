"""The log: a rotating file of what the app did, and one for crashes. Knows no message's text.

Nobody may log what a person or a model wrote. Exceptions could quote it, so only those whose
text is the system's or the app's own are logged with it; of the others, type and place. The app's
own sentences are logged without the values in them.
"""

import faulthandler
import logging
import logging.handlers
import traceback
from pathlib import Path
from types import TracebackType
from typing import IO

from desktop_llm.core.errors import UserError
from desktop_llm.core.sayings import Saying
from desktop_llm.storage.paths import Paths

SIZE, COPIES = 1_000_000, 3
LINE = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"
QUOTES_NOBODY = (OSError, RuntimeError, MemoryError, ImportError, AttributeError)
TELL_ADDRESSES = frozenset({"httpx2", "httpcore2", "huggingface_hub"})
"""Libraries that log the addresses they ask, warnings too: these hold what was searched for, or a
signature that opens a file. Every request is in a log of its own, which a person can read and delete."""

Caught = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class _Formatter(logging.Formatter):
    def formatException(self, ei: Caught) -> str:
        error = ei[1]
        if error is None:
            return ""
        stack = "".join(traceback.format_tb(ei[2]))
        return f"Traceback (most recent call last):\n{stack}{told(error)}"


def _may_be_logged(record: logging.LogRecord) -> bool:
    # Not by their levels: huggingface_hub sets its own once it is imported, long after this.
    return record.name.partition(".")[0] not in TELL_ADDRESSES


def told(error: BaseException) -> str:
    """An exception's type, and its text where that cannot quote a conversation."""
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, UserError):
        return f"{name}: {error.without_values()}"
    return f"{name}: {error}" if isinstance(error, QUOTES_NOBODY) else name


def log_file(paths: Paths) -> Path:
    """Where the log is."""
    return paths.logs / "desktop-llm.log"


def crash_file(paths: Paths) -> Path:
    """Where a crash of the interpreter leaves the stacks of all threads."""
    return paths.logs / "crash.log"


_running: list[tuple[logging.Handler, IO[str]]] = []
"""A process has one log, as it has one root logger."""


def stop_logging() -> None:
    """Close the log's files, if it was started."""
    while _running:
        handler, crashes = _running.pop()
        faulthandler.disable()
        crashes.close()
        logging.getLogger().removeHandler(handler)
        handler.close()


def log_if_possible(paths: Paths) -> tuple[Saying, ...]:
    """Start the log. Where its files cannot be opened there is none, and this is what to tell."""
    try:
        start_logging(paths)
    except OSError as error:
        # Without any handler Python writes warnings onto the terminal.
        logging.getLogger().addHandler(logging.NullHandler())
        return (
            Saying(
                "The app keeps no log: {path} cannot be written. The system says: {said}. "
                "Move it elsewhere, or give yourself the right to write it.",
                path=error.filename,
                said=error.strerror or error,
            ),
        )
    return ()


def start_logging(paths: Paths, level: int = logging.INFO) -> None:
    """Send this process's log to the logs folder, and nothing to the terminal. Raises OSError."""
    stop_logging()
    # First of all: if these raise, nothing else was changed.
    log_file(paths).open("a").close()  # the handler opens it with its first line, and tells nobody
    crashes = crash_file(paths).open("a", encoding="utf-8")
    handler = logging.handlers.RotatingFileHandler(
        log_file(paths), maxBytes=SIZE, backupCount=COPIES, encoding="utf-8", delay=True,
        errors="backslashreplace",  # of paths that are no UTF-8
    )  # fmt: skip
    handler.setFormatter(_Formatter(LINE))
    handler.addFilter(_may_be_logged)
    root = logging.getLogger()
    root.setLevel(level)
    root.addHandler(handler)
    logging.captureWarnings(True)
    # faulthandler keeps the file open for the process's life.
    faulthandler.enable(crashes)
    _running.append((handler, crashes))
