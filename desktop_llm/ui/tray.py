"""The icon in the desktop's tray, while the settings want it. Knows the window by signals alone."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from desktop_llm.core.errors import UserError
from desktop_llm.resources import resource


class Tray(QObject):
    """Signals: `show_requested()`, `quick_ask_requested()`, `quit_requested()`; `failed(UserError)` where
    the icon is wanted and this desktop has no place for it.
    """

    show_requested = Signal()
    quick_ask_requested = Signal()
    quit_requested = Signal()
    failed = Signal(object)

    def __init__(self, window: QWidget, *, wanted: bool = False) -> None:
        """`wanted`: whether the settings want it already, which nobody is told about again."""
        super().__init__(window)
        self._wanted = wanted
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
        """Show or hide the icon. Returns whether it is there: not every desktop has a tray.

        Where it is not that is told, once for each time that it is switched on.
        """
        there = wanted and QSystemTrayIcon.isSystemTrayAvailable()
        self._icon.setVisible(there)
        asked, self._wanted = wanted and not self._wanted, wanted
        if asked and not there:
            self.failed.emit(
                UserError(
                    self.tr("The app cannot stay in the tray."),
                    self.tr("This desktop has no tray that an app can put an icon into."),
                    self.tr(
                        "Until it has one, closing the window ends the app. On GNOME an extension adds it."
                    ),
                )
            )
        return there

    @Slot(QSystemTrayIcon.ActivationReason)
    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger:
            self.show_requested.emit()
