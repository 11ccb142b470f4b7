"""Files that come from outside: a second start, the desktop, a drop on the window. Reads none itself."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from desktop_llm.core.errors import UserError
from desktop_llm.ui.services import Services

CONVERSATIONS = (".llmchat", ".json")


class Arrivals(QObject):
    """Signals: `failed(UserError)`; `said(str)`; `imported(conversation_id)`; `model_given(path)`."""

    failed = Signal(object)
    said = Signal(str)
    imported = Signal(str)
    model_given = Signal(str)

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services

    @Slot(object)
    def take(self, files: Sequence[Path]) -> None:
        """Add every conversation, and show the last of them; everything else is tried as a model."""
        added = [self._add(path) for path in files if path.suffix.lower() in CONVERSATIONS]
        known = [conversation_id for conversation_id in added if conversation_id]
        if known:
            self.imported.emit(known[-1])
            self.said.emit(self.tr("%n conversations added", "", len(known)))
        for path in files:
            if path.suffix.lower() not in CONVERSATIONS:
                self.model_given.emit(str(path))

    def _add(self, path: Path) -> str:
        try:
            return self._services.import_file(path)
        except UserError as error:
            self.failed.emit(error)
            return ""
