"""The token counter: off the GUI thread, the newest question wins."""

import threading

from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from desktop_llm.core.messages import Role
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.worker.counting import Counts, TokenCounter

REQUEST = GenerateRequest((Turn(Role.USER, "one two"),))


def test_only_the_newest_of_many_questions_is_answered(
    qapp: QCoreApplication, qtbot: QtBot
) -> None:
    counter, answers, threads = TokenCounter(), [], set()

    def count(text: str) -> int:
        threads.add(threading.current_thread() is threading.main_thread())
        return len(text)

    counter.counted.connect(answers.append)
    for length in range(1, 200):
        counter.ask("x" * length, REQUEST, count, lambda request: 7)
    qtbot.waitUntil(lambda: Counts(199, 7) in answers)
    assert len(answers) < 10
    assert threads == {False}
    assert counter.shutdown()


def test_a_tokenizer_that_fails_counts_as_nothing(qapp: QCoreApplication, qtbot: QtBot) -> None:
    counter = TokenCounter()

    def fail(text: str) -> int:
        raise RuntimeError(text)

    with qtbot.waitSignal(counter.counted) as counted:
        counter.ask("x", REQUEST, fail, lambda request: 7)
    assert counted.args == [Counts(0, 0)]
    assert counter.shutdown()
