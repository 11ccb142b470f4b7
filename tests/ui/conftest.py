"""The look that all widgets paint from, as the app applies it."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication

from desktop_llm.ui.look import Look


@pytest.fixture
def look(qapp: QApplication) -> Look:
    made = Look()
    made.apply(qapp)
    return made


@pytest.fixture
def listening() -> Iterator[None]:
    before = QAccessible.isActive()
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(before)
