"""Our engine beside llama.cpp and transformers' eager bf16: one table, each line with its bar.

    .venv/bin/python tests/benchmarks/bench_engine.py [--only GROUP ...] [--repeat 5] [--home FOLDER]

Models have real shapes and random weights (shapes.py), which FOLDER keeps for the next time.
llama.cpp runs through the PyPI package `xllamacpp`, its files are written with `gguf`; both are
looked for in the interpreter that LLAMA_PYTHON names (default: this one). Every program runs alone,
in a process of its own, on as many threads as ours. A run of all groups is kept in results.md.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch
from bench_memory import CASES, compared
from shapes import LEAN, MEDIUM, OPT, QWEN, make_folder, with_tokenizer

from desktop_llm.engine.devices import usual_threads
from desktop_llm.engine.paces import machine

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.md"
PROMPT, LONG, NEW = 512, 2048, 128
Numbers = dict[str, float]
MET, MISSED, ABSENT = "met", "**missed**", "not measured"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; `value` is None where something failed."""

    what: str
    ours: str
    beside: str
    value: float | None
    bar: str
    percent: bool = False

    @property
    def verdict(self) -> str:
        """Whether the bar ("at least 0.8", "at most 1.3") is met."""
        if self.value is None:
            return ABSENT
        if not self.bar:
            return ""
        side, _, number = self.bar.rpartition(" ")
        bound = float(number.rstrip("%")) / (100 if number.endswith("%") else 1)
        return MET if (self.value >= bound) == (side == "at least") else MISSED

    def __str__(self) -> str:
        value = "" if self.value is None else f"{self.value:{'.1%' if self.percent else '.2f'}}"
        return (
            f"| {self.what} | {self.ours} | {self.beside} | {value} | {self.bar} | {self.verdict} |"
        )


class Bench:
    """Runs programs on models, and remembers what they printed."""

    def __init__(self, home: Path, repeat: int) -> None:
        self.home, self._repeat = home, repeat
        self._known: dict[str, Numbers] = {}
        self._threads = str(usual_threads())

    def ours(self, model: str, precision: str, prompt: int = PROMPT, new: int = NEW) -> Numbers:
        """`desktop-llm bench`."""
        command = [
            sys.executable, "-m", "desktop_llm", "bench", "--model", str(self.folder(model)), "--json",
            "--precision", precision, "--prompt", str(prompt), "--new", str(new),
            "--repeat", str(self._repeat), "--context", str(prompt + new + 16),
        ]  # fmt: skip
        return self._told(command)

    def llama(self, model: str, kind: str, prompt: int = PROMPT, new: int = NEW) -> Numbers:
        """llama.cpp."""
        python = os.environ.get("LLAMA_PYTHON", sys.executable)
        script, amounts = HERE / "llama_cpp.py", (str(prompt), str(new), str(self._repeat))
        return self._told(
            [python, str(script), str(self.folder(model)), kind, *amounts, self._threads]
        )

    def eager(self, model: str, prompt: int = PROMPT) -> Numbers:
        """transformers' own bf16."""
        amounts = (str(prompt), "32", str(self._repeat))
        script = HERE / "eager.py"
        return self._told(
            [sys.executable, str(script), str(self.folder(model)), *amounts, self._threads]
        )

    def use(self, what: str, run: int = 0) -> Numbers:
        """A program of uses.py on Qwen's shape; `run` tells repeated ones apart."""
        folder = with_tokenizer(self.folder(QWEN))
        amounts = (str(self.home / "cache"), str(self._repeat))
        return self._told([sys.executable, str(HERE / "uses.py"), what, str(folder), *amounts], run)

    def second_load(self) -> Numbers:
        """Medians of loads after one that filled the cache."""
        runs = [self.use("load", run) for run in range(self._repeat + 1)][1:]
        if not all(runs):
            return {}
        return {name: statistics.median(run[name] for run in runs) for name in runs[0]}

    def quality(self) -> dict[str, Numbers]:
        """Of both trained models."""
        return self._told([sys.executable, str(HERE / "quality.py")])  # type: ignore[return-value]

    def folder(self, model: str) -> Path:
        """The model's folder."""
        return make_folder(model, self.home)

    def _told(self, command: list[str], run: int = 0) -> Numbers:
        """The JSON object that a program prints last; empty where it fails, with its last words."""
        key = f"{command} {run}"
        if key not in self._known:
            shown = " ".join(Path(part).name for part in command[1:] if not part.startswith("--"))
            print(f"  {shown}", file=sys.stderr, flush=True)
            environment = os.environ | {"DESKTOP_LLM_HOME": str(self.home / "app")}
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, env=environment
            )
            lines = (done.stderr if done.returncode else done.stdout).strip().splitlines()
            if done.returncode:
                print(f"  failed: {(lines or ['?'])[-1]}", file=sys.stderr)
            self._known[key] = {} if done.returncode else json.loads(lines[-1])
        return self._known[key]


def ratio(one: Numbers, other: Numbers, name: str) -> float | None:
    """How many times the other's number the one's is."""
    return one[name] / other[name] if name in one and name in other else None


def beside(
    what: str, one: Numbers, program: str, other: Numbers, name: str, unit: str, bar: str
) -> Line:
    """A line that compares one number of two programs."""
    scale = 1e6 if unit == "MB" else 1
    digits = 0 if unit == "MB" or "prefill" in name else 1
    ours, theirs = (
        f"{n[name] / scale:,.{digits}f} {unit}" if name in n else "-" for n in (one, other)
    )
    return Line(what, ours, f"{program} {theirs}", ratio(one, other, name), bar)


def lean(bench: Bench, model: str) -> list[Line]:
    """A family with a pass of our own, beside llama.cpp."""
    writing, reading = "decode_tokens_per_s", "prefill_tokens_per_s"
    ours = {precision: bench.ours(model, precision) for precision in ("int4", "int8", "bf16")}
    q4, q8, f16 = (bench.llama(model, kind) for kind in ("Q4_0", "Q8_0", "F16"))
    finer = bench.llama(model, "Q4_0-Q8_0")  # with a table of 8 bits, as ours
    lines = [
        beside(f"{model}, writing, {precision}", ours[precision], program, other, writing, "tok/s", bar)
        for precision, program, other, bar in (
            ("int4", "llama.cpp Q4_0", q4, "at least 0.8"),
            ("int4", "llama.cpp Q4_0, table Q8_0", finer, ""),
            ("int8", "llama.cpp Q8_0", q8, "at least 0.8"),
            ("bf16", "llama.cpp F16", f16, ""),
        )
    ]  # fmt: skip
    for precision, one in ours.items():
        what = f"{model}, reading {PROMPT}, {precision}"
        lines.append(beside(what, one, "llama.cpp Q4_0", q4, reading, "tok/s", "at least 1.3"))
    long = bench.llama(model, "Q4_0", LONG, 16)
    for precision in ours:
        what, one = (
            f"{model}, reading {LONG:,}, {precision}",
            bench.ours(model, precision, LONG, 16),
        )
        lines.append(beside(what, one, "llama.cpp Q4_0", long, reading, "tok/s", "at least 1.3"))
    what = f"{model}, most memory, int4"
    lines.append(
        beside(what, ours["int4"], "llama.cpp Q4_0", q4, "peak_rss_bytes", "MB", "at most 1.3")
    )
    return lines


def general(bench: Bench) -> list[Line]:
    """Families that transformers runs, their layers exchanged."""
    return [
        beside(
            f"{model}, writing, int4", bench.ours(model, "int4"), "eager bf16", bench.eager(model),
            "decode_tokens_per_s", "tok/s", "at least 3",
        )
        for model in (MEDIUM, OPT)
    ]  # fmt: skip


def uses(bench: Bench) -> list[Line]:
    """How it feels: editing, a long conversation, the second load, a form that is asked for."""
    edit, turns = bench.use("edit"), bench.use("conversation")
    held, load = bench.use("constraint"), bench.second_load()
    size = (int(edit.get("prompt", PROMPT)), int(edit.get("new", NEW)))
    plain, writing = bench.llama(QWEN, "Q4_0", *size), "decode_tokens_per_s"
    free, form = held.get("free_tokens_per_s"), held.get("held_tokens_per_s")
    first, tenth = turns.get("first_s"), turns.get("tenth_s")
    loaded = load.get("load_to_first_token_s")
    return [
        beside(f"{QWEN}, writing an edited text, int4, guessing ahead", edit,
               "llama.cpp Q4_0 without", plain, writing, "tok/s", "at least 1.5"),
        Line(f"{QWEN}, first token of turn 10 of {turns.get('tokens', 0):,.0f} tokens",
             f"{tenth or 0:.2f} s", f"turn 1 with the same new text {first or 0:.2f} s",
             tenth / first if tenth and first else None, "at most 1.5"),
        Line(f"{QWEN}, second load to the first token, int4, seconds",
             f"load {load.get('load_s', 0):.2f} s", f"imports besides {load.get('import_s', 0):.2f} s",
             loaded, "at most 2"),
        Line(f"{QWEN}, what a JSON schema costs a token, int4", f"{form or 0:.1f} tok/s",
             f"free {free or 0:.1f} tok/s", free / form - 1 if free and form else None,
             "at most 10%", percent=True),
    ]  # fmt: skip


def quality(bench: Bench) -> list[Line]:
    """What rounding costs."""
    lines = []
    if not (measured := bench.quality()):
        return [Line("quality", "", "", None, "at most 3%")]
    for model, found in measured.items():
        for precision, bar in (("int8", "at most 0.5%"), ("int4", "at most 3%")):
            agreement = found[f"{precision} agreement"]
            lines.append(Line(
                f"{model} (trained), perplexity up by, {precision}", f"agreement {agreement:.1%}",
                f"bf16's perplexity {found['perplexity']:.2f} of {found['tokens']:,} tokens",
                found[f"{precision} perplexity"], bar, percent=True,
            ))  # fmt: skip
    return lines


def memory(bench: Bench) -> list[Line]:
    """What is told before a load, beside what the load takes."""
    lines = []
    for case in CASES:
        what = f"{case.model}, {case.precision}, memory told for {case.window:,} tokens is off by"
        try:
            found = compared(case, bench.home)
        except subprocess.CalledProcessError as error:
            print(f"  failed: {(error.stderr.strip().splitlines() or ['?'])[-1]}", file=sys.stderr)
            lines.append(Line(what, "", "", None, "at most 15%"))
            continue
        mega = {name: f"{found[name] / 1e6:,.0f} MB" for name in ("predicted", "measured")}
        told, taken = f"told {mega['predicted']}", f"taken {mega['measured']}"
        lines.append(Line(what, told, taken, abs(found["off"]), "at most 15%", percent=True))
    return lines


GROUPS: dict[str, Callable[[Bench], list[Line]]] = {
    **{model: lambda bench, model=model: lean(bench, model) for model in LEAN},  # type: ignore[misc]
    "general": general, "uses": uses, "memory": memory, "quality": quality,
}  # fmt: skip


def described() -> str:
    """This machine and this moment."""
    commit = subprocess.run(
        ["git", "-C", str(HERE), "describe", "--always", "--dirty"],
        capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    memory = psutil.virtual_memory().total / 2**30
    now = datetime.datetime.now(datetime.UTC)
    return (
        f"{now:%Y-%m-%d %H:%M} UTC, {machine()}, {memory:.0f} GiB of memory, {sys.platform}, "
        f"{usual_threads()} threads, {'commit ' + commit if commit else 'no commit'}"
    )


def main() -> int:
    """Measure what was asked for and print the table; 1 where a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=GROUPS, help="some groups; results.md stays as it is"
    )
    parser.add_argument("--repeat", type=int, default=5, help="runs that medians are taken of (5)")
    parser.add_argument("--home", type=Path, help="keep the models there for the next time")
    choice = parser.parse_args()
    torch.set_num_threads(usual_threads())
    head = "| what | ours | beside | value | bar | |\n|---|---|---|---|---|---|"
    about, lines = f"{described()}; medians of {choice.repeat}", []
    print(f"{about}\n\n{head}", flush=True)
    with tempfile.TemporaryDirectory() as made:
        bench = Bench(choice.home or Path(made), choice.repeat)
        for name in choice.only or GROUPS:
            found = GROUPS[name](bench)
            print("\n".join(map(str, found)), flush=True)
            lines += found
    if not choice.only:
        text = "\n".join(
            ["# Last results of bench_engine.py", "", about, "", head, *map(str, lines), ""]
        )
        RESULTS.write_text(text, encoding="utf-8")
    return int(any(line.verdict in (MISSED, ABSENT) for line in lines))


if __name__ == "__main__":
    sys.exit(main())
