"""The command line: the same engine and store without a window. Knows arguments and exit codes, no Qt.

Exit codes: 0; 1 failed; 2 bad usage; 3 the model cannot be loaded; 4 blocked; 130 interrupted.
"""

import argparse
import logging
from collections.abc import Sequence

from desktop_llm import __version__
from desktop_llm.cli import (
    ask,
    bench,
    chats,
    doctor,
    licences,
    models,
    network,
    safety,
    settings,
    terminal,
)
from desktop_llm.core.errors import Cancelled, UserError
from desktop_llm.core.launch import USAGE
from desktop_llm.storage.logs import stop_logging

INTERRUPTED = 130

log = logging.getLogger(__name__)


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say. Returns the exit code; every error is told on standard error."""
    terminal.prepare()
    try:
        return _guarded(arguments)
    finally:
        stop_logging()


def _guarded(arguments: Sequence[str]) -> int:
    try:
        code = _done(arguments)
        terminal.finish()
    except UserError as error:
        terminal.complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        terminal.abandon_output()
        return 1
    except (KeyboardInterrupt, Cancelled):
        return INTERRUPTED
    except Exception as error:
        log.exception("A bug")
        terminal.complain(
            f"Something went wrong inside the app ({type(error).__name__}: {error}). "
            "The log has the details: `desktop-llm doctor` tells where it is."
        )
        return 1
    return code


def _done(arguments: Sequence[str]) -> int:
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as leave:  # argparse has said why, or shown its help
        return leave.code if isinstance(leave.code, int) else 2
    except OSError:  # standard error is broken, which later Pythons pass over
        return 2
    code: int = options.run(options)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="desktop-llm",
        description="Chat with a language model that runs on this computer. "
        "Without arguments the window opens.",
        epilog=USAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"Desktop LLM {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for part in (ask, models, chats, settings, doctor, bench, network, licences, safety):
        part.add_to(commands)
    return parser
