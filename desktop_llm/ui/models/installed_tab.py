"""The models on this computer: a filter, the rows, and ways to add some. Reads no disk."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop_llm.core.models import ModelOnDisk
from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.fields import SearchField
from desktop_llm.ui.controls.flow import Flow
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.models import words
from desktop_llm.ui.models.choosing import choose_file, choose_folder
from desktop_llm.ui.models.entries import installed
from desktop_llm.ui.models.listing import ModelList


class InstalledTab(QWidget):
    """Signals: `opened(id)`, `added(path)`, `moved(folder)`, `stopped()` to end the moving."""

    opened = Signal(str)
    added = Signal(str)
    moved = Signal(str)
    stopped = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._models: tuple[ModelOnDisk, ...] = ()
        self._selected, self._used = "", ""
        self.field = SearchField(look, self.tr("Filter by name"), self)
        self.field.quiet = False
        self.folder_button = QuietButton(look, self.tr("Add a folder…"), self)
        self.file_button = QuietButton(look, self.tr("Add a GGUF file…"), self)
        self.list = ModelList(look, self.tr("On this computer"), self)
        self.foot = Text(look, "", self, size=12.5, color="muted")
        self.move_button = QuietButton(look, self.tr("Keep models elsewhere…"), self, flat=True)
        self._moving = False
        self._lay_out()
        self.field.textChanged.connect(self._refresh)
        self.folder_button.clicked.connect(self._choose_folder)
        self.file_button.clicked.connect(self._choose_file)
        self.move_button.clicked.connect(self._on_move)
        self.list.opened.connect(self.opened)
        self.setFocusProxy(self.list)
        look.changed.connect(self._apply_look)
        self._apply_look()

    def _lay_out(self) -> None:
        self._top = Flow()
        self._top.addWidget(self.field)
        self._top.addWidget(self.folder_button)
        self._top.addWidget(self.file_button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self._top)
        self._column.addWidget(self.list, 1)
        below = QHBoxLayout()
        self.foot.setAlignment(Qt.AlignmentFlag.AlignVCenter)  # in line with the button's words
        below.addWidget(self.foot, 1)
        below.addWidget(self.move_button)
        self._column.addLayout(below)

    def show_models(self, models: Sequence[ModelOnDisk], selected: str, used: str) -> None:
        """Show these; `selected` is the id of the chosen one, `used` of the one in memory."""
        self._models, self._selected, self._used = tuple(models), selected, used
        self._refresh()

    def show_moving(self, share: float | None) -> None:
        """How far the moving is, 0 to 1; None when it has ended."""
        self._moving = share is not None
        text = self.tr("Stop moving") if self._moving else self.tr("Keep models elsewhere…")
        self.move_button.setText(text)
        self.move_button.updateGeometry()
        if share is not None:
            self.foot.setText(
                self.tr("Moving the models: {share}%").format(share=round(100 * share))
            )
        else:
            self._refresh()

    @Slot()
    def _refresh(self) -> None:
        parts = self.field.text().lower().split()
        shown = [
            model for model in self._models
            if all(part in f"{model.id} {model.name} {model.architecture}".lower() for part in parts)
        ]  # fmt: skip
        self.list.show_entries(installed(model, self._selected, self._used) for model in shown)
        total = words.data_size(sum(model.size for model in self._models))
        hint = self.tr("A folder or .gguf file can also be dropped onto the window.")
        count = self.tr("%n models, {size}.", "", len(self._models)).format(size=total)
        if self._moving:
            return
        self.foot.setText(f"{count.replace('%n', str(len(self._models)))} {hint}")

    @Slot()
    def _choose_folder(self) -> None:
        if folder := choose_folder(self):
            self.added.emit(folder)

    @Slot()
    def _choose_file(self) -> None:
        if path := choose_file(self):
            self.added.emit(path)

    @Slot()
    def _on_move(self) -> None:
        if self._moving:
            self.stopped.emit()
            return
        folder = QFileDialog.getExistingDirectory(self, self.tr("Choose an empty folder"))
        if folder:
            self.moved.emit(folder)

    @Slot()
    def _apply_look(self) -> None:
        px = self._look.px
        self._top.setSpacing(px(8))
        self._column.setSpacing(px(12))
        self.foot.setAlignment(Qt.AlignmentFlag.AlignLeft)
