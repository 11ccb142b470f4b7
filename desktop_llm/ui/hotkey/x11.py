"""Keys everywhere on X11: asked of the X server on a connection of our own. Hears no other keys."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier, Slot
from Xlib import XK, X, display, error

from desktop_llm.core.keys import Keys
from desktop_llm.ui.hotkey.errors import taken

_MASKS = {
    "Ctrl": X.ControlMask, "Shift": X.ShiftMask, "Alt": X.Mod1Mask, "Meta": X.Mod4Mask,
}  # fmt: skip
_LOCKS = (0, X.LockMask, X.Mod2Mask, X.LockMask | X.Mod2Mask)
"""Caps Lock and Num Lock count as modifiers for the server; with either one it is the same keys."""
_SYMBOLS = {"Space": "space", "PgUp": "Page_Up", "PgDown": "Page_Down"}


class X11Keys(QObject):
    """Holds at most one combination and calls `pressed` each time it is pressed."""

    def __init__(self, pressed: Callable[[], None], parent: QObject) -> None:
        """Raises Xlib's DisplayError where there is no X server."""
        super().__init__(parent)
        self._pressed = pressed
        self._display = display.Display()
        self._root = self._display.screen().root
        self._held: tuple[int, int] | None = None
        kind = QSocketNotifier.Type.Read
        self._notifier = QSocketNotifier(self._display.fileno(), kind, self)
        self._notifier.activated.connect(self._on_events)

    def hold(self, keys: Keys) -> None:
        """Ask the server for the combination. Raises UserError where another program has it."""
        self.release()
        symbol = XK.string_to_keysym(_SYMBOLS.get(keys.key, keys.key))
        code = self._display.keysym_to_keycode(symbol)
        mask = sum(_MASKS[name] for name in keys.modifiers)
        refused = error.CatchError(error.BadAccess)
        for locks in _LOCKS:
            self._root.grab_key(
                code, mask | locks, True, X.GrabModeAsync, X.GrabModeAsync, onerror=refused
            )
        self._held = (code, mask)
        self._display.sync()
        if not code or refused.get_error():
            self.release()
            raise taken(keys)

    def release(self) -> None:
        """Give the combination back."""
        if self._held is not None:
            code, mask = self._held
            for locks in _LOCKS:
                self._root.ungrab_key(code, mask | locks)
            self._display.sync()
            self._held = None

    def close(self) -> None:
        """Give all back and leave the server."""
        self._notifier.setEnabled(False)
        self.release()
        self._display.close()

    @Slot()
    def _on_events(self) -> None:
        while self._display.pending_events():
            if self._display.next_event().type == X.KeyPress:
                self._pressed()
