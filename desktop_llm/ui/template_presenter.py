"""The chat template that a person writes for a model: tried in the background, and used if it holds. Paints nothing."""

from PySide6.QtCore import QObject, Signal, Slot

from desktop_llm.core.errors import UserError
from desktop_llm.ui.keeping import keep
from desktop_llm.ui.language import error_text, said
from desktop_llm.ui.models.model_view import ModelView
from desktop_llm.ui.services import Supply

TEMPLATE = "template:"
"""What the ids of its questions to the background begin with; the model's id follows."""


class TemplatePresenter(QObject):
    """Signals: `failed(UserError)`; `changed(id)` after a model got another template."""

    failed = Signal(object)
    changed = Signal(str)

    def __init__(self, supply: Supply, view: ModelView, parent: QObject) -> None:
        super().__init__(parent)
        self._supply, self._view = supply, view
        view.template_saved.connect(self.check)
        view.template_restored.connect(self.restore)
        supply.lookups.finished.connect(self._on_answer)
        supply.lookups.failed.connect(self._on_trouble)

    @property
    def _shown_id(self) -> str:
        model = self._view.model
        return model.id if model is not None else ""

    @Slot(str)
    def check(self, text: str) -> None:
        """Try an edited chat template; it is used if it holds."""
        model = self._view.model
        if model is None:
            return
        self._view.template.show_checking()

        check = self._supply.check_template
        self._supply.lookups.start(
            TEMPLATE + model.id, lambda report, cancel: (text, check(model, text))
        )

    @Slot()
    def restore(self) -> None:
        """Go back to the chat template that came with the model."""
        self._use(self._shown_id, "")

    def _use(self, model_id: str, text: str) -> None:
        notes = self._supply.notes
        keep(lambda: notes.change(model_id, "template", text), self.failed.emit)
        if model_id == self._shown_id:
            self._view.show_defaults(notes.defaults(model_id))
        self.changed.emit(model_id)

    @Slot(str, object)
    def _on_answer(self, job_id: str, result: object) -> None:
        if not job_id.startswith(TEMPLATE) or not isinstance(result, tuple):
            return
        text, partly = result
        model_id = job_id.removeprefix(TEMPLATE)
        self._use(model_id, text)
        if model_id == self._shown_id:
            self._view.template.show_tried(said(partly))

    @Slot(str, object)
    def _on_trouble(self, job_id: str, error: UserError) -> None:
        if job_id == TEMPLATE + self._shown_id:
            self._view.template.show_problem(error_text(error))
        elif job_id.startswith(TEMPLATE):
            self.failed.emit(error)  # another model is shown by now
