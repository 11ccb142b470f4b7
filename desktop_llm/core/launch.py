"""What a start of the app asks for: its window, files to open, the quick question, or the end.

A second start hands this to the first one, as a few bytes. Opens nothing itself.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop_llm.core.on_disk import whole

OPEN, QUICK_ASK, QUIT = "open", "--quick-ask", "--quit"
USAGE = """\
window:
  desktop-llm                opens the window
  desktop-llm FILE...        opens a conversation (.llmchat, .json) or adds a model (.gguf, a folder);
                             `desktop-llm open FILE...` where the name could be a command's
  desktop-llm --quick-ask    the small window for one question; bind it to a key of your desktop
  desktop-llm --quit         closes the window that is open
"""
LONGEST = 65536
"""Bytes of a launch that another process hands over, at most."""


@dataclass(frozen=True, slots=True)
class Launch:
    """`files` are absolute. With nothing given, the window is shown."""

    files: tuple[Path, ...] = ()
    quick_ask: bool = False
    quit: bool = False

    def to_bytes(self) -> bytes:
        """For another process; `from_bytes` reads it."""
        files = [str(path) for path in self.files]
        return json.dumps({"files": files, "quick_ask": self.quick_ask, "quit": self.quit}).encode()


def from_bytes(message: bytes) -> Launch:
    """What another process handed over; whatever cannot be understood shows the window."""
    try:
        told = json.loads(message)
        files = tuple(Path(name) for name in told.get("files", ()))
        return Launch(files, told.get("quick_ask") is True, told.get("quit") is True)
    except (ValueError, TypeError, AttributeError):
        return Launch()


def from_arguments(arguments: Sequence[str]) -> Launch | None:
    """The launch that a command line asks for; None where it is a command for the terminal."""
    if not arguments:
        return Launch()
    first, *rest = arguments
    if first == OPEN and not any(name.startswith("-") for name in rest):
        return Launch(_absolute(rest))
    if first in (QUICK_ASK, QUIT) and not rest:
        return Launch(quick_ask=first == QUICK_ASK, quit=first == QUIT)
    if all(_looks_like_a_file(name) for name in arguments):
        return Launch(_absolute(arguments))
    return None


def _looks_like_a_file(argument: str) -> bool:
    """No command has a dot or a slash in its name; a bare folder needs `open` or `./`."""
    apart = os.sep in argument or (os.altsep or os.sep) in argument
    return not argument.startswith("-") and (apart or bool(Path(argument).suffix))


def _absolute(names: Sequence[str]) -> tuple[Path, ...]:
    return tuple(whole(name) for name in names)
