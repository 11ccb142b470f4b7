"""Looks for personal data in what goes out; where that takes a while, behind a window that can stop it.

Decides nothing about what is found.
"""

import threading
from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QSizePolicy, QVBoxLayout, QWidget

from desktop_llm.core.errors import Cancelled, UserError
from desktop_llm.core.personal import Findings, find_after
from desktop_llm.core.ports import Report, Watch
from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.meter import ProgressLine
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.services import FindPersonal
from desktop_llm.worker.background import Background

AT_ONCE = 50_000
"""So many characters are looked through in a tenth of a second, without a word."""
LOOKING = "what goes out"
WIDTH = 340
"""Of the window that tells how far it is, in pixels at 100% text size."""
END_MS = 10_000
"""How long its thread is waited for, which looks many times a second whether it is wanted."""

Given = tuple[str, str]
"""A text that goes out, and what is read before it."""
Found = Mapping[Given, Findings]


def look_through(
    texts: Sequence[Given], find: FindPersonal, look: Look, parent: QWidget
) -> Found | None:
    """The personal data in each of them; None where the person did not want to wait.

    Raises UserError where it could not be done.
    """
    if sum(len(text) for text, _ in texts) <= AT_ONCE:
        return _found(texts, find, None)
    dialog = LookingDialog(look, parent)
    try:
        return dialog.found(texts, find)
    finally:
        dialog.deleteLater()


def _found(
    texts: Sequence[Given], find: FindPersonal, watch: Watch | None
) -> dict[Given, Findings]:
    return {given: find_after(lambda text: find(text, watch), *given) for given in texts}


class LookingDialog(QDialog):
    """Says that it is being looked through, and how far it is. It has a thread of its own: what others
    wait for there may take minutes.
    """

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Desktop LLM")
        title = self.tr("Looking for personal data")
        self.line = ProgressLine(look, self)
        self.line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(look.px(WIDTH))
        self.cancel_button = QuietButton(look, self.tr("Cancel"), self)
        self.cancel_button.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(Text(look, title, self, size=14, weight=600))
        column.addWidget(self.line)
        column.addWidget(self.cancel_button, 0, Qt.AlignmentFlag.AlignRight)
        edge = look.px(20)
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(look.px(14))
        self._background = Background("going out", parent=self)
        self._background.progress.connect(self._on_progress)
        self._background.finished.connect(self._on_finished)
        self._background.failed.connect(self._on_failed)
        self._result: Found | None = None
        self._error: UserError | None = None

    def found(self, texts: Sequence[Given], find: FindPersonal) -> Found | None:
        """See `look_through`."""
        total = sum(len(text) for text, _ in texts)

        def work(report: Report, cancel: threading.Event) -> Found:
            done = 0

            def watch(count: int) -> None:
                nonlocal done
                if cancel.is_set():
                    raise Cancelled
                done += count
                report(min(done, total), total)  # what is read before a text is read as well

            return _found(texts, find, watch)

        self._background.start(LOOKING, work)
        self.exec()
        self._background.shutdown(END_MS)
        if self._error is not None:
            raise self._error
        return self._result

    @Slot(str, object, object)
    def _on_progress(self, name: str, done: int, total: int) -> None:
        self.line.show_share(done / total)

    @Slot(str, object)
    def _on_finished(self, name: str, found: Found) -> None:
        self._result = found
        self.accept()

    @Slot(str, object)
    def _on_failed(self, name: str, error: UserError) -> None:
        self._error = error
        self.accept()
