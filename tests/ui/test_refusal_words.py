"""Why a model or a file is refused, in the window's language: whatever the sentence has within it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.file_errors import damaged
from desktop_llm.core.guards import GuardState
from desktop_llm.core.hub import Download
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.sayings import Saying, together
from desktop_llm.core.settings import Language
from desktop_llm.library.inspector.verdict import ANOTHER, Finding, Verdict
from desktop_llm.ui.controls.banner import Banner
from desktop_llm.ui.language import error_words, speak
from desktop_llm.ui.look import Look
from desktop_llm.ui.models.downloads_tab import DownloadsTab, Shown
from desktop_llm.ui.models.entries import installed
from desktop_llm.ui.settings.page import SettingsPage

KEY = Saying("{what} in it claims {size} bytes", what=Saying("a key"), size="7")
REFUSED = Verdict(
    "/models/a",
    (
        Finding("a.gguf", together(damaged(Path("a.gguf"), KEY).sayings[:2]), ANOTHER),
        Finding("b", Saying("It has no vocabulary."), ANOTHER),
    ),
)
WHY = "a.gguf：a.gguf 已损坏：其中一个键声称有 7 字节。另外还发现 1 处问题。"
ADVICE = "请不要使用这一份。请从你信任的发布者那里找这个模型。"


@pytest.fixture(autouse=True)
def chinese(qapp: QApplication) -> Iterator[None]:
    speak(Language.CHINESE)
    yield
    speak(Language.ENGLISH)


def test_a_verdict_and_all_that_is_nested_in_it() -> None:
    what, why, todo = error_words(REFUSED.error())
    assert what == "/models/a 中的模型没有通过检查，不会加载。"
    assert (why, todo) == (WHY, ADVICE)


def test_what_a_sentence_without_a_translation_says_is_shown_as_it_came() -> None:
    strange = Verdict("a", (Finding("b", Saying("<b>{x}</b> {y}", x="{y}"), Saying("")),))
    assert error_words(strange.error())[1] == "b：<b>{y}</b> {y}"


def test_wherever_a_model_or_a_download_is_shown(look: Look, qtbot: QtBot) -> None:
    problem, told = REFUSED.error().sayings, WHY + ADVICE
    model = ModelOnDisk("a", "A", Path("/models/a"), problem=problem)
    assert installed(model, "").line.endswith(told)
    around = QWidget()
    qtbot.addWidget(around)
    banner, tab = Banner(look, around), DownloadsTab(look, around)
    page = SettingsPage(look)
    qtbot.addWidget(page)
    page.show_section("safety")
    banner.show_error(REFUSED.error())
    assert banner.accessibleName().endswith(told)
    tab.show_downloads([Shown(Download("d", "a/b", "1", (), problem=problem[1:]))])
    assert tab.cards["d"].state.text().endswith(f" · {told}")
    page.safety.show_guard(GuardState("a", problem=problem))
    assert page.safety.guard_row.problem.text().endswith(told)
