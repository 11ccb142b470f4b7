"""Where the frozen program begins. Knows only that it is frozen: children of multiprocessing start here too."""

import multiprocessing
import sys

from desktop_llm.__main__ import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
