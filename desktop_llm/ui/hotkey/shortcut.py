"""The keys that open the quick question from other programs: which way this desktop has for them."""

import os
import sys
from typing import Protocol

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from desktop_llm.core.errors import UserError
from desktop_llm.core.keys import Keys, read_keys
from desktop_llm.ui.hotkey.errors import impossible

SETTING = "general.quick_ask_keys"


class Holder(Protocol):
    """One desktop's way to hold a combination."""

    def hold(self, keys: Keys) -> None:
        """Raises UserError where it cannot be had."""

    def release(self) -> None:
        """Give it back."""

    def close(self) -> None:
        """Give it back for good."""


class GlobalShortcut(QObject):
    """Signals: `pressed()`, `failed(UserError)`. Holds nothing until keys are wanted."""

    pressed = Signal()
    failed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._wanted: str | None = ""
        self._refused = False
        self._holder: Holder | None = None

    @Slot(str)
    def setting_changed(self, key: str) -> None:
        """Keys that were refused may be chosen once more: what is set next is asked for in any case."""
        if key == SETTING and self._refused:
            self._wanted = None

    def set_keys(self, text: str) -> None:
        """Hold this combination from now on, and no other; "" gives it back.

        One that is held already, or was refused, is not asked for again.
        """
        if text == self._wanted:
            return
        self._wanted, self._refused = text, False
        try:
            if text:
                self._holder = self._holder or self._made()
                self._holder.hold(read_keys(text))
            elif self._holder is not None:
                self._holder.release()
        except UserError as error:
            self._refuse(error)

    def _refuse(self, error: UserError) -> None:
        self._refused = True
        self.failed.emit(error)

    def close(self) -> None:
        """Give the keys back; the app is ending or makes its window anew."""
        if self._holder is not None:
            self._holder.close()
        self._holder, self._wanted = None, ""

    def _made(self) -> Holder:
        """The way that this desktop has. Raises UserError where it has none."""
        way = way_of(sys.platform, QGuiApplication.platformName(), os.environ)
        if way == "x11":
            from desktop_llm.ui.hotkey.x11 import X11Keys

            return X11Keys(self.pressed.emit, self)
        if way == "portal":
            from desktop_llm.ui.hotkey.portal import PortalKeys

            return PortalKeys(self.pressed.emit, self._refuse, self)
        if way == "windows":
            from desktop_llm.ui.hotkey.windows import WindowsKeys

            return WindowsKeys(self.pressed.emit)
        raise impossible()


def way_of(system: str, window_system: str, environment: os._Environ | dict[str, str]) -> str:
    """ "x11", "portal", "windows", or "" where programs cannot ask for keys.

    On Wayland an X server may be there for old programs; it hears only the keys that those get.
    """
    if system == "win32":
        return "windows"
    if system != "linux":
        return ""
    wayland = window_system.startswith("wayland") or environment.get("WAYLAND_DISPLAY")
    return "portal" if wayland else "x11" if window_system == "xcb" else ""
