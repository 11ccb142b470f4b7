"""Ctrl-C in a terminal, for commands that end in good order. Knows no command."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def stopped_by_ctrl_c(cancel: threading.Event) -> Iterator[None]:
    """The first Ctrl-C ends what goes on in good order; the second one ends the process."""

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
