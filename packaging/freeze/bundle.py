"""Trims PyInstaller's tables before they become a folder. Called by the spec; knows no app."""

import fnmatch
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from leave_out import FILES, KEPT, SYSTEM_LIBRARIES

Entry = tuple[str, str, str]
"""PyInstaller's (name in the bundle, source path, kind)."""


def kept(entries: Iterable[Entry]) -> list[Entry]:
    """The entries that no pattern of `leave_out.FILES` names."""
    return [entry for entry in entries if _stays(entry[0].replace("\\", "/"))]


def _stays(name: str) -> bool:
    if any(fnmatch.fnmatch(name, pattern) for pattern in (*FILES, *SYSTEM_LIBRARIES)):
        return any(fnmatch.fnmatch(name, pattern) for pattern in KEPT)
    return True


def without_orphans(entries: list[Entry]) -> list[Entry]:
    """The entries without libraries that only left-out files needed.

    A library in the bundle's own folder that came as somebody's dependency is kept if something
    that is kept needs it, directly or through others.
    """
    loose = {name: entry for entry in entries if _is_loose(name := entry[0])}
    needed: set[str] = set()
    waiting = [entry for entry in entries if not _is_loose(entry[0])]
    while waiting:
        for name in _imports(waiting.pop()):
            if name in loose and name not in needed:
                needed.add(name)
                waiting.append(loose[name])
    return [entry for entry in entries if entry[0] not in loose or entry[0] in needed]


def _is_loose(name: str) -> bool:
    """Whether it is a plain library beside the program; libpython is the program's own."""
    alone = "/" not in name and "\\" not in name
    return alone and ".so" in name and name.startswith("lib") and not name.startswith("libpython")


def _imports(entry: Entry) -> Iterator[str]:
    from PyInstaller.depend.bindepend import get_imports

    if entry[2] in ("BINARY", "EXTENSION"):
        for name, _ in get_imports(entry[1]):
            yield Path(name).name


def system_libraries(entries: Iterable[Entry]) -> list[Path]:
    """The sources of what was taken from the building system itself, not from a wheel."""
    if not sys.platform.startswith("linux"):
        return []
    sources = {Path(source).resolve() for _, source, kind in entries if kind == "BINARY"}
    return sorted(path for path in sources if str(path).startswith(("/usr/lib/", "/lib/")))
