"""A reply of 20,000 tokens with 1,000 messages above it, in the real view on a real screen.

Tokens come from a thread at a steady rate, as the worker sends them; the window's event loop runs
freely. Prints the time that the window's thread spends per token for the first and the last 1,000
tokens, and the longest time that its event loop did not answer. For comparison: the same tokens
written into a plain QPlainTextEdit, the cheapest widget that Qt has.
"""

import random
import statistics
import sys
import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

sys.path.insert(0, str(__import__("pathlib").Path(__file__).resolve().parents[2]))
from desktop_llm.core.events import Delta
from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.look import Look
from tests.ui.saying import replied, running, said

TOKENS, ABOVE, SLICE = 20_000, 1_000, 1_000
RATE = 400
"""Tokens a second: ten times what a laptop does."""
WORDS = [
    "the",
    "model",
    "reads",
    "every",
    "token",
    "and",
    "writes",
    "the",
    "next",
    "one",
    "with",
    "care",
    "每个",
    "词元",
    "都",
    "算",
]
RICH = (
    "A paragraph with **bold**, `code` and a [link](https://example.org).\n\n"
    "1. one\n2. two\n\n```python\nx = 1\n```\n"
)


def tokens(seed: int) -> list[str]:
    """Markdown of all kinds, piece by piece."""
    rng, found = random.Random(seed), []
    while len(found) < TOKENS:
        kind = rng.randrange(5)
        if kind == 0:
            found += ["\n\n", "## ", "A ", "heading", "\n\n"]
        elif kind == 1:
            for _ in range(rng.randrange(3, 8)):
                found += ["\n", "- "] + [rng.choice(WORDS) + " " for _ in range(8)]
            found.append("\n\n")
        elif kind == 2:
            found += ["\n\n", "```", "python", "\n"]
            for n in range(rng.randrange(4, 20)):
                found += ["    ", f"x{n}", " = ", str(n), "  ", "# why", "\n"]
            found += ["```", "\n\n"]
        else:
            found += [rng.choice(WORDS) + " " for _ in range(rng.randrange(40, 160))] + ["\n\n"]
    return found[:TOKENS]


class Feeder(QObject):
    """Sends tokens from a thread of its own, and measures the loop that receives them."""

    token = Signal(str)

    def __init__(self, take: Callable[[str], None]) -> None:
        super().__init__()
        self._take = take
        self.spent: list[float] = []
        self.beats: list[float] = []
        self.token.connect(self.on_token)
        self._beat = QTimer(self)
        self._beat.timeout.connect(self.on_beat)
        self._last = 0.0

    @Slot(str)
    def on_token(self, text: str) -> None:
        """In the window's thread."""
        self._take(text)
        self.spent.append(time.thread_time())

    @Slot()
    def on_beat(self) -> None:
        """Every millisecond, if the loop is free."""
        now = time.perf_counter()
        self.beats.append(now - self._last)
        self._last = now

    def run(self, qt: QApplication) -> None:
        """Send everything, until the last one has arrived."""
        pieces = tokens(1)

        def send() -> None:
            start = time.perf_counter()
            for number, piece in enumerate(pieces):
                self.token.emit(piece)
                wait = start + (number + 1) / RATE - time.perf_counter()
                if wait > 0:
                    time.sleep(wait)

        self._last = time.perf_counter()
        self._beat.start(1)
        thread = threading.Thread(target=send)
        thread.start()
        while len(self.spent) < TOKENS:
            qt.processEvents()
            time.sleep(0.0002)
        thread.join()
        self._beat.stop()

    def per_token_ms(self, first: int) -> float:
        """CPU time of the window's thread per token, over a thousand of them."""
        return (self.spent[first + SLICE - 1] - self.spent[first]) / (SLICE - 1) * 1000


def shown(widget: QWidget, qt: QApplication) -> None:
    """On the screen and at rest."""
    widget.resize(1000, 800)
    widget.show()
    end = time.perf_counter() + 1
    while time.perf_counter() < end:
        qt.processEvents()


def measure(name: str, feeder: Feeder, qt: QApplication) -> None:
    """Run it and print its lines."""
    feeder.run(qt)
    first, last = feeder.per_token_ms(0), feeder.per_token_ms(TOKENS - SLICE)
    beats = sorted(feeder.beats)
    print(f"{name}")
    print(f"  window thread per token, first 1,000   {first:6.2f} ms")
    print(f"  window thread per token, last 1,000    {last:6.2f} ms")
    print(f"  last to first                          {last / first:6.2f}      (asked: 1.5)")
    print(f"  longest stall of the event loop        {beats[-1] * 1000:6.0f} ms   (asked: 50)")
    print(
        f"  99.9% of its turns within              {beats[int(len(beats) * 0.999)] * 1000:6.0f} ms"
    )
    print(f"  median turn                            {statistics.median(beats) * 1000:6.1f} ms")


def main() -> int:
    """Both widgets in one run."""
    qt = QApplication(sys.argv[:1])
    look = Look()
    look.apply(qt)
    view = ConversationView(look)
    shown(view, qt)
    path = [
        said(f"q{n}", "A question?") if n % 2 == 0 else replied(f"a{n}", RICH) for n in range(ABOVE)
    ]
    started = time.perf_counter()
    view.show_path([*path, running("a")])
    view._paging.load_all()  # the worst case: the reader has been to the top
    view._following.resume()
    qt.processEvents()
    print(f"1,000 messages written in {time.perf_counter() - started:.2f} s")
    measure("conversation view", Feeder(lambda text: view.feed("a", Delta(text))), qt)
    view.close()
    plain = QPlainTextEdit()
    shown(plain, qt)

    def append(text: str) -> None:
        cursor = plain.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        cursor.insertText(text)
        plain.ensureCursorVisible()

    measure("QPlainTextEdit, for comparison", Feeder(append), qt)
    plain.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
