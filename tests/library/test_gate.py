"""What stands before a load: the inspector once, a glance after that, hashes when something changed."""

import json
import os
import random
import shutil
import threading
from dataclasses import asdict, replace
from pathlib import Path

import hostile
import pytest

from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.sayings import Saying, in_english
from desktop_llm.library.gate import Gate
from desktop_llm.library.inspector.process import inspect
from desktop_llm.library.inspector.verdict import Finding, Verdict
from desktop_llm.library.models import Library
from desktop_llm.library.records import FORM, NAME, Record, Records, stamps
from desktop_llm.resources import resource

GUIDE = resource("guide_model")


class Counted:
    """The real inspector, and how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, path: Path, cancel: threading.Event | None) -> Verdict:
        self.times += 1
        return inspect(path, cancel)


@pytest.fixture
def model(tmp_path: Path) -> ModelOnDisk:
    folder = hostile.model_folder(tmp_path / "models" / "Small")
    return ModelOnDisk("Small", "Small", folder)


@pytest.fixture
def look() -> Counted:
    return Counted()


@pytest.fixture
def gate(tmp_path: Path, look: Counted) -> Gate:
    return Gate(Records(tmp_path / "models"), look)


def check(gate: Gate, model: ModelOnDisk) -> None:
    gate.check(model, lambda done, total: None, threading.Event())


def test_a_known_model_passes_with_a_glance_also_in_the_next_process(
    gate: Gate, model: ModelOnDisk, look: Counted, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    gate.check(model, lambda done, total: told.append((done, total)), threading.Event())
    assert told[-1][0] == told[-1][1] > 10_000
    check(gate, model)
    check(Gate(Records(tmp_path / "models"), look), model)
    assert look.times == 1


def test_a_touched_file_is_read_again_and_passes_and_a_changed_one_does_not(
    gate: Gate, model: ModelOnDisk, look: Counted
) -> None:
    check(gate, model)
    weights = model.path / "model.safetensors"
    os.utime(weights, ns=(1, 1))
    check(gate, model)
    check(gate, model)
    assert look.times == 2
    raw = bytearray(weights.read_bytes())
    raw[-3] ^= 1
    weights.write_bytes(raw)
    for _ in range(2):
        with pytest.raises(ModelError, match=r"model\.safetensors of the model Small"):
            check(gate, model)
    gate.accept(model.path)
    check(gate, model)


def test_a_new_file_that_loading_would_read_counts_as_a_change(
    gate: Gate, model: ModelOnDisk
) -> None:
    check(gate, model)
    (model.path / "notes.md").write_text("mine", encoding="utf-8")
    check(gate, model)
    (model.path / "chat_template.jinja").write_text("{{ messages[0].content }}", encoding="utf-8")
    with pytest.raises(ModelError, match="chat_template"):
        check(gate, model)


def test_the_guide_model_is_part_of_the_app(gate: Gate, look: Counted) -> None:
    check(gate, ModelOnDisk("guide", "Guide model", GUIDE, bundled=True))
    assert look.times == 0


def test_a_refusal_is_shown_in_the_list_until_the_files_change(tmp_path: Path) -> None:
    folder = hostile.model_folder(tmp_path / "models" / "Bad")
    (folder / "chat_template.jinja").write_text("{{ ''.__class__.x }}", encoding="utf-8")
    library = Library(tmp_path / "models", None)
    bad = library.find("Bad")
    assert not bad.problem
    with pytest.raises(ModelError, match="did not pass the inspection") as caught:
        library.check(bad, lambda done, total: None, threading.Event())
    assert caught.value.exit_code == 3
    assert "chat_template.jinja" in in_english(library.find("Bad").problem)
    (folder / "chat_template.jinja").unlink()
    assert not library.find("Bad").problem
    library.check(library.find("Bad"), lambda done, total: None, threading.Event())
    found = library.verdict(library.find("Bad"))
    assert found is not None
    assert found.facts.parameters > 2000


def test_what_was_found_is_remembered_as_sentences_and_values(tmp_path: Path) -> None:
    folder = hostile.model_folder(tmp_path / "models" / "Bad")
    hostile.put(folder / "config.json", hostile.CONFIG | {"num_hidden_layers": 10**6})
    library = Library(tmp_path / "models", None)
    with pytest.raises(ModelError) as caught:
        library.check(library.find("Bad"), lambda done, total: None, threading.Event())
    again = Library(tmp_path / "models", None)
    assert again.find("Bad").problem == caught.value.sayings
    verdict = again.verdict(again.find("Bad"))
    assert verdict is not None
    assert not verdict.safe


def test_what_an_older_version_remembered_as_text_is_read(tmp_path: Path) -> None:
    folder = hostile.model_folder(tmp_path / "models" / "Bad")
    finding = {"file": "config.json", "reason": "It is {bad}.", "todo": "Choose another."}
    verdict = Verdict(str(folder)).as_json() | {"verdict": "refused", "findings": [finding]}
    record = asdict(Record(stamps(folder), 1000)) | {"problem": "It is bad.", "verdict": verdict}
    data = {"form": FORM, "models": {"Bad": record, "Good": record | {"problem": ""}}}
    (tmp_path / "models" / NAME).write_text(json.dumps(data), encoding="utf-8")
    library = Library(tmp_path / "models", None)
    assert in_english(library.find("Bad").problem) == "It is bad."
    found = library.verdict(library.find("Bad"))
    assert found is not None
    assert found.in_english() == verdict
    good = Records(tmp_path / "models").get(tmp_path / "models" / "Good")
    assert good is not None
    assert good.problem == ()


def test_what_a_busy_machine_may_have_caused_is_not_remembered(
    tmp_path: Path, model: ModelOnDisk
) -> None:
    slow = Finding("x", Saying("It took too long."), Saying("Try again."))
    late = Verdict(str(model.path), (slow,), certain=False)
    records = Records(tmp_path / "models")
    with pytest.raises(ModelError, match="took too long"):
        check(Gate(records, lambda path, cancel: late), model)
    assert records.get(model.path) is None


def test_a_hundred_flipped_bits_are_found_even_with_size_and_time_kept(
    gate: Gate, model: ModelOnDisk
) -> None:
    check(gate, model)
    weights, chance = model.path / "model.safetensors", random.Random(5)
    whole, status = weights.read_bytes(), weights.stat()
    begin = len(whole) - 4 * 2360
    for _ in range(100):
        raw = bytearray(whole)
        raw[chance.randrange(begin, len(raw))] ^= 1 << chance.randrange(8)
        weights.write_bytes(raw)
        os.utime(weights, ns=(status.st_atime_ns, status.st_mtime_ns))
        with pytest.raises(ModelError, match=r"model\.safetensors"):
            gate.verify(model, lambda done, total: None, threading.Event())
    weights.write_bytes(whole)
    assert gate.verify(model, lambda done, total: None, threading.Event())


def test_verifying_what_was_never_pinned_pins_it(gate: Gate, model: ModelOnDisk) -> None:
    assert not gate.verify(model, lambda done, total: None, threading.Event())
    assert gate.verify(model, lambda done, total: None, threading.Event())


def test_hashing_can_be_cancelled_and_a_damaged_memory_only_costs_another_look(
    gate: Gate, model: ModelOnDisk, look: Counted, tmp_path: Path
) -> None:
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        gate.check(model, lambda done, total: cancel.set(), cancel)
    check(gate, model)
    (tmp_path / "models" / NAME).write_text("{", encoding="utf-8")
    again = Gate(Records(tmp_path / "models"), look)
    check(again, model)
    assert look.times == 3


def test_records_move_with_the_models_folder(
    tmp_path: Path, model: ModelOnDisk, look: Counted
) -> None:
    library = Library(tmp_path / "models", None)
    library.check(library.find("Small"), lambda done, total: None, threading.Event())
    shutil.move(tmp_path / "models", tmp_path / "elsewhere")
    moved = Gate(Records(tmp_path / "elsewhere"), look)
    check(moved, replace(model, path=tmp_path / "elsewhere" / "Small"))
    assert look.times == 0


def test_nothing_takes_the_place_of_a_models_folder_that_is_unplugged(
    tmp_path: Path, model: ModelOnDisk, look: Counted
) -> None:
    unplugged = tmp_path / "drive" / "models"
    check(Gate(Records(unplugged), look), model)
    assert not unplugged.parent.exists()
    unplugged.mkdir(parents=True)
    check(Gate(Records(unplugged), look), model)
    check(Gate(Records(unplugged), look), model)
    assert look.times == 2
