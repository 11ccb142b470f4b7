"""What was measured of a processor is noted, and believed only where and while it holds."""

import json
import time
from pathlib import Path

import pytest
import torch
from tiny_models import load_request

from desktop_llm.core.settings import Precision
from desktop_llm.engine import paces
from desktop_llm.engine.linear import Int8Linear, WeightOnlyInt8
from desktop_llm.engine.load import load_bare


def measured(folder: Path, found: float) -> tuple[float, bool]:
    """What notes of a new start say, and whether they had to measure."""
    notes, asked = paces.Notes(), []
    notes.keep_in(folder)
    number = notes.numbers("something", lambda: (asked.append(1) or found,))[0]
    return number, bool(asked)


def test_what_was_measured_is_not_measured_again(tmp_path: Path) -> None:
    assert measured(tmp_path / "cache", 0.5) == (0.5, True)
    assert measured(tmp_path / "cache", 0.7) == (0.5, False)


@pytest.mark.parametrize("harm", ["another machine", "old", "cut", "no object", "no numbers"])
def test_notes_that_do_not_hold_are_not_believed(tmp_path: Path, harm: str) -> None:
    measured(tmp_path, 0.5)
    path = tmp_path / paces.NOTES
    data = json.loads(path.read_text())
    note = next(value for key, value in data.items() if key != "machine")
    if harm == "another machine":
        data["machine"] += ", another"
    elif harm == "old":
        note["at"] = time.time() - paces.LASTS - 1
    elif harm == "no numbers":
        note["numbers"] = ["a"]
    text = json.dumps([1] if harm == "no object" else data)
    path.write_text(text[:-9] if harm == "cut" else text)
    assert measured(tmp_path, 0.7) == (0.7, True)
    assert measured(tmp_path, 0.9) == (0.7, False)


def test_a_reply_that_takes_other_threads_measures_nothing_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = torch.get_num_threads()
    monkeypatch.setattr(paces, "_notes", notes := paces.Notes())
    try:
        paces.compute_with(2)
        assert notes.numbers("something", lambda: (0.5,)) == (0.5,)
        paces.go_on_with(1)
        assert notes.numbers("something", lambda: (0.7,)) == (0.5,)
        paces.compute_with(1)
        assert notes.numbers("something", lambda: (0.7,)) == (0.7,)
    finally:
        torch.set_num_threads(before)


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert measured(tmp_path / "file", 0.5) == (0.5, True)


def test_a_load_notes_what_it_measures(
    model_folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    monkeypatch.setattr(paces, "keep_in", (notes := paces.Notes()).keep_in)
    monkeypatch.setattr(paces, "_notes", notes)
    paces._one_row.cache_clear()
    request = load_request(model_folders["llama"], precision=Precision.INT8)
    load_bare(request, lambda *_: None, threading.Event(), tmp_path)
    noted = json.loads((tmp_path / paces.NOTES).read_text())
    assert noted["machine"] == paces.machine()
    assert len(noted) > 1


@pytest.mark.parametrize(
    ("large", "taken"), [((1.0, 0.85), "Int8Linear"), ((1.0, 0.7), "WeightOnlyInt8")]
)
def test_the_first_kind_is_taken_unless_another_is_clearly_faster(
    large: tuple[float, float], taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Times out of memory differ by chance, and what stands first has least to prepare."""
    times = {"Int8Linear": (0.01, large[0]), "WeightOnlyInt8": (0.01, large[1])}
    monkeypatch.setattr(paces, "_one_row", lambda kind: times[kind.__name__])
    assert paces.fastest([Int8Linear, WeightOnlyInt8], 16_384, 1024).__name__ == taken
