#!/usr/bin/env python3
"""Builds what people install, in one command: `python3 packaging/build.py`. Results lie in `dist/`.

On Linux: the program's folder, a .deb and a portable .tar.zst; on Windows the folder and an
installer; on macOS an .app in a .dmg. Knows the order of the steps; the steps are modules beside it.
"""

import argparse
import datetime
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "packaging"
DIST = ROOT / "dist"
BUILD = ROOT / "build"
FOLDER = DIST / "desktop-llm"
MADE = BUILD / "freeze"
TOOLS = ("pyinstaller==6.22.3", "pyinstaller-hooks-contrib==2026.9")
SBOM_TOOL = "cyclonedx-bom==7.5.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
LINUX, WINDOWS, MAC = (sys.platform.startswith(name) for name in ("linux", "win32", "darwin"))


def main() -> int:
    """Do the steps. Returns the exit code."""
    options = _options()
    os.chdir(ROOT)
    began = time.monotonic()
    with step("system packages"):
        system_packages()
    with step("environment"):
        python = environment(BUILD / "venv")
    with step("import trace, icons, build id"):
        prepare(python)
    with step("PyInstaller"):
        freeze(python)
    if LINUX:
        with step("strip"):
            strip(FOLDER)
    if not options.no_smoke:
        with step("smoke test"):
            run(sys.executable, HERE / "smoke.py", program())
    with step("packages"):
        made = packages(options.only)
    with step("checksums and components"):
        made += [components(python)]
        checksums(made)
    report(made, time.monotonic() - began)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-smoke", action="store_true", help="do not run what was built")
    parser.add_argument(
        "--only", choices=("folder", "all"), default="all", help="folder: make no packages of it"
    )
    return parser.parse_args()


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    print(f"build: {name} ...", flush=True)
    began = time.monotonic()
    yield
    print(f"build: {name}: {time.monotonic() - began:.0f} s", flush=True)


def run(*command: object, **environment: str) -> None:
    """Run a command in the root of the repository. Raises CalledProcessError where it fails."""
    subprocess.run([str(part) for part in command], check=True, env={**os.environ, **environment})


def told(*command: str) -> str:
    """What a command says, or "" where it cannot be run."""
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


# The steps


def system_packages() -> None:
    """On Debian and Ubuntu, install what the build needs; elsewhere it must be there."""
    if LINUX:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        shared = [f"libpython{version}"] if sys.executable.startswith("/usr/bin") else []
        run("sh", HERE / "setup.sh", "build", *shared)


def environment(folder: Path) -> Path:
    """The build's own virtual environment with the pinned dependencies. Returns its Python."""
    python = folder / ("Scripts/python.exe" if WINDOWS else "bin/python")
    wanted = hashlib.sha256(
        b"".join(path.read_bytes() for path in (ROOT / "pyproject.toml", HERE / "constraints.txt"))
        + repr((TOOLS, sys.version)).encode()
    ).hexdigest()
    stamp = folder / ".installed"
    if not stamp.is_file() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        run(sys.executable, "-m", "venv", folder)
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        install_torch(pip)
        run(*pip, "-c", HERE / "constraints.txt", ".", *TOOLS)
        stamp.write_text(wanted)
    run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps",
        "--force-reinstall", ".")  # fmt: skip
    return python


def install_torch(pip: list[object]) -> None:
    """torch's build for processors: on Linux the package index has the one with CUDA, of many GB."""
    pinned = next(
        line
        for line in (HERE / "constraints.txt").read_text().split()
        if line.startswith("torch==")
    )
    if not LINUX:
        run(*pip, pinned)
        return
    try:
        run(*pip, pinned + "+cpu")
    except subprocess.CalledProcessError:
        index = os.environ.get("TORCH_INDEX", CPU_INDEX)
        print(f"build: no index that pip knows has {pinned}+cpu; taking it from {index}")
        run(*pip, "--index-url", index, pinned + "+cpu")


def prepare(python: Path) -> None:
    """Make what the recipe reads: the import trace, icons, machine code, the build id, Windows'
    version block."""
    shutil.rmtree(MADE, ignore_errors=True)
    (MADE / "about").mkdir(parents=True)
    freeze_steps = HERE / "freeze"
    run(python, freeze_steps / "trace.py", MADE / "trace.json",
        DESKTOP_LLM_HOME=str(MADE / "home"))  # fmt: skip
    run(python, freeze_steps / "icons.py", ROOT / "resources/icons/app.svg", MADE,
        QT_QPA_PLATFORM="offscreen")  # fmt: skip
    if LINUX and platform.machine() == "x86_64":
        run(python, freeze_steps / "ready_kernels.py", MADE / "kernels")
    (MADE / "about" / "build.json").write_text(json.dumps(build_facts()))
    if WINDOWS:
        template = (HERE / "windows" / "version.txt").read_text()
        numbers = ", ".join([*version().split("."), "0"])
        (MADE / "version.txt").write_text(template.format(version=version(), numbers=numbers))


def build_facts() -> dict[str, str]:
    """What the about page tells of this build."""
    commit = told("git", "describe", "--always", "--dirty", "--tags") or "unknown commit"
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return {
        "commit": commit, "day": today, "releases": os.environ.get("DESKTOP_LLM_RELEASES", ""),
    }  # fmt: skip


def freeze(python: Path) -> None:
    """Run PyInstaller on the recipe."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    run(
        python, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN",
        "--distpath", DIST, "--workpath", BUILD / "pyinstaller", HERE / "desktop-llm.spec",
        DESKTOP_LLM_BUILD=str(MADE), DESKTOP_LLM_TRACE=str(MADE / "trace.json"),
        DESKTOP_LLM_VERSION=version(), PYTHONWARNINGS="ignore",
    )  # fmt: skip


def strip(folder: Path) -> None:
    """Take symbols out of the large libraries: a fifth of torch is names that nothing looks up."""
    before = size(folder)
    for path in folder.rglob("*.so*"):
        # Libraries that auditwheel patched (numpy.libs) break when strip lays them out anew.
        if path.is_symlink() or path.stat().st_size < 1_000_000 or path.parent.name == "numpy.libs":
            continue
        run("strip", "--strip-unneeded", path)
    print(f"build: stripped {(before - size(folder)) / 1e6:.0f} MB")


def packages(only: str) -> list[Path]:
    """Make what this system installs from. Returns the files."""
    if only == "folder":
        return []
    if LINUX:
        from linux import deb, portable

        return [deb.build(FOLDER, DIST, version()), portable.build(FOLDER, DIST, version())]
    if WINDOWS:
        run("iscc", f"/DVersion={version()}", HERE / "windows" / "desktop-llm.iss")
        return [DIST / f"desktop-llm-{version()}-setup.exe"]
    image = DIST / f"desktop-llm-{version()}-macos-{platform.machine()}.dmg"
    run("sh", HERE / "macos" / "dmg.sh", DIST / "Desktop LLM.app", image)
    return [image]


def components(python: Path) -> Path:
    """A CycloneDX list of what the environment holds (SBOM), by a tool kept out of it."""
    tools = BUILD / "tools"
    tool = tools / ("Scripts/python.exe" if WINDOWS else "bin/python")
    if not tool.exists():
        run(sys.executable, "-m", "venv", tools)
        run(tool, "-m", "pip", "install", "-q", "--disable-pip-version-check", SBOM_TOOL)
    path = DIST / f"desktop-llm-{version()}-{sys.platform}-{platform.machine()}.cdx.json"
    run(
        tool, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--of", "JSON",
        "--pyproject", ROOT / "pyproject.toml", "-o", path, python,
    )  # fmt: skip
    return path


def checksums(files: list[Path]) -> None:
    """Write SHA256SUMS, as `sha256sum -c` reads it."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in files]
    (DIST / "SHA256SUMS").write_text("\n".join(lines) + "\n")


# Facts


def program() -> Path:
    """The program that was built, the one that speaks in a terminal."""
    if MAC:
        return DIST / "Desktop LLM.app" / "Contents" / "MacOS" / "desktop-llm"
    return FOLDER / ("desktop-llm-cli.exe" if WINDOWS else "desktop-llm")


def version() -> str:
    """The app's version, from the one file that has it."""
    text = (ROOT / "desktop_llm" / "__init__.py").read_text()
    found = re.search(r'__version__ = "([^"]+)"', text)
    assert found is not None
    return found[1]


def size(folder: Path) -> int:
    """Bytes of all files in a folder, links not followed."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


def report(files: list[Path], seconds: float) -> None:
    """Say what was made."""
    if FOLDER.is_dir():
        print(f"build: {FOLDER.relative_to(ROOT)}: {size(FOLDER) / 1e6:.0f} MB")
    for path in files:
        print(f"build: {path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB")
    print(f"build: {seconds / 60:.1f} minutes")


if __name__ == "__main__":
    sys.exit(main())
