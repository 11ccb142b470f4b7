"""What is done for Windows and macOS alone, as far as it can be seen from here."""

import importlib.util
import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from desktop_llm import __main__ as entry
from desktop_llm import app
from desktop_llm.core.launch import Launch
from desktop_llm.core.models import LoadedModelInfo, LoadRequest
from desktop_llm.core.settings import Device, Precision
from desktop_llm.engine.engine import TransformersEngine
from desktop_llm.storage.paths import find_paths
from desktop_llm.storage.settings_file import SettingsFile

ROOT = Path(__file__).resolve().parents[2]
FREEZE = ROOT / "packaging" / "freeze"

IMPORTS_ON_WINDOWS = f"""
import importlib.util, sys, types

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("Xlib", "jeepney"):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, NotInstalled())
spec = importlib.util.spec_from_file_location("freeze_trace", {str(FREEZE / "trace.py")!r})
trace = importlib.util.module_from_spec(spec)
spec.loader.exec_module(trace)
trace.sys = types.SimpleNamespace(platform="win32")
trace.import_app()
print(*sys.modules, sep="\\n")
"""
"""Imports every module of the app as the build does, where nothing of Linux is installed."""


def loaded_by_path(path: Path) -> ModuleType:
    """A script of the build whose name is another module's too."""
    spec = importlib.util.spec_from_file_location(f"built_by_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def trace_on_windows() -> subprocess.CompletedProcess[str]:
    """The import trace there; it says which modules came in, in their order."""
    return subprocess.run(
        [sys.executable, "-c", IMPORTS_ON_WINDOWS], capture_output=True, text=True, timeout=300,
        check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def test_the_trace_imports_no_module_that_only_linux_can(
    trace_on_windows: subprocess.CompletedProcess[str],
) -> None:
    assert trace_on_windows.returncode == 0, trace_on_windows.stderr
    imported = trace_on_windows.stdout.split()
    assert "desktop_llm.ui.hotkey.windows" in imported
    assert "desktop_llm.ui.hotkey.x11" not in imported
    assert "desktop_llm.ui.hotkey.portal" not in imported


def test_on_windows_the_trace_imports_torch_before_qt(
    trace_on_windows: subprocess.CompletedProcess[str],
) -> None:
    imported = trace_on_windows.stdout.split()
    assert imported.index("torch") < imported.index("PySide6")


def test_what_is_tried_while_building_needs_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Macs that GitHub lends have one that gives no memory."""
    import smoke

    asked: list[Device] = []

    class Recording(TransformersEngine):
        def load(self, request: LoadRequest, *arguments: Any) -> LoadedModelInfo:
            asked.append(request.device)
            return super().load(request, *arguments)

    monkeypatch.setattr("desktop_llm.engine.engine.TransformersEngine", Recording)
    loaded_by_path(FREEZE / "trace.py").answer()
    assert asked == [Device.CPU] * len(Precision)

    paths = find_paths()
    paths.settings.write_text(smoke.SETTINGS, "utf-8")
    settings = SettingsFile(paths)
    assert settings.values.model.device is Device.CPU
    assert not settings.notices


# torch before Qt, on Windows


def test_on_windows_the_frozen_program_loads_no_qt_before_its_own_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    qt = SimpleNamespace(create_embedded_qt_conf=lambda bindings, prefix: told.append(bindings))
    monkeypatch.setitem(sys.modules, "_pyi_rth_utils", SimpleNamespace(qt=qt))  # type: ignore[arg-type]
    for system in ("linux", "win32"):
        monkeypatch.setattr(sys, "platform", system)
        runpy.run_path(str(FREEZE / "no_early_qt.py"))
        qt.create_embedded_qt_conf("PySide6", system)
    assert told == ["PySide6"]
    recipe = (ROOT / "packaging" / "desktop-llm.spec").read_text("utf-8")
    assert 'runtime_hooks=[str(FREEZE / "no_early_qt.py")]' in recipe


@pytest.fixture
def windows_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> ModuleType:
        raise OSError(f"[WinError 126] Error loading {name}'s c10.dll.")

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(entry, "__import__", broken, raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


@pytest.mark.usefixtures("windows_without_torch")
def test_who_only_asks_the_window_to_close_needs_no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[Launch] = []

    def main(_: list[str], launch: Launch) -> int:
        reached.append(launch)
        return 0

    monkeypatch.setattr(app, "main", main)
    assert entry._open_window(Launch(quit=True)) == 0
    assert reached == [Launch(quit=True)]


@pytest.mark.usefixtures("windows_without_torch")
def test_a_torch_that_cannot_be_loaded_is_told_in_a_window_and_on_standard_error(
    qapp: QApplication, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[str] = []

    def read_and_close() -> None:
        box = qapp.activeModalWidget()
        assert isinstance(box, QMessageBox)
        shown.append(box.informativeText())
        box.close()

    QTimer.singleShot(0, read_and_close)
    assert entry._open_window(Launch()) == 1
    (told,) = shown
    assert "WinError 126" in told
    assert "Visual C++" in told
    assert "WinError 126" in capsys.readouterr().err


# The installer of Windows, which only Windows can run


def test_the_installer_waits_for_the_end_and_guesses_no_time() -> None:
    script = (ROOT / "packaging" / "windows" / "desktop-llm.iss").read_text("utf-8")
    assert "Sleep(" not in script
    assert "[UninstallRun]" not in script  # it would not hear that the window stays
    assert script.count("if not IsClosed() then") == 2


def test_the_installer_takes_back_what_it_put_on_the_path_and_tells_of_both() -> None:
    script = (ROOT / "packaging" / "windows" / "desktop-llm.iss").read_text("utf-8")
    assert "ChangesEnvironment=yes" in script.partition("[Languages]")[0]
    uninstall = script.partition("procedure CurUninstallStepChanged")[2]
    assert "TakeOffPath();" in uninstall
