"""Takes a model, or the linked folder it is in, away once the person agrees. Paints nothing."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.on_disk import is_link
from desktop_llm.core.removal import remove_wholly, unlink_wholly
from desktop_llm.ui.keeping import attempt
from desktop_llm.ui.models import words
from desktop_llm.ui.models.model_view import ModelView
from desktop_llm.ui.services import Services


class RemovalPresenter(QObject):
    """Signals: `removed(id)` after something went, or part of it: where it was a variant that was
    in memory, or on its way there, of the model that takes its place; `failed(UserError)`."""

    removed = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        services: Services,
        view: ModelView,
        confirmed: Callable[[str, str], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._services, self._models, self._view = services, services.models, view
        self._confirmed = confirmed
        view.remove.connect(self.remove)

    @Slot()
    def remove(self) -> None:
        """Remove the shown model, after saying how much space that frees.

        One of a linked folder goes with the whole folder alone. Where it must stay that is told
        first: nobody is asked, and what it writes goes on.
        """
        model = self._view.model
        if model is None:
            return
        folder = self._models.linked_folder(model)
        if folder is not None:
            self._unlink(folder, model)
        elif attempt(lambda: self._models.require_removable(model), self.failed.emit):
            self._remove(model)

    def _remove(self, model: ModelOnDisk) -> None:
        if not self._confirmed(self._question(model), self.tr("Remove")):
            return
        services = self._services
        coming = services.inference.coming
        if coming is not None and coming.path == model.path and not model.variant_of:
            services.inference.unload()
        notes, settings = services.supply.notes, services.settings
        attempt(lambda: remove_wholly(model, self._models, notes, settings), self.failed.emit)
        used = coming is not None and coming.id == model.id
        self.removed.emit((used and model.variant_of) or "")

    def _unlink(self, folder: Path, model: ModelOnDisk) -> None:
        question = self.tr(
            "{name} is one of the models in the linked folder {folder}. "
            "Take the whole folder off the list? All files stay where they are."
        )
        told = question.format(name=model.name, folder=folder)
        if not self._confirmed(told, self.tr("Remove")):
            return
        services = self._services
        notes, settings = services.supply.notes, services.settings
        before = {one.path for one in self._models.list()}
        attempt(lambda: unlink_wholly(folder, self._models, notes, settings), self.failed.emit)
        gone = before - {one.path for one in self._models.list()}
        coming = services.inference.coming
        if coming is not None and coming.path in gone:
            services.inference.unload()
        self.removed.emit("")

    def _question(self, model: ModelOnDisk) -> str:
        if model.variant_of:
            told = self.tr("Remove {name}? The model that it is a variant of stays.")
        elif model.linked:
            told = self.tr("Take {name} off the list? Its files stay where they are.")
        elif is_link(model.path):
            told = self.tr(
                "Move {name} to the trash? It is a link: where it leads, all stays, and no space is "
                "freed."
            )
        else:
            told = self.tr("Move {name} to the trash? That frees {size} once the trash is emptied.")
        return told.format(name=model.name, size=words.data_size(model.size))
