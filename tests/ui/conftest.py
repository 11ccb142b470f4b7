"""The look that all widgets paint from, as the app applies it, a conversation's view, and a window."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.look import Look
from desktop_llm.ui.window import MainWindow


@pytest.fixture
def look(qapp: QApplication) -> Look:
    made = Look()
    made.apply(qapp)
    return made


@pytest.fixture
def view(look: Look, qtbot: QtBot) -> Iterator[ConversationView]:
    made = ConversationView(look)
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


@pytest.fixture
def window(look: Look, qtbot: QtBot) -> Iterator[MainWindow]:
    made = MainWindow(look)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
