"""What the build does for Windows and macOS, as far as it can be seen from here."""

import os
import subprocess
import sys
from pathlib import Path

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
