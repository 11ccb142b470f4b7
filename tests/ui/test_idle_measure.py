"""This computer is measured once, when the app has rested, and only where it is a good moment."""

from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from desktop_llm.core.errors import Cancelled, UserError
from desktop_llm.ui.idle_measure import REST_MS, IdleMeasure


class Worker(QObject):
    """An inference that rests or not; keeps what it was asked for."""

    changed = Signal()
    worked = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.idle = True
        self.asked: list[str] = []

    def work(self, name: str, step: object) -> None:
        self.asked.append(name)


def made(qtbot: QtBot, *, at: float = 0.0, may: bool = True) -> tuple[IdleMeasure, Worker]:
    worker = Worker()
    speeds = SimpleNamespace(measured_at=lambda: at, may_measure=lambda: may, measure=None)
    services: Any = SimpleNamespace(inference=worker, supply=SimpleNamespace(speeds=speeds))
    return IdleMeasure(services, worker), worker


def test_it_waits_until_the_worker_rests_and_measures_then(qtbot: QtBot) -> None:
    idle, worker = made(qtbot)
    worker.idle = False
    worker.changed.emit()
    assert not idle._rest.isActive()
    worker.idle = True
    worker.changed.emit()
    assert idle._rest.interval() == REST_MS
    idle._rest.start(1)
    qtbot.waitUntil(lambda: worker.asked == ["measure"])


def test_what_was_measured_is_not_measured_again(qtbot: QtBot) -> None:
    idle, worker = made(qtbot, at=1.0)
    worker.changed.emit()
    assert not idle._rest.isActive()


@pytest.mark.parametrize("result", [None, UserError("The measuring process ended unexpectedly.")])
def test_where_nothing_came_of_measuring_it_is_not_done_again(qtbot: QtBot, result: object) -> None:
    idle, worker = made(qtbot)
    idle._on_rest()
    worker.worked.emit("measure", result)
    worker.changed.emit()
    assert not idle._rest.isActive()


def test_what_failed_when_asked_for_by_hand_is_tried_at_rest_all_the_same(qtbot: QtBot) -> None:
    idle, worker = made(qtbot)
    worker.worked.emit("measure", UserError("Close other programs."))
    worker.changed.emit()
    assert idle._rest.isActive()
    idle._rest.stop()


@pytest.mark.parametrize(
    ("name", "result"), [("measure", Cancelled()), ("bench:guide", UserError("It failed."))]
)
def test_what_was_stopped_is_tried_again(qtbot: QtBot, name: str, result: object) -> None:
    idle, worker = made(qtbot)
    idle._on_rest()
    worker.worked.emit(name, result)
    worker.changed.emit()
    assert idle._rest.isActive()
    idle._rest.stop()


def test_on_battery_or_beside_other_work_it_waits_on(qtbot: QtBot) -> None:
    idle, worker = made(qtbot, may=False)
    idle._on_rest()
    assert idle._rest.isActive()
    assert worker.asked == []
    idle._rest.stop()
