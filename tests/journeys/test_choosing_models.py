"""Somebody chooses another model while one is being loaded: the bar names what is coming, and it can be stopped."""

import gc
import threading
import weakref

import pytest
from gguf_files import GOOD_TENSORS, gguf, good, write
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu

from desktop_llm.core.errors import Cancelled
from desktop_llm.core.events import EndReason
from desktop_llm.core.models import LoadedModelInfo, LoadRequest
from desktop_llm.core.ports import Report
from desktop_llm.core.settings import GUIDE_MODEL_ID
from desktop_llm.engine.engine import TransformersEngine
from desktop_llm.storage.paths import find_paths
from tests.engine.tiny_models import make_mamba
from tests.journeys.conftest import LOAD_MS, Person
from tests.journeys.models_parts import models_page, wait
from tests.journeys.test_unsafe_model import stranger

pytestmark = pytest.mark.journey


class Loading:
    """Every load waits until it may go on; that of `deaf` cannot be stopped any more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, deaf: str) -> None:
        self._load, self._deaf = TransformersEngine.load, deaf
        self.begun: list[str] = []
        self.may: dict[str, threading.Event] = {}
        monkeypatch.setattr(TransformersEngine, "load", lambda *given: self.load(*given))

    def load(
        self, engine: TransformersEngine, request: LoadRequest, report: Report,
        cancel: threading.Event,
    ) -> LoadedModelInfo:  # fmt: skip
        name = request.model.id
        if name == self._deaf:
            cancel = threading.Event()
        self.begun.append(name)
        may = self.may.setdefault(name, threading.Event())
        while not may.wait(0.01):
            if cancel.is_set():
                raise Cancelled
        return self._load(engine, request, report, cancel)


@pytest.fixture
def loading(person: Person, monkeypatch: pytest.MonkeyPatch) -> Loading:
    """One model has come after all, which could not be stopped, and the guide is being loaded."""
    stranger("Deaf")
    made = Loading(monkeypatch, "Deaf")
    chosen = person.window.topbar.model_chosen
    came: list[str] = []
    inference = person.wiring.services.inference
    inference.loaded.connect(lambda info: came.append(info.model.id))
    chosen.emit("Deaf")
    wait(person, lambda: made.begun == ["Deaf"])
    chosen.emit(GUIDE_MODEL_ID)
    made.may["Deaf"].set()
    wait(person, lambda: made.begun == ["Deaf", GUIDE_MODEL_ID])
    assert came == ["Deaf"]
    return made


def test_what_was_chosen_last_is_shown_and_stopped(person: Person, loading: Loading) -> None:
    bar, page = person.window.topbar, person.window.settings_page
    assert bar.pill.text().startswith("Loading")
    assert bar.model_button.text() == person.wiring.services.models.find(GUIDE_MODEL_ID).name
    assert "No model" in page.model_card.row._title.text()
    bar.cancel_load_requested.emit()
    wait(person, lambda: bar.pill.text() == "Not loaded")
    assert person.wiring.services.inference.model is None


def test_what_was_chosen_last_comes(person: Person, loading: Loading) -> None:
    bar, page = person.window.topbar, person.window.settings_page
    loading.may[GUIDE_MODEL_ID].set()
    wait(person, lambda: "CPU" in bar.pill.text())
    guide = person.wiring.services.models.find(GUIDE_MODEL_ID)
    assert bar.model_button.text() == guide.name
    assert page.model_card.row._title.text() == guide.name


def test_what_is_set_for_a_model_that_is_coming_holds_once_it_is_there(
    person: Person, loading: Loading
) -> None:
    inference, page = person.wiring.services.inference, models_page(person)
    page.installed.list.opened.emit(GUIDE_MODEL_ID)
    person.wiring.shelf.change("context_window", 512)
    wait(person, lambda: loading.begun == ["Deaf", GUIDE_MODEL_ID, GUIDE_MODEL_ID])
    loading.may[GUIDE_MODEL_ID].set()
    wait(person, lambda: inference.model is not None and not inference.loading)
    assert inference.model is not None
    assert (inference.model.model.id, inference.model.context_window) == (GUIDE_MODEL_ID, 512)


def test_what_is_set_for_a_model_that_gives_way_to_another_loads_nothing(
    person: Person, loading: Loading
) -> None:
    services, models = person.wiring.services, person.wiring.models
    assert services.inference.model is not None
    assert services.inference.model.model.id == "Deaf"
    services.supply.notes.change("Deaf", "context_window", 512)
    models.model_changed("Deaf")
    assert not models._reload.isActive()


def test_a_window_made_anew_meanwhile_shows_it_too(person: Person, loading: Loading) -> None:
    old = person.window
    person.wiring.settings.change("general.language", "zh_CN")
    wait(person, lambda: person.app.window is not old)
    now = Person(person.app, person.qtbot)
    bar = now.window.topbar
    assert bar.pill.text().startswith("正在加载")
    guide = now.wiring.services.models.find(GUIDE_MODEL_ID)
    assert bar.model_button.text() == guide.name
    loading.may[GUIDE_MODEL_ID].set()
    wait(now, lambda: "CPU" in bar.pill.text())


def test_nothing_is_left_of_models_that_were_in_memory_before(person: Person) -> None:
    """Modules of a Mamba stand in cycles: only the collector frees them."""
    inference, modules = person.wiring.services.inference, list[weakref.ref[object]]()
    for name in ("One", "Other"):
        make_mamba(find_paths().models / name)
    for turn in range(10):
        with person.qtbot.waitSignal(inference.loaded, timeout=LOAD_MS):
            person.window.topbar.model_chosen.emit(("One", "Other")[turn % 2])
        model = inference.engine._loaded.step.model
        modules += [weakref.ref(module) for module in model.modules()]
    del model
    person.wiring.models.unload()
    wait(person, lambda: inference.model is None)
    gc.collect()
    assert len(modules) > 100
    assert sum(module() is not None for module in modules) == 0


def test_a_question_that_waits_for_a_model_is_stopped_where_another_is_chosen(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger("Large")
    person.wiring.models.unload()
    wait(person, lambda: person.wiring.services.inference.model is None)
    loading, chosen = Loading(monkeypatch, ""), person.window.topbar.model_chosen
    chosen.emit("Large")
    wait(person, lambda: loading.begun == ["Large"])
    person.ask("What is a token?", wait=False)
    chosen.emit(GUIDE_MODEL_ID)
    person.wait_reply()
    assert (person.last.end_reason, person.last.error) == (EndReason.CANCELLED, "")
    loading.may.setdefault(GUIDE_MODEL_ID, threading.Event()).set()
    wait(person, lambda: person.wiring.services.inference.model is not None)


def test_a_gguf_file_is_added_with_the_menu_and_taken(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = person.wiring.services
    file = write(find_paths().home.parent / "tiny.gguf", gguf(good(), GOOD_TENSORS))

    def pick() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        entry = next(one for one in menu.actions() if one.text() == "Add a GGUF file…")
        place = menu.actionGeometry(entry).center()
        person.qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=place)

    QTimer.singleShot(100, pick)  # while the menu is open
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    person.press("Ctrl+Shift+M")
    selected = services.settings.values.model.selected
    assert services.models.find(selected).path == file
    wait(person, lambda: not services.inference.loading)  # what is in it is no whole model
    file.unlink()
