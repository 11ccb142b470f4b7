"""`desktop-llm settings`: the settings tree in a terminal. Knows no setting by name."""

import argparse
from typing import Any

from desktop_llm.cli import home, terminal
from desktop_llm.cli.pins import add_pin, unlocked
from desktop_llm.core import settings_tree
from desktop_llm.core.on_disk import as_kept
from desktop_llm.core.settings import Settings
from desktop_llm.core.settings_tree import SettingInfo


def add_to(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("settings", help="show and change the settings")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("show", help="all settings, what they mean, what they may be").set_defaults(
        run=show
    )
    change = actions.add_parser("set", help="change one setting")
    change.add_argument("key", metavar="KEY", help="for example sampling.temperature")
    change.add_argument("value", metavar="VALUE")
    add_pin(change)
    change.set_defaults(run=change_one)
    reset = actions.add_parser("reset", help="put one setting back to its default")
    reset.add_argument("key", metavar="KEY")
    add_pin(reset)
    reset.set_defaults(run=reset_one)


def show(_options: argparse.Namespace) -> int:
    """Print every setting. A star marks what differs from its default."""
    kept = home.settings(home.without_storage())
    for info in settings_tree.walk(Settings):
        value = settings_tree.get(kept.values, info.key)
        star = "*" if value != info.default else " "
        unit = f" {info.description.unit}" if info.description.unit and value is not None else ""
        terminal.say(f"{star} {info.key} = {in_words(value)}{unit}")
        terminal.say(f"      {info.description.title}: {info.description.help}")
        default = in_words(info.default) or "empty"
        terminal.say(f"      {settings_tree.allowed(info)}; by default {default}")
    return 0


def change_one(options: argparse.Namespace) -> int:
    """Change one setting, and print it."""
    kept = unlocked(home.settings(home.ready()), options.pin)
    value = _as_meant(settings_tree.find(Settings, options.key), options.value)
    values = kept.change(options.key, value)
    return _say(values, options.key)


def _as_meant(info: SettingInfo, value: str) -> str | None:
    """A folder is meant from where the command was given; the app starts elsewhere."""
    if info.optional and value.lower() == "none":
        return None
    return as_kept(value) if info.description.folder else value


def reset_one(options: argparse.Namespace) -> int:
    """Put one setting back to its default, and print it."""
    kept = unlocked(home.settings(home.ready()), options.pin)
    return _say(kept.reset(options.key), options.key)


def _say(values: Settings, key: str) -> int:
    terminal.say(f"{key} = {in_words(settings_tree.get(values, key))}")
    return 0


def in_words(value: object) -> str:
    """A value as `settings set` takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return "none" if value is None else str(value)
