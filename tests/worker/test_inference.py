"""The worker with a small real engine object in a real QThread: no torch is needed to show its rules."""

import ast
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QThread
from pytestqt.qtbot import QtBot

from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.events import Delta, End, EndReason, Event
from desktop_llm.core.messages import Message, Role
from desktop_llm.core.models import LoadedModelInfo, LoadRequest, ModelOnDisk
from desktop_llm.core.ports import Report
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.core.session import Job
from desktop_llm.worker import inference
from desktop_llm.worker.inference import Inference

MODEL = ModelOnDisk("tiny", "Tiny", Path("tiny"))


class SlowEngine:
    """Says one letter every 5 ms until cancelled; loads in 40 steps of 5 ms."""

    def __init__(self) -> None:
        self.loaded: LoadedModelInfo | None = None

    def load(
        self, request: LoadRequest, report: Report, cancel: threading.Event
    ) -> LoadedModelInfo:
        if request.model.id == "broken":
            raise ModelError("The model is broken.", "It has no weights.", "Choose another.")
        for step in range(40):
            if cancel.wait(0.005):
                raise Cancelled
            report(step + 1, 40)
        self.loaded = LoadedModelInfo(request.model, "Tiny", 1, 64, "cpu", "fp32", (), True)
        return self.loaded

    def unload(self) -> None:
        self.loaded = None

    def generate(self, request: GenerateRequest, cancel: threading.Event) -> Iterator[Event]:
        for letter in request.turns[-1].text:
            if cancel.wait(0.005):
                yield End(EndReason.CANCELLED)
                return
            yield Delta(letter)
        yield End(EndReason.STOP)

    def count_tokens(self, text: str) -> int:
        return len(text)

    def preview_tokens(self, text: str, *, biased: bool = False) -> tuple[str, ...]:
        return tuple(text)

    def count_prompt(self, request: GenerateRequest) -> int:
        return sum(len(turn.text) for turn in request.turns)


def job(text: str, name: str = "r") -> Job:
    reply = Message(name, "c", None, Role.ASSISTANT, "", datetime.now(UTC))
    return Job(GenerateRequest((Turn(Role.USER, text),)), reply)


def from_engine(engine: object, task: Job, cancel: threading.Event) -> Iterator[Event]:
    assert isinstance(engine, SlowEngine)
    return engine.generate(task.request, cancel)


class Listener:
    """Keeps what the worker told, and on which thread it was told."""

    def __init__(self, inference: Inference) -> None:
        self.events: list[tuple[str, Event]] = []
        inference.happened.connect(self.on_happened)

    def on_happened(self, reply_id: str, event: Event) -> None:
        self.events.append((reply_id, event))

    def ends(self, reply_id: str) -> list[EndReason]:
        return [e.reason for i, e in self.events if i == reply_id and isinstance(e, End)]


@pytest.fixture
def make(qapp: QCoreApplication) -> Iterator[Callable[..., Inference]]:
    made: list[Inference] = []

    def build(run: Callable[..., Iterator[Event]] = from_engine, **given: Any) -> Inference:
        made.append(Inference(SlowEngine, run, **given))
        return made[-1]

    yield build
    for one in made:
        assert one.shutdown()


def test_a_reply_streams_and_ends_exactly_once(
    make: Callable[..., Inference], qtbot: QtBot
) -> None:
    inference = make()
    listener = Listener(inference)
    inference.generate(job("hello"))
    qtbot.waitUntil(lambda: listener.ends("r") == [EndReason.STOP])
    assert "".join(e.text for _, e in listener.events if isinstance(e, Delta)) == "hello"


def test_stop_takes_effect_at_once_and_also_for_a_waiting_reply(
    make: Callable[..., Inference], qtbot: QtBot
) -> None:
    inference = make()
    listener = Listener(inference)
    inference.generate(job("x" * 10_000, "first"))
    inference.generate(job("y" * 10_000, "second"))
    assert inference.waiting == ("second",)
    qtbot.waitUntil(lambda: len(listener.events) > 3)
    inference.cancel("second")
    inference.cancel("first")
    qtbot.waitUntil(lambda: listener.ends("first") == [EndReason.CANCELLED])
    assert listener.ends("second") == [EndReason.CANCELLED]
    qtbot.waitUntil(lambda: inference.running is None)


def test_a_reply_that_waits_ends_when_it_is_stopped_and_what_is_around_it_goes_on(
    make: Callable[..., Inference], qtbot: QtBot
) -> None:
    inference, step, changes = make(), Step(), []
    listener, told = Listener(inference), worked(inference)
    inference.generate(job("x" * 10_000, "first"))
    inference.generate(job("y", "second"))
    inference.generate(job("z", "third"))
    inference.work("bench", step)
    qtbot.waitUntil(lambda: len(listener.events) > 3)
    inference.changed.connect(lambda: changes.append(inference.waiting))
    inference.cancel("second")
    assert listener.ends("second") == [EndReason.CANCELLED]
    assert changes == [("third",)]
    assert (inference.running, inference.working) == ("first", ("bench",))
    assert listener.ends("first") == []
    inference.cancel("first")
    qtbot.waitUntil(lambda: inference.idle)
    assert [listener.ends(name) for name in ("first", "second", "third")] == [
        [EndReason.CANCELLED], [EndReason.CANCELLED], [EndReason.STOP],
    ]  # fmt: skip
    assert told == [("bench", "measured")]


@pytest.mark.parametrize(
    "error", [RuntimeError, MemoryError, KeyboardInterrupt, SystemExit, GeneratorExit, Exception]
)
def test_whatever_is_raised_becomes_the_one_failed_end(
    make: Callable[..., Inference], qtbot: QtBot, error: type[BaseException]
) -> None:
    def run(engine: object, task: Job, cancel: threading.Event) -> Iterator[Event]:
        yield Delta("a")
        raise error

    inference = make(run)
    listener = Listener(inference)
    inference.generate(job("x", "first"))
    inference.generate(job("x", "second"))
    qtbot.waitUntil(lambda: listener.ends("second") == [EndReason.FAILED])
    assert listener.ends("first") == [EndReason.FAILED]


def test_a_reply_that_never_ends_itself_is_ended_as_failed(
    make: Callable[..., Inference], qtbot: QtBot
) -> None:
    inference = make(lambda engine, task, cancel: iter((Delta("a"),)))
    listener = Listener(inference)
    inference.generate(job("x"))
    qtbot.waitUntil(lambda: listener.ends("r") == [EndReason.FAILED])


def test_loading_reports_progress_and_the_model_is_known(
    make: Callable[..., Inference], qtbot: QtBot
) -> None:
    inference = make()
    with qtbot.waitSignals([inference.load_progress, inference.loaded]):
        inference.load(LoadRequest(MODEL))
        assert inference.loading
    assert inference.model is not None
    with qtbot.waitSignal(inference.unloaded):
        inference.unload()
    assert inference.model is None


def test_a_load_can_be_cancelled_and_a_failed_one_says_why(
    make: Callable[..., Inference], qtbot: QtBot
) -> None:
    inference = make()
    loading_when_told: list[bool] = []
    for told in (inference.unloaded, inference.load_failed):
        told.connect(lambda *_: loading_when_told.append(inference.loading))
    with qtbot.waitSignal(inference.unloaded):
        inference.load(LoadRequest(MODEL))
        inference.cancel_load()
    with qtbot.waitSignal(inference.load_failed) as failed:
        inference.load(LoadRequest(ModelOnDisk("broken", "Broken", Path("x"))))
    assert loading_when_told == [False, False]
    assert failed.args is not None
    assert str(failed.args[0]) == "The model is broken. It has no weights. Choose another."


def test_room_is_made_in_the_thread_before_a_load_and_before_an_unload(
    make: Callable[..., Inference], qtbot: QtBot
) -> None:
    done: list[object] = []

    def make_room(request: LoadRequest | None) -> None:
        assert QThread.currentThread() is inference._thread
        done.append(request)

    inference = make(make_room=make_room, check=lambda model, *_: done.append(model))
    request = LoadRequest(MODEL)
    with qtbot.waitSignal(inference.loaded):
        inference.load(request)
    assert done == [request, MODEL]
    with qtbot.waitSignal(inference.unloaded):
        inference.unload()
    assert done == [request, MODEL, None]
    assert inference._worker._engine is not None
    assert inference._worker._engine.loaded is None


def test_switching_the_model_stops_the_reply_of_the_old_one(
    make: Callable[..., Inference], qtbot: QtBot
) -> None:
    inference = make()
    listener = Listener(inference)
    inference.generate(job("x" * 10_000))
    with qtbot.waitSignal(inference.loaded):
        inference.load(LoadRequest(MODEL))
    assert listener.ends("r") == [EndReason.CANCELLED]


def test_events_arrive_on_the_gui_thread(make: Callable[..., Inference], qtbot: QtBot) -> None:
    inference = make()
    assert inference.thread() is QThread.currentThread()
    with qtbot.waitSignal(inference.happened):
        inference.generate(job("x"))


def test_shutdown_ends_running_and_waiting_replies(qapp: QCoreApplication, qtbot: QtBot) -> None:
    ended: list[str] = []

    def run(engine: object, task: Job, cancel: threading.Event) -> Iterator[Event]:
        try:
            yield from from_engine(engine, task, cancel)
        finally:
            ended.append(task.reply.id)

    inference = Inference(SlowEngine, run)
    listener = Listener(inference)
    inference.generate(job("x" * 10_000, "first"))
    inference.generate(job("x" * 10_000, "second"))
    qtbot.waitUntil(lambda: len(listener.events) > 3)
    assert inference.shutdown(2000)
    assert ended == ["first", "second"]


def test_a_silent_worker_is_reported_as_stalled_until_it_speaks(
    make: Callable[..., Inference], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop_llm.worker.inference.SILENCE_S", 0.2)
    release = threading.Event()

    def run(engine: object, task: Job, cancel: threading.Event) -> Iterator[Event]:
        release.wait(10)
        yield End(EndReason.STOP)

    inference = make(run)
    with qtbot.waitSignal(inference.stalled, check_params_cb=lambda stalled: stalled is True):
        inference.generate(job("x"))
    with qtbot.waitSignal(inference.stalled, check_params_cb=lambda stalled: stalled is False):
        release.set()


def test_a_step_that_says_that_it_lives_is_not_stalled(
    make: Callable[..., Inference], qtbot: QtBot
) -> None:
    long_ago, said, release = -1e9, threading.Event(), threading.Event()

    def run(engine: object, task: Job, cancel: threading.Event) -> Iterator[Event]:
        inference._worker.beat = long_ago
        inference.alive()
        said.set()
        release.wait(10)
        yield End(EndReason.STOP)

    inference = make(run)
    stalls: list[bool] = []
    inference.stalled.connect(stalls.append)
    inference.generate(job("x"))
    assert said.wait(10)
    inference._on_watch()
    assert stalls == []
    with qtbot.waitSignal(inference.happened):
        release.set()


def test_the_worker_imports_nothing_of_qt_but_its_core() -> None:
    for path in Path(inference.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6"):
                assert node.module == "PySide6.QtCore", path


class Step:
    """A long step: counts to a hundred, 5 ms each; tells when it runs."""

    def __init__(self) -> None:
        self.runs = threading.Event()

    def __call__(self, report: Report, cancel: threading.Event) -> object:
        for number in range(100):
            report(number, 100)
            self.runs.set()
            if cancel.wait(0.005):
                raise Cancelled
        return "measured"


def worked(inference: Inference) -> list[tuple[str, object]]:
    told: list[tuple[str, object]] = []
    inference.worked.connect(lambda name, result: told.append((name, result)))
    return told


def test_a_long_step_tells_how_far_it_is_and_gives_its_result(
    make: Callable[..., Inference], qtbot: QtBot
) -> None:
    inference, far = make(), []
    told = worked(inference)
    inference.work_progress.connect(lambda name, done, total: far.append((name, done, total)))
    inference.work("bench", Step())
    assert inference.working == ("bench",)
    qtbot.waitUntil(lambda: told == [("bench", "measured")])
    assert far == [("bench", number, 100) for number in range(100)]
    qtbot.waitUntil(lambda: inference.idle)


def test_whoever_asks_for_a_reply_or_a_model_stops_it_and_nothing_runs_beside_it(
    make: Callable[..., Inference], qtbot: QtBot
) -> None:
    inference = make()
    told, listener = worked(inference), Listener(inference)
    for ask in (
        lambda: inference.generate(job("hi", "r")),
        lambda: inference.load(LoadRequest(MODEL)),
    ):
        step = Step()
        inference.work("bench", step)
        qtbot.waitUntil(step.runs.is_set)
        ask()
        qtbot.waitUntil(lambda: inference.idle)
        assert isinstance(told.pop()[1], Cancelled)
    assert listener.ends("r") == [EndReason.STOP]
    assert inference.model is not None


def test_a_step_that_waits_behind_a_reply_ends_at_once_when_it_is_stopped(
    make: Callable[..., Inference], qtbot: QtBot
) -> None:
    inference, step, changes = make(), Step(), []
    told, listener = worked(inference), Listener(inference)
    inference.generate(job("x" * 10_000, "r"))
    inference.work("bench", step)
    inference.work("measure", step)
    qtbot.waitUntil(lambda: len(listener.events) > 3)
    inference.changed.connect(lambda: changes.append(inference.working))
    inference.stop_work()
    assert [name for name, result in told if isinstance(result, Cancelled)] == ["bench", "measure"]
    assert (inference.working, inference.running) == ((), "r")
    assert changes == [("measure",), ()]
    told.clear()
    inference.work("bench", step)
    inference.generate(job("y", "s"))
    assert [name for name, result in told if isinstance(result, Cancelled)] == ["bench"]
    assert (inference.working, inference.waiting) == ((), ("s",))
    inference.cancel("r")
    qtbot.waitUntil(lambda: inference.idle)
    assert listener.ends("s") == [EndReason.STOP]
    assert len(told) == 1
    assert not step.runs.is_set()


@pytest.mark.parametrize("error", [ModelError("no memory"), RuntimeError("a bug"), SystemExit()])
def test_what_a_step_raises_is_told(
    make: Callable[..., Inference], qtbot: QtBot, error: BaseException
) -> None:
    def fails(report: Report, cancel: threading.Event) -> object:
        raise error

    inference = make()
    told = worked(inference)
    inference.work("bench", fails)
    qtbot.waitUntil(lambda: bool(told))
    said = str(told[0][1])
    assert said == (str(error) if isinstance(error, ModelError) else inference_bug())


def inference_bug() -> str:
    return inference.BUG


@pytest.mark.parametrize("how", ["unload", "stop a load"])
def test_no_model_is_coming_while_one_goes(
    make: Callable[..., Inference], qtbot: QtBot, how: str
) -> None:
    """What is asked for meanwhile has to begin a load, or it would find no model."""
    inference = make()
    inference.load(LoadRequest(MODEL))
    assert inference.coming == MODEL
    qtbot.waitUntil(lambda: inference.model is not None)
    assert inference.coming == MODEL
    if how == "unload":
        inference.unload()
    else:
        inference.load(LoadRequest(ModelOnDisk("other", "Other", Path("other"))))
        assert inference.coming is not None
        inference.cancel_load()
    assert inference.model is not None, "the thread has not ended it"
    assert inference.coming is None
    inference.load(LoadRequest(MODEL))
    assert inference.coming == MODEL
    qtbot.waitUntil(lambda: inference.idle)
    assert inference.coming == MODEL
