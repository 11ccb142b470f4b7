"""What the build decides before PyInstaller runs: what is left out, the icons, what the .deb says of itself."""

import ast
import re
import shutil
import struct
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtGui import QImageReader
from PySide6.QtWidgets import QApplication

from desktop_llm.cli import doctor

ROOT = Path(__file__).resolve().parents[2]


def imported() -> set[str]:
    """The modules that the app's own code names in import statements."""
    found: set[str] = set()
    for path in (ROOT / "desktop_llm").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


def test_nothing_that_the_app_names_is_left_out_and_every_entry_has_its_reason() -> None:
    import leave_out

    for name in imported():
        parts = name.split(".")
        above = {".".join(parts[: end + 1]) for end in range(len(parts))}
        assert not above & leave_out.MODULES.keys(), name
    for table in (
        leave_out.MODULES, leave_out.MADE_READY, leave_out.FILES, leave_out.SYSTEM_LIBRARIES,
    ):  # fmt: skip
        assert all(reason for reason in table.values())


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        ("torch/lib/libtorch_cpu.so", True),
        ("torch/bin/torch_shm_manager", True),
        ("torch/bin/protoc", False),
        ("torch/bin/test_jit", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", False),
        ("PySide6\\plugins\\platforms\\qwindows.dll", True),
        ("PySide6/Qt/translations/qtbase_zh_CN.qm", True),
        ("PySide6/Qt/translations/qtbase_de.qm", False),
        ("resources/guide_model/model.safetensors", True),
        ("resources/guide_model/train.py", False),
        ("libstdc++.so.6", False),
        ("torch/_inductor/config.py", True),
    ],
)
def test_files_are_kept_by_their_names(name: str, stays: bool) -> None:
    import bundle

    assert bool(bundle.kept([(name, "/somewhere", "BINARY")])) is stays


def test_the_icons_hold_every_size_as_pictures_that_can_be_read(qapp: QApplication) -> None:
    import icons

    svg = ROOT / "resources" / "icons" / "app.svg"
    made = icons.ico(svg)
    _, kind, count = struct.unpack("<HHH", made[:6])
    assert (kind, count) == (1, len(icons.ICO_SIZES))
    for index, size in enumerate(icons.ICO_SIZES):
        length, offset = struct.unpack("<II", made[6 + 16 * index + 8 : 6 + 16 * index + 16])
        assert picture_size(made[offset : offset + length]) == size
    made = icons.icns(svg)
    assert (made[:4], struct.unpack(">I", made[4:8])[0]) == (b"icns", len(made))
    at, sizes = 8, []
    while at < len(made):
        length = struct.unpack(">I", made[at + 4 : at + 8])[0]
        sizes.append(picture_size(made[at + 8 : at + length]))
        at += length
    assert sizes == list(icons.ICNS_TYPES.values())


def picture_size(data: bytes) -> int:
    """The side of a square picture."""
    held = QByteArray(data)
    buffer = QBuffer(held)
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    image = QImageReader(buffer).read()
    assert not image.isNull()
    assert image.width() == image.height()
    return image.width()


def test_the_deb_depends_on_the_list_that_make_run_installs_and_doctor_names() -> None:
    from linux import deb

    lines = (ROOT / "packaging" / "debian-packages.txt").read_text("utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert deb._listed(ROOT / "packaging" / "debian-packages.txt") == wanted
    assert "libxcb-cursor0" in wanted
    assert sorted(doctor.LIBRARIES.values()) == sorted(wanted)


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="needs Debian's tools")
def test_the_deb_asks_for_libraries_as_new_as_those_it_was_built_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from linux import deb

    monkeypatch.setattr("platform.libc_ver", lambda: ("glibc", "2.39"))
    deb._write_control(tmp_path, "1.2.3", "amd64")
    control = (tmp_path / "DEBIAN" / "control").read_text("utf-8")
    (depends,) = [line for line in control.splitlines() if line.startswith("Depends: ")]
    assert "libc6 (>= 2.39), libgcc-s1, " in depends
    assert re.search(r"libstdc\+\+6 \(>= \d+\), ", depends)
