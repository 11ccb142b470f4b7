"""`desktop-llm network`: what ever left this computer, and the hub's access token. Connects to nothing."""

import argparse
import dataclasses
from typing import Any

from desktop_llm.cli import home, terminal
from desktop_llm.cli.units import in_bytes
from desktop_llm.core.errors import UsageError


def add_to(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("network", help="what was ever fetched, and the hub's token")
    parser.set_defaults(run=show_log, json=False)
    actions = parser.add_subparsers(metavar="ACTION", help="without one, the log is shown")
    log = actions.add_parser("log", help="every connection this app ever made, the newest first")
    log.add_argument("--json", action="store_true", help="print one JSON array")
    log.set_defaults(run=show_log)
    token = actions.add_parser(
        "token",
        help="keep the hub's access token, a line of standard input; an empty line forgets it",
    )
    token.set_defaults(run=keep_token)


def show_log(options: argparse.Namespace) -> int:
    """Print the log."""
    entries = home.network_log(home.without_storage()).entries()
    if options.json:
        data = [dataclasses.asdict(one) | {"when": one.when.isoformat()} for one in entries]
        terminal.write_json(data, indent=1)
        return 0
    for one in entries:
        size = "not finished" if one.received is None else in_bytes(one.received)
        when = one.when.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        terminal.say(f"{when}  {one.host}  {size}  {one.outcome or '-'}  {one.why}")
    if not entries:
        terminal.say("This app has never connected to anything.")
    return 0


def keep_token(_options: argparse.Namespace) -> int:
    """Read the token and keep it in the system's keyring. Raises UsageError for no input at all."""
    line = terminal.read_line()
    if not line:  # whoever gives no input at all does not ask to forget anything
        raise UsageError(
            "There is no token on standard input.",
            todo="Give it as one line. An empty line forgets the one that is kept.",
        )
    token = line.strip()
    home.hub_token(home.ready()).put(token)
    terminal.say("The token is in the system's keyring." if token else "The token is forgotten.")
    return 0
