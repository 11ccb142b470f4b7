"""Reads the catalogue, resources/catalogue.toml, and checks every line of it. Goes to no network."""

import re
import tomllib
from pathlib import Path
from typing import Any

import psutil

from desktop_llm.core.catalogue import UNPINNED, CatalogueModel, Kind
from desktop_llm.core.fitting import BYTES_EACH, Machine, Shape

FILE = "catalogue.toml"
STORED = {"bf16": BYTES_EACH["bf16"], "fp16": BYTES_EACH["bf16"], "fp32": BYTES_EACH["fp32"]}
TEXTS = {"id", "name", "kind", "licence", "stored", "revision", "source"}
NUMBERS = {
    "parameters", "hidden", "layers", "heads", "kv_heads", "head_dim", "mlp", "vocabulary", "context",
}  # fmt: skip
OPTIONAL = {"stored_parameters", "gated"}
LANGUAGES = ("en", "zh")
"""Languages that `good_at` must be written in."""
_REPO = re.compile(r"[\w.-]+/[\w.-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def read_catalogue(path: Path) -> tuple[CatalogueModel, ...]:
    """All models of the file, in its order. Raises ValueError, naming the model and what is wrong."""
    tables = tomllib.loads(path.read_text("utf-8")).get("model", [])
    models = tuple(_model(table) for table in tables)
    ids = [model.id for model in models]
    twice = {one for one in ids if ids.count(one) > 1}
    if twice:
        raise ValueError(f"{path.name}: {', '.join(sorted(twice))} is listed twice")
    return models


def this_machine(bandwidth: float = 0.0) -> Machine:
    """This computer's free memory now; `bandwidth` as it was measured, 0 where it was not."""
    return Machine(int(psutil.virtual_memory().available), bandwidth)


def _model(table: dict[str, Any]) -> CatalogueModel:
    _check(table)
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
            numbers["context"], alone,
        ),
        download=round(stored * STORED[table["stored"]]),
        revision=table["revision"],
        source=table["source"],
    )  # fmt: skip


def _check(table: dict[str, Any]) -> None:
    name = table.get("id", "a model without an id")
    wanted = TEXTS | NUMBERS | {"good_at", "languages", "tied"}
    problems = [f"{key} is missing" for key in wanted - table.keys()]
    problems += [f"{key} is unknown" for key in table.keys() - wanted - OPTIONAL]
    problems += [f"{key} is no text" for key in TEXTS & table.keys() if not _text(table[key])]
    problems += [f"{key} is not 1 or more" for key in NUMBERS & table.keys() if table[key] < 1]
    if not problems:
        problems = [why for wrong, why in _rules(table) if wrong]
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


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
