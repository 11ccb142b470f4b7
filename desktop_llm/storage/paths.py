"""Where the app keeps its things: folders and file names. Reads and writes no file's content.

`DESKTOP_LLM_HOME=DIR` puts all of them under DIR. A packaged program with a file named `portable`
beside it keeps them beside it too, in `data`.
"""

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from desktop_llm.core import private
from desktop_llm.core.errors import HomeError
from desktop_llm.core.on_disk import expanded
from desktop_llm.core.sayings import Saying
from desktop_llm.storage.problems import why_and_todo

HOME_VARIABLE = "DESKTOP_LLM_HOME"
APP_FOLDER = "desktop-llm"
PORTABLE = "portable"
"""The name of the empty file beside a packaged program that makes it keep its things there."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The app's folders. `home` is DIR where DESKTOP_LLM_HOME is set (`portable`), else `data`."""

    home: Path
    data: Path
    config: Path
    cache: Path
    logs: Path
    portable: bool = False

    @property
    def models(self) -> Path:
        """The folder in which each model has a folder."""
        return self.data / "models"

    @property
    def history(self) -> Path:
        """The encrypted conversations."""
        return self.data / "history.db"

    @property
    def key(self) -> Path:
        """The history's key, where the system has no keyring. Not beside the history by default."""
        return self.config / "history.key"

    @property
    def network_log(self) -> Path:
        """Every connection that was ever made."""
        return self.data / "network.jsonl"

    @property
    def settings(self) -> Path:
        """The settings that differ from their defaults."""
        return self.config / "settings.toml"

    @property
    def pin(self) -> Path:
        """The hash of the PIN that locks the safety filter's settings."""
        return self.config / "pin.json"

    @property
    def presets(self) -> Path:
        """The presets that the person made."""
        return self.config / "presets.toml"

    @property
    def model_notes(self) -> Path:
        """What the person set for single models, and their variants."""
        return self.config / "models.toml"

    @property
    def state(self) -> Path:
        """What the window remembers of this machine: its place and size, the last conversation."""
        return self.config / "state.json"

    def folders(self) -> tuple[Path, ...]:
        """All folders, each once, the outer ones first."""
        return tuple(dict.fromkeys((self.data, self.models, self.config, self.cache, self.logs)))

    def prepare(self) -> None:
        """Make the folders, for this user alone, and see that they can be written.

        Raises HomeError, which names the folder and says why not.
        """
        for folder in self.folders():
            try:
                private.make_folder(folder)
                _try_writing(folder)
            except OSError as error:
                raise self._unusable(folder, error) from error

    def _unusable(self, folder: Path, error: OSError) -> HomeError:
        why, todo = why_and_todo(error)
        other = Saying("Or set {name} to a folder that can be written.", name=HOME_VARIABLE)
        return HomeError(
            "The folder {folder} cannot be used.",
            why,
            "{advice} {other}",
            folder=folder,
            advice=todo,
            other=other,
        )


def find_paths() -> Paths:
    """The folders of this user on this system, those under DESKTOP_LLM_HOME, or a portable copy's.

    Raises HomeError where that is a home folder of nobody.
    """
    chosen = os.environ.get(HOME_VARIABLE)
    home = _home_at(chosen) if chosen else _beside_the_program()
    if home is not None:
        return Paths(home, home, home, home / "cache", home / "logs", portable=True)
    data = platformdirs.user_data_path(APP_FOLDER, appauthor=False)
    return Paths(
        home=data,
        data=data,
        config=platformdirs.user_config_path(APP_FOLDER, appauthor=False),
        cache=platformdirs.user_cache_path(APP_FOLDER, appauthor=False),
        logs=platformdirs.user_log_path(APP_FOLDER, appauthor=False),
    )


def _home_at(chosen: str) -> Path:
    home = expanded(chosen)
    if str(home).startswith("~"):
        raise HomeError(
            "The folder {folder} cannot be used.",
            "There is no user of that name.",
            "Set {name} to the whole path of a folder.",
            folder=chosen,
            name=HOME_VARIABLE,
        )
    return home.absolute()


def models_folder(paths: Paths, chosen: str) -> Path:
    """Where models are kept: the folder of the setting `model.folder`, else the app's own."""
    return expanded(chosen) if chosen else paths.models


def _beside_the_program() -> Path | None:
    """Where a portable copy keeps its things; None where the program is not one."""
    if not getattr(sys, "frozen", False):
        return None  # sys.executable is some Python, and what lies beside that is not ours
    folder = Path(sys.executable).resolve().parent
    return folder / "data" if (folder / PORTABLE).is_file() else None


def _try_writing(folder: Path) -> None:
    # Only writing tells: permissions, read-only mounts and quotas each have their own rules.
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe-") as probe:
        probe.write(bytes(512))
        probe.flush()
