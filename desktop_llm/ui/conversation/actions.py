"""What can be done with the message under the pointer or the keyboard: a row of small buttons."""

from PySide6.QtCore import QCoreApplication, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_llm.ui.controls.buttons import IconButton
from desktop_llm.ui.conversation.document import Item
from desktop_llm.ui.conversation.statistics import can_continue
from desktop_llm.ui.look import Look

ICONS = {"copy": "copy", "edit": "pencil", "regenerate": "refresh", "continue": "play",
         "delete": "trash"}  # fmt: skip

BESIDE = 84
"""Room that the arrows between versions take."""


def titles() -> dict[str, str]:
    """The actions' names in the window's language."""
    tr = QCoreApplication.translate
    return {
        "copy": tr("MessageActions", "Copy message"),
        "edit": tr("MessageActions", "Edit"),
        "regenerate": tr("MessageActions", "Regenerate"),
        "continue": tr("MessageActions", "Continue the reply"),
        "previous": tr("MessageActions", "Previous version"),
        "next": tr("MessageActions", "Next version"),
        "delete": tr("MessageActions", "Delete"),
    }


def possible(item: Item) -> tuple[str, ...]:
    """What can be done with a message, as names of actions."""
    if item.running:
        return ("copy",)
    if item.by_user:
        return ("copy", "edit", "delete")
    message = item.shown.message
    edit = ("edit",) if message.text else ()
    going_on = ("continue",) if can_continue(message) else ()
    return ("copy", *edit, "regenerate", *going_on, "delete")


class MessageActions(QWidget):
    """Signals: `chosen(action)`. One row serves all messages; the view moves it."""

    chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.item: Item | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.buttons: dict[str, IconButton] = {}
        for action, icon in ICONS.items():
            button = IconButton(look, icon, titles()[action], self, size=15)
            button.setObjectName(action)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(self._on_clicked)
            self._row.addWidget(button)
            self.buttons[action] = button
        self.hide()

    def show_for(self, item: Item) -> None:
        """Offer what can be done with that message."""
        self.item = item
        allowed = possible(item)
        for action, button in self.buttons.items():
            button.setVisible(action in allowed)
        self.adjustSize()
        self.show()

    def put_away(self) -> None:
        """Offer nothing."""
        self.item = None
        self.hide()

    def place(self, line: QRectF) -> None:
        """Stand at the right end of that line, beside the arrows between a question's versions."""
        item = self.item
        versions = item is not None and item.by_user and item.shown.versions > 1
        spare = self._look.px(BESIDE) if versions else 0
        left = line.right() - self.width() - spare
        self.move(int(left), int(line.center().y() - self.height() / 2))

    @Slot()
    def _on_clicked(self) -> None:
        button = self.sender()
        if button is not None:
            self.chosen.emit(button.objectName())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The page's own ground: what lies under it must not shine through."""
        QPainter(self).fillRect(self.rect(), self._look.tokens.bg)
