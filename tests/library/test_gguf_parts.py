"""A GGUF model in several files is one model: fetched, inspected, pinned and counted as a whole."""

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import gguf_files
import pytest
from hub_server import Repo, hub_server

from desktop_llm.core.errors import ModelError
from desktop_llm.core.gguf_parts import MOST_PARTS, is_single_file, part_names
from desktop_llm.core.memory import plan_of
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.library.download import Downloads
from desktop_llm.library.gate import Gate, refusal
from desktop_llm.library.hub import Hub
from desktop_llm.library.inspector.process import inspect, problem_with
from desktop_llm.library.models import Library
from desktop_llm.library.network import Access, Door, NetworkLog
from desktop_llm.library.records import Record, Records

REPO = "someone/Tiny-GGUF"
FIRST, SECOND = "Tiny-00001-of-00002.gguf", "Tiny-00002-of-00002.gguf"


def ignore(done: int, total: int) -> None:
    """No one watches."""


def test_the_first_part_stands_for_all() -> None:
    assert part_names("a/Q4-00001-of-00003.gguf") == tuple(
        f"a/Q4-0000{number}-of-00003.gguf" for number in (1, 2, 3)
    )
    for name in ("a.gguf", "a-00002-of-00003.gguf", f"a-00001-of-{MOST_PARTS + 1:05}.gguf"):
        assert part_names(name) == (name,)
    assert [is_single_file(name) for name in (FIRST, SECOND, "mmproj-F16.gguf", "a.txt")] == [
        True, False, False, False,
    ]  # fmt: skip


def on(
    address: str, folder: Path, check: Callable[[Path], tuple[object, ...]] = refusal
) -> tuple[Hub, Downloads]:
    settings = Access(online=True, endpoint=address)
    door = Door(lambda: settings, NetworkLog(folder / "network.jsonl"))
    return Hub(door), Downloads(folder / "models", door, check)  # type: ignore[arg-type]


@pytest.mark.parametrize("first_empty", [False, True])
@pytest.mark.parametrize("check", [refusal, problem_with])
def test_naming_the_first_part_fetches_all_and_they_arrive_as_one_model(
    tmp_path: Path, check: Callable[[Path], tuple[object, ...]], first_empty: bool
) -> None:
    parts = gguf_files.write_parts(tmp_path / "made", first_empty=first_empty)
    files = {part.name: part.read_bytes() for part in parts}
    with hub_server({REPO: Repo(files | {"other.gguf": b"GGUF"}, form="gguf")}) as server:
        hub, downloads = on(server.address, tmp_path, check)
        download = downloads.add(hub.look(REPO), [parts[0].name])
        assert {file.name for file in download.files} == files.keys()
        assert download.name == f"{REPO}/{parts[0].name}"
        folder = downloads.fetch(download.id, ignore, threading.Event())
    assert all((folder / name).read_bytes() == data for name, data in files.items())
    library = Library(tmp_path / "models", None)
    (model,) = library.list()
    assert model.size == sum(map(len, files.values()))
    library.check(model, ignore, threading.Event())
    verdict = library.verdict(model)
    assert verdict is not None
    assert verdict.facts.parameters == gguf_files.PARTS_PARAMETERS
    assert plan_of(model.path).parameters == gguf_files.PARTS_PARAMETERS


def test_what_is_bad_in_a_later_part_is_refused(tmp_path: Path) -> None:
    first, second = gguf_files.write_parts(tmp_path / "made")
    files = {FIRST: first.read_bytes(), SECOND: second.read_bytes()[:-4000]}
    with hub_server({REPO: Repo(files, form="gguf")}) as server:
        hub, downloads = on(server.address, tmp_path)
        download = downloads.add(hub.look(REPO), [FIRST])
        with pytest.raises(ModelError, match=rf"refused.*{SECOND}.*cut short"):
            downloads.fetch(download.id, ignore, threading.Event())


def test_a_part_that_the_hub_lacks_is_told_before_anything_is_fetched(tmp_path: Path) -> None:
    first, _ = gguf_files.write_parts(tmp_path / "made")
    with hub_server({REPO: Repo({FIRST: first.read_bytes()}, form="gguf")}) as server:
        hub, downloads = on(server.address, tmp_path)
        with pytest.raises(ModelError, match=f"lacks a part of this model: {SECOND}"):
            downloads.add(hub.look(REPO), [FIRST])
        assert downloads.pending() == ()


def test_every_part_is_pinned_and_verified(tmp_path: Path) -> None:
    first, second = gguf_files.write_parts(tmp_path / "models")
    library = Library(tmp_path / "models", None)
    model = library.find("Tiny")
    told: list[tuple[int, int]] = []
    library.check(model, lambda done, total: told.append((done, total)), threading.Event())
    assert told[-1] == (model.size, first.stat().st_size + second.stat().st_size)
    assert library.verify(model, ignore, threading.Event())
    raw = bytearray(second.read_bytes())
    raw[random.Random(5).randrange(len(raw) - 30_000, len(raw))] ^= 1
    second.write_bytes(raw)
    for look in (library.verify, library.check):
        with pytest.raises(ModelError, match=f"{SECOND} of the model"):
            look(model, ignore, threading.Event())


def pinned_by_an_older_version(
    models: Path,
) -> tuple[Path, Path, Records, Record, Record]:
    """A model in two parts, of which the first alone is pinned; what would be known of both, and is."""
    first, second = gguf_files.write_parts(models)
    records = Records(models)
    Gate(records).check(ModelOnDisk("Tiny", "Tiny", first), ignore, threading.Event())
    known = records.get(first)
    assert known is not None
    old = replace(known, stamps={FIRST: known.stamps[FIRST]}, hashes={FIRST: known.hashes[FIRST]})
    records.put({first: old})
    return first, second, records, known, old


@pytest.mark.parametrize("verify", [True, False])
def test_what_an_older_version_pinned_of_the_first_part_stands_and_the_others_are_added(
    tmp_path: Path, verify: bool
) -> None:
    first, second, records, known, old = pinned_by_an_older_version(tmp_path / "models")
    model, gate = ModelOnDisk("Tiny", "Tiny", first), Gate(records)
    told = (gate.verify if verify else gate.check)(model, ignore, threading.Event())
    assert not told, "not every byte is as it was: of the second part nobody knows"
    again = records.get(first)
    assert again is not None
    assert (again.stamps, again.hashes) == (known.stamps, known.hashes)
    if verify:
        assert gate.verify(model, ignore, threading.Event())
    records.put({first: replace(old, hashes={FIRST: "0" * 64})})
    with pytest.raises(ModelError, match=f"{FIRST} of the model"):
        gate.check(model, ignore, threading.Event())
    second.unlink()
    with pytest.raises(ModelError, match=f"incomplete: {SECOND}"):
        gate.verify(model, ignore, threading.Event())


def test_a_part_that_was_never_pinned_is_inspected_before_it_is(tmp_path: Path) -> None:
    first, second, records, _, _ = pinned_by_an_older_version(tmp_path / "models")
    model, gate = ModelOnDisk("Tiny", "Tiny", first), Gate(records)
    second.write_bytes(b"MZ" + second.read_bytes()[2:])
    for look in (gate.verify, gate.check):
        with pytest.raises(ModelError, match=SECOND):
            look(model, ignore, threading.Event())


def test_a_part_that_is_missing_is_told_in_the_list_until_it_is_there(tmp_path: Path) -> None:
    _, second = gguf_files.write_parts(tmp_path / "models")
    aside = second.rename(tmp_path / "aside")
    library = Library(tmp_path / "models", None)
    assert SECOND in str(library.find("Tiny").problem[0])
    aside.rename(second)
    assert not library.find("Tiny").problem


def refused(path: Path) -> str:
    verdict = inspect(path)
    assert not verdict.safe
    return f"{verdict.findings[0].file}: {verdict.findings[0].reason}"


def test_why_parts_are_refused(tmp_path: Path) -> None:
    first, second = gguf_files.write_parts(tmp_path)
    assert refused(second) == f"{SECOND}: It is a later part of a model in several files."
    whole = second.read_bytes()
    second.unlink()
    assert "incomplete: Tiny-00002-of-00002.gguf is missing" in refused(first)
    second.write_bytes(first.read_bytes())
    assert f"{SECOND}: Its tensor 'output_norm.weight' is in another file" in refused(first)
    second.write_bytes(whole)
    assert inspect(first).safe
    renamed = first.rename(tmp_path / "Tiny.gguf")
    assert refused(renamed) == (
        "Tiny.gguf: It is one of 2 parts of a model, and its name does not tell the others."
    )


def test_a_layer_that_no_part_holds_is_missed(tmp_path: Path) -> None:
    tensors = dict(gguf_files.GOOD_TENSORS)
    layer = {"blk.0.attn_q.weight": tensors.pop("blk.0.attn_q.weight")}
    keys = gguf_files.good() | {"llama.block_count": gguf_files.number(2)}
    gguf_files.write(tmp_path / FIRST, gguf_files.gguf(keys, tensors))
    gguf_files.write(tmp_path / SECOND, gguf_files.gguf({}, layer))
    assert "It speaks of 2 layers, and 1 are in it." in refused(tmp_path / FIRST)
