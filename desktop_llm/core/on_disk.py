"""What lies at a path, as far as the system tells, and which path a person means. Opens nothing.

`Path.is_dir` and its like raise where the system refuses to say: a folder that may not be entered,
a network drive that is gone. One such path must not take a whole list along.
"""

import os
from pathlib import Path

from desktop_llm.core.errors import SettingError
from desktop_llm.core.file_errors import unreadable


def is_folder(path: Path) -> bool:
    """Whether a folder is there; no where the system does not let us know."""
    return os.path.isdir(path)  # noqa: PTH112 - Path's own raises


def is_file(path: Path) -> bool:
    """Whether a file is there; no where the system does not let us know."""
    return os.path.isfile(path)  # noqa: PTH113 - Path's own raises


def is_there(path: Path) -> bool:
    """Whether anything is there; no where the system does not let us know."""
    return os.path.exists(path)  # noqa: PTH110 - Path's own raises


def is_link(path: Path) -> bool:
    """Whether a link is there, wherever it leads; no where the system does not let us know."""
    return os.path.islink(path)  # noqa: PTH114 - Path's own raises


def require_seen(path: Path) -> None:
    """Raise ModelError, with the reason, where the system does not let us look. Missing is none."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # such as a name with a zero in it
        return
    except OSError as error:
        raise unreadable(path, error) from error


def expanded(path: str | Path) -> Path:
    """The path with a home folder for its "~"; as it stands where no such user is, as in a shell."""
    path = Path(path)
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def whole(path: str | Path) -> Path:
    """The path from the root on, with a home folder for its "~"."""
    return expanded(path).absolute()


def as_kept(folder: str) -> str:
    """A folder as a setting keeps it, from what was typed here: other starts have other folders.

    "" stays, and so does a "~" of a user who is not there: that is not meant for a folder here.
    """
    unknown = str(expanded(folder)).startswith("~")
    return folder if not folder or unknown else str(whole(folder))


def check_models_folder(folder: str) -> None:
    """Raise SettingError where `folder` is neither empty nor the same wherever the app starts."""
    if folder and not expanded(folder).is_absolute():
        raise SettingError(
            "The models folder cannot be {folder}.",
            "It would be another folder wherever the app is started from, or nobody's home folder.",
            "Give its whole path: desktop-llm settings set model.folder FOLDER",
            folder=folder,
        )
