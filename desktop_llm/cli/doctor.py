"""`desktop-llm doctor`: versions, devices, folders, and what is missing. Changes nothing but its log."""

import argparse
import ctypes
import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_llm import __version__
from desktop_llm.cli import home, terminal
from desktop_llm.core.errors import UserError
from desktop_llm.core.sayings import in_english
from desktop_llm.storage.keys import KeyringError, found_by, system_keyring
from desktop_llm.storage.logs import crash_file, log_file
from desktop_llm.storage.model_notes import ModelNotes
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import Paths, models_folder
from desktop_llm.storage.settings_file import SettingsFile

PACKAGES = {
    "torch": "torch",
    "transformers": "transformers",
    "tokenizers": "tokenizers",
    "safetensors": "safetensors",
    "PySide6": "PySide6-Essentials",
    "sqlcipher3": "sqlcipher3",
    "keyring": "keyring",
}
"""The distribution of every module that the app cannot do without."""

LIBRARIES = {
    "libdbus-1.so.3": "libdbus-1-3",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libGL.so.1": "libgl1",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libglib-2.0.so.0": "shared-mime-info",  # its own package has another name in every release
}
"""What Qt needs of the system, and the package of Debian and Ubuntu that brings it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `good` False: something is missing or broken."""

    name: str
    text: str
    good: bool = True


@dataclass(frozen=True, slots=True)
class Looked:
    """What the parts of the report are about. What is broken stays where it is."""

    paths: Paths
    settings: SettingsFile
    notes: ModelNotes


def add_to(commands: Any) -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("doctor", help="versions, devices, folders, and what is missing")
    parser.set_defaults(run=run)


def run(_options: argparse.Namespace) -> int:
    """Print the report. 1 where something is missing or broken."""
    paths = home.without_storage()
    looked = Looked(
        paths,
        SettingsFile(paths, set_broken_aside=False),
        ModelNotes(paths.model_notes, set_broken_aside=False),
    )
    good = True
    for part in (_versions, _packages, _devices, _folders, _settings, _history, _models, _window):
        for finding in _guarded(part, looked):
            good = good and finding.good
            terminal.say(f"{'ok ' if finding.good else 'BAD'}  {finding.name}: {finding.text}")
    terminal.say("All is well." if good else "Lines that begin with BAD need care.")
    return 0 if good else 1


def _guarded(part: Callable[[Looked], Iterator[Finding]], looked: Looked) -> Iterator[Finding]:
    try:
        yield from part(looked)
    except (UserError, OSError) as error:  # a disk that fails is what it is asked about
        yield Finding(part.__name__.strip("_"), str(error), good=False)


def _versions(_looked: Looked) -> Iterator[Finding]:
    yield Finding("Desktop LLM", __version__)
    yield Finding("Python", f"{platform.python_version()}, {sys.executable}")
    yield Finding("system", platform.platform())


def _packages(_looked: Looked) -> Iterator[Finding]:
    for module, distribution in PACKAGES.items():
        if importlib.util.find_spec(module) is None:
            yield Finding(module, "is not installed", good=False)
            continue
        try:
            yield Finding(module, importlib.metadata.version(distribution))
        except importlib.metadata.PackageNotFoundError:  # the packaged app has no metadata
            yield Finding(module, "is there")


def _folders(looked: Looked) -> Iterator[Finding]:
    paths = looked.paths
    yield Finding("data", str(paths.data))
    yield Finding("settings", str(paths.settings))
    yield Finding("models folder", str(models_folder(paths, looked.settings.values.model.folder)))
    yield Finding("cache", str(paths.cache))
    yield Finding("log", str(log_file(paths)))
    crash = crash_file(paths)
    if crash.exists() and crash.stat().st_size:
        yield Finding("last crash", f"its stacks are in {crash}")
    paths.prepare()


def _settings(looked: Looked) -> Iterator[Finding]:
    for notice in (*looked.settings.notices, *looked.notes.notices):
        yield Finding("settings", str(notice), good=False)


def _history(looked: Looked) -> Iterator[Finding]:
    paths = looked.paths
    if not os.path.lexists(paths.history):
        yield Finding("history", f"none yet; it will be {paths.history}")
        yield _place_of_new_key(paths)
        return
    history = open_history(paths)
    try:
        yield Finding("history", f"{len(history.conversations())} conversations, {paths.history}")
        if not history.verify():
            yield Finding("history", "is damaged; keep a copy of the file", good=False)
        yield Finding("key", str(history.key_place.saying))
    finally:
        history.close()


def _place_of_new_key(paths: Paths) -> Finding:
    try:
        keyring = found_by(None if paths.portable else system_keyring)
    except KeyringError as error:
        told = f"it will be kept in the file {paths.key}: the system's keyring fails ({error})"
        return Finding("key", told, good=False)
    where = f"the system's keyring ({keyring.name})" if keyring else f"the file {paths.key}"
    return Finding("key", f"it will be kept in {where}")


def _models(looked: Looked) -> Iterator[Finding]:
    for model in home.library(looked.paths, looked.settings, looked.notes).list():
        told = in_english(model.problem) or str(model.path)
        yield Finding(f"model {model.id}", told, not model.problem)


def _devices(_looked: Looked) -> Iterator[Finding]:
    try:
        import torch

        from desktop_llm.engine import flash, kernels
        from desktop_llm.engine.devices import devices_present  # imports torch
        from desktop_llm.engine.kernel_code import FORMS
    except (ImportError, OSError) as error:  # not installed, or a library that it needs is missing
        yield Finding("device", str(error), good=False)
        return
    for device in devices_present():
        yield Finding("device", device)
    if kernels.target() is None:
        yield Finding("kernels", "torch's: there is no machine code of our own for this computer")
        return
    ours = [form for form in FORMS if kernels.own(form)]
    if ours:
        yield Finding("kernels", f"our own for {kernels.target()}: {', '.join(ours)}")
    if missing := [form for form in FORMS if form not in ours]:
        told = f"torch's for {', '.join(missing)}: ours could not be made, the log says why"
        yield Finding("kernels", told, good=False)
    if flash.is_for_this_processor():
        if all(flash.own(states) for states in (torch.float32, torch.bfloat16)):
            yield Finding("kernels", "our own for the attention of long texts, where it is faster")
        else:
            told = (
                "torch's for the attention of long texts: ours could not be made, the log says why"
            )
            yield Finding("kernels", told, good=False)


def _window(_looked: Looked) -> Iterator[Finding]:
    if not sys.platform.startswith("linux"):
        return
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        return
    plugin = Path(spec.origin).parent / "Qt/plugins/platforms/libqxcb.so"
    trouble = _trouble(str(plugin))
    if not trouble:
        yield Finding("window", "Qt has all its libraries")
        return
    missing = [library for library in LIBRARIES if _trouble(library)]
    if missing:
        packages = " ".join(LIBRARIES[library] for library in missing)
        trouble += f"; missing: {', '.join(missing)} (Debian and Ubuntu: apt install {packages})"
    yield Finding("window", trouble, good=False)


def _trouble(library: str) -> str:
    """Why the system cannot load it; empty where it can."""
    try:
        ctypes.CDLL(library)
    except OSError as error:
        return str(error)
    return ""
