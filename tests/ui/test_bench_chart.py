"""The pictures of a model's speed: earlier results are there for the mouse, the keyboard and the ear."""

import dataclasses
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.benchmarks import Benchmark, BenchResult
from desktop_llm.ui.look import Look
from desktop_llm.ui.models.bench_card import BenchCard

RESULT = BenchResult(310.0, 35.0, 1.7, 4.0, 900_000_000, 0.6, "int8", "cpu", 2, 512, 128, 3)
RESULTS = (
    Benchmark("m", 1_700_000_000, dataclasses.replace(RESULT, precision="bf16", load_s=7.25)),
    Benchmark("m", 1_720_000_000, dataclasses.replace(RESULT, decode_tokens_per_s=28.0)),
    Benchmark("m", 1_740_000_000, RESULT),
)


@pytest.fixture
def card(look: Look, qtbot: QtBot) -> Iterator[BenchCard]:
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(700, 500)
    made = BenchCard(look, page)
    made.resize(page.size())
    made.show_results(RESULTS)
    page.show()
    page.activateWindow()
    yield made
    page.close()


def test_a_screen_reader_finds_every_result_the_newest_first(card: BenchCard) -> None:
    told = card.chart.accessibleDescription()
    newest, earlier, oldest = told.split(". ")
    assert newest.startswith("int8, ")
    assert "Writing 35 tokens/s" in newest
    assert "Writing 28 tokens/s" in earlier
    assert oldest.startswith("bf16, ")
    assert "Loading 7.25 s" in oldest
    assert "23" in oldest.partition(";")[0]  # the year in which it was measured


@pytest.mark.usefixtures("listening")
def test_left_and_right_go_through_the_results_and_tell_each(card: BenchCard, qtbot: QtBot) -> None:
    chart, heard = card.chart, []
    chart.speaker.spoken.connect(heard.append)
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(chart.hasFocus)
    newest = card.about.text()
    assert "Pale bars" in newest
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert "Writing 28 tokens/s" in heard[-1]
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert card.about.text().startswith("bf16, ")
    qtbot.keyClick(chart, Qt.Key.Key_Left)  # there is none before it
    assert heard[-1].startswith("bf16, ")
    qtbot.keyClick(chart, Qt.Key.Key_End)
    assert card.about.text() == newest
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert card.about.text() != newest
    card.button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: not chart.hasFocus())
    assert card.about.text() == newest


def test_the_figures_are_those_of_the_result_that_was_gone_to(
    card: BenchCard, qtbot: QtBot
) -> None:
    chart = card.chart
    before = chart.grab().toImage()
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert chart.grab().toImage() != before
    chart.clearFocus()
    qtbot.keyClick(chart, Qt.Key.Key_End)
    assert chart.grab().toImage() == before
