"""Keeps the newest text in view until the person scrolls away from it. Knows scroll bars, no text."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

NEAR = 24
FAR = 160
"""Pixels from the end: within NEAR the view follows; beyond FAR the way back is offered."""


class Following(QObject):
    """Watches the vertical scroll bar of `area`; `way_back` is shown while it is far from the end."""

    def __init__(self, area: QAbstractScrollArea, way_back: QWidget) -> None:
        super().__init__(area)
        self._bar = area.verticalScrollBar()
        self._way_back = way_back
        self.active = True
        self._bar.valueChanged.connect(self._on_value)
        self._bar.rangeChanged.connect(self._on_range)

    @Slot()
    def resume(self) -> None:
        """Go to the end and stay there."""
        self.active = True
        self.follow()

    def pause(self) -> None:
        """Stay where the view is."""
        self.active = False

    def follow(self) -> None:
        """Go to the end, if the view follows."""
        if self.active:
            self._bar.setValue(self._bar.maximum())
        self._offer()

    @Slot(int)
    def _on_value(self, value: int) -> None:
        self.active = value >= self._bar.maximum() - NEAR
        self._offer()

    @Slot(int, int)
    def _on_range(self, low: int, high: int) -> None:
        self.follow()

    def _offer(self) -> None:
        self._way_back.setVisible(self._bar.maximum() - self._bar.value() > FAR)
