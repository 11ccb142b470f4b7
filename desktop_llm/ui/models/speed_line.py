"""Where the catalogue's speeds come from, in a line, and the button that measures this computer. Measures nothing."""

from PySide6.QtCore import QDateTime, QLocale, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_llm.core.speed import Pace, reached
from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.meter import ProgressLine
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.models import words


class SpeedLine(QWidget):
    """Signals: `asked()`, `stopped()`."""

    asked = Signal()
    stopped = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._running, self._measured = False, False
        self.words = Text(look, "", self, size=12.5, color="muted", leading=1.5)
        self.line = ProgressLine(look, self)
        self.line.hide()
        self.button = QuietButton(look, self.tr("Measure this computer"), self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self.words, 1)
        self._row.addWidget(self.line)
        self._row.addWidget(self.button)
        self.button.clicked.connect(self._on_button)
        look.changed.connect(self._apply_look)
        self._apply_look()

    def show_paces(self, paces: tuple[Pace, ...], at: float) -> None:
        """What was measured, and when; nothing where this computer was not."""
        self._measured = bool(paces)
        if not paces:
            told = self.tr(
                "Speeds are estimates from this computer's memory. Measuring it takes about ten "
                "seconds, and happens by itself once the app rests."
            )
        else:
            most = ", ".join(
                f"{precision} {words.number(rate / 1e9, 1)}"
                for precision, rate in reached(paces).items()
            )
            when = QLocale().toString(
                QDateTime.fromSecsSinceEpoch(int(at)), QLocale.FormatType.ShortFormat
            )
            told = self.tr(
                "Speeds follow from what this computer reached when it was measured, {when}: {reached} GB of weights a second."
            ).format(when=when, reached=most)
        self.words.setText(told)
        self._name_button()

    def show_running(self, share: float | None) -> None:
        """It is being measured, so far done; None: it is not."""
        self._running = share is not None
        self.line.setVisible(self._running)
        self.line.show_share(share or None)
        self._name_button()

    def show_problem(self, text: str) -> None:
        """Why it could not be measured."""
        self.words.setText(text)

    def _name_button(self) -> None:
        usual = self.tr("Measure again") if self._measured else self.tr("Measure this computer")
        self.button.setText(self.tr("Stop") if self._running else usual)
        self.button.updateGeometry()

    @Slot()
    def _on_button(self) -> None:
        (self.stopped if self._running else self.asked).emit()

    @Slot()
    def _apply_look(self) -> None:
        self._row.setSpacing(self._look.px(10))
