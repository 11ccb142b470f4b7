"""What can be done with a model that is looked at, wherever its files are."""

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.models import ModelOnDisk
from desktop_llm.ui.look import Look
from desktop_llm.ui.models.model_view import ModelView


@pytest.mark.skipif(sys.platform == "win32", reason="another system, another length of names")
def test_the_folder_around_a_model_opens_where_the_system_refuses_to_look_at_it(
    look: Look, qtbot: QtBot, tmp_path: Path
) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    view = ModelView(look, page)
    lost = tmp_path / ("x" * 300)
    view.show_model(ModelOnDisk("lost", "Lost", lost, linked=True), in_use=False)
    with qtbot.waitSignal(view.reveal, timeout=2000) as told:
        view.reveal_button.click()
    assert told.args == [str(tmp_path)]
