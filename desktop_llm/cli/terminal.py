"""Standard input and output: encodings, errors, and nothing a terminal could be tricked with.

Knows no command.
"""

import errno
import json
import os
import re
import sys
from pathlib import Path
from typing import Any, TextIO

from desktop_llm.core.errors import UserError

# Escape sequences in a text could move the cursor, change the title or hide what is shown.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
INSTEAD = "\ufffd"
UNESCAPED = re.compile(r"[\x7f-\x9f]")
"""Those of them that JSON may hold as they are."""


def prepare() -> None:
    """UTF-8 for files and pipes; a terminal that lacks a character shows a question mark.

    What was closed, or is missing as in a program without a console, becomes a stream to nowhere.
    """
    # In this order they get their own numbers, which nothing that is opened later may have.
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = sys.stdout or _nowhere("w")
    sys.stderr = sys.stderr or _nowhere("w")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="replace")


def _nowhere(mode: str) -> Any:
    return Path(os.devnull).open(mode, encoding="utf-8")


def say(text: str) -> None:
    """A line on standard output, safe to show on a terminal. Raises as `write` does."""
    write(shown(text) + "\n")


def shown(text: str) -> str:
    """Text with a sign for each character that a terminal would obey instead of show.

    Left out, it would join what stands around it to a word that the safety filter has not seen. The
    filter leaves out carriage returns itself.
    """
    return CONTROL.sub(INSTEAD, text.replace("\r", ""))


def write(text: str) -> None:
    """Write to standard output at once. Raises BrokenPipeError, or UserError for a full disk."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(error) from error


def write_as_it_comes(text: str) -> None:
    """Write a piece of a reply: as it is into a file or pipe, safe on a terminal."""
    write(shown(text) if sys.stdout.isatty() else text)


def write_json(content: Any, indent: int | None = None) -> None:
    """Write a value as JSON and a line break. Raises as `write` does."""
    write(escaped(json.dumps(content, ensure_ascii=False, indent=indent)) + "\n")


def escaped(text: str) -> str:
    """The same JSON without what a terminal would obey instead of show."""
    return UNESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def finish() -> None:
    """See that all output and all complaints have arrived. Raises as `write` does."""
    _tell("")
    write("")


def abandon_output() -> None:
    """Whoever read the output has gone: let Python's own last flush go nowhere, quietly."""
    _abandon(sys.stdout)


def _abandon(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def complain(text: str) -> None:
    """A line on standard error. Where it cannot be told, that changes nothing else."""
    _tell(f"desktop-llm: {shown(text)}\n")


def _tell(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:  # its disk is full, or its reader has gone: Python's last flush would fail too
        _abandon(sys.stderr)


def read_input() -> str:
    """All of standard input as UTF-8; bytes that are not become replacement characters.

    A shell of Windows may put a byte order mark in front, which belongs to no question or token.
    """
    return sys.stdin.buffer.read().decode("utf-8-sig", "replace")


def read_line() -> str:
    """The next line of standard input, as `read_input` reads it; "" where there is no more."""
    return sys.stdin.buffer.readline().decode("utf-8-sig", "replace")


def _unwritable(error: OSError) -> UserError:
    why = "The disk is full." if error.errno == errno.ENOSPC else f"{error.strerror}."
    # What Python still holds back would fail again at the end, with a traceback.
    abandon_output()
    return UserError("The output could not be written.", why)
