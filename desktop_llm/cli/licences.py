"""`desktop-llm licences`: what this installation carries, and under which terms. Loads no model."""

import argparse
from typing import Any

from desktop_llm import about
from desktop_llm.cli import terminal
from desktop_llm.core.errors import NotFoundError


def add_to(commands: Any) -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("licences", help="the app's components and their licences")
    parser.add_argument("name", metavar="NAME", nargs="?", help="show this component's licence")
    parser.set_defaults(run=tell)


def tell(options: argparse.Namespace) -> int:
    """Print a line for every component, or the licence of one."""
    parts = about.components()
    if options.name is None:
        for part in parts:
            terminal.say(f"{part.name}  {part.version}  {part.licence}")
        return 0
    for part in parts:
        if part.name.lower() == options.name.lower():
            terminal.write(f"{part.name} {part.version}: {part.licence}\n\n{part.text}\n")
            return 0
    raise NotFoundError(
        "There is no component {options}.",
        todo="`desktop-llm licences` lists them all.",
        options=options.name,
    )
