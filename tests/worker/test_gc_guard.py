"""Garbage is collected on the GUI thread only."""

import gc

from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from desktop_llm.worker import gc_guard


class Node:
    """Half of a reference cycle that notes when it is collected."""

    collected = 0

    def __del__(self) -> None:
        Node.collected += 1


def test_cycles_are_collected_by_the_timer_and_not_by_python(
    qapp: QCoreApplication, qtbot: QtBot
) -> None:
    guard = gc_guard.GcGuard()
    try:
        assert not gc.isenabled()
        for _ in range(gc.get_threshold()[0] + 10):
            one, other = Node(), Node()
            one.other, other.other = other, one  # type: ignore[attr-defined]
        assert Node.collected == 0
        qtbot.waitUntil(lambda: Node.collected > 0, timeout=5000)
    finally:
        guard.stop()
    assert gc.isenabled()
