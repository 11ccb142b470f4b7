"""`desktop-llm models catalogue`, `search` and `download`: finds models and fetches them. Loads none."""

import argparse
import dataclasses
import sys
import threading
import time
from pathlib import Path
from typing import Any

from desktop_llm.cli import home, terminal
from desktop_llm.cli.units import in_bytes, in_time
from desktop_llm.core.catalogue import UNPINNED, CatalogueModel
from desktop_llm.core.errors import Cancelled
from desktop_llm.core.fitting import Estimate, Machine, best, estimates, largest
from desktop_llm.core.hub import Download, HubQuery
from desktop_llm.core.pace import Pace
from desktop_llm.storage.paths import Paths, models_folder
from desktop_llm.storage.settings_file import SettingsFile

SHOW_S = 0.2
"""Seconds between two lines of progress."""


def add_actions(actions: Any) -> None:
    """Add these commands to the parser of `models`."""
    catalogue = actions.add_parser(
        "catalogue", help="models worth having, and whether they fit here"
    )
    catalogue.add_argument("--json", action="store_true", help="print one JSON array")
    catalogue.set_defaults(run=show_catalogue)
    search = actions.add_parser("search", help="search the model hub (goes online)")
    search.add_argument("text", metavar="TEXT", nargs="?", default="")
    search.add_argument("--task", default="", help="for example text-generation")
    search.add_argument("--licence", default="", help="for example apache-2.0")
    search.add_argument("--format", default="", choices=["safetensors", "gguf"])
    search.add_argument("--fits", action="store_true", help="only what fits this computer's memory")
    search.add_argument("--limit", type=int, default=30, help="at most so many (30)")
    search.add_argument("--json", action="store_true", help="print one JSON array")
    search.set_defaults(run=search_hub)
    download = actions.add_parser("download", help="fetch a model, or go on fetching (goes online)")
    download.add_argument("repo", metavar="REPO", help="for example Qwen/Qwen3-0.6B")
    download.add_argument("--revision", default="", help="a commit or branch (default: the newest)")
    download.add_argument(
        "--files", nargs="+", default=[], metavar="NAME",
        help="only these files; of a GGUF model in parts the first is enough",
    )  # fmt: skip
    download.add_argument(
        "--again", action="store_true",
        help="fetch it also where it is there, and put what arrives in its place",
    )  # fmt: skip
    download.set_defaults(run=fetch)


def show_catalogue(options: argparse.Namespace) -> int:
    """Print the catalogue with what each model takes on this computer."""
    paths = home.without_storage()
    machine = home.machine(paths)
    models = home.catalogue()
    if options.json:
        terminal.write_json([_data(model, machine) for model in models], indent=1)
        return 0
    terminal.say(f"{in_bytes(machine.free)} of memory are free now. {_about_speeds(machine)}")
    for model in models:
        chosen = best(model.shape, machine)
        terminal.say(f"\n{model.id}  {model.kind}, {_size(model)}, {model.licence}{_terms(model)}")
        terminal.say(f"  {model.sentence('en')}")
        terminal.say(f"  {in_bytes(model.download)} to fetch. {_verdict(chosen)}{_unsure(model)}")
    terminal.say("\nFetch one with: desktop-llm models download REPO")
    return 0


def search_hub(options: argparse.Namespace) -> int:
    """Print what the hub has. 1 where it found nothing."""
    paths = home.ready()
    most = largest(home.machine(paths)) if options.fits else 0
    query = HubQuery(
        options.text, options.task, options.licence, options.format, most, max(1, options.limit)
    )
    found = home.hub(paths, home.settings(paths)).search(query)
    if options.json:
        terminal.write_json([dataclasses.asdict(model) for model in found], indent=1)
    for model in () if options.json else found:
        size = f"{model.parameters / 1e9:.2f} billion parameters" if model.parameters else "?"
        terms = ", terms to accept" if model.gated else ""
        forms = ", ".join(model.forms)
        terminal.say(f"{model.id}  {size}, {forms}, {model.licence or 'licence?'}{terms}")
    return 0 if found else 1


def fetch(options: argparse.Namespace) -> int:
    """Fetch a model, or the rest of it. 130 where it was interrupted: the next time it goes on."""
    paths = home.ready()
    kept = home.settings(paths)
    download, downloads = _chosen(paths, kept, options), home.downloads(paths, kept)
    terminal.say(f"{download.name} at {download.revision[:12]}, {in_bytes(download.total)}")
    cancel, progress = threading.Event(), _Progress()
    try:
        folder = downloads.fetch(download.id, progress.show, cancel)
    except (KeyboardInterrupt, Cancelled):
        terminal.complain("Stopped. The same command goes on from here.")
        raise
    finally:
        progress.end()
    name = _id_in(models_folder(paths, kept.values.model.folder), folder, download)
    terminal.say(f"It is in {folder}. Ask it with: desktop-llm ask --model {name} TEXT")
    return 0


def _id_in(models: Path, folder: Path, download: Download) -> str:
    """How the library calls it: it may lie in NAME@REVISION; a GGUF file has a name of its own."""
    return folder.relative_to(models).as_posix() + download.name.removeprefix(download.repo)


def _chosen(paths: Paths, kept: SettingsFile, options: argparse.Namespace) -> Download:
    """The download that waits to go on, else a new one."""
    downloads = home.downloads(paths, kept)
    waiting = None if options.files else downloads.begun(options.repo, options.revision)
    if waiting is not None:
        return waiting
    listed = {model.id: model.revision for model in home.catalogue()}
    revision = options.revision or listed.get(options.repo, UNPINNED)
    repo = home.hub(paths, kept).look(options.repo, "" if revision == UNPINNED else revision)
    return downloads.add(repo, options.files, again=options.again)


class _Progress:
    """A line on standard error that is written over again; on a file or pipe it says nothing."""

    def __init__(self) -> None:
        self._pace, self._next, self._shown = Pace(), 0.0, False

    def show(self, done: int, total: int) -> None:
        """Bytes done of all bytes."""
        now = time.monotonic()
        if now < self._next or not sys.stderr.isatty():
            return
        self._next, self._shown = now + SHOW_S, True
        self._pace.add(now, done)
        left = self._pace.seconds_left(total)
        rest = f", {in_time(left)} left" if left is not None else ""
        line = f"{done / max(1, total):4.0%}  {in_bytes(self._pace.per_s)}/s{rest}"
        sys.stderr.write(f"\r{line:50}")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._shown:
            sys.stderr.write("\n")


def _data(model: CatalogueModel, machine: Machine) -> dict[str, Any]:
    made = [dataclasses.asdict(one) for one in estimates(model.shape, machine)]
    return dataclasses.asdict(model) | {"here": made, "best": best(model.shape, machine).precision}


def _size(model: CatalogueModel) -> str:
    millions = model.shape.parameters / 1e6
    return f"{millions:.0f} M" if millions < 1000 else f"{millions / 1000:.1f} B"


def _terms(model: CatalogueModel) -> str:
    return " (terms to accept on the hub)" if model.gated else ""


def _verdict(one: Estimate) -> str:
    words = {"fits": "Fits", "tight": "Fits, with little room", "too large": "Too large now"}
    digits = 0 if one.tokens_per_s >= 3 else 1
    pace = f", about {one.tokens_per_s:.{digits}f} tokens/s" if one.tokens_per_s else ""
    return f"{words[one.fit]}: {one.precision} takes {in_bytes(one.needed)}{pace}."


def _about_speeds(machine: Machine) -> str:
    if machine.speed.probes:
        return "Speeds follow from what was measured on this computer."
    return "Speeds are estimates; `desktop-llm bench --machine` measures this computer."


def _unsure(model: CatalogueModel) -> str:
    return f" Not verified: {', '.join(model.unverified)}." if model.unverified else ""
