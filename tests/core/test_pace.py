"""Speed and time left from reports that come now and then."""

import pytest

from desktop_llm.core.pace import Pace


def test_a_steady_stream() -> None:
    pace = Pace()
    assert pace.seconds_left(1000) is None
    for second in range(10):
        pace.add(second, second * 100)
    assert pace.per_s == pytest.approx(100)
    assert pace.seconds_left(1900) == pytest.approx(10)


def test_a_stall_and_a_new_beginning_slow_it_down_but_never_below_nothing() -> None:
    pace = Pace()
    pace.add(0, 0)
    pace.add(1, 1000)
    pace.add(2, 0)
    assert 0 <= pace.per_s < 1000
    for second in range(3, 40):
        pace.add(second, 0)
    assert pace.seconds_left(5000) is None
    pace.add(39, 100)  # two reports at one moment
    assert pace.per_s < 1
