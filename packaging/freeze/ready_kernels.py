"""Writes the machine code that a package carries in place of LLVM, which is a thousand times as large.

    python packaging/freeze/ready_kernels.py FOLDER

On Linux and x86-64 alone: elsewhere there is none. Needs binutils' linker.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from desktop_llm.engine import flash_code, kernel_code
from desktop_llm.engine.machine_code import Processor, object_file


def main(folder: Path) -> None:
    """Write a library for each kind of function and of processors."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        for stem, source, processor in sources():
            part = Path(made) / f"{stem}.o"
            part.write_bytes(object_file(source, processor))
            whole = folder / f"{stem}.so"
            subprocess.run(["ld", "-shared", "-z", "noexecstack", "-o", whole, part], check=True)


def sources() -> Iterator[tuple[str, str, Processor]]:
    """Names of the libraries, as the app looks for them, what they are made of and for whom."""
    for form in kernel_code.FORMS:
        for name, target in kernel_code.TARGETS.items():
            yield f"{form}-{name}", kernel_code.source(form, target), target.processor
    for states in flash_code.STATES:
        stem = f"{flash_code.NAME}-{states}"
        yield stem, flash_code.source(states), flash_code.PROCESSOR


if __name__ == "__main__":
    main(Path(sys.argv[1]))
