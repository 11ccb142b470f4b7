"""What can be done with the message under the pointer or the keyboard: a row of small buttons."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from desktop_llm.core.events import Mark
from desktop_llm.core.policy import FilterAction
from desktop_llm.ui.controls.buttons import IconButton
from desktop_llm.ui.conversation.document import Item
from desktop_llm.ui.conversation.formats import MARK
from desktop_llm.ui.conversation.safety_words import GUARD, category_words
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


def menu_for(item: Item, codes: int, look: Look, parent: QWidget) -> QMenu:
    """The same as a menu, for the right button and for the menu key; with versions and code."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    names = titles()
    for action in possible(item):
        if action == "delete":
            menu.addSeparator()
        entry = menu.addAction(look.icon(ICONS[action]), names[action])
        entry.setData(action)
    for number in range(codes):
        text = QCoreApplication.translate("MessageActions", "Copy code")
        entry = menu.addAction(f"{text} {number + 1}" if codes > 1 else text)
        entry.setData(f"copy-code:{number}")
    if item.shown.versions > 1:
        menu.addSeparator()
        for action, ends in (
            ("previous", item.shown.version == 1),
            ("next", item.shown.version == item.shown.versions),
        ):
            entry = menu.addAction(names[action])
            entry.setData(action)
            entry.setEnabled(not ends)
    return menu


def offer_selection(menu: QMenu, copy_it: Callable[[], None]) -> None:
    """Put copying the selected text first."""
    first = menu.actions()[0]
    text = QCoreApplication.translate("MessageActions", "Copy selected text")
    copy = QAction(text, menu)
    copy.triggered.connect(copy_it)
    menu.insertAction(first, copy)
    menu.insertSeparator(first)


def offer_wrong(menu: QMenu, mark: Mark) -> None:
    """Offer to leave alone from now on what the safety filter found there."""
    words = QCoreApplication.translate(
        "MessageActions", "This was wrong: always allow {category} ({rule})"
    )
    menu.addSeparator()
    entry = menu.addAction(words.format(category=category_words(mark.category), rule=mark.rule))
    entry.setData(mark)


def perhaps_wrong(item: Item, cursor: QTextCursor) -> Mark | None:
    """The rule's mark at that place of a message, or the one that stopped it: it may have been wrong."""
    number = cursor.charFormat().intProperty(MARK)
    if not number:
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
        number = cursor.charFormat().intProperty(MARK)
    touched = item.marks[number - 1 : number] if number else []
    stops = [mark for mark in item.marks if mark.action == FilterAction.BLOCK]
    marks = [mark for mark in (*touched, *stops) if not mark.rule.startswith(GUARD)]
    return marks[0] if marks else None
