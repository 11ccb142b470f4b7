"""Waits with what comes by itself while a dialog or a menu is open. Knows nothing of either side."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, QTimer, Slot
from PySide6.QtWidgets import QApplication

AGAIN_MS = 50
"""How often it is looked whether the dialog is closed. Qt tells nobody when the last one is."""


def busy_with_dialog() -> bool:
    """Whether a dialog or menu is open, or whoever opened one has not gone on yet.

    What they are about must not change under them. Between its closing and the next line of who
    opened it only the nested event loop tells that it was there.
    """
    return (
        QThread.currentThread().loopLevel() > 1
        or QApplication.activeModalWidget() is not None
        or QApplication.activePopupWidget() is not None
    )


class Undisturbed(QObject):
    """Does things in their order, each once no dialog is open; at once where none is."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: list[Callable[[], None]] = []
        self._again = QTimer(self)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._go_on)

    @property
    def waiting(self) -> bool:
        """Whether there is something that waits."""
        return bool(self._waiting)

    def do(self, act: Callable[[], None]) -> None:
        """Do it, once there is no dialog."""
        self._waiting.append(act)
        self._again.start()
        self._go_on()

    @Slot()
    def _go_on(self) -> None:
        while self._waiting and not busy_with_dialog():
            self._waiting.pop(0)()
        if not self._waiting:
            self._again.stop()
