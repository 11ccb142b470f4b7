"""The speed of a model on this computer: a button that measures it, and what was measured. Measures nothing."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, Signal, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from desktop_llm.core.benchmarks import Benchmark
from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.choice import Choice
from desktop_llm.ui.controls.flow import Flow
from desktop_llm.ui.controls.meter import ProgressLine
from desktop_llm.ui.controls.painting import focus_ring, focus_visible, painter_for
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.models.bench_chart import BenchChart, when
from desktop_llm.ui.settings.cards import Card

PRECISIONS = ("int4", "int8", "bf16")


class BenchCard(Card):
    """Signals: `asked(precision, "" for the usual one)`, `stopped()`."""

    asked = Signal(str)
    stopped = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._look = look
        self._running = False
        body = QWidget(self)
        self.title = Text(look, self.tr("Speed on this computer"), body, size=14, weight=600)
        self.about = Text(look, "", body, size=12.5, color="muted", leading=1.5)
        options = [("", self.tr("Automatic")), *((one, one) for one in PRECISIONS)]
        self.precision = Choice(look, self.tr("Precision"), options, body)
        self.button = QuietButton(look, self.tr("Benchmark"), body)
        self.line = ProgressLine(look, body)
        self.line.hide()
        self.told = Text(look, "", body, size=12.5, color="bad")
        self.told.hide()
        self._results: Sequence[Benchmark] = ()
        self.chart = BenchChart(look, body)
        self.chart.turned.connect(self._on_turned)
        self.chart.focus_moved.connect(self.update)
        self._inside = QVBoxLayout(body)
        self._lay_out()
        self.add(body)
        self.button.clicked.connect(self._on_button)
        look.changed.connect(self._apply_card_look)
        self._apply_card_look()

    def _lay_out(self) -> None:
        self._top = Flow()
        policy = self.title.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
        self.title.setSizePolicy(policy)
        for part in (self.title, self.line, self.precision, self.button):
            self._top.addWidget(part)
        self._inside.addLayout(self._top)
        for part in (self.told, self.chart, self.about):
            self._inside.addWidget(part)

    def show_results(self, results: Sequence[Benchmark]) -> None:
        """What was measured of the model, the oldest first."""
        self.chart.show_results(results)
        self.chart.setVisible(bool(results))
        self._results = results
        self.about.setText(self._words(results[-1] if results else None))

    @Slot(object)
    def _on_turned(self, one: Benchmark) -> None:
        self.about.setText(self._words(one))

    def _words(self, shown: Benchmark | None) -> str:
        """How the result whose figures are shown was measured; what measuring is where there is none."""
        if shown is None:
            return self.tr(
                "It reads 512 tokens and writes 128, three times over, in a process of its own. "
                "A message that you send meanwhile stops it."
            )
        result = shown.result
        told = self.tr(
            "{precision}, {threads} threads, {prompt} tokens read and {new} written: {when}."
        ).format(
            precision=result.precision, threads=result.threads, prompt=result.prompt,
            new=result.new, when=when(shown),
        )  # fmt: skip
        if len(self._results) > 1 and shown is self._results[-1]:
            told += " " + self.tr("Pale bars are earlier results, grey ones of another precision.")
            told += " " + self.tr("The mouse on a bar, or Left and Right, tells theirs.")
        return told

    def show_running(self, share: float | None) -> None:
        """It is being measured, so far done; None: it is not."""
        self._running = share is not None
        self.line.setVisible(self._running)
        self.line.show_share(share or None)
        self.button.setText(self.tr("Stop") if self._running else self.tr("Benchmark"))
        self.button.updateGeometry()
        self.precision.setEnabled(not self._running)

    def show_problem(self, text: str) -> None:
        """Why it could not be measured; "" takes that away."""
        self.told.setText(text)
        self.told.setVisible(bool(text))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The card, with a ring around the pictures while the keyboard is on them."""
        super().paintEvent(event)
        if focus_visible(self.chart):
            px, start = self._look.px, self.chart.mapTo(self, QPoint(0, 0))
            pictures = QRectF(self.chart.rect()).translated(start)
            around = pictures.adjusted(-px(8), -px(6), px(8), -px(2))
            focus_ring(painter_for(self), around, px(9), self._look.tokens.accent)

    @Slot()
    def _on_button(self) -> None:
        if self._running:
            self.stopped.emit()
        else:
            self.asked.emit(self.precision.value)

    @Slot()
    def _apply_card_look(self) -> None:
        px = self._look.px
        self._top.setSpacing(px(8))
        self._inside.setContentsMargins(0, px(12), 0, px(14))
        self._inside.setSpacing(px(10))
