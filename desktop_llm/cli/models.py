"""`desktop-llm models`: what the library has, in a terminal. Loads no model."""

import argparse
import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from desktop_llm.cli import fetching, home, inspecting, terminal
from desktop_llm.cli.stopping import stopped_by_ctrl_c
from desktop_llm.cli.units import in_bytes
from desktop_llm.core.available_memory import available_memory
from desktop_llm.core.memory import needs, plan_of
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.on_disk import whole
from desktop_llm.core.sayings import in_english


def add_to(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("models", help="list the models on this computer, and add some")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="all models that were found")
    listing.add_argument("--json", action="store_true", help="print one JSON array")
    listing.set_defaults(run=list_all)
    info = actions.add_parser("info", help="what is known of a model")
    info.add_argument("model", metavar="M", help="its id, name or folder")
    info.set_defaults(run=tell)
    add = actions.add_parser("add", help="use a model that lies elsewhere; 3 where it is refused")
    add.add_argument(
        "path", metavar="PATH", type=Path, help="a model's folder, a GGUF file, a folder of models"
    )
    add.set_defaults(run=add_one)
    inspecting.add_actions(actions)
    fetching.add_actions(actions)


def list_all(options: argparse.Namespace) -> int:
    """Print a line for every model."""
    found = home.library(home.without_storage()).list()
    if options.json:
        terminal.write_json([_data(model) for model in found], indent=1)
        return 0
    for model in found:
        told = in_english(model.problem)
        problem = f"  cannot be loaded: {told}" if told else ""
        origin = f"  ({model.origin})" if model.origin else ""
        terminal.say(f"{model.id}  {model.name}  {in_bytes(model.size)}{origin}{problem}")
    return 0


def tell(options: argparse.Namespace) -> int:
    """Print what is known of one model. 3 where it cannot be loaded."""
    model = home.library(home.without_storage()).find(options.model)
    for name, value in _data(model).items():
        if name == "size":
            value = in_bytes(model.size)
        if value != "":
            terminal.say(f"{name + ':':14}{value}")
    for line in _memory(model):
        terminal.say(f"{'memory:':14}{line}")
    return 3 if model.problem else 0


def add_one(options: argparse.Namespace) -> int:
    """Inspect a model and remember where it lies."""
    library = home.library(home.ready())
    path = whole(options.path)
    cancel = threading.Event()
    with stopped_by_ctrl_c(cancel):
        model = library.add_checked(path, lambda done, total: None, cancel)
    terminal.say(f"Added {model.name}. Ask it with: desktop-llm ask --model {model.id} TEXT")
    return 0


def _data(model: ModelOnDisk) -> dict[str, Any]:
    texts = {"path": str(model.path), "problem": in_english(model.problem)}
    return dataclasses.asdict(model) | texts


def _memory(model: ModelOnDisk) -> Iterator[str]:
    """What the model takes in each precision, against what is free now."""
    if model.problem:
        return
    free = available_memory()
    for one in needs(plan_of(model.path)):
        fits = "fits" if one.total <= free else "does not fit"
        yield (
            f"{one.precision}: {in_bytes(one.total)} (weights {in_bytes(one.weights)}, "
            f"context of {one.window:,} tokens {in_bytes(one.states)}, computing "
            f"{in_bytes(one.working)}); {fits} into {in_bytes(free)} of free memory"
        )
