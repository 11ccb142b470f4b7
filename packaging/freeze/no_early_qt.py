"""Run in the frozen program before PyInstaller's own hooks, which on Windows would load Qt before torch.

They load it only to tell Qt where its files lie, which PySide6 does itself when it is imported.
Loaded after Qt, torch's libraries fail there (WinError 1114, pytorch issue 166628).
"""

import sys

if sys.platform == "win32":
    from _pyi_rth_utils import qt

    qt.create_embedded_qt_conf = lambda bindings, prefix: None
