"""Makes the .deb from the program's folder. Knows Debian's layout, and nothing of how the folder came."""

import gzip
import os
import platform
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ICONS = ROOT / "build" / "freeze"
CONTROL = """\
Package: desktop-llm
Version: {version}
Section: science
Priority: optional
Architecture: {architecture}
Installed-Size: {size}
Depends: {depends}
Recommends: xdg-desktop-portal, fonts-noto-cjk
Maintainer: Desktop LLM maintainers <desktop-llm@localhost>
Description: chat with a language model that runs on your own computer
 A native window in which you chat with a language model that runs on your own
 computer. Nothing you write leaves it. A small model that knows about language
 models and about this app is in the box; larger ones are a folder away.
 .
 Conversations are kept encrypted and can be searched. The command line,
 desktop-llm, does the same without a window.
"""


def build(folder: Path, dist: Path, version: str) -> Path:
    """Make `desktop-llm_VERSION_ARCH.deb` in `dist`. Returns its path."""
    tree = dist.parent / "build" / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    architecture = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
    _install_program(folder, tree)
    _install_desktop_files(tree)
    _install_documents(tree, version)
    _write_control(tree, version, architecture)
    for path in (tree, *tree.rglob("*")):  # whatever the umask of who builds
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    package = dist / f"desktop-llm_{version}_{architecture}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z12", "--build", tree, package], check=True
    )
    shutil.rmtree(tree)
    return package


def _install_program(folder: Path, tree: Path) -> None:
    home = tree / "usr/lib/desktop-llm"
    home.parent.mkdir(parents=True)
    shutil.copytree(folder, home, symlinks=True, copy_function=os.link)
    command = tree / "usr/bin/desktop-llm"
    command.parent.mkdir()
    command.symlink_to("../lib/desktop-llm/desktop-llm")


def _install_desktop_files(tree: Path) -> None:
    share = tree / "usr/share"
    _put(HERE / "desktop-llm.desktop", share / "applications/desktop-llm.desktop")
    _put(HERE / "metainfo.xml", share / "metainfo/io.github.desktop_llm.DesktopLLM.metainfo.xml")
    _put(HERE / "mime.xml", share / "mime/packages/desktop-llm.xml")
    hicolor = share / "icons/hicolor"
    _put(ROOT / "resources/icons/app.svg", hicolor / "scalable/apps/desktop-llm.svg")
    for size in (16, 32, 48, 64, 128, 256, 512):
        _put(ICONS / f"app-{size}.png", hicolor / f"{size}x{size}/apps/desktop-llm.png")


def _install_documents(tree: Path, version: str) -> None:
    share = tree / "usr/share"
    manual = (HERE / "desktop-llm.1").read_text("utf-8").replace("@VERSION@", version)
    _put_gz(manual.encode(), share / "man/man1/desktop-llm.1.gz")
    documents = share / "doc/desktop-llm"
    _put_gz((ROOT / "CHANGELOG.md").read_bytes(), documents / "changelog.gz")
    _put(HERE / "copyright", documents / "copyright")


def _write_control(tree: Path, version: str, architecture: str) -> None:
    size = sum(path.lstat().st_size for path in tree.rglob("*") if not path.is_dir())
    control = tree / "DEBIAN/control"
    control.parent.mkdir()
    control.write_text(
        CONTROL.format(
            version=version, architecture=architecture, size=(size + 1023) // 1024,
            depends=", ".join((*libraries(), *_listed(ROOT / "packaging/debian-packages.txt"))),
        )
    )  # fmt: skip


def libraries() -> tuple[str, ...]:
    """What the program's own libraries need; what Qt needs stands in debian-packages.txt.

    Some of them come from the system that builds, and start on none with older ones than it has.
    """
    libc = platform.libc_ver()[1]
    told = subprocess.check_output(
        ["dpkg-query", "-W", "-f", "${Version}", "libstdc++6"], text=True
    )
    compiler = told.partition(".")[0]  # a library has the number of the compiler that it came with
    return f"libc6 (>= {libc})", "libgcc-s1", f"libstdc++6 (>= {compiler})"


def _listed(path: Path) -> list[str]:
    """The packages of a list, without its comments."""
    return [
        name for line in path.read_text().splitlines() for name in line.partition("#")[0].split()
    ]


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _put_gz(content: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(content, mtime=0))
