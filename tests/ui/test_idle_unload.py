"""A model that nobody uses is unloaded after the time in the settings, and only then."""

from types import SimpleNamespace
from typing import Any

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from desktop_llm.core.settings import ModelSettings, Settings
from desktop_llm.ui.look import Look
from desktop_llm.ui.model_presenter import ModelPresenter
from desktop_llm.ui.topbar import TopBar


class Model:
    """An inference that has a model; counts how often it was unloaded."""

    def __init__(self) -> None:
        self.model: object | None = object()
        self.idle, self.loading, self.unloaded = True, False, 0

    def unload(self) -> None:
        self.unloaded += 1


def presenter(look: Look, qtbot: QtBot, minutes: int | None) -> tuple[ModelPresenter, Model, Any]:
    bar, inference = TopBar(look), Model()
    qtbot.addWidget(bar)
    store = SimpleNamespace(values=Settings(model=ModelSettings(unload_after=minutes)))
    services: Any = SimpleNamespace(inference=inference, settings=store)
    parent = QObject(bar)
    return ModelPresenter(services, bar, parent), inference, bar


def test_it_waits_only_while_the_model_has_nothing_to_do(look: Look, qtbot: QtBot) -> None:
    made, inference, _bar = presenter(look, qtbot, 5)
    made.watch_use()
    assert made._idle.isActive()
    assert made._idle.interval() == 5 * 60_000
    inference.idle = False
    made.watch_use()
    assert not made._idle.isActive()


def test_it_unloads_and_says_so(look: Look, qtbot: QtBot) -> None:
    made, inference, _bar = presenter(look, qtbot, 5)
    told: list[str] = []
    made.said.connect(told.append)
    made.watch_use()
    made._idle.start(1)
    qtbot.waitUntil(lambda: inference.unloaded == 1)
    assert "next message loads it" in told[0]


def test_without_the_setting_the_model_stays(look: Look, qtbot: QtBot) -> None:
    made, _inference, _bar = presenter(look, qtbot, None)
    made.watch_use()
    assert not made._idle.isActive()
