"""Where there is little room, less needed parts step aside, and what stays can be read."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.policy import Policy
from desktop_llm.ui.controls.buttons import PaintedButton
from desktop_llm.ui.window import MINIMUM, MainWindow


@pytest.fixture
def filled(window: MainWindow) -> MainWindow:
    window.composer.show_presets((), "", False)
    window.composer.show_filter(Policy())
    window.composer.show_count(1234)
    window.topbar.show_context(892, 1024)
    return window


def cut(window: MainWindow) -> list[str]:
    """The buttons and words in both bars that have less room than they need."""
    kinds: list[type[QWidget]] = [PaintedButton]
    parts = [one for bar in (window.topbar, window.composer) for kind in kinds
             for one in bar.findChildren(kind) if one.isVisible()]  # fmt: skip
    texts = [window.topbar._context, window.composer._count]
    parts += [one for one in texts if one.isVisible()]
    return [str(one) for one in parts if one.width() < one.minimumSizeHint().width()]


def test_all_parts_are_there_where_there_is_room(filled: MainWindow) -> None:
    bar, composer = filled.topbar, filled.composer
    parts = (
        bar._context,
        bar.meter,
        bar.pill,
        composer._count,
        composer.prompt_chip,
        composer.filter_chip,
    )
    assert all(part.isVisible() for part in parts)
    assert cut(filled) == []


@pytest.mark.parametrize("sidebar", [False, True])
def test_nothing_is_cut_in_the_narrowest_window(
    filled: MainWindow, qtbot: QtBot, sidebar: bool
) -> None:
    filled.resize(*MINIMUM)
    if filled.sidebar.isVisible() != sidebar:
        filled.toggle_sidebar()
    qtbot.waitUntil(lambda: cut(filled) == [], timeout=2000)
    assert filled.composer.send_button.isVisible()
    filled.resize(1200, 800)
    qtbot.waitUntil(lambda: filled.topbar._context.isVisible(), timeout=2000)
    assert filled.composer._count.isVisible()


def test_what_is_not_to_be_seen_does_not_come_with_the_room(filled: MainWindow) -> None:
    filled.composer.show_count(None)
    filled.topbar.show_context(0, 0)
    filled.resize(*MINIMUM)
    filled.resize(1200, 800)
    assert not filled.composer._count.isVisible()
    assert not filled.topbar._context.isVisible()
