"""`desktop-llm bench`: how fast a model runs on this machine, as a table or as one JSON object."""

import argparse
import dataclasses
import json
import threading
from typing import Any

from desktop_llm.cli import home, terminal
from desktop_llm.cli.units import in_bytes
from desktop_llm.core.errors import UsageError
from desktop_llm.core.models import LoadRequest
from desktop_llm.core.settings import Precision
from desktop_llm.storage.settings_file import SettingsFile


def add_to(commands: Any) -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("bench", help="measure how fast a model runs on this computer")
    parser.add_argument(
        "--model", metavar="M", help="its id, name or folder (default: the chosen one)"
    )
    parser.add_argument(
        "--precision", choices=[one.value for one in Precision], default=Precision.AUTO.value
    )
    parser.add_argument("--prompt", type=_positive, default=512, help="tokens to read (512)")
    parser.add_argument("--new", type=_positive, default=128, help="tokens to write (128)")
    parser.add_argument("--context", type=_positive, help="context window, in tokens")
    parser.add_argument("--threads", type=_positive, help="processor threads")
    parser.add_argument("--repeat", type=_positive, default=5, help="runs to take medians of (5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def run(options: argparse.Namespace) -> int:
    """Measure and print."""
    paths = home.without_storage()
    chosen = options.model or SettingsFile(paths).values.model.selected
    library = home.library(paths)
    model = library.find(chosen)
    library.check(model, lambda done, total: None, threading.Event())
    # torch and transformers come with it: seconds that no other command should pay.
    from desktop_llm.engine.bench import bench

    request = LoadRequest(
        model,
        precision=Precision(options.precision),
        threads=options.threads,
        context_window=options.context,
    )
    if options.context is not None and options.new >= options.context:
        raise UsageError(
            "The context window is too short for that many new tokens.",
            todo="Give a larger --context or a smaller --new.",
        )
    result = bench(
        request, options.prompt, options.new, options.repeat, lambda *_: None, threading.Event(),
        paths.cache,
    )  # fmt: skip
    if options.json:
        data = {"model": model.name} | dataclasses.asdict(result)
        terminal.write(json.dumps(data, ensure_ascii=False) + "\n")
        return 0
    rows = (
        ("model", f"{model.name}, {result.precision} on {result.device}"),
        ("reading", f"{result.prefill_tokens_per_s:.1f} tokens per second"),
        ("writing", f"{result.decode_tokens_per_s:.1f} tokens per second"),
        ("first token", f"after {result.ttft_s:.2f} s with a prompt of {result.prompt} tokens"),
        ("loading", f"{result.load_s:.2f} s"),
        ("memory", f"{in_bytes(result.peak_rss_bytes)} at most"),
        (
            "bandwidth",
            f"{result.bandwidth_share:.0%} of what memory gives, {result.threads} threads",
        ),
    )
    for name, value in rows:
        terminal.say(f"{name + ':':14}{value}")
    return 0
