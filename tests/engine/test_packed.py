"""Rounded weights on disk: the same model the second time, and nothing wrong whatever is in the folder."""

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import load_request
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from desktop_llm.core.errors import Cancelled
from desktop_llm.core.model_files import ModelFiles
from desktop_llm.core.settings import Precision
from desktop_llm.engine import packed, weights
from desktop_llm.engine.lean import ROWS_AT_ONCE, LeanStep
from desktop_llm.engine.linear import Int8Linear
from desktop_llm.engine.load import load_bare
from desktop_llm.engine.packed import Store, Writing

TOKENS = [5, 9, 200, 31, 7]


def scores(folder: Path, cache: Path | None, precision: Precision = Precision.INT4) -> torch.Tensor:
    request = load_request(folder, precision=precision)
    bare = load_bare(request, lambda *_: None, threading.Event(), cache)
    assert isinstance(bare.step, LeanStep)
    return bare.step(TOKENS, bare.step.new_cache(), len(TOKENS))


def kept(cache: Path) -> list[Path]:
    return sorted((cache / packed.FOLDER).iterdir())


@pytest.mark.parametrize("precision", [Precision.INT4, Precision.INT8])
def test_the_second_load_is_mapped_and_computes_the_same(
    model_folders: dict[str, Path], tmp_path: Path, precision: Precision,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = model_folders["llama"]
    fresh = scores(folder, None, precision)
    first = scores(folder, tmp_path, precision)
    monkeypatch.setattr(Store, "keep", None)  # whoever rounds again fails
    assert torch.equal(scores(folder, tmp_path, precision), first)
    assert torch.equal(first, fresh)
    assert len(kept(tmp_path)) == 1


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux for the memory")
def test_pages_that_are_given_back_are_read_again_when_used(tmp_path: Path) -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    numbers = torch.arange(4_000_000)
    found = Store(tmp_path).keep("one", [("before", numbers[:9]), ("a", numbers)], 32_000_000)
    assert isinstance(found, packed.Mapped)
    assert torch.equal(found["a"], numbers)
    held = resident()
    found.give_back(found["a"])
    assert resident() < held - 30_000_000
    assert torch.equal(found["a"], numbers)
    assert torch.equal(found["before"], numbers[:9])


def test_what_a_layer_copied_of_the_file_is_given_back(
    model_folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, given = scores(model_folders["llama"], tmp_path, Precision.INT8), []
    monkeypatch.setattr(
        weights, "build", lambda form, tensors, give: Int8Linear(*_values(tensors), give)
    )
    monkeypatch.setattr(packed.Mapped, "give_back", lambda self, tensor: given.append(tensor))
    second = scores(model_folders["llama"], tmp_path, Precision.INT8)
    assert (first - second).norm() < 0.02 * first.norm()
    assert len(given) > 4


def test_rows_of_a_table_in_a_file_are_read_a_few_at_a_time(
    model_folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        weights, "build", lambda form, tensors, give: Int8Linear(*_values(tensors), give)
    )
    request = load_request(model_folders["llama"], precision=Precision.INT8)
    load_bare(request, lambda *_: None, threading.Event(), tmp_path).step.let_go()
    given: list[int] = []
    monkeypatch.setattr(packed.Mapped, "give_back", lambda self, tensor: given.append(len(tensor)))
    step = load_bare(request, lambda *_: None, threading.Event(), tmp_path).step
    assert isinstance(step, LeanStep)
    places = torch.arange(2 * ROWS_AT_ONCE + 5) % 50
    given.clear()
    rows = step._embedded(places)
    assert len(given) == 3
    assert torch.equal(rows, torch.cat([step._embedded(place[None]) for place in places]))
    assert len(given) == 3


def _values(tensors: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor, Any]:
    return tensors["weight"], tensors["scales"], tensors.get("bias")


def test_other_weights_of_the_same_shape_are_not_mistaken(
    model_folders: dict[str, Path], tmp_path: Path
) -> None:
    folder, cache = tmp_path / "model", tmp_path / "cache"
    model = AutoModelForCausalLM.from_pretrained(model_folders["llama"])
    model.save_pretrained(folder)
    before = scores(folder, cache)
    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight.mul_(-1)
    model.save_pretrained(folder)
    assert not torch.equal(scores(folder, cache), before)
    assert len(kept(cache)) == 2


@pytest.mark.parametrize("harm", ["cut", "tail", "empty", "hole"])
def test_a_damaged_file_is_set_aside_and_made_anew(
    model_folders: dict[str, Path], tmp_path: Path, harm: str
) -> None:
    first = scores(model_folders["llama"], tmp_path)
    path = kept(tmp_path)[0]
    data = path.read_bytes()
    page = slice(len(data) // 8192 * 4096, len(data) // 8192 * 4096 + 4096)
    assert any(data[page])
    hole = data[: page.start] + bytes(4096) + data[page.stop :]
    harmed = {"cut": data[:-20], "tail": data[:-60] + bytes(60), "empty": b"", "hole": hole}
    path.write_bytes(harmed[harm])
    assert torch.equal(scores(model_folders["llama"], tmp_path), first)
    assert path.read_bytes() == data


def test_of_a_large_file_every_stretch_is_looked_at_and_little_is_read(tmp_path: Path) -> None:
    store, numbers = Store(tmp_path), torch.arange(4_000_000)
    store.keep("one", [("a", numbers[:7]), ("b", numbers)], numbers.nbytes)
    path = kept(tmp_path)[0]
    size = path.stat().st_size
    with path.open("rb") as file:
        assert sum(map(len, packed._samples(file, size))) < size / 20
    for part in (0.0, 0.4, 0.98):  # one in as many stretches as there are samples was never written
        store.keep("one", [("a", numbers[:7]), ("b", numbers)], numbers.nbytes)
        with path.open("r+b") as file:
            file.seek(int(part * size))
            file.write(bytes(size // packed.SAMPLES + packed.SAMPLE))
        assert store.find("one") is None


def test_a_file_has_its_name_only_once_it_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / packed.FOLDER / "one.packed", []
    sync = os.fsync

    def seen(descriptor: int) -> None:
        sync(descriptor)
        synced.append((os.fstat(descriptor).st_size, path.exists()))

    def fails(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", seen)
    Store(tmp_path).keep("one", [("a", torch.arange(3))], 24)
    assert synced == [(path.stat().st_size, False)]
    monkeypatch.setattr(os, "fsync", fails)
    tensors = Store(tmp_path).keep("two", [("a", torch.arange(3))], 24)
    assert tensors["a"].tolist() == [0, 1, 2]
    assert kept(tmp_path) == [path]


def test_a_load_that_is_stopped_leaves_no_file(
    model_folders: dict[str, Path], tmp_path: Path
) -> None:
    cancel = threading.Event()
    request = load_request(model_folders["llama"], precision=Precision.INT4)
    with pytest.raises(Cancelled):
        load_bare(request, lambda *_: cancel.set(), cancel, tmp_path)
    assert kept(tmp_path) == []


@pytest.mark.parametrize("after", [0, 3])
def test_a_full_disk_stops_no_load(
    model_folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    expected = scores(model_folders["llama"], None)
    dump, left = packed.dump, after

    def fills(file: Any, tensor: torch.Tensor) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(28, "No space left on device")
        dump(file, tensor)

    monkeypatch.setattr(packed, "dump", fills)
    assert torch.equal(scores(model_folders["llama"], tmp_path), expected)
    assert kept(tmp_path) == []


def test_what_was_not_used_for_longest_goes_when_the_limit_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    numbers = [("a", torch.arange(1000))]
    for key in ("one", "two"):
        store.keep(key, numbers, 8000)
    size = kept(tmp_path)[0].stat().st_size
    found = store.find("one")
    assert found is not None
    assert torch.equal(found["a"], numbers[0][1])
    monkeypatch.setattr(packed, "LIMIT", 2 * size + 8000)
    (tmp_path / packed.FOLDER / "left.999999999.part").write_bytes(b"x")
    store.keep("three", numbers, 8000)
    monkeypatch.setattr(packed, "LIMIT", 2 * size)
    store.keep("four", numbers, size)
    assert {path.stem for path in kept(tmp_path)} == {"three", "four"}


def test_a_disk_that_is_nearly_full_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "SPARE", 10**18)
    tensors = Store(tmp_path).keep("one", [("a", torch.arange(3))], 24)
    assert tensors["a"].tolist() == [0, 1, 2]
    assert kept(tmp_path) == []


def test_what_another_process_is_writing_stays_until_it_is_dead_or_a_day_old(
    tmp_path: Path,
) -> None:
    folder = tmp_path / packed.FOLDER
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        part, old = folder / f"a.{other.pid}.part", folder / f"b.{other.pid}.part"
        for path in (part, old):
            path.write_bytes(b"x")
        os.utime(old, (0, 0))
        Store(tmp_path).keep("one", [("a", torch.arange(3))], 24)
        assert (part.exists(), old.exists()) == (True, False)
    Store(tmp_path).keep("two", [("a", torch.arange(3))], 24)
    assert not part.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no open file")
def test_a_file_that_goes_while_it_is_written_is_taken_back(tmp_path: Path) -> None:
    with Store(tmp_path).writing("one", 24) as file:
        file.add("a", torch.arange(3))
        (part,) = kept(tmp_path)
        part.unlink()
        assert file.finish()["a"].tolist() == [0, 1, 2]
    assert kept(tmp_path) == []


def test_a_part_that_cannot_be_removed_stops_no_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, unlink, held = Writing._put, Path.unlink, _mapped_now()
    seen: list[int] = []

    def fills(self: Writing, file: Any, name: str, tensor: torch.Tensor) -> None:
        if name == "b":
            raise OSError(28, "No space left on device")
        put(self, file, name, tensor)

    def refuses(self: Path, missing_ok: bool = False) -> None:
        if self.suffix == packed.PART:
            seen.append(_mapped_now())
            raise PermissionError(13, "It is used by another process")
        unlink(self, missing_ok)

    monkeypatch.setattr(Writing, "_put", fills)
    monkeypatch.setattr(Path, "unlink", refuses)
    found = Store(tmp_path).keep("one", [("a", torch.arange(3)), ("b", torch.arange(4))], 56)
    assert {name: tensor.tolist() for name, tensor in found.items()} == {
        "a": [0, 1, 2], "b": [0, 1, 2, 3],
    }  # fmt: skip
    assert seen == [held]  # Windows would remove no file that is still mapped


def _mapped_now() -> int:
    return sum(type(one) is packed.Mapped for one in gc.get_objects())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every file name is text")
def test_a_file_whose_name_is_no_utf8_has_a_key(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"mod\xe8le.gguf")
    path.write_bytes(b"weights")
    assert packed.key_of(ModelFiles(path, {}, (path,), {}, ""), "int4", "")
