"""What the build does for Windows and macOS, as far as it can be seen from here."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

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


def test_the_trace_imports_no_module_that_only_linux_can() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS_ON_WINDOWS], capture_output=True, text=True, timeout=300,
        check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    imported = done.stdout.split()
    assert "desktop_llm.ui.hotkey.windows" in imported
    assert "desktop_llm.ui.hotkey.x11" not in imported
    assert "desktop_llm.ui.hotkey.portal" not in imported


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
