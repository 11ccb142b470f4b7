"""Keys everywhere on Windows: asked of the system for this thread. Hears no other keys."""

import ctypes
import sys
from collections.abc import Callable

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication

from desktop_llm.core.keys import Keys
from desktop_llm.ui.hotkey.errors import taken

ID = 1
WM_HOTKEY, NO_REPEAT = 0x0312, 0x4000
_MASKS = {"Alt": 0x1, "Ctrl": 0x2, "Shift": 0x4, "Meta": 0x8}
_CODES = {
    "Space": 0x20, "PgUp": 0x21, "PgDown": 0x22, "End": 0x23, "Home": 0x24, "Left": 0x25,
    "Up": 0x26, "Right": 0x27, "Down": 0x28, "Insert": 0x2D, "Pause": 0x13,
}  # fmt: skip


def virtual_key(key: str) -> int:
    """The system's number of a key: letters and digits are their own, F1 is 0x70."""
    if len(key) == 1:
        return ord(key)
    return _CODES.get(key) or 0x6F + int(key[1:])


class WindowsKeys(QAbstractNativeEventFilter):
    """Holds at most one combination and calls `pressed` each time it is pressed."""

    def __init__(self, pressed: Callable[[], None]) -> None:
        super().__init__()
        self._pressed, self._held = pressed, False
        QCoreApplication.instance().installNativeEventFilter(self)

    def hold(self, keys: Keys) -> None:
        """Ask the system for the combination. Raises UserError where another program has it."""
        self.release()
        mask = sum(_MASKS[name] for name in keys.modifiers) | NO_REPEAT
        if not ctypes.windll.user32.RegisterHotKey(None, ID, mask, virtual_key(keys.key)):
            raise taken(keys)
        self._held = True

    def release(self) -> None:
        """Give the combination back."""
        if self._held:
            ctypes.windll.user32.UnregisterHotKey(None, ID)
            self._held = False

    def close(self) -> None:
        """Give all back and hear nothing more."""
        self.release()
        QCoreApplication.instance().removeNativeEventFilter(self)

    def nativeEventFilter(
        self, kind: QByteArray | bytes | bytearray | memoryview, message: int
    ) -> tuple[bool, int]:
        """Qt shows every message of the thread; ours is the one about held keys."""
        if sys.platform == "win32" and bytes(kind).startswith(b"windows_"):
            from ctypes import wintypes

            if wintypes.MSG.from_address(int(message)).message == WM_HOTKEY:
                self._pressed()
                return True, 0
        return False, 0
