"""What the hub has: the search for it, and what the page of a model offers to fetch."""

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.hub import HubFile, HubModel, HubRepo
from desktop_llm.ui.look import Look
from desktop_llm.ui.models import words
from desktop_llm.ui.models.hub_tab import HubTab
from desktop_llm.ui.models.offer_view import OfferView


def test_a_model_in_parts_is_one_choice_of_all_its_bytes(look: Look, qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    offer = OfferView(look, page)
    files = {
        "Q8/Big-00001-of-00002.gguf": 1_000, "Q8/Big-00002-of-00002.gguf": 3_000_000_000,
        "Small.gguf": 2_000_000_000, "mmproj-F16.gguf": 5, "README.md": 5,
    }  # fmt: skip
    named = tuple(HubFile(name, size) for name, size in files.items())
    offer.show_repo(HubRepo(HubModel("a/b"), "0" * 40, named), (), False)
    choices = offer.variants
    assert [choices.itemData(at) for at in range(choices.count())] == [
        "Small.gguf",
        "Q8/Big-00001-of-00002.gguf",
    ]
    size = words.data_size(3_000_001_000)
    assert choices.itemText(1) == f"Big-00001-of-00002.gguf  {size}"
    assert offer.download_button.isEnabled()


def test_a_search_shows_that_it_runs_though_the_look_changes_meanwhile(
    look: Look, qtbot: QtBot
) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    tab = HubTab(look, page)
    assert tab.line.isHidden()
    tab.show_searching()
    look.set_zoom(110)
    shown = not tab.line.isHidden()
    look.set_zoom(100)
    assert shown
    tab.show_problem("The hub does not answer.")
    assert tab.line.isHidden()
