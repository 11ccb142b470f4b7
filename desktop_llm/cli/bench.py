"""`desktop-llm bench`: how fast a model runs on this machine, as a table or as one JSON object.

With `--machine` the machine itself is measured. Results are kept in the cache folder, where the
window finds them.
"""

import argparse
import dataclasses
import threading
import time
from typing import Any

from desktop_llm.cli import home, terminal
from desktop_llm.cli.units import in_bytes
from desktop_llm.core.benchmarks import Benchmark, BenchResult
from desktop_llm.core.errors import UsageError, UserError
from desktop_llm.core.models import LoadRequest, ModelOnDisk
from desktop_llm.core.ports import Report
from desktop_llm.core.settings import Precision
from desktop_llm.core.speed import reached
from desktop_llm.storage.measured import Measured
from desktop_llm.storage.paths import Paths

NEW = 128
"""Tokens that are written where nobody says how many."""
REFUSED = "refused"
"""What the line is called that says why nothing could be measured."""


def add_to(commands: Any) -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("bench", help="measure how fast a model runs on this computer")
    parser.add_argument(
        "--model", metavar="M", help="its id, name or folder (default: the chosen one)"
    )
    parser.add_argument(
        "--machine", action="store_true", help="measure this computer in each precision, no model"
    )
    parser.add_argument(
        "--precision", choices=[one.value for one in Precision], default=Precision.AUTO.value
    )
    parser.add_argument("--prompt", type=_positive, default=512, help="tokens to read (512)")
    parser.add_argument(
        "--new",
        type=_positive,
        help=f"tokens to write ({NEW}, or half of a shorter context window)",
    )
    parser.add_argument("--context", type=_positive, help="context window, in tokens")
    parser.add_argument("--threads", type=_positive, help="processor threads")
    parser.add_argument("--repeat", type=_positive, default=5, help="runs to take medians of (5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--progress", action="store_true", help="before it, print how far it is, an object a line"
    )
    parser.set_defaults(run=run)


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of 1 or more")
    return number


def run(options: argparse.Namespace) -> int:
    """Measure, keep and print. Why it cannot be measured is a line for the window, too, which says it
    in its own language."""
    try:
        return _run(options)
    except UserError as error:
        if options.progress:
            terminal.write_json({REFUSED: [saying.as_json() for saying in error.sayings]})
        raise


def _run(options: argparse.Namespace) -> int:
    paths = home.without_storage()
    report = _say_progress if options.progress else _say_nothing
    if options.machine:
        return _measure_machine(paths, report, as_json=options.json)
    kept = home.settings(paths)
    library = home.library(paths, kept)
    model = library.find(options.model or kept.values.model.selected)
    library.check(model, lambda done, total: None, threading.Event())
    result = _measured(model, options, paths, report)
    Measured(paths.cache).keep_benchmark(Benchmark(model.id, time.time(), result))
    if options.json:
        terminal.write_json({"model": model.name} | dataclasses.asdict(result))
    else:
        _print(model.name, result)
    return 0


def _measured(
    model: ModelOnDisk, options: argparse.Namespace, paths: Paths, report: Report
) -> BenchResult:
    # torch and transformers come with it: seconds that no other command should pay.
    from desktop_llm.engine.bench import bench
    from desktop_llm.engine.load import window_of

    request = LoadRequest(
        model,
        precision=Precision(options.precision),
        threads=options.threads,
        context_window=options.context,
    )
    window = window_of(request)
    new = options.new or max(1, min(NEW, window // 2))
    _require_room(options, new, window)
    return bench(
        request, options.prompt, new, options.repeat, report, threading.Event(), paths.cache
    )


def _require_room(options: argparse.Namespace, new: int, window: int) -> None:
    """A prompt is shortened where it must be; new tokens that were asked for are not. Raises UsageError."""
    if new < window:
        return
    raise UsageError(
        "A prompt and {new} new tokens do not fit into the context window of {window} tokens.",
        todo="Give a larger --context or a smaller --new."
        if options.context == window
        else "Give a smaller --new.",
        new=f"{new:,}",
        window=f"{window:,}",
    )


def _measure_machine(paths: Paths, report: Report, *, as_json: bool) -> int:
    from desktop_llm.engine.reach import measure_paces

    paces = measure_paces(report, threading.Event())
    Measured(paths.cache).keep_paces(paces)
    if as_json:
        terminal.write_json({"paces": [dataclasses.asdict(pace) for pace in paces]})
        return 0
    for precision, rate in reached(paces).items():
        terminal.say(f"{precision + ':':14}{rate / 1e9:.1f} GB of weights a second")
    terminal.say("The speeds that the catalogue expects follow from this now.")
    return 0


def _say_nothing(done: int, total: int) -> None:
    pass


def _say_progress(done: int, total: int) -> None:
    terminal.write_json({"done": done, "total": total})


def _print(name: str, result: BenchResult) -> None:
    rows = [
        ("model", f"{name}, {result.precision} on {result.device}"),
        ("reading", f"{result.prefill_tokens_per_s:.1f} tokens per second"),
        ("writing", f"{result.decode_tokens_per_s:.1f} tokens per second"),
        ("first token", f"after {result.ttft_s:.2f} s with a prompt of {result.prompt} tokens"),
        ("loading", f"{result.load_s:.2f} s"),
        ("memory", f"{in_bytes(result.peak_rss_bytes)} at most"),
    ]
    if result.bandwidth_share:  # measured on the processor alone
        share = f"{result.bandwidth_share:.0%} of what memory gives, {result.threads} threads"
        rows.append(("bandwidth", share))
    for label, value in rows:
        terminal.say(f"{label + ':':14}{value}")
