"""Reads the catalogue, resources/catalogue.toml, and checks every line of it. Goes to no network."""

import re
import tomllib
from pathlib import Path
from typing import Any

from desktop_llm.core.available_memory import available_memory
from desktop_llm.core.catalogue import FACTS, UNPINNED, CatalogueModel, Kind
from desktop_llm.core.fitting import Machine, Shape
from desktop_llm.core.speed import BYTES_EACH, NOTHING_MEASURED, Speed

FILE = "catalogue.toml"
STORED = {"bf16": BYTES_EACH["bf16"], "fp16": BYTES_EACH["bf16"], "fp32": BYTES_EACH["fp32"]}
TEXTS = {"id", "name", "kind", "licence", "stored", "revision", "source"}
NUMBERS = {
    "parameters", "hidden", "layers", "heads", "kv_heads", "head_dim", "mlp", "vocabulary", "context",
}  # fmt: skip
OPTIONAL = {"stored_parameters", "gated", "unverified"}
LANGUAGES = ("en", "zh")
"""Languages that `good_at` must be written in."""
MARKED = {*FACTS, "gated"}
"""Facts that may be marked as not verified."""
_ADDRESS = re.compile(r"https://\S+")
_REPO = re.compile(r"[\w.-]+/[\w.-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def read_catalogue(path: Path) -> tuple[CatalogueModel, ...]:
    """All models of the file, in its order. Raises ValueError, naming the model and what is wrong."""
    read = tomllib.loads(path.read_text("utf-8"))
    sources = _sources(read.get("sources", {}))
    models = tuple(_model(table, sources) for table in read.get("model", []))
    ids = [model.id for model in models]
    twice = {one for one in ids if ids.count(one) > 1}
    if twice:
        raise ValueError(f"{path.name}: {', '.join(sorted(twice))} is listed twice")
    return models


def this_machine(bandwidth: float = 0.0, speed: Speed = NOTHING_MEASURED) -> Machine:
    """This computer's free memory now; `bandwidth` and `speed` as they were measured, if they were."""
    return Machine(available_memory(), bandwidth, speed)


def _sources(table: dict[str, Any]) -> dict[str, str]:
    for name, address in table.items():
        if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
            raise ValueError(f"catalogue: source {name} is no address")
    return table


def _model(table: dict[str, Any], sources: dict[str, str]) -> CatalogueModel:
    _check(table, sources)
    numbers = {name: int(table[name]) for name in NUMBERS}
    alone = 0 if table["tied"] else numbers["vocabulary"] * numbers["hidden"]
    stored = int(table.get("stored_parameters", numbers["parameters"]))
    return CatalogueModel(
        id=table["id"],
        name=table["name"],
        kind=Kind(table["kind"]),
        good_at=dict(table["good_at"]),
        languages=tuple(table["languages"]),
        licence=table["licence"],
        gated=bool(table.get("gated", False)),
        shape=Shape(
            numbers["parameters"], numbers["layers"], numbers["kv_heads"], numbers["head_dim"],
            numbers["context"], alone, numbers["vocabulary"] * numbers["hidden"],
            writes=Kind(table["kind"]) not in (Kind.CLASSIFIER, Kind.EMBEDDING),
        ),
        download=round(stored * STORED[table["stored"]]),
        revision=table["revision"],
        source=table["source"],
        read_in={fact: tuple(sources[name] for name in names) for fact, names in table["read_in"].items()},
        unverified=tuple(table.get("unverified", ())),
    )  # fmt: skip


def _check(table: dict[str, Any], sources: dict[str, str]) -> None:
    name = table.get("id", "a model without an id")
    wanted = TEXTS | NUMBERS | {"good_at", "languages", "tied", "read_in"}
    problems = [f"{key} is missing" for key in wanted - table.keys()]
    problems += [f"{key} is unknown" for key in table.keys() - wanted - OPTIONAL]
    problems += [f"{key} is no text" for key in TEXTS & table.keys() if not _text(table[key])]
    problems += [f"{key} is not 1 or more" for key in NUMBERS & table.keys() if table[key] < 1]
    if not problems:
        problems = [why for wrong, why in _rules(table) if wrong] + _unsourced(table, sources)
    if problems:
        raise ValueError(f"catalogue: {name}: {'; '.join(sorted(problems))}")


def _rules(table: dict[str, Any]) -> tuple[tuple[bool, str], ...]:
    said = table["good_at"]
    commit = table["revision"]
    return (
        (not _REPO.fullmatch(table["id"]), "id is not OWNER/NAME"),
        (table["kind"] not in set(Kind), f"kind {table['kind']!r} is unknown"),
        (table["stored"] not in STORED, f"stored {table['stored']!r} is unknown"),
        (not all(_text(said.get(code)) for code in LANGUAGES), "good_at lacks a language"),
        (not table["languages"], "languages is empty"),
        (table["heads"] % table["kv_heads"] != 0, "kv_heads does not divide heads"),
        (commit != UNPINNED and not _COMMIT.fullmatch(commit), "revision is no commit"),
        (not table["source"].startswith("https://"), "source is no https address"),
    )


def _unsourced(table: dict[str, Any], sources: dict[str, str]) -> list[str]:
    """Each fact is either read in a known source or marked as not verified; only a chosen commit needs one."""
    read, marked = table["read_in"], set(table.get("unverified", ()))
    needed = set(FACTS) - ({"revision"} if table["revision"] == UNPINNED else set())
    problems = [f"{fact} has no source and is not marked" for fact in needed - read.keys() - marked]
    problems += [f"{fact} has a source and is marked" for fact in marked & read.keys()]
    problems += [f"{fact} is no fact with a source" for fact in read.keys() - needed - {"gated"}]
    problems += [f"{fact} is no fact to be marked" for fact in marked - MARKED]
    named = [(fact, name) for fact, names in read.items() for name in names or ["none"]]
    return problems + [
        f"{fact}: source {name} is unknown" for fact, name in named if name not in sources
    ]


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
