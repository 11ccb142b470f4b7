"""Writes a reply that may still grow: only its last open block is written again.

What stands before that block is final in Markdown, so the cost of a piece does not depend on how
much was written before it. Knows no message and no scroll bar.
"""

from __future__ import annotations  # markdown-it is imported when the first text is written

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtGui import (
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrame,
    QTextFrameFormat,
)

from desktop_llm.core.events import Mark
from desktop_llm.core.thinking import Split, split_thinking
from desktop_llm.ui.conversation.breaking import breakable
from desktop_llm.ui.conversation.formats import CODE, CODE_LEADING, THINKING, Formats
from desktop_llm.ui.conversation.markdown import MarkdownWriter
from desktop_llm.ui.conversation.marking import OPEN, Hide, nothing_hidden, with_marks
from desktop_llm.ui.conversation.parsing import lines_cut, parse
from desktop_llm.ui.conversation.references import References

if TYPE_CHECKING:
    from markdown_it.token import Token

LONG_LIST = 1500
LONG_PARAGRAPH = 3000
LONG_CODE = 4000
LONG_DEFINITIONS = 1500
"""Characters from which a list, a paragraph, an open code block, and what stands before definitions of
links, is no longer written anew."""
TOGGLE = "app:thinking"
ENDS = " \n\t。，；！？、"
LINE_END = re.compile("\r\n?")
"""Ends of lines that hold no line feed alone, and that Markdown counts all the same."""


class ReplyWriter:
    """Keeps one frame showing one reply. `update` takes the whole text so far."""

    def __init__(self, frame: QTextFrame, formats: Formats, hide: Hide = nothing_hidden) -> None:
        self._frame, self._formats, self._hide = frame, formats, hide
        self._thinking_open = False
        self._seconds = 0.0
        self._text = ""
        self._marks: Sequence[Mark] = ()
        self._clear()

    def _clear(self) -> None:
        self._head: tuple[bool, bool] | None = None
        self._answer = ""
        self._stable = 0
        self._code = ""  # what an open, long code block shows already
        self._references = References()
        self._start: QTextCursor | None = None

    @property
    def end(self) -> QTextCursor:
        """Behind the last visible character."""
        return self._frame.lastCursorPosition()

    def set_thinking_seconds(self, seconds: float) -> None:
        """How long the model thought; 0 where that is not known."""
        if seconds != self._seconds:
            self._seconds = seconds
            if self._head is not None and self._head[0]:
                self.rewrite()

    def toggle_thinking(self) -> None:
        """Open or close what the model thought."""
        self._thinking_open = not self._thinking_open
        self.rewrite()

    def rewrite(self) -> None:
        """Write everything again."""
        self._clear()
        self.update(self._text, self._marks)

    def update(self, text: str, marks: Sequence[Mark] = ()) -> None:
        """Show that text, with the safety filter's marks in it."""
        self._text, self._marks = text, tuple(marks)
        split = _marked(split_thinking(text), text, self._marks)
        head = (bool(split.thinking) or split.open, split.open)
        cursor = self._frame.firstCursorPosition()
        cursor.beginEditBlock()
        grows = split.answer.startswith(self._answer)
        if head != self._head or not grows or (self._thinking_open and split.open):
            self._write_head(head, split.thinking)
        self._write_answer(split.answer)
        if self._references.pays:  # what stands above may refer to them
            self._write_head(head, split.thinking)
            self._write_answer(split.answer)
        cursor.endEditBlock()

    def finish(self, text: str, marks: Sequence[Mark] = ()) -> None:
        """The reply has ended: show all of it as it would be shown anew."""
        self._code = ""  # a long block at its end gets its colours
        self.update(text, marks)
        if self._references.missing:
            self.rewrite()

    def showing(self, text: str) -> tuple[str, dict[int, str]]:
        """The letters and links that would be in the frame if the reply were that text, written
        elsewhere: as `letters_in` and `links_in` tell them."""
        scratch = QTextDocument()
        other = ReplyWriter(
            QTextCursor(scratch).insertFrame(QTextFrameFormat()), self._formats, self._hide
        )
        other._thinking_open, other._seconds = self._thinking_open, self._seconds
        other.update(text, self._marks)
        return letters_in(other._frame), links_in(other._frame)

    # What the model thought

    def _write_head(self, head: tuple[bool, bool], thinking: str) -> None:
        self._clear()
        self._head = head
        cursor = self._frame.firstCursorPosition()
        cursor.setPosition(self._frame.lastPosition(), QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        cursor.setBlockFormat(self._formats.nothing())
        writer = self._writer(cursor, self._formats.text)
        if head[0]:
            self._write_thinking(writer, cursor, thinking, running=head[1])
        self._start = QTextCursor(cursor)
        self._start.setKeepPositionOnInsert(True)

    def _write_thinking(
        self, writer: MarkdownWriter, cursor: QTextCursor, thinking: str, *, running: bool
    ) -> None:
        name = _tr("Thinking…") if running else self._thought_name()
        arrow = "▾ " if self._thinking_open else "▸ "
        link = self._formats.link(self._formats.muted, TOGGLE)
        link.setFontUnderline(False)
        link.setForeground(self._formats.muted.foreground())
        link.setToolTip(_tr("Show or hide what the model thought"))
        writer.take_block(self._formats.block(size=13, leading=1.5, below=8), link)
        cursor.insertText(arrow + name, link)
        if self._thinking_open:
            writer.enter(self._formats.frame(THINKING))
            inner = self._writer(cursor, self._formats.thinking)
            inner.write(parse(thinking))
            writer.leave()
        else:
            writer.rest()

    def _thought_name(self) -> str:
        if not self._seconds:
            return _tr("Thoughts")
        digits = 1 if self._seconds < 10 else 0
        seconds = QLocale().toString(self._seconds, "f", digits)
        return _tr("Thought for {seconds} s").format(seconds=seconds)

    # The answer

    def _write_answer(self, answer: str) -> None:
        self._answer = answer
        tail = answer[self._stable :]
        if self._append_to_code(tail):
            return
        while True:
            tokens = parse(tail, self._references.begin())
            if not self._stable:
                self._references.note_written()
            writer = self._empty_tail()
            cut = _cut(tokens, tail, self._references)
            if cut is None:
                writer.write(tokens)
                break
            done, offset, below = cut
            writer.write(done)
            if below is not None:
                writer.space_below(below)
            writer.rest()
            self._references.keep(tail.count("\n", 0, offset))
            self._stable += offset
            tail = tail[offset:]
            self._start = QTextCursor(writer.cursor)
            self._start.setKeepPositionOnInsert(True)
        self._remember_code(tokens)

    def _empty_tail(self) -> MarkdownWriter:
        """A writer at the start of the tail, with everything behind it gone."""
        assert self._start is not None
        cursor = QTextCursor(self._start)
        cursor.setKeepPositionOnInsert(False)
        cursor.setPosition(self._start.position())
        cursor.setPosition(self._frame.lastPosition(), QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        cursor.setBlockFormat(self._formats.nothing())
        return self._writer(cursor, self._formats.text)

    def _writer(self, cursor: QTextCursor, base: QTextCharFormat) -> MarkdownWriter:
        return MarkdownWriter(cursor, self._formats, base, self._marks, self._hide)

    def _remember_code(self, tokens: Sequence[Token]) -> None:
        self._code = ""
        # Where lines are cut, what is added may make a word of what is there: it is looked at as one.
        if len(tokens) == 1 and tokens[0].type == "fence" and not lines_cut(tokens[0]):
            content = tokens[0].content.removesuffix("\n")
            if len(content) > LONG_CODE and OPEN not in content:
                self._code = content

    def _append_to_code(self, tail: str) -> bool:
        """Add what is new to a long open code block, uncoloured until it is closed."""
        if not self._code:
            return False
        tokens = parse(tail)
        content = tokens[0].content.removesuffix("\n")
        if len(tokens) != 1 or not content.startswith(self._code) or OPEN in content:
            self._code = ""
            return False
        cursor = self._last_code_end()
        block = self._formats.block(size=CODE, leading=CODE_LEADING, below=0)
        first, *others = breakable(content[len(self._code) :]).split("\n")
        cursor.insertText(first, self._formats.code)
        for line in others:
            cursor.insertBlock(block, self._formats.code)
            cursor.insertText(line, self._formats.code)
        self._code = content
        return True

    def _last_code_end(self) -> QTextCursor:
        return self._frame.childFrames()[-1].lastCursorPosition()


def letters_in(frame: QTextFrame) -> str:
    """What stands in a frame, as it stands there: one letter for every place of a cursor's."""
    cursor = frame.firstCursorPosition()
    cursor.setPosition(frame.lastPosition(), QTextCursor.MoveMode.KeepAnchor)
    return cursor.selectedText()


def links_in(frame: QTextFrame) -> dict[int, str]:
    """Where links begin in a frame, counted as `letters_in` does, and where each of them leads."""
    found: dict[int, str] = {}
    block = frame.document().findBlock(frame.firstPosition())
    while block.isValid() and block.position() <= frame.lastPosition():
        part = block.begin()
        while not part.atEnd():
            if address := part.fragment().charFormat().anchorHref():
                found[part.fragment().position() - frame.firstPosition()] = address
            part += 1
        block = block.next()
    return found


def _tr(text: str) -> str:
    return QCoreApplication.translate("Reply", text)


def _marked(split: Split, text: str, marks: Sequence[Mark]) -> Split:
    """Both sides of a reply, with signs for the marks in them, and one kind of line end."""
    thinking = with_marks(split.thinking, marks, text.find(split.thinking))
    answer = with_marks(split.answer, marks, len(text) - len(split.answer))
    return Split(thinking, LINE_END.sub("\n", answer), split.open)


def _cut(
    tokens: Sequence[Token], tail: str, references: References
) -> tuple[Sequence[Token], int, float | None] | None:
    """Where the tail can be cut: the tokens before it, its offset, the space below them.

    None where the tail is one block that is not too long to be written again.
    """
    tops = [i for i, token in enumerate(tokens) if token.level == 0 and token.nesting >= 0]
    if tops and (line := _line(tokens[tops[-1]])):
        return tokens[: tops[-1]], _offset(tail, line), None
    line = references.last_line()
    if len(tail) > LONG_DEFINITIONS and line > 0 and line >= (_end(tokens[0]) if tops else 0):
        return tokens, _offset(tail, line), None
    if not tops:
        return None
    kind = tokens[0].type
    if kind in ("bullet_list_open", "ordered_list_open") and len(tail) > LONG_LIST:
        items = [i for i, token in enumerate(tokens) if token.type == "list_item_open"
                 and token.level == 1]  # fmt: skip
        if len(items) > 1:
            place = items[-1]
            done = [*tokens[:place], tokens[-1]]
            return done, _offset(tail, _line(tokens[place])), 4
    if kind == "paragraph_open" and len(tail) > LONG_PARAGRAPH:
        limit = LONG_PARAGRAPH - 200
        end = 1 + max(tail.rfind(mark, 0, limit) for mark in ENDS)
        end = end if end > limit // 2 else limit
        return parse(tail[:end], references.env), end, 0
    return None


def _line(token: Token) -> int:
    assert token.map is not None
    return token.map[0]


def _end(token: Token) -> int:
    assert token.map is not None
    return token.map[1]


def _offset(text: str, line: int) -> int:
    """Where that line of the text begins."""
    place = 0
    for _ in range(line):
        place = text.index("\n", place) + 1
    return place
