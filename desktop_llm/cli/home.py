"""What the commands share: the folders, the settings, the library, the history.

Tells on standard error what is wrong with a file of settings, and prints nothing else.
"""

import contextlib
import logging
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from desktop_llm.cli import terminal
from desktop_llm.core import private
from desktop_llm.core.catalogue import CatalogueModel
from desktop_llm.core.errors import HomeError
from desktop_llm.core.fitting import Machine
from desktop_llm.core.sayings import Saying
from desktop_llm.library.catalogue import read_catalogue, this_machine
from desktop_llm.resources import resource
from desktop_llm.storage.history import History
from desktop_llm.storage.keys import system_keyring
from desktop_llm.storage.logs import log_if_possible
from desktop_llm.storage.measured import Measured
from desktop_llm.storage.model_notes import ModelNotes
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import Paths, find_paths, models_folder
from desktop_llm.storage.settings_file import SettingsFile
from desktop_llm.storage.state_file import StateFile
from desktop_llm.storage.tokens import HubToken

if TYPE_CHECKING:
    from desktop_llm.library.download import Downloads
    from desktop_llm.library.hub import Hub
    from desktop_llm.library.models import Library
    from desktop_llm.library.network import Door, NetworkLog

log = logging.getLogger(__name__)


def ready() -> Paths:
    """The folders, made and writable, and the log in them, if it can be kept. Raises HomeError."""
    paths = find_paths()
    paths.prepare()
    _tell(log_if_possible(paths))
    return paths


def without_storage() -> Paths:
    """The folders as they are: what stores nothing must work where nothing can be stored."""
    try:
        return ready()
    except HomeError:
        logging.getLogger().addHandler(logging.NullHandler())
        return find_paths()


def settings(paths: Paths) -> SettingsFile:
    """The settings. A command reads them once, so that what is wrong with them is told once."""
    kept = SettingsFile(paths)
    _tell(kept.notices)
    return kept


def notes(paths: Paths) -> ModelNotes:
    """What the person set for single models; read once as well."""
    noted = ModelNotes(paths.model_notes)
    _tell(noted.notices)
    return noted


def _tell(notices: Iterable[Saying]) -> None:
    for notice in notices:
        terminal.complain(str(notice))


def library(
    paths: Paths, kept: SettingsFile | None = None, noted: ModelNotes | None = None
) -> "Library":
    """The models on disk. Settings and notes that the command has not read are read here."""
    from desktop_llm.library.found import found_models, here
    from desktop_llm.library.models import Library

    known = kept or settings(paths)
    folder = models_folder(paths, known.values.model.folder)
    if folder == paths.models:
        with contextlib.suppress(OSError):  # only what is known of the models is not kept then
            private.make_folder(folder)
    return Library(
        folder,
        resource("guide_model"),
        lambda: found_models(here()) if known.values.model.use_found else (),
        lambda moved: known.change("model.folder", str(moved)),
        (noted or notes(paths)).variants,
    )


def catalogue() -> tuple[CatalogueModel, ...]:
    """The models that the app offers to fetch."""
    return read_catalogue(resource("catalogue.toml"))


def machine(paths: Paths) -> Machine:
    """This computer: its free memory now, and its bandwidth, which is measured once and kept.

    Writing speeds are those that `bench` measured, if it did.
    """
    state = StateFile(paths.state)
    bandwidth = state.get("bandwidth")
    if not isinstance(bandwidth, float):
        from desktop_llm.engine.bench import read_bandwidth  # imports torch

        bandwidth = read_bandwidth()
        state.put("bandwidth", bandwidth)
    return this_machine(bandwidth, Measured(paths.cache).speed())


def network_log(paths: Paths) -> "NetworkLog":
    """What ever left this computer."""
    from desktop_llm.library.network import NetworkLog

    return NetworkLog(paths.network_log)


def hub_token(paths: Paths) -> HubToken:
    """The access token of the hub."""
    return HubToken(None if paths.portable else system_keyring)


def door(paths: Paths, kept: SettingsFile) -> "Door":
    """The way to the network, open where the settings allow it."""
    from desktop_llm.library.network import Door, access_of

    return Door(lambda: access_of(kept.values.privacy), network_log(paths), hub_token(paths).get)


def hub(paths: Paths, kept: SettingsFile) -> "Hub":
    """The hub of models."""
    from desktop_llm.library.hub import Hub

    return Hub(door(paths, kept))


def downloads(paths: Paths, kept: SettingsFile) -> "Downloads":
    """What is being fetched into the models folder."""
    from desktop_llm.library.download import Downloads
    from desktop_llm.library.gate import refusal

    folder = models_folder(paths, kept.values.model.folder)
    return Downloads(folder, door(paths, kept), refusal)


@contextlib.contextmanager
def history(paths: Paths) -> Iterator[History | None]:
    """The history, closed afterwards; None where nothing was ever said, and none is made then."""
    if not os.path.lexists(paths.history):  # a link to nowhere is a history, and told
        yield None
        return
    opened = open_history(paths)
    try:
        yield opened
    finally:
        opened.close()
