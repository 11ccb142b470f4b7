"""The look that all widgets paint from, as the app applies it."""

import pytest
from PySide6.QtWidgets import QApplication

from desktop_llm.ui.look import Look


@pytest.fixture
def look(qapp: QApplication) -> Look:
    made = Look()
    made.apply(qapp)
    return made
