"""Marks a text wherever it stands in the document and steps through the places. Moves no scroll bar."""

from PySide6.QtCore import QRegularExpression
from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextEdit

from desktop_llm.ui.conversation.breaking import BREAK_HERE, unbroken
from desktop_llm.ui.look import Look

MOST = 2000
"""Places that are marked at most."""


class Finder:
    """The places where a text stands, and which of them is the current one."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self.text = ""
        self.places: list[QTextCursor] = []
        self.current = -1

    def find(self, document: QTextDocument, text: str, near: int, backwards: bool) -> None:
        """Look for a text (any case) and choose the next place, or the first one behind `near`."""
        fresh = text != self.text or self.current < 0
        self.text = text
        self.places = self._all(document, text)
        if not self.places:
            self.current = -1
        elif fresh:
            behind = (i for i, place in enumerate(self.places) if place.selectionStart() >= near)
            self.current = next(behind, 0)
        else:
            self.current = (self.current + (-1 if backwards else 1)) % len(self.places)

    def mark(self, document: QTextDocument) -> None:
        """Look for the same text in what stands there now. None of the places is current."""
        self.places, self.current = self._all(document, self.text), -1

    def clear(self) -> None:
        """Forget all places."""
        self.text, self.places, self.current = "", [], -1

    def marks(self) -> list[QTextEdit.ExtraSelection]:
        """How the places look."""
        found = []
        for number, place in enumerate(self.places):
            mark = QTextEdit.ExtraSelection()
            chars = QTextCharFormat()
            tokens = self._look.tokens
            current = number == self.current
            chars.setBackground(tokens.accent if current else tokens.warn_soft)
            chars.setForeground(tokens.on_accent if current else tokens.text)
            mark.cursor, mark.format = place, chars  # type: ignore[attr-defined]
            found.append(mark)
        return found

    @staticmethod
    def _all(document: QTextDocument, text: str) -> list[QTextCursor]:
        found: list[QTextCursor] = []
        letters = unbroken(text)
        if not letters:
            return found
        wanted = QRegularExpression(
            f"{BREAK_HERE}?".join(map(QRegularExpression.escape, letters)),
            QRegularExpression.PatternOption.CaseInsensitiveOption,
        )
        cursor = QTextCursor(document)
        while len(found) < MOST:
            cursor = document.find(wanted, cursor)
            if cursor.isNull():
                break
            found.append(cursor)
        return found
