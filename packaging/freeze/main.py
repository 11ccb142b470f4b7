"""Where the frozen program begins. Knows only that it is frozen: children of multiprocessing start here too."""

import multiprocessing
import os
import sys
from pathlib import Path

from desktop_llm.__main__ import main


def give_streams() -> None:
    """A program with a window has no terminal on Windows; what is said there goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115


if __name__ == "__main__":
    multiprocessing.freeze_support()
    give_streams()
    sys.exit(main())
