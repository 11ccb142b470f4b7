"""This machine's own measure: real kernels, a real number for each precision, and it can be stopped."""

import threading

import pytest
import torch

from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.fitting import PRECISIONS, Machine, Shape, estimate
from desktop_llm.engine import devices, reach


def test_each_precision_is_measured_and_expected_speeds_follow() -> None:
    told: list[tuple[int, int]] = []
    threads = torch.get_num_threads()
    paces = reach.measure_paces(lambda *far: told.append(far), threading.Event(), seconds=0.01)
    assert [pace.precision for pace in paces] == list(PRECISIONS)
    assert told == [(number, 3) for number in range(4)]
    assert torch.get_num_threads() == threads
    assert paces[0].read > paces[1].read > paces[2].read > 50e6
    assert all(pace.per_s > 0 for pace in paces)
    twice = Shape(2 * round(paces[1].read / 1.01), 4, 8, 64, 2048)
    machine = Machine(10**11, 20e9, paces)
    assert estimate(twice, "int8", machine).tokens_per_s == pytest.approx(paces[1].per_s / 2)


def test_it_stops_when_it_is_told_to() -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        reach.measure_paces(lambda *far: None, cancel)


def test_without_memory_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "free_memory", lambda device: 10**8)
    with pytest.raises(ModelError, match="cannot be measured"):
        reach.measure_paces(lambda *far: None, threading.Event())
