"""The menu of a message: what can be done with it, and what the safety filter did there. Does nothing itself."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QTextCursor
from PySide6.QtWidgets import QMenu, QWidget

from desktop_llm.core.events import UNCHECKED, Mark
from desktop_llm.core.policy import FilterAction
from desktop_llm.ui.controls.plain import menu_text
from desktop_llm.ui.conversation.actions import ICONS, possible, titles
from desktop_llm.ui.conversation.copying import Copying
from desktop_llm.ui.conversation.document import ConversationDocument, Item, frame_text
from desktop_llm.ui.conversation.formats import MARK
from desktop_llm.ui.conversation.marking import SHOWN
from desktop_llm.ui.conversation.safety_words import GUARD, category_words, mark_words
from desktop_llm.ui.conversation.tame import TameBrowser
from desktop_llm.ui.look import Look

COPY_CODE = "copy-code:"
"""Before the number of a code block, from 0, in the name of what copies it."""


class MessageMenu(QObject):
    """Signals: `chosen(action, the message's id)`; `wrong(mark)` of a rule to leave alone from now on."""

    chosen = Signal(str, str)
    wrong = Signal(object)

    def __init__(
        self, look: Look, view: TameBrowser, doc: ConversationDocument, copying: Copying
    ) -> None:
        super().__init__(view)
        self._look, self._view, self._doc, self._copying = look, view, doc, copying
        self._about = ""  # the message that the open menu is about
        self._codes: list[str] = []  # and its code blocks, as they were when it opened

    def open(self, item: Item, marks: Sequence[Mark], place: QPoint) -> None:
        """Show the menu of a message at a place of the screen, with what is said of those marks."""
        self._codes = [frame_text(code) for code in self._doc.codes(item)]
        menu = menu_for(item, len(self._codes), self._look, self._view)
        if self._view.textCursor().hasSelection():
            offer_selection(menu, self._copying.selection)
        tell_of(menu, marks)
        menu.triggered.connect(self._on_triggered)
        self._about = item.id
        menu.popup(place)

    @Slot(QAction)
    def _on_triggered(self, entry: QAction) -> None:
        if isinstance(entry.data(), Mark):
            self.wrong.emit(entry.data())
        elif entry.data() and entry.data().startswith(COPY_CODE):
            self._copy_code(int(entry.data().removeprefix(COPY_CODE)))
        elif entry.data():
            self.chosen.emit(entry.data(), self._about)

    def _copy_code(self, number: int) -> None:
        if (item := self._doc.find(self._about)) is not None:
            self._copying.code_of(item, number, self._codes[number])


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
        entry.setData(f"{COPY_CODE}{number}")
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


def tell_of(menu: QMenu, marks: Sequence[Mark]) -> None:
    """Say of each mark why it is there, and offer to leave its rule alone from now on.

    A guard model has no rules that could be left alone: of it is only told.
    """
    words = QCoreApplication.translate(
        "MessageActions", "This was wrong: always allow {category} ({rule})"
    )
    if marks:
        menu.addSeparator()
    for mark in marks:
        if mark.rule.startswith(GUARD):
            menu.addAction(menu_text(mark_words(mark)))  # enabled, or no key would reach it
            continue
        told = words.format(category=category_words(mark.category), rule=mark.rule_alone)
        menu.addAction(menu_text(told)).setData(mark)


def marks_at(item: Item, cursor: QTextCursor) -> tuple[Mark, ...]:
    """The rule's mark at that place of a message, or the one that stopped it: it may have been wrong."""
    stops = [mark for mark in item.marks if mark.action == FilterAction.BLOCK]
    marks = (*_touched(item, cursor), *stops)
    return tuple(mark for mark in marks if not mark.rule.startswith(GUARD))[:1]


def marks_by_key(item: Item, cursor: QTextCursor) -> tuple[Mark, ...]:
    """The mark under the text cursor, or where none is there the message's marks, one of each rule."""
    within = item.frame.firstPosition() <= cursor.position() <= item.frame.lastPosition()
    touched = _touched(item, cursor) if within else []
    return _one_of_each(touched) or _one_of_each(item.marks)


def _one_of_each(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """The marks that are seen, and a rule's that stopped; why a guard model did stands under it all."""
    told = {}
    for mark in marks:
        seen = mark.action in SHOWN and mark.category != UNCHECKED and not mark.in_prompt
        stop = mark.action == FilterAction.BLOCK and not mark.rule.startswith(GUARD)
        if seen or stop:
            told.setdefault((mark.category, mark.rule), mark)
    return tuple(told.values())


def _touched(item: Item, cursor: QTextCursor) -> list[Mark]:
    """The mark of the letters on either side of a text cursor, which may be moved by one."""
    number = cursor.charFormat().intProperty(MARK)
    if not number:
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
        number = cursor.charFormat().intProperty(MARK)
    return item.marks[number - 1 : number] if number else []
