"""The icon in the desktop's tray, while the settings want it. Knows the window by signals alone."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from desktop_llm.resources import resource


class Tray(QObject):
    """Signals: `show_requested()`, `quick_ask_requested()`, `quit_requested()`."""

    show_requested = Signal()
    quick_ask_requested = Signal()
    quit_requested = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._menu = QMenu(window)
        for text, signal in (
            (self.tr("Show the window"), self.show_requested),
            (self.tr("Quick ask"), self.quick_ask_requested),
            (self.tr("Quit"), self.quit_requested),
        ):
            self._menu.addAction(text).triggered.connect(signal)
        self._icon = QSystemTrayIcon(QIcon(str(resource("icons", "app.svg"))), self)
        self._icon.setToolTip("Desktop LLM")
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._on_activated)

    def set_wanted(self, wanted: bool) -> bool:
        """Show or hide the icon. Returns whether it is there: not every desktop has a tray."""
        there = wanted and QSystemTrayIcon.isSystemTrayAvailable()
        self._icon.setVisible(there)
        return there

    @Slot(QSystemTrayIcon.ActivationReason)
    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger:
            self.show_requested.emit()
