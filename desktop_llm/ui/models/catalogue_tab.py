"""The catalogue: a field to filter it, what it is for, and the rows. Knows no disk and no network."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_llm.core.catalogue import CatalogueModel, Kind
from desktop_llm.core.fitting import Fit, Machine, best
from desktop_llm.ui.controls.choice import Choice
from desktop_llm.ui.controls.fields import SearchField
from desktop_llm.ui.controls.flow import Flow
from desktop_llm.ui.controls.segmented import Segmented
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.models import words
from desktop_llm.ui.models.entries import offered
from desktop_llm.ui.models.listing import ModelList
from desktop_llm.ui.models.speed_line import SpeedLine

ALL, FITTING = "all", "fits"


class CatalogueTab(QWidget):
    """Signals: `opened(id)`."""

    opened = Signal(str)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._models: tuple[CatalogueModel, ...] = ()
        self._machine = Machine(0)
        self._here: frozenset[str] = frozenset()
        self.field = SearchField(look, self.tr("Filter by name, language or use"), self)
        self.field.quiet = False
        self.kinds = Choice(
            look,
            self.tr("What it is for"),
            [(ALL, self.tr("Everything")), *((kind, words.kind(kind)) for kind in Kind)],
            self,
        )
        self.fits = Segmented(
            look,
            self.tr("Which"),
            [(FITTING, self.tr("Fits here")), (ALL, self.tr("All"))],
            self,
        )
        self.fits.choose(FITTING)
        self.speeds = SpeedLine(look, self)
        self.list = ModelList(look, self.tr("Catalogue"), self)
        self.nothing = Text(look, "", self, size=13.5, color="muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._lay_out()
        self.field.textChanged.connect(self._refresh)
        self.kinds.chosen.connect(self._refresh)
        self.fits.chosen.connect(self._refresh)
        self.list.opened.connect(self.opened)
        self.setFocusProxy(self.list)
        look.changed.connect(self._apply_look)
        self._apply_look()

    def _lay_out(self) -> None:
        self._filters = Flow()
        self._filters.addWidget(self.field)
        self._filters.addWidget(self.kinds)
        self._filters.addWidget(self.fits)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self._filters)
        self._column.addWidget(self.nothing)
        self._column.addWidget(self.list, 1)
        self._column.addWidget(self.speeds)

    def show_models(
        self, models: Sequence[CatalogueModel], machine: Machine, here: frozenset[str]
    ) -> None:
        """Offer these on that machine; `here` are the ids of those that are on this computer."""
        self._models, self._machine, self._here = tuple(models), machine, here
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        shown = [model for model in self._models if self._passes(model)]
        self.list.show_entries(
            offered(model, self._machine, model.id in self._here) for model in shown
        )
        self.nothing.setText(self.tr("Nothing in the catalogue is like that."))
        self.nothing.setVisible(not shown)

    def _passes(self, model: CatalogueModel) -> bool:
        kind = self.kinds.value
        if kind not in (ALL, model.kind):
            return False
        too_large = best(model.shape, self._machine).fit is Fit.TOO_LARGE
        if self.fits.value == FITTING and too_large:
            return False
        text = " ".join(
            [model.id, model.name, *model.good_at.values(), model.licence]
            + [words.language(code) for code in model.languages]
        ).lower()
        return all(part in text for part in self.field.text().lower().split())

    @Slot()
    def _apply_look(self) -> None:
        px = self._look.px
        self._filters.setSpacing(px(8))
        self._column.setSpacing(px(12))
