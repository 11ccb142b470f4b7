"""Writes the licences of everything the frozen app carries, for its about page."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from leave_out import MADE_READY

from desktop_llm import about


def write(folder: Path, libraries: Iterable[Path]) -> None:
    """Write `licences.json.gz` into a folder: the Python packages, and the system's libraries."""
    folder.mkdir(parents=True, exist_ok=True)
    packages = {name for path in libraries if (name := _package(path))}
    carried = [one for one in about.installed("desktop-llm") if one.name not in MADE_READY]
    parts = [*carried, *(_component(name) for name in sorted(packages))]
    about.write(folder / about.LICENCES, tuple(parts))
    print(f"licences: {len(parts)} components, {len(packages)} of them Debian libraries")


def _package(path: Path) -> str:
    """The Debian package that a library belongs to, or ""."""
    for name in (path, Path(str(path).removeprefix("/usr"))):
        told = subprocess.run(
            ["dpkg-query", "-S", str(name)], capture_output=True, text=True, check=False
        )
        if told.returncode == 0:
            return told.stdout.partition(":")[0].strip()
    return ""


def _component(package: str) -> about.Component:
    told = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}\n", package],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    version = told.stdout.splitlines()[0]
    copyright_file = Path("/usr/share/doc", package, "copyright")
    text = copyright_file.read_text("utf-8", "replace") if copyright_file.is_file() else ""
    return about.Component(package, version, "see its text", text)
