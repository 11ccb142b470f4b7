"""Counts tokens while a person types, off the GUI thread. The newest question wins; knows no model.

The tokenizer is safe to use from here while the inference thread generates (`ports.Engine`).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QDeadlineTimer, QObject, QThread, Signal, Slot

from desktop_llm.core.requests import GenerateRequest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens of the draft alone, and of the whole prompt that sending it would make."""

    draft: int
    prompt: int


@dataclass(frozen=True, slots=True)
class _Question:
    draft: str
    request: GenerateRequest
    count_tokens: Callable[[str], int]
    count_prompt: Callable[[GenerateRequest], int]


class _Counter(QObject):
    counted = Signal(object)

    @Slot(object)
    def count(self, question: _Question) -> None:
        try:
            counts = Counts(
                question.count_tokens(question.draft), question.count_prompt(question.request)
            )
        except BaseException:
            log.exception("Counting tokens failed")
            counts = Counts(0, 0)
        self.counted.emit(counts)


class TokenCounter(QObject):
    """Answers `ask` with `counted(Counts)`; while one count runs, only the newest one waits."""

    counted = Signal(object)
    _count = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._busy = False
        self._waiting: _Question | None = None
        self._thread = QThread()
        self._thread.setObjectName("token counter")
        self._worker = _Counter()
        self._worker.moveToThread(self._thread)
        self._count.connect(self._worker.count)
        self._worker.counted.connect(self._on_counted)
        self._thread.start()

    def ask(
        self,
        draft: str,
        request: GenerateRequest,
        count_tokens: Callable[[str], int],
        count_prompt: Callable[[GenerateRequest], int],
    ) -> None:
        """Count the draft and the prompt that sending it would make."""
        self._waiting = _Question(draft, request, count_tokens, count_prompt)
        self._next()

    def shutdown(self, timeout_ms: int = 1000) -> bool:
        """End the thread. False if it did not end in time."""
        self.ask_to_end()
        return self.wait_for_end(QDeadlineTimer(timeout_ms))

    def ask_to_end(self) -> None:
        """Let the thread end after the count that runs."""
        self._waiting = None
        self._thread.quit()

    def wait_for_end(self, until: QDeadlineTimer) -> bool:
        """Whether the thread, having been asked to, has ended by then."""
        return self._thread.wait(until)

    def _next(self) -> None:
        if self._waiting is not None and not self._busy:
            question, self._waiting, self._busy = self._waiting, None, True
            self._count.emit(question)

    @Slot(object)
    def _on_counted(self, counts: Counts) -> None:
        self._busy = False
        if self._waiting is None:
            self.counted.emit(counts)
        self._next()
