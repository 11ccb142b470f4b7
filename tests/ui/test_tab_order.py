"""Tab goes through the pages as they are read, also through what is made late or was moved."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.anatomy import Anatomy, Mlp, ModelDescription, Position
from desktop_llm.core.model_defaults import ModelDefaults
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.policy import Level, Policy
from desktop_llm.core.settings import Settings
from desktop_llm.ui.look import Look
from desktop_llm.ui.models.model_view import ModelView
from desktop_llm.ui.sampling_dialog import SamplingDialog
from desktop_llm.ui.settings.page import SettingsPage
from desktop_llm.ui.settings.safety_cards import LockState
from desktop_llm.ui.window import MainWindow

SECTIONS = ("general", "model", "sampling", "safety", "privacy", "appearance")


@pytest.fixture
def page(look: Look, qtbot: QtBot) -> Iterator[SettingsPage]:
    made = SettingsPage(look)
    qtbot.addWidget(made)
    made.resize(1000, 800)
    made.show_values(Settings(safety=Policy(level=Level.BALANCED)))
    made.show()
    yield made
    made.close()


def tabbed(first: QWidget, inside: QWidget, qtbot: QtBot) -> list[QWidget]:
    """What Tab goes through in `inside`, from its `first` on until it comes there again."""
    first.window().activateWindow()
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    found: list[QWidget] = []
    now: QWidget | None = first
    while now is not None and now not in found:
        found.append(now)
        qtbot.keyClick(now, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
    return [one for one in found if inside.isAncestorOf(one)]


def heights(found: list[QWidget], inside: QWidget) -> list[int]:
    """How far down their middles are."""
    return [one.mapTo(inside, QPoint(0, one.height() // 2)).y() for one in found]


def upwards(rows: list[int]) -> list[tuple[int, int]]:
    """Where it goes up again, by more than parts of one line differ."""
    return [(one, next_one) for one, next_one in pairwise(rows) if next_one < one - 12]


@pytest.mark.parametrize("section", SECTIONS)
def test_tab_goes_down_each_section_of_the_settings(
    page: SettingsPage, qtbot: QtBot, section: str
) -> None:
    page.show_section(section)
    page.folds[section].unfold()
    body = page._pages[section].widget()
    found = tabbed(page.tabs.tabs[section], body, qtbot)
    assert len(found) > 3
    rows = heights(found, body)
    assert upwards(rows) == []


def test_tab_goes_from_the_sections_into_the_shown_one(page: SettingsPage, qtbot: QtBot) -> None:
    page.show_section("privacy")
    found = tabbed(page._close, page, qtbot)
    assert found[:2] == [page._close, page.tabs.tabs["privacy"]]
    assert found[2] in page._pages["privacy"].findChildren(QWidget)


def test_the_pin_is_the_first_to_be_given_where_the_page_is_locked(
    page: SettingsPage, qtbot: QtBot
) -> None:
    page.show_section("safety")
    page.safety.show_lock(LockState(is_set=True, locked=True))
    body = page._pages["safety"].widget()
    found = tabbed(page.tabs.tabs["safety"], body, qtbot)
    lock = page.safety.lock_card
    assert found[:3] == [lock.field, lock.unlock_button, page.safety.try_card.field]
    page.safety.show_lock(LockState(is_set=True))
    found = tabbed(page.tabs.tabs["safety"], body, qtbot)
    assert found[-2:] == [lock.remove_button, lock.lock_button]


def test_tab_goes_down_the_page_of_a_model(look: Look, qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(760, 900)
    view = ModelView(look, page)
    view.resize(page.size())
    page.show()
    view.show_model(ModelOnDisk("a/b", "B", Path("b")), in_use=False)
    view.show_description(ModelDescription(ANATOMY, (), template="{{ x }}"), ModelDefaults())
    view.fold.unfold()
    QApplication.processEvents()
    found = tabbed(view.back_button, view.body, qtbot)
    assert found[0] is view.back_button
    assert {view.template.field, view.editors["draft"].control, view.bench.button} < set(found)
    rows = heights(found, view.body)
    assert upwards(rows) == []


def test_tab_goes_down_a_conversations_sampling(
    look: Look, window: MainWindow, qtbot: QtBot
) -> None:
    dialog = SamplingDialog(look, window)
    qtbot.addWidget(dialog)
    dialog.advanced.unfold()
    dialog.show()
    QApplication.processEvents()
    body = dialog.advanced.parentWidget()
    found = tabbed(dialog.editors["temperature"].control.slider, body, qtbot)
    rows = heights(found, body)
    assert len(rows) > 10
    assert upwards(rows) == []


ANATOMY = Anatomy(
    "Llama", 2, 64, 4, 2, 16, Mlp.GATED, 128, 0, "silu", "RMSNorm", Position.ROTARY, 512, 256, 0,
    True, (),
)  # fmt: skip
