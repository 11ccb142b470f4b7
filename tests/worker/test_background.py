"""The background thread: one job at a time in an order that can change, each with exactly one end."""

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from desktop_llm.core.errors import Cancelled, ModelError, UserError
from desktop_llm.core.ports import Report
from desktop_llm.worker.background import Background


@pytest.fixture
def background() -> Iterator[Background]:
    made = Background("test")
    yield made
    assert made.shutdown()


class Ends:
    """What was told, in order."""

    def __init__(self, background: Background) -> None:
        self.all: list[tuple[str, str, object]] = []
        background.finished.connect(lambda i, result: self.all.append(("finished", i, result)))
        background.failed.connect(lambda i, error: self.all.append(("failed", i, error)))
        background.cancelled.connect(lambda i: self.all.append(("cancelled", i, None)))

    @property
    def ids(self) -> list[str]:
        return [job_id for _, job_id, _ in self.all]


def wait_for(event: threading.Event) -> object:
    def work(report: Report, cancel: threading.Event) -> str:
        while not event.wait(0.005):
            if cancel.is_set():
                raise Cancelled
        report(1, 1)
        return "done"

    return work


def raising(error: BaseException) -> object:
    def work(report: Report, cancel: threading.Event) -> None:
        raise error

    return work


@pytest.mark.parametrize(
    "error", [ModelError("no"), ValueError("bug"), KeyboardInterrupt(), SystemExit(3)]
)
def test_whatever_is_raised_the_next_job_runs(
    background: Background, qtbot: QtBot, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    ends, go = Ends(background), threading.Event()
    go.set()
    background.start("bad", raising(error))
    background.start("good", wait_for(go))
    qtbot.waitUntil(lambda: len(ends.all) == 2)
    assert [kind for kind, _, _ in ends.all] == ["failed", "finished"]
    told = ends.all[0][2]
    assert isinstance(told, UserError)
    assert (told is error) == isinstance(error, UserError)


def test_order_can_be_changed_while_they_wait(background: Background, qtbot: QtBot) -> None:
    ends, go = Ends(background), threading.Event()
    for name in "abcd":
        background.start(name, wait_for(go))
    assert (background.running, background.waiting) == (("a",), ("b", "c", "d"))
    background.move("d", -1)
    background.move("b", 1)
    background.move("a", 1)  # it runs already
    assert background.waiting == ("d", "b", "c")
    background.move("d", -5)
    go.set()
    qtbot.waitUntil(lambda: len(ends.all) == 4)
    assert ends.ids == ["a", "d", "b", "c"]


def test_cancelled_running_or_waiting_each_ends_once(background: Background, qtbot: QtBot) -> None:
    ends, never = Ends(background), threading.Event()
    for name in "abc":
        background.start(name, wait_for(never))
    background.cancel("b")
    background.cancel("a")
    background.cancel("unknown")
    qtbot.waitUntil(lambda: background.running == ("c",))
    background.cancel("c")
    qtbot.waitUntil(lambda: not background.running)
    assert ends.all == [("cancelled", name, None) for name in ("b", "a", "c")]


def test_all_can_be_stopped_at_once_and_none_that_waits_begins(
    background: Background, qtbot: QtBot
) -> None:
    ends, never = Ends(background), threading.Event()
    for name in "abc":
        background.start(name, wait_for(never))
    background.cancel_all()
    qtbot.waitUntil(lambda: not background.running)
    assert sorted(ends.all) == [("cancelled", name, None) for name in "abc"]


def test_what_a_job_stumbles_over_once_it_is_to_stop_is_no_failure(
    background: Background, qtbot: QtBot
) -> None:
    ends, failing = Ends(background), threading.Event()

    def work(report: Report, cancel: threading.Event) -> None:
        failing.set()
        raise ModelError("the line is dead")

    background.start("a", work)
    assert failing.wait(10)
    background.cancel("a")  # before the window hears of the failure
    qtbot.waitUntil(lambda: bool(ends.all))
    assert ends.all == [("cancelled", "a", None)]
    assert background.running == ()


def test_reports_are_few_and_the_last_one_comes(background: Background, qtbot: QtBot) -> None:
    told: list[int] = []
    background.progress.connect(lambda _, done, total: told.append(done))

    def work(report: Report, cancel: threading.Event) -> None:
        for done in range(10_001):
            report(done, 10_000)

    with qtbot.waitSignal(background.finished):
        background.start("a", work)
    assert told[-1] == 10_000
    assert len(told) < 100


def test_shutdown_stops_what_runs(qtbot: QtBot) -> None:
    background = Background("test")
    background.start("a", wait_for(threading.Event()))
    background.start("b", wait_for(threading.Event()))
    assert background.shutdown()


def test_so_many_run_at_once_and_the_next_begins_when_one_ends(qtbot: QtBot) -> None:
    background = Background("test", at_once=2)
    ends, go = Ends(background), {name: threading.Event() for name in "abc"}
    for name, event in go.items():
        background.start(name, wait_for(event))
    assert (background.running, background.waiting) == (("a", "b"), ("c",))
    go["b"].set()
    qtbot.waitUntil(lambda: set(background.running) == {"a", "c"})
    background.cancel("a")
    go["c"].set()
    qtbot.waitUntil(lambda: not background.running)
    assert sorted(ends.all) == [
        ("cancelled", "a", None), ("finished", "b", "done"), ("finished", "c", "done"),
    ]  # fmt: skip
    assert background.shutdown()
