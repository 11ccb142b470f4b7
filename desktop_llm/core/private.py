"""Makes folders and files that no other user of the computer may look into. Knows no name of any."""

import contextlib
from pathlib import Path

OTHERS = 0o077
"""The rights of everybody but the owner."""


def make_folder(folder: Path) -> None:
    """Make a folder, and those around it that are missing, for this user alone. Raises OSError.

    Those that are there already stay as they are.
    """
    around = folder.parent
    if around != folder and not around.exists():
        make_folder(around)
    folder.mkdir(mode=0o700, exist_ok=True)


def make_file(path: Path) -> None:
    """Make a file for this user alone, or one that is there already so. Raises OSError."""
    path.touch(mode=0o600)
    if path.stat().st_mode & OTHERS:
        with contextlib.suppress(OSError):  # some file systems know no modes
            path.chmod(0o600)
