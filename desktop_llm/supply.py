"""Puts together where models come from, for the window. What goes online is imported when it is asked for."""

import functools
import sys
from typing import TYPE_CHECKING

from desktop_llm.core.anatomy import ModelDescription
from desktop_llm.core.errors import ModelError
from desktop_llm.core.fitting import Machine
from desktop_llm.core.gguf_parts import is_single_file
from desktop_llm.core.hub import Connection, HubFile, HubRepo
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.ports import Downloads, Hub, ModelNotes
from desktop_llm.core.sayings import Saying
from desktop_llm.library.catalogue import read_catalogue, this_machine
from desktop_llm.resources import resource
from desktop_llm.speeds import make_speeds
from desktop_llm.storage.keys import system_keyring
from desktop_llm.storage.measured import Measured
from desktop_llm.storage.paths import Paths, models_folder
from desktop_llm.storage.settings_file import SettingsFile
from desktop_llm.storage.state_file import StateFile
from desktop_llm.storage.tokens import HubToken
from desktop_llm.ui.services import Supply
from desktop_llm.worker.background import Background

if TYPE_CHECKING:
    from desktop_llm.library.network import Door

BANDWIDTH = "bandwidth"
"""The name under which the machine's bandwidth is remembered, in bytes per second."""


def make_supply(
    paths: Paths, settings: SettingsFile, state: StateFile, notes: ModelNotes
) -> Supply:
    """The ports over these folders and settings, and threads that nothing runs in yet."""
    online, measured = _Online(paths, settings), Measured(paths.cache)
    return Supply(
        catalogue=functools.cache(lambda: read_catalogue(resource("catalogue.toml"))),
        machine=lambda: _machine(state, measured),
        measure=lambda: _bandwidth(state),
        keep_bandwidth=lambda measured: state.put(BANDWIDTH, measured),
        hub=online.hub,
        downloads=online.downloads,
        connections=online.connections,
        to_fetch=_to_fetch,
        describe=_describe,
        check_template=_check_template,
        notes=notes,
        keep_token=online.token.put,
        speeds=make_speeds(measured),
        lookups=Background("lookups"),
        moves=Background("moves"),
        fetches=Background("downloads", at_once=2),
    )


class _Online:
    """The door to the network and who uses it, made when they are first asked for."""

    def __init__(self, paths: Paths, settings: SettingsFile) -> None:
        self._paths, self._settings = paths, settings
        self.token = HubToken(None if paths.portable else system_keyring)

    def hub(self) -> Hub:
        """The model hub."""
        from desktop_llm.library.hub import Hub

        return Hub(self._door())

    def downloads(self) -> Downloads:
        """What is being fetched into the models folder."""
        from desktop_llm.library.download import Downloads
        from desktop_llm.library.inspector.process import problem_with

        folder = models_folder(self._paths, self._settings.values.model.folder)
        return Downloads(folder, self._door(), problem_with)

    def connections(self) -> tuple[Connection, ...]:
        """What ever left this computer."""
        from desktop_llm.library.network import NetworkLog

        return NetworkLog(self._paths.network_log).entries()

    def _door(self) -> "Door":
        from desktop_llm.library.network import Door, NetworkLog, access_of

        return Door(
            lambda: access_of(self._settings.values.privacy),
            NetworkLog(self._paths.network_log),
            self.token.get,
        )


def _to_fetch(repo: HubRepo) -> tuple[HubFile, ...]:
    from desktop_llm.library.needed import needed

    try:
        return needed(repo)
    except ModelError:
        if any(is_single_file(file.name) for file in repo.files):
            return ()
        raise


def _describe(model: ModelOnDisk) -> ModelDescription:
    from desktop_llm.library.describe import describe

    return describe(model)


def _check_template(model: ModelOnDisk, template: str) -> tuple[Saying, ...]:
    from desktop_llm.library.inspector.process import check_template

    return check_template(model.path, template)


def _machine(state: StateFile, measured: Measured) -> Machine:
    known = state.get(BANDWIDTH)
    return this_machine(known if isinstance(known, float) else 0.0, measured.speed())


def _bandwidth(state: StateFile) -> float:
    """Measure, and give the best that was ever seen: another program can only slow it down.

    Without torch in memory nothing is measured: importing it would be felt.
    """
    known = state.get(BANDWIDTH)
    before = known if isinstance(known, float) else 0.0
    if "torch" not in sys.modules:
        return before
    from desktop_llm.engine.bench import read_bandwidth

    return max(before, read_bandwidth())
