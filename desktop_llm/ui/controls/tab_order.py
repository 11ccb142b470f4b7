"""Lets Tab go through a page as it is read: by its layouts. Knows no widget of ours."""

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QScrollArea, QWidget


def follow_layout(page: QWidget) -> None:
    """Put all that takes the keyboard in `page` into the order of its layouts, hidden parts too.

    Qt takes the order in which widgets were made; what is made late, when it is first shown, would
    come last. What stands in no layout keeps its place. All must be in one window by now.
    """
    for before, after in pairwise(_takers(page)):
        QWidget.setTabOrder(before, after)


def _takers(widget: QWidget) -> Iterator[QWidget]:
    # One that a click alone gives the keyboard counts as well: of radio buttons the chosen one
    # alone stops Tab, and which one that is changes.
    if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.focusProxy() is None:
        yield widget
    if isinstance(widget, QScrollArea):
        inside = widget.widget()
        if inside is not None:
            yield from _takers(inside)
    layout = widget.layout()
    if layout is not None:
        yield from _inside(layout)


def _inside(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if item is not None:
            yield from _of(item)


def _of(item: QLayoutItem) -> Iterator[QWidget]:
    widget, layout = item.widget(), item.layout()
    if widget is not None:
        yield from _takers(widget)
    elif layout is not None:
        yield from _inside(layout)
