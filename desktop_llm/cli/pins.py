"""What the commands that change locked settings share: the option, and the unlocking. Keeps no PIN."""

import argparse

from desktop_llm.core.errors import UsageError
from desktop_llm.storage.settings_file import SettingsFile


def add_pin(parser: argparse.ArgumentParser) -> None:
    """Let the command take the PIN."""
    parser.add_argument("--pin", metavar="PIN", help="where a PIN locks the safety filter")


def unlocked(kept: SettingsFile, pin: str | None) -> SettingsFile:
    """The settings, open for changes where the PIN is right. Raises UsageError where it is not."""
    if pin is not None and kept.pin.locked and not kept.pin.unlock(pin):
        raise UsageError("That is not the PIN.")
    return kept
