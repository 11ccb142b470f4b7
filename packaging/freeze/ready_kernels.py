"""Writes the machine code that a package carries in place of LLVM, which is a thousand times as large.

    python packaging/freeze/ready_kernels.py FOLDER

On Linux and x86-64 alone: elsewhere there is none. Needs binutils' linker.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from desktop_llm.engine.kernel_code import FORMS, TARGETS, source
from desktop_llm.engine.machine_code import object_file


def main(folder: Path) -> None:
    """Write FORM-TARGET.so for all forms of weights and all kinds of processors."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        for form in FORMS:
            for name, target in TARGETS.items():
                part = Path(made) / f"{form}-{name}.o"
                part.write_bytes(object_file(source(form, target), target.processor))
                whole = folder / f"{part.stem}.so"
                subprocess.run(
                    ["ld", "-shared", "-z", "noexecstack", "-o", whole, part], check=True
                )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
