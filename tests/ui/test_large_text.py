"""Pages of models with text twice as large: nothing is cut off at their side."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.anatomy import Anatomy, Mlp, ModelDescription, Part, Position
from desktop_llm.core.catalogue import CatalogueModel, Kind
from desktop_llm.core.fitting import Machine, Shape, estimates
from desktop_llm.core.hub import HubFile, HubModel, HubRepo
from desktop_llm.core.model_defaults import ModelDefaults
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.ui.controls.choice import Choice
from desktop_llm.ui.look import Look
from desktop_llm.ui.models.page import ModelsPage
from desktop_llm.ui.models.pieces import Detail, FitTable
from desktop_llm.ui.window import MainWindow

ANATOMY = Anatomy(
    "Llama", 2, 64, 4, 2, 16, Mlp.GATED, 128, 0, "silu", "RMSNorm", Position.ROTARY, 512, 256, 0,
    True, (Part("embedding", 32768), Part("attention", 30000), Part("mlp", 49152)),
)  # fmt: skip
OFFERED = CatalogueModel(
    "a/b", "B", Kind.CHAT, {"en": "Chats."}, ("en",), "apache-2.0", False,
    Shape(500_000_000, 24, 2, 64, 4096), 10**9, "0" * 40, "https://huggingface.co/a/b", {},
)  # fmt: skip

ROUNDS = 5
"""Widgets that take another form in a narrow place tell their new size, and so do those around them."""


@pytest.fixture
def page(look: Look, window: MainWindow) -> Iterator[ModelsPage]:
    """The page in a window as large as at the first start, with text of 200%."""
    window.show_models()
    look.set_zoom(200)
    yield window.models_page
    look.set_zoom(100)


def settle() -> None:
    for _ in range(ROUNDS):
        QApplication.processEvents()


def cut_off(detail: Detail) -> list[QWidget]:
    """What stands out of the page at its right side, once all has found its place."""
    settle()
    inside = detail.area.viewport()
    shown = [one for one in detail.body.findChildren(QWidget) if one.isVisible()]
    return [one for one in shown if one.mapTo(inside, QPoint(one.width(), 0)).x() > inside.width()]


def in_sight(page: QWidget) -> bool:
    """Whether the page itself ends where its window does."""
    edge = page.mapTo(page.window(), QPoint(page.width(), 0)).x()
    return edge <= page.window().width()


def test_the_page_of_a_model_on_this_computer(page: ModelsPage) -> None:
    view = page.model
    view.show_model(ModelOnDisk("a/b", "B", Path("b")), in_use=False)
    view.show_description(
        ModelDescription(ANATOMY, (("model.safetensors", 10**6),), template="{{ x }}"),
        ModelDefaults(template="{{ y }}"),
    )
    view.bench.show_running(0.5)
    view.fold.unfold()
    page.show_model()
    assert cut_off(view) == []
    assert in_sight(view.area)
    tops = {one.mapTo(view, QPoint(0, 0)).y() for one in (view.use_button, view.remove_button)}
    assert len(tops) == 2  # they have two lines


def test_the_page_of_a_model_that_could_be_fetched(page: ModelsPage) -> None:
    offer = page.offer
    offer.show_model(OFFERED, Machine(8 * 10**9, 2e10), here=False)
    page.show_offer()
    assert cut_off(offer) == []
    assert in_sight(offer.area)
    name = "A-model-with-a-name-that-is-long-even-among-those-of-the-hub-Q4_K_M.gguf"
    files = (HubFile(name, 10**9), HubFile("B-Q8_0.gguf", 2 * 10**9))
    offer.show_repo(HubRepo(HubModel("a/c"), "0" * 40, files), (), here=False)
    assert cut_off(offer) == []


def squeezed(part: QWidget) -> bool:
    """Whether its words have less room than they need."""
    least = part.sizeHint() if isinstance(part, Choice) else part.minimumSizeHint()
    return part.width() < least.width()


@pytest.mark.parametrize("section", ["installed", "catalogue", "hub", "downloads"])
def test_the_lists_of_models(page: ModelsPage, section: str) -> None:
    page.show_section(section)
    settle()
    shown = page._lists[section]
    assert page.window().width() == 1200
    assert in_sight(shown)
    parts = [one for one in shown.findChildren(QWidget) if one.isVisible()]
    assert [one for one in parts if not in_sight(one)] == []
    assert [one for one in parts if squeezed(one)] == []


def test_words_stand_below_the_bars_where_they_have_no_room_beside(
    look: Look, qtbot: QtBot
) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    table = FitTable(look, page)
    made = estimates(OFFERED.shape, Machine(8 * 10**9, 2e10))
    table.show_estimates(made, 8 * 10**9)
    beside = table.heightForWidth(600)
    assert beside == look.px(34) * len(made)
    assert table.heightForWidth(300) > beside
    assert table.heightForWidth(100) > table.heightForWidth(300)
