"""Measures this computer once, by itself, when the app has rested for a while. Shows nothing."""

from PySide6.QtCore import QObject, QTimer, Slot

from desktop_llm.core.errors import Cancelled
from desktop_llm.ui.services import Services
from desktop_llm.ui.speed_presenter import MACHINE

REST_MS = 60_000


class IdleMeasure(QObject):
    """Watches the worker. Whatever is asked of it meanwhile stops the measuring; it is tried again.

    Only then: one that failed, or that no file could keep, would take the processor every minute.
    """

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._inference, self._speeds = services.inference, services.supply.speeds
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._on_rest)
        self._began = self._ended = False
        self._inference.worked.connect(self._on_worked)
        self._inference.changed.connect(self._on_changed)

    @property
    def _due(self) -> bool:
        return not self._ended and self._speeds.measured_at() == 0.0

    @Slot(str, object)
    def _on_worked(self, name: str, result: object) -> None:
        if name == MACHINE and self._began:  # not by hand
            self._began, self._ended = False, not isinstance(result, Cancelled)

    @Slot()
    def _on_changed(self) -> None:
        self._rest.stop()
        if self._inference.idle and self._due:
            self._rest.start()

    @Slot()
    def _on_rest(self) -> None:
        if self._speeds.may_measure():
            self._began = True
            self._inference.work(MACHINE, self._speeds.measure)
        elif self._due:
            self._rest.start()
