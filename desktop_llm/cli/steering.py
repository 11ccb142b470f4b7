"""What steers an answer on the command line: its form, an adapter, thinking. Asks nothing."""

import argparse
import json
from pathlib import Path

from desktop_llm.core import settings_tree
from desktop_llm.core.errors import UsageError
from desktop_llm.core.forms import read_schema
from desktop_llm.core.on_disk import is_there, whole
from desktop_llm.core.sampling import SamplingSettings


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add these options to a command's parser."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--json-schema", metavar="FILE", type=Path, help="answer in JSON of the schema in FILE"
    )
    form.add_argument("--regex", metavar="R", help="answer what this regular expression matches")
    form.add_argument(
        "--choice", metavar="A", action="append", help="answer one of the choices; give several"
    )
    parser.add_argument(
        "--lora", metavar="DIR[:SCALE]", help="put a PEFT adapter on the model, at that strength"
    )
    parser.add_argument("--thinking", choices=["on", "off"], help="where the model can be told")


def steered(sampling: SamplingSettings, options: argparse.Namespace) -> SamplingSettings:
    """The settings with what was given over them. Raises UsageError, SettingError."""
    found: dict[str, object] = {}
    if options.json_schema is not None:
        found |= {"answer_format": "schema", "answer_pattern": _schema(options.json_schema)}
    elif options.regex is not None:
        found |= {"answer_format": "regex", "answer_pattern": options.regex}
    elif options.choice:
        found |= {"answer_format": "choice", "answer_pattern": "\n".join(options.choice)}
    if options.lora:
        folder, scale = _adapter(options.lora)
        found |= {"adapter": str(whole(folder)), "adapter_scale": scale}
    if options.thinking:
        found["thinking"] = options.thinking
    for name, value in found.items():
        sampling = settings_tree.with_value(sampling, name, value)
    return sampling


def _adapter(given: str) -> tuple[str, str]:
    """Folder and strength; a colon may belong to the folder's own name (C:)."""
    folder, colon, scale = given.rpartition(":")
    if colon and not is_there(Path(given)):
        try:
            float(scale)
        except ValueError:
            return given, "1"
        return folder, scale
    return given, "1"


def _schema(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors put a mark in front
        json.loads(text)
    except OSError as error:
        raise UsageError(
            "{path} cannot be read.", "{error}.", path=path, error=error.strerror or error
        ) from error
    except ValueError as error:
        raise UsageError("{path} is not JSON.", "{error}.", path=path, error=error) from error
    read_schema(text)
    return text
