"""Keeps Python's garbage collector on the GUI thread. Collects; frees nothing of its own.

A widget in a reference cycle that is collected on the inference thread is destroyed there, which
Qt forbids; and that thread allocates most, so it would trigger most collections.
"""

import gc

from PySide6.QtCore import QObject, QTimer, Slot

INTERVAL_MS = 1000


class GcGuard(QObject):
    """Switches automatic collection off and collects on a timer of the thread it lives in."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start()

    def settle(self) -> None:
        """After a large import: what is there now is there to stay, so never walk it again.

        Torch and transformers leave about half a million objects, 0.2 s for a full collection. Not
        while there is a model: modules of some kinds (Mamba) stand in cycles, and would stay for good.
        From any thread.
        """
        gc.freeze()

    def stop(self) -> None:
        """Hand collection back to Python."""
        self._timer.stop()
        gc.enable()

    @Slot()
    def _on_timeout(self) -> None:
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > thresholds[generation]:
                gc.collect(generation)
                return
