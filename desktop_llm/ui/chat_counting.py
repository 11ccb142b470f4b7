"""Counts the tokens of the draft and of the whole prompt, once the writing pauses. Paints nothing."""

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop_llm.core.models import LoadedModelInfo
from desktop_llm.core.ports import Engine
from desktop_llm.core.session import Session
from desktop_llm.ui.composer import Composer
from desktop_llm.ui.services import Services
from desktop_llm.worker.counting import Counts

COUNT_DELAY_MS = 150


class ChatCounting(QObject):
    """Signals: `context(used, window)` in tokens."""

    context = Signal(int, int)

    def __init__(
        self, services: Services, session: Session, composer: Composer, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._services, self._session, self._composer = services, session, composer
        self._engine: Engine | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COUNT_DELAY_MS)
        self._timer.timeout.connect(self._count)

    @Slot()
    def schedule(self) -> None:
        """Count the draft's and the prompt's tokens soon."""
        self._timer.start()

    @Slot(object)
    def on_counted(self, counts: Counts) -> None:
        """Show the counts beside the composer and in the context meter."""
        model = self._model
        if model is None:  # it went while it was being counted
            self._composer.show_count(None)
            return
        self._composer.show_count(counts.draft)
        self.context.emit(counts.prompt, model.context_window)

    @Slot(object)
    def on_engine_ready(self, engine: Engine) -> None:
        """Keep the engine for its counting functions, which may be called from any thread."""
        self._engine = engine
        self.schedule()

    def preview_tokens(self, text: str, *, biased: bool = False) -> tuple[str, ...]:
        """See `core.ports.Engine`; none where there is no model."""
        return self._engine.preview_tokens(text, biased=biased) if self._engine is not None else ()

    @property
    def _model(self) -> LoadedModelInfo | None:
        """The one whose tokens count; None while none is in memory or another one is coming."""
        inference = self._services.inference
        return None if inference.loading else inference.model

    @Slot()
    def _count(self) -> None:
        engine = self._engine
        if engine is None or self._model is None:
            self._composer.show_count(None)
            return
        draft = self._composer.text()
        request = self._session.draft_request(draft)
        self._services.counter.ask(draft, request, engine.count_tokens, engine.count_prompt)
