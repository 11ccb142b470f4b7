"""A part of a page that is folded away until it is asked for. Knows not what stands in it."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.look import Look


class Fold(QWidget):
    """A button with an arrow, and under it what it unfolds. Signals: `unfolded(bool)`."""

    unfolded = Signal(bool)

    def __init__(self, look: Look, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.button = QuietButton(look, title, self, flat=True)
        self.button.setCheckable(True)
        self.button.toggled.connect(self._on_toggled)
        self._body = QWidget(self)
        self._inside = QVBoxLayout(self._body)
        self._inside.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._body)
        self._inside.setSpacing(look.px(10))
        column.setSpacing(look.px(8))
        self._on_toggled(False)

    def add(self, part: QWidget) -> None:
        """Put something into it, at its end."""
        self._inside.addWidget(part)

    def unfold(self) -> None:
        """Show what is in it."""
        self.button.setChecked(True)

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        self.button.set_icon("chevron-down" if on else "chevron-right")
        self._body.setVisible(on)
        self.unfolded.emit(on)
