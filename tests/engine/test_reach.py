"""This machine's own measure: real kernels, a real number for each precision, and it can be stopped."""

import threading

import pytest
import torch

from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.fitting import PRECISIONS, Machine, Shape, estimate, read_for_a_token
from desktop_llm.core.speed import Speed
from desktop_llm.engine import devices, reach


def test_each_precision_is_measured_and_expected_speeds_follow() -> None:
    told: list[tuple[int, int]] = []
    threads = torch.get_num_threads()
    paces = reach.measure_paces(lambda *far: told.append(far), threading.Event(), seconds=0.01)
    assert [pace.precision for pace in paces] == [one for one in PRECISIONS for _ in reach.SHAPES]
    assert told == [(number, 6) for number in range(7)]
    assert torch.get_num_threads() == threads
    assert all(pace.per_s > 0 and pace.read > 150e6 for pace in paces)
    shape = Shape(500_000_000, 20, 8, 64, 2048, head=30_000_000)
    for precision in PRECISIONS:
        found = estimate(shape, precision, Machine(10**11, 20e9, Speed(paces)))
        rates = [pace.bytes_per_s for pace in paces if pace.precision == precision]
        rate = found.tokens_per_s * read_for_a_token(shape, precision)
        assert 0.3 * min(rates) < rate < 3 * max(rates)


def test_it_stops_when_it_is_told_to() -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        reach.measure_paces(lambda *far: None, cancel)


def test_without_memory_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "free_memory", lambda device: 10**8)
    with pytest.raises(ModelError, match="cannot be measured"):
        reach.measure_paces(lambda *far: None, threading.Event())
