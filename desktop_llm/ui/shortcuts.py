"""The keyboard shortcuts: one table, and the window that lists them (F1). Does none of them."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.painting import hairline_box
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look

CONTEXT = "Shortcuts"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One action: its name in the wiring, what it is called, its keys, the group it is listed in.

    Qt calls the large Enter key Return and the one beside the numbers Enter.
    """

    id: str
    title: str
    keys: tuple[str, ...]
    group: str

    @property
    def listed(self) -> tuple[str, ...]:
        """The keys as they are written on a keyboard, each once."""
        return tuple(dict.fromkeys(key.replace("Return", "Enter") for key in self.keys))


def _noop(text: str) -> str:
    """Marks a text for translation; it is translated where it is shown."""
    return text


CONVERSATIONS, MESSAGES, WINDOW = _noop("Conversations"), _noop("Messages"), _noop("Window")
ACTIONS = (
    Shortcut("new", _noop("New conversation"), ("Ctrl+N",), CONVERSATIONS),
    Shortcut("quick-ask", _noop("Quick ask"), ("Ctrl+Shift+N",), CONVERSATIONS),
    Shortcut("search", _noop("Search everything"), ("Ctrl+K", "Ctrl+Shift+F"), CONVERSATIONS),
    Shortcut("find", _noop("Find in this conversation"), ("Ctrl+F",), CONVERSATIONS),
    Shortcut("delete", _noop("Delete this conversation"), ("Ctrl+Shift+Backspace",), CONVERSATIONS),
    Shortcut("undo", _noop("Undo a deletion, while that is offered"), ("Ctrl+Z",), CONVERSATIONS),
    Shortcut("stop", _noop("Stop the reply, or close what is open"), ("Esc",), MESSAGES),
    Shortcut("regenerate", _noop("Regenerate the last reply"), ("Ctrl+R",), MESSAGES),
    Shortcut(
        "continue",
        _noop("Continue a reply that was cut off"),
        ("Ctrl+Shift+R", "Alt+Return", "Alt+Enter"),
        MESSAGES,
    ),
    Shortcut("previous-version", _noop("Previous version"), ("Alt+Left",), MESSAGES),
    Shortcut("next-version", _noop("Next version"), ("Alt+Right",), MESSAGES),
    Shortcut("edit-last", _noop("Edit your last message"), ("Ctrl+Shift+E",), MESSAGES),
    Shortcut("copy-reply", _noop("Copy the last reply"), ("Ctrl+Shift+C",), MESSAGES),
    Shortcut(
        "copy-code", _noop("Copy the last code block"), ("Ctrl+Shift+K", "Ctrl+Shift+;"), MESSAGES
    ),
    Shortcut("focus", _noop("Go to the message field"), ("Ctrl+L", "Shift+Esc"), WINDOW),
    Shortcut("model", _noop("Choose a model"), ("Ctrl+Shift+M",), WINDOW),
    Shortcut("models", _noop("Models: yours, the catalogue, downloads"), ("Ctrl+Shift+L",), WINDOW),
    Shortcut("settings", _noop("Settings"), ("Ctrl+,",), WINDOW),
    Shortcut("sidebar", _noop("Show or hide the conversations"), ("Ctrl+B",), WINDOW),
    Shortcut("zoom-in", _noop("Larger text"), ("Ctrl+=", "Ctrl++"), WINDOW),
    Shortcut("zoom-out", _noop("Smaller text"), ("Ctrl+-",), WINDOW),
    Shortcut("zoom-reset", _noop("Normal text size"), ("Ctrl+0",), WINDOW),
    Shortcut("shortcuts", _noop("List of shortcuts"), ("F1", "Ctrl+/"), WINDOW),
    Shortcut("quit", _noop("Quit"), ("Ctrl+Q",), WINDOW),
)
IN_PLACE = (
    (_noop("Edit your last message, from the empty field"), "Up"),
    (_noop("Choose a message with the keyboard"), "Alt+Up"),
    (_noop("What can be done with it"), "Menu"),
    (_noop("Rename the chosen conversation"), "F2"),
)
"""What works only where the cursor is."""


def translated(text: str) -> str:
    """A title or group in the window's language."""
    return QCoreApplication.translate(CONTEXT, text)


class KeyCap(QLabel):
    """Keys, drawn as a key."""

    def __init__(self, look: Look, keys: str, parent: QWidget) -> None:
        native = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
        super().__init__(native or keys, parent)
        self._look = look
        self.setFont(look.font(12, 500))
        self.setStyleSheet(f"color: {look.tokens.muted.name()};")
        self.setContentsMargins(look.px(8), look.px(3), look.px(8), look.px(3))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The key's outline under its text."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens, radius = self._look.tokens, self._look.px(6)
        hairline_box(painter, QRectF(self.rect()), radius, tokens.line, tokens.surface)
        painter.end()
        super().paintEvent(event)


class ShortcutsDialog(QDialog):
    """All shortcuts in groups. Esc closes it."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        body = QWidget(self)
        grid = QGridLayout(body)
        edge = look.px(22)
        grid.setContentsMargins(edge, look.px(6), edge, edge)
        grid.setHorizontalSpacing(look.px(24))
        grid.setVerticalSpacing(look.px(7))
        grid.setColumnStretch(0, 1)
        for group in (CONVERSATIONS, MESSAGES, WINDOW):
            self._add_group(look, grid, group)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setWidget(body)
        close = QuietButton(look, self.tr("Close"), self)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.setContentsMargins(edge, look.px(8), edge, look.px(16))
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, look.px(12), 0, 0)
        column.addWidget(area, 1)
        column.addLayout(foot)
        room = parent.window().height() - 60
        self.resize(look.px(560), min(look.px(760), max(320, room)))

    def _add_group(self, look: Look, grid: QGridLayout, group: str) -> None:
        row = grid.rowCount()
        title = Text(look, translated(group), self, size=13, weight=600, color="muted")
        grid.setRowMinimumHeight(row, look.px(34))
        grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignBottom)
        lines = [(entry.title, entry.listed) for entry in ACTIONS if entry.group == group]
        if group == MESSAGES:
            lines += [(text, (keys,)) for text, keys in IN_PLACE]
        for text, keys in lines:
            row += 1
            grid.addWidget(Text(look, translated(text), self, size=13.5), row, 0)
            grid.addLayout(self._caps(look, translated(text), keys), row, 1)

    def _caps(self, look: Look, text: str, keys: tuple[str, ...]) -> QHBoxLayout:
        """All keys that do the same, beside each other."""
        caps = QHBoxLayout()
        caps.setSpacing(look.px(6))
        caps.addStretch(1)
        for one in keys:
            cap = KeyCap(look, one, self)
            cap.setAccessibleName(f"{text}: {one}")
            caps.addWidget(cap, 0, Qt.AlignmentFlag.AlignVCenter)
        return caps
