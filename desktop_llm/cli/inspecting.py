"""`desktop-llm models inspect, verify, remove, move`: what the files are, and where they are. Loads none."""

import argparse
import contextlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from desktop_llm.cli import home, terminal
from desktop_llm.cli.stopping import stopped_by_ctrl_c
from desktop_llm.cli.units import in_bytes
from desktop_llm.core.errors import Cancelled, UsageError
from desktop_llm.core.on_disk import expanded, is_link, is_there, whole
from desktop_llm.core.ports import Report
from desktop_llm.core.removal import remove_wholly, unlink_wholly
from desktop_llm.core.sayings import shortened
from desktop_llm.library.inspector.verdict import Verdict

REFUSED = 3


def add_actions(actions: Any) -> None:
    """Add these actions to `models`."""
    inspecting = actions.add_parser(
        "inspect", help="say whether a model's files are safe to load; 3 where they are refused"
    )
    inspecting.add_argument("path", metavar="PATH", help="a folder, a GGUF file, or a model's name")
    inspecting.add_argument("--json", action="store_true", help="print the verdict as JSON")
    inspecting.set_defaults(run=inspect_one)
    verifying = actions.add_parser(
        "verify", help="read every byte and compare with the hashes of when the model was added"
    )
    verifying.add_argument("model", metavar="M", help="its id, name or folder")
    verifying.add_argument(
        "--accept", action="store_true", help="take the files as they are now for the right ones"
    )
    verifying.set_defaults(run=verify_one)
    removing = actions.add_parser(
        "remove", help="put a model into the trash; what lies elsewhere is only unlinked"
    )
    removing.add_argument("model", metavar="M", help="its id or name, or a linked folder of models")
    removing.set_defaults(run=remove_one)
    moving = actions.add_parser("move", help="keep all models in another folder from now on")
    moving.add_argument("folder", metavar="FOLDER", type=Path, help="an empty or new folder")
    moving.set_defaults(run=move_all)


def inspect_one(options: argparse.Namespace) -> int:
    """Inspect a path, or a model by name, in a process of its own."""
    from desktop_llm.library.inspector.process import inspect

    path = expanded(options.path)
    if not is_there(path):
        path = home.library(home.without_storage()).find(options.path).path
    verdict = inspect(path)
    if options.json:
        terminal.write_json(verdict.in_english(), indent=1)
    else:
        _tell(verdict)
    return 0 if verdict.safe else REFUSED


def _tell(verdict: Verdict) -> None:
    facts = verdict.facts
    terminal.say(f"{verdict.path}: {'safe to load' if verdict.safe else 'refused'}")
    for finding in verdict.findings:
        words = f"{shortened(finding.reason)} {shortened(finding.todo)}"
        terminal.say(f"  {finding.file}: {words}")
    if verdict.safe and facts.parameters:
        needs = ", ".join(
            f"{in_bytes(size)} in {precision}" for precision, size in facts.memory.items()
        )
        terminal.say(f"  {facts.architecture or facts.kind}, {facts.parameters:,} parameters")
        terminal.say(f"  weights in memory: {needs}")
    for note in verdict.notes:
        terminal.say(f"  note: {shortened(note)}")


def verify_one(options: argparse.Namespace) -> int:
    """Hold a model's files against its pinned hashes."""
    library = home.library(home.ready())
    model = library.find(options.model)
    if options.accept:
        library.accept(model)
    cancel = threading.Event()
    with stopped_by_ctrl_c(cancel), _progress("reading") as report:
        compared = library.verify(model, report, cancel)
    if compared:
        terminal.say(f"{model.name}: every byte is as it was when the model was added.")
    else:
        terminal.say(f"{model.name}: inspected, and its hashes are remembered from now on.")
    return 0


def remove_one(options: argparse.Namespace) -> int:
    """Remove a model with what was set for it, and say what that frees; or unlink a folder."""
    paths = home.ready()
    kept, noted = home.settings(paths), home.notes(paths)
    library = home.library(paths, kept, noted)
    folder = library.linked_at(options.model)
    if folder is not None:
        unlink_wholly(folder, library, noted, kept)
        terminal.say(f"The models in {folder} are off the list. Their files stay there.")
        return 0
    model = library.find(options.model)
    if all(one.id != model.id for one in library.list()):
        raise UsageError(
            "{path} is not one of the app's models.",
            todo="`desktop-llm models list` tells which there are.",
            path=model.path,
        )
    link = is_link(model.path)
    freed = remove_wholly(model, library, noted, kept)
    if model.variant_of:
        terminal.say(f"The variant {model.name} is removed; its model stays.")
    elif model.linked:
        terminal.say(f"{model.name} is off the list. Its files stay in {model.path}.")
    elif link:
        terminal.say(f"{model.name} is in the trash. It was a link: where it leads, all stays.")
    else:
        terminal.say(f"{model.name} is in the trash. Emptying it frees {in_bytes(freed)}.")
    return 0


def move_all(options: argparse.Namespace) -> int:
    """Move the models folder."""
    library, cancel = home.library(home.ready()), threading.Event()
    try:
        with stopped_by_ctrl_c(cancel), _progress("moving") as report:
            library.move(whole(options.folder), report, cancel)
    except Cancelled:
        terminal.complain("Stopped. The models are where they were.")
        raise
    terminal.say(f"The models are in {options.folder} now.")
    return 0


@contextlib.contextmanager
def _progress(doing: str) -> Iterator[Report]:
    """A line that shows how far it is, where someone looks at a terminal."""
    shown = -1

    def report(done: int, total: int) -> None:
        nonlocal shown
        part = 100 * done // max(total, 1)
        if part != shown and sys.stderr.isatty():
            shown = part
            sys.stderr.write(f"\r{doing}: {part}%  ")

    try:
        yield report
    finally:
        if shown >= 0:
            sys.stderr.write("\r\x1b[K")
