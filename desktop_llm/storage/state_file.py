"""What the window remembers of this machine: its place, its size, the last conversation. No setting.

Losing it costs nothing, so a file that cannot be read is simply begun anew.
"""

import json
import logging
from pathlib import Path
from typing import Any

from desktop_llm.storage.atomic import write_atomically

log = logging.getLogger(__name__)


class StateFile:
    """A `core.ports.StateStore`: named JSON values in one small file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values = _read(path)

    def get(self, name: str) -> Any:
        """The value last put under a name, or None."""
        return self._values.get(name)

    def put(self, name: str, value: Any) -> None:
        """Keep a value that JSON can say. A disk that refuses is logged; it is only comfort."""
        if self.get(name) == value:
            return
        self._values[name] = value
        try:
            write_atomically(self._path, json.dumps(self._values, indent=1).encode())
        except OSError as error:
            log.warning("The window's state could not be saved: %s", error.strerror)


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
