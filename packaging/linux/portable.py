"""Makes the portable archive: the program's folder with a note on how to keep everything beside it."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

NOTE = """\
Desktop LLM {version}, portable.

Start it:            ./desktop-llm
Without a window:    ./desktop-llm ask "What is a token?"

As it is, conversations and settings go where those of an installed copy go (~/.local/share,
~/.config). To keep them beside the program instead, in the folder `data`, make an empty file:

    touch portable

The folder may be read-only where there is no such file. DESKTOP_LLM_HOME=DIR puts all under DIR.
Qt needs a few libraries that every desktop has; `./desktop-llm doctor` names those that are missing.
"""


def build(folder: Path, dist: Path, version: str) -> Path:
    """Make `desktop-llm-VERSION-linux-MACHINE.tar.zst` in `dist`. Returns its path."""
    name = f"desktop-llm-{version}-linux-{platform.machine()}"
    tree = dist.parent / "build" / name
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(folder, tree, symlinks=True, copy_function=os.link)
    (tree / "README.txt").write_text(NOTE.format(version=version))
    archive = dist / f"{name}.tar.zst"
    subprocess.run(
        ["tar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner",
         "-I", "zstd -12 -T0", "-cf", archive, "-C", tree.parent, name],
        check=True,
    )  # fmt: skip
    shutil.rmtree(tree)
    return archive
