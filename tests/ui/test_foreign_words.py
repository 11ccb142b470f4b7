"""What others wrote, where Qt would read HTML or a key into it: tooltips, boxes, menus."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QMessageBox

from desktop_llm.core.errors import UserError
from desktop_llm.core.events import Mark
from desktop_llm.core.messages import Conversation, SearchHit
from desktop_llm.core.models import LoadedModelInfo, ModelOnDisk
from desktop_llm.core.sampling import Preset, SamplingSettings
from desktop_llm.core.sayings import Saying
from desktop_llm.ui.conversation.menus import tell_of
from desktop_llm.ui.look import Look
from desktop_llm.ui.models.entries import Entry
from desktop_llm.ui.models.listing import ModelList
from desktop_llm.ui.refusal import show_refusal
from desktop_llm.ui.window import MainWindow
from tests.ui.saying import marked, replied

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TIP = Qt.ItemDataRole.ToolTipRole
FOREIGN = (
    "What does `<p>` do in HTML?",
    "z<b></b>org",
    "<img src='file:///tmp/cat.png'>",
    "a &lt; b & c",
    "no sign of it",
)


def hovered(tooltip: str) -> str:
    """What Qt shows of a tooltip."""
    shown = QTextDocument()
    if GuiQt.mightBeRichText(tooltip):
        shown.setHtml(tooltip)
    else:
        shown.setPlainText(tooltip)
    return shown.toPlainText()


@pytest.mark.parametrize("text", [*FOREIGN, "<b>one</b>\n  two"])
def test_tooltips_of_chips_and_notices_show_it_letter_for_letter(
    window: MainWindow, text: str
) -> None:
    model = ModelOnDisk("m", "M", Path("/m"))
    window.topbar.show_loaded(
        LoadedModelInfo(model, "Tiny", 1, 64, "cpu", "fp32", (Saying("{it}", it=text),), True)
    )
    window.composer.show_system_prompt(text)
    window.say(text)
    widgets = (window.composer.prompt_chip, window.toast._label, window.topbar.pill)
    assert [hovered(widget.toolTip()) for widget in widgets] == [text] * 3
    assert [widget.accessibleDescription() for widget in widgets] == [text] * 3
    window.toast.close_notice()


@pytest.mark.parametrize("text", FOREIGN)
def test_tooltips_of_rows_show_it_letter_for_letter(
    window: MainWindow, look: Look, text: str
) -> None:
    rows, models = window.sidebar.list.model(), ModelList(look, "Models", window)
    window.sidebar.show_conversations([Conversation("c", text, NOW, NOW)], NOW)
    told = [rows.row_of("c").data(TIP)]
    window.sidebar.show_hits([SearchHit("c", "Title", "m", text)], "it")
    models.show_entries([Entry("m", "M", "", text)])
    told += [rows.row_of("c").data(TIP), models.model().index(0, 0).data(TIP)]
    assert [hovered(tooltip) for tooltip in told] == [text] * 3


@pytest.mark.parametrize("text", FOREIGN)
def test_tooltips_in_a_reply_show_it_letter_for_letter(window: MainWindow, text: str) -> None:
    warned = Mark(0, 4, "drugs", text, "warn")
    window.view.show_path([marked(replied("r", "word [link](https://a.org/?&amp;lt;b)"), warned)])
    word, link = (window.view.document().find(one).charFormat() for one in ("word", "link"))
    assert hovered(word.toolTip()) == f"Drugs (rule {text})"
    assert hovered(link.toolTip()) == link.anchorHref()


@pytest.mark.parametrize("text", FOREIGN)
def test_why_the_app_cannot_start_is_plain_text(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    shown: dict[str, Qt.TextFormat] = {}

    def read(box: QMessageBox) -> int:
        shown.update({label.text(): label.textFormat() for label in box.findChildren(QLabel)})
        return 0

    monkeypatch.setattr(QMessageBox, "exec", read)
    show_refusal(UserError(text, f"{text} is why.", "Do it."))
    assert shown[text] == shown[f"{text} is why.\n\nDo it."] == Qt.TextFormat.PlainText


def entries(open_menu: Callable[[], object], window: MainWindow) -> list[str]:
    """What the entries of the menu that opens say, without the keys that Qt makes of ampersands."""
    found: list[str] = []

    def read() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        found.extend(entry.iconText() for entry in menu.actions())
        menu.close()

    QTimer.singleShot(300, window, read)
    open_menu()
    return found


def test_an_ampersand_stays_in_the_names_that_a_menu_offers(window: MainWindow) -> None:
    window.composer.show_presets([Preset("R&D", SamplingSettings(), own=True)], "R&D", False)
    assert "R&D" in entries(window.composer.preset_chip.click, window)
    window.topbar.show_models([ModelOnDisk("m", "Q&A", Path("/m"))], "m")
    assert "Q&A" in entries(window.topbar.open_menu, window)[0]
    menu = QMenu(window)
    tell_of(menu, [Mark(0, 1, "own", "own.R&D", "mask")])
    assert menu.actions()[-1].iconText().endswith("(own.R&D)")


def test_a_menu_tells_where_a_model_is_letter_for_letter(window: MainWindow) -> None:
    odd = Path("/models/<b>x</b>")
    window.topbar.show_models([ModelOnDisk("m", "M", odd)], "m")
    told: list[str] = []

    def read() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        first = menu.actions()[0]
        told.append(first.toolTip())
        menu.hovered.emit(first)
        told.append(first.toolTip())
        menu.close()

    QTimer.singleShot(300, window, read)
    window.topbar.open_menu()
    assert [hovered(tooltip) for tooltip in told] == [str(odd)] * 2
