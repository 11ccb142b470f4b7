"""What the models page does about speed: measuring this computer, benchmarks of models. Paints nothing."""

from PySide6.QtCore import QObject, Signal, Slot

from desktop_llm.core.errors import Cancelled, UserError
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.ui.language import error_text
from desktop_llm.ui.models.bench_card import BenchCard
from desktop_llm.ui.models.speed_line import SpeedLine
from desktop_llm.ui.services import Services

MACHINE, MODEL = "measure", "bench:"
"""What the names of long steps of the worker begin with."""


class SpeedPresenter(QObject):
    """Signals: `measured()` when the expected speeds are others than before."""

    measured = Signal()

    def __init__(
        self, services: Services, line: SpeedLine, card: BenchCard, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._inference, self._speeds = services.inference, services.supply.speeds
        self._line, self._card = line, card
        self._model: ModelOnDisk | None = None
        line.asked.connect(self.measure)
        line.stopped.connect(self._inference.stop_work)
        card.asked.connect(self.bench)
        card.stopped.connect(self._inference.stop_work)
        self._inference.work_progress.connect(self._on_progress)
        self._inference.worked.connect(self._on_worked)
        self.show_machine()

    def show_machine(self) -> None:
        """What is known of this computer."""
        self._line.show_paces(self._speeds.probes(), self._speeds.measured_at())
        self._line.show_running(0.0 if MACHINE in self._inference.working else None)

    def show_model(self, model: ModelOnDisk) -> None:
        """What is known of a model, which is shown from now on."""
        self._model = model
        self._card.setVisible(not model.problem)
        self._card.show_problem("")
        self._card.show_results(self._speeds.benchmarks(model.id))
        self._card.show_running(0.0 if MODEL + model.id in self._inference.working else None)

    @Slot()
    def measure(self) -> None:
        """Measure this computer, as soon as the worker has nothing else to do."""
        if MACHINE not in self._inference.working:
            self._inference.work(MACHINE, self._speeds.measure)
            self._line.show_running(0.0)

    @Slot(str)
    def bench(self, precision: str) -> None:
        """Measure the shown model."""
        if self._model is not None and MODEL + self._model.id not in self._inference.working:
            self._inference.work(
                MODEL + self._model.id, self._speeds.bench(self._model.id, precision)
            )
            self._card.show_problem("")
            self._card.show_running(0.0)

    def _is_shown(self, name: str) -> bool:
        return self._model is not None and name == MODEL + self._model.id

    @Slot(str, object, object)
    def _on_progress(self, name: str, done: int, total: int) -> None:
        share = done / max(1, total)
        if name == MACHINE:
            self._line.show_running(share)
        elif self._is_shown(name):
            self._card.show_running(share)

    @Slot(str, object)
    def _on_worked(self, name: str, result: object) -> None:
        problem = error_text(result) if isinstance(result, UserError) else ""
        if name == MACHINE:
            self.show_machine()
            if problem:
                self._line.show_problem(problem)
        elif self._is_shown(name):
            assert self._model is not None
            self.show_model(self._model)
            self._card.show_problem(problem)
        if not isinstance(result, UserError | Cancelled):
            self.measured.emit()
