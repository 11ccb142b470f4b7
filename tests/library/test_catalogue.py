"""The catalogue says what is true: every line is checked, and its numbers agree with each other."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from desktop_llm.core.catalogue import FACTS, Kind
from desktop_llm.core.fitting import (
    Fit,
    Machine,
    Shape,
    best,
    estimate,
    estimates,
    largest,
    largest_mixture,
    states,
)
from desktop_llm.library.catalogue import read_catalogue, this_machine
from desktop_llm.resources import resource

FILE = resource("catalogue.toml")
TABLES: list[dict[str, Any]] = tomllib.loads(FILE.read_text("utf-8"))["model"]
GB = 10**9


def test_every_line_of_the_shipped_catalogue_is_read() -> None:
    models = read_catalogue(FILE)
    assert len(models) >= 25
    assert {model.kind for model in models} == set(Kind)
    assert all(model.sentence("zh_CN") != model.sentence("de") for model in models)
    sizes = [model.shape.parameters for model in models if model.kind is Kind.CHAT]
    assert min(sizes) < 140e6
    assert max(sizes) > 14e9


@pytest.mark.parametrize("table", TABLES, ids=[table["id"] for table in TABLES])
def test_parameters_follow_from_the_shape(table: dict[str, Any]) -> None:
    """A wrong layer, head or width would be seen: norms, biases and positions are all that is left."""
    number = {key: value for key, value in table.items() if isinstance(value, int)}
    hidden, wide = number["hidden"], number["heads"] * number["head_dim"]
    plain = table["kind"] in ("base", "classifier", "embedding")  # no gate, one table
    tables = 1 if table["tied"] or plain else 2
    layer = 2 * hidden * (wide + number["kv_heads"] * number["head_dim"])
    layer += (2 if plain else 3) * hidden * number["mlp"]
    counted = tables * number["vocabulary"] * hidden + number["layers"] * layer
    assert 0 <= 1 - counted / number["parameters"] < (0.02 if plain else 0.0003)


def test_a_wrong_line_is_refused_by_name(tmp_path: Path) -> None:
    text = FILE.read_text("utf-8")
    wrong = {
        'kind = "chat"': 'kind = "oracle"',
        "kv_heads = 3": "kv_heads = 4",
        'revision = "12fd25f77366fa6b3b4b768ec3050bf629380bac"': 'revision = "main"',
        "tied = true": "",
        "layers = 30": "layers = 0",
        'good_at.zh = "': 'good_at.de = "',
    }
    for right, other in wrong.items():
        broken = tmp_path / "catalogue.toml"
        broken.write_text(text.replace(right, other, 1), "utf-8")
        with pytest.raises(ValueError, match=r"SmolLM2-135M-Instruct"):
            read_catalogue(broken)


def test_every_fact_was_read_somewhere_or_is_marked() -> None:
    models = read_catalogue(FILE)
    for model in models:
        facts = set(FACTS) if model.pinned else set(FACTS) - {"revision"}
        assert facts <= set(model.read_in) | set(model.unverified), model.id
        assert not set(model.read_in) & set(model.unverified), model.id
        assert all(model.read_in.values())
        assert {"good_at", "licence", "parameters"} <= set(model.read_in), model.id
    assert not any(model.unverified for model in models)


@pytest.mark.parametrize(
    ("right", "other", "why"),
    [
        ('read_in.licence = ["smollm2_135_licence"]\n', "", "licence has no source"),
        ('["smollm2_135_licence"]', '["nowhere"]', "source nowhere is unknown"),
        ('["smollm2_135_licence"]', "[]", "source none is unknown"),
        ("read_in.shape", 'unverified = ["shape"]\nread_in.shape', "shape has a source and is marked"),
        ("read_in.shape", 'unverified = ["price"]\nread_in.shape', "price is no fact"),
        ("read_in.shape", 'read_in.price = ["mlc"]\nread_in.shape', "price is no fact with a source"),
        ("https://github.com/mlc-ai", "ftp://github.com/mlc-ai", "source mlc is no address"),
    ],
)  # fmt: skip
def test_a_fact_without_a_source_is_refused(
    right: str, other: str, why: str, tmp_path: Path
) -> None:
    text = FILE.read_text("utf-8")
    assert right in text
    broken = tmp_path / "catalogue.toml"
    broken.write_text(text.replace(right, other, 1), "utf-8")
    with pytest.raises(ValueError, match=why):
        read_catalogue(broken)


def test_a_model_that_is_listed_twice_is_refused(tmp_path: Path) -> None:
    text = FILE.read_text("utf-8")
    broken = tmp_path / "catalogue.toml"
    broken.write_text(text + text[text.index("[[model]]") :], "utf-8")
    with pytest.raises(ValueError, match="twice"):
        read_catalogue(broken)


SEVEN = Shape(7_615_616_512, 28, 4, 128, 32768, table=152064 * 3584)


def test_memory_is_weights_states_and_room_to_work() -> None:
    # 28 layers, keys and values of 4 heads of 128 numbers, 2 bytes each.
    assert states(SEVEN, 1000) == 28 * 2 * 4 * 128 * 2 * 1000
    exact, eight, four = estimates(SEVEN, Machine(free=64 * GB))
    assert exact.weights == SEVEN.parameters * 2
    assert exact.needed > eight.needed > four.needed > four.weights
    assert {one.fit for one in (exact, eight, four)} == {Fit.FITS}


def test_fit_follows_the_free_memory() -> None:
    needed = estimate(SEVEN, "int8", Machine(free=0)).needed
    fits = [
        estimate(SEVEN, "int8", Machine(free=free)).fit
        for free in (needed - 1, needed, needed + GB - 1, needed + GB)
    ]
    assert fits == [Fit.TOO_LARGE, Fit.TIGHT, Fit.TIGHT, Fit.FITS]
    assert best(SEVEN, Machine(needed + GB)).precision == "int8"
    assert best(SEVEN, Machine(needed - 1)).precision == "int4"
    assert best(SEVEN, Machine(GB)).fit is Fit.TOO_LARGE


def test_speed_is_the_bandwidth_over_what_is_read() -> None:
    assert estimate(SEVEN, "int8", Machine(64 * GB)).tokens_per_s == 0
    machine = Machine(64 * GB, bandwidth=30e9)
    read = (SEVEN.parameters - SEVEN.table) * 1.01
    assert estimate(SEVEN, "int8", machine).tokens_per_s == pytest.approx(30e9 * 0.57 / read)


def test_this_machine_has_free_memory() -> None:
    machine = this_machine(20e9)
    assert machine.free > 10_000_000
    assert machine.bandwidth == 20e9


def test_only_models_that_write_promise_a_speed() -> None:
    machine = Machine(64 * GB, 30e9)
    for model in read_catalogue(FILE):
        writes = model.kind not in (Kind.CLASSIFIER, Kind.EMBEDDING)
        assert (estimate(model.shape, "int8", machine).tokens_per_s > 0) is writes, model.id


def test_where_memory_is_shortest_nothing_fits_and_not_everything() -> None:
    assert largest(Machine(free=64 * GB)) > 60_000_000_000
    assert largest(Machine(free=0)) == 1  # 0 would search for models of any size
    assert largest_mixture(largest(Machine(free=0))) == 0
