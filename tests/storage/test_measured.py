"""What was measured of this computer is kept as long as it is the same computer, and no damage is believed."""

import time
from pathlib import Path

import pytest

from desktop_llm.core.benchmarks import Benchmark, BenchResult, paces_of
from desktop_llm.core.speed import Pace, Speed
from desktop_llm.storage.measured import MOST, Measured, this_computer

PACES = (Pace("bf16", 3e8, 40.0, 4), Pace("int8", 1.5e8, 120.0, 4), Pace("int4", 1e8, 200.0, 4))


def result(pace: float, precision: str = "int8", device: str = "cpu") -> BenchResult:
    return BenchResult(400, pace, 0.5, 1, 10**9, 0.6, precision, device, 2, 512, 128, 3, 5e8, 8)


def test_a_measurement_is_found_again_by_another_process(tmp_path: Path) -> None:
    measured = Measured(tmp_path / "cache")
    assert (measured.at, measured.speed(), measured.benchmarks("m")) == (0.0, Speed(), ())
    measured.keep_paces(PACES)
    again = Measured(tmp_path / "cache")
    assert again.speed() == Speed(again.probes()) == Speed(PACES)
    assert abs(again.at - time.time()) < 60


def test_of_two_measurements_the_faster_is_believed(tmp_path: Path) -> None:
    measured = Measured(tmp_path)
    measured.keep_paces(PACES)
    measured.keep_paces([Pace("bf16", 3e8, 10.0, 4), Pace("int8", 1.5e8, 130.0, 4), *PACES[2:]])
    assert [pace.per_s for pace in measured.probes()] == [40.0, 130.0, 200.0]


def test_models_results_are_kept_in_order_and_the_oldest_go(tmp_path: Path) -> None:
    measured = Measured(tmp_path)
    measured.keep_benchmark(Benchmark("other", 1, result(1)))
    for number in range(MOST + 3):
        measured.keep_benchmark(Benchmark("m", number, result(number + 1)))
    kept = measured.benchmarks("m")
    assert [one.at for one in kept] == list(range(3, MOST + 3))
    assert len(measured.benchmarks("other")) == 1
    assert Pace("int8", 5e8, MOST + 3, 8) in measured.speed().seen


def test_benchmarks_tell_of_the_processor_the_last_of_each_and_no_other_device() -> None:
    made = [
        Benchmark("m", 1, result(10)), Benchmark("m", 2, result(20)),
        Benchmark("m", 3, result(30, "int4")), Benchmark("g", 4, result(900, "bf16", "cuda")),
    ]  # fmt: skip
    assert paces_of(made) == (Pace("int8", 5e8, 20, 8), Pace("int4", 5e8, 30, 8))


def test_another_computer_or_torch_begins_anew(tmp_path: Path) -> None:
    Measured(tmp_path, "an old processor, torch 1").keep_paces(PACES)
    assert Measured(tmp_path).at == 0.0
    Measured(tmp_path).keep_benchmark(Benchmark("m", 1, result(1)))
    assert Measured(tmp_path).probes() == ()
    assert "torch" in this_computer()
    assert "cores" in this_computer()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"computer": 1}', '{"computer": "%s", "paces": [{"precision": "int4"}]}',
     '{"computer": "%s", "benchmarks": [{"model": "m", "at": 1, "result": {}}]}'],
)  # fmt: skip
def test_a_damaged_file_is_no_measurement(tmp_path: Path, text: str) -> None:
    (tmp_path / "speed.json").write_text(text.replace("%s", this_computer()), "utf-8")
    measured = Measured(tmp_path)
    assert (measured.at, measured.speed()) == (0.0, Speed())
    measured.keep_paces(PACES)
    assert measured.probes() == PACES


def test_where_nothing_can_be_kept_the_result_is_not_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    measured = Measured(tmp_path / "file" / "cache")
    measured.keep_paces(PACES)
    measured.keep_benchmark(Benchmark("m", 1, result(1)))
    assert caplog.text.count("could not be kept") == 2
