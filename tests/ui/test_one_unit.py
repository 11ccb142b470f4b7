"""A model's size is told in one unit, wherever it stands: as disks and downloads are told."""

from pathlib import Path

from desktop_llm.core.memory import Need
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.ui.models.entries import installed
from desktop_llm.ui.window import MainWindow


def test_the_menu_and_the_page_of_models_tell_the_same_size(window: MainWindow) -> None:
    model = ModelOnDisk("m", "M", Path("/m"), size=698_000_000)
    bar = window.topbar
    assert bar._menu_line(model) == "M\t698 MB"
    assert installed(model, "").facts == "698 MB"
    bar.set_needs(lambda _model: (Need("int8", 4096, 700_000_000, 50_000_000, 30_000_000),))
    assert "int8 780 MB" in bar._memory(model)
