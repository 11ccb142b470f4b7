"""The shortcuts as actions of the window. What is about the conversation is done only where that is seen."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QKeySequence

from desktop_llm.ui.shortcuts import ACTIONS
from desktop_llm.ui.window import MainWindow

BROUGHT = ("find", "edit-last")
"""From another page they bring the conversation to the front, and begin there."""
BROUGHT_FIRST = ("regenerate", "continue")
"""They only bring it there, for they would change it unseen: pressed again they do what they do."""
THERE_ONLY = ("previous-version", "next-version", "delete", "copy-reply", "copy-code")
"""On another page they do nothing."""
UNDER_WELCOME = ("stop", "zoom-in", "zoom-out", "zoom-reset", "shortcuts", "quit")
"""What is done while the first start's steps cover the window: nothing that changes what is below."""


class ShortcutActions(QObject):
    """`does` has a function for every one, without arguments, by its id."""

    def __init__(self, window: MainWindow, does: Mapping[str, Callable[[], object]]) -> None:
        super().__init__(window)
        self._window, self._does = window, does
        self.actions: dict[str, QAction] = {}
        for entry in ACTIONS:
            action = QAction(entry.title, window)
            action.setObjectName(entry.id)
            action.setShortcuts([QKeySequence(key) for key in entry.keys])
            action.triggered.connect(self._on_triggered)
            window.addAction(action)
            self.actions[entry.id] = action

    @Slot()
    def _on_triggered(self) -> None:
        name = self.sender().objectName()
        if self._may(name):
            self._does[name]()

    def _may(self, name: str) -> bool:
        """Whether it is done now; the conversation is in front then, where it is about that."""
        if self._window.welcome is not None:
            return name in UNDER_WELCOME
        if name not in (*BROUGHT, *BROUGHT_FIRST, *THERE_ONLY) or self._window.chat_shown:
            return True
        if name in THERE_ONLY:
            return False
        self._window.show_chat()
        return name in BROUGHT
