"""Writes Markdown into a text document: turns the tokens that `parsing` has read into blocks.

HTML stays text, images are named but never fetched. Knows no message and no conversation.
"""

from __future__ import annotations  # markdown-it is imported when the first text is written

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextList,
    QTextListFormat,
    QTextTable,
)

from desktop_llm.core.events import Mark
from desktop_llm.ui.conversation.breaking import breakable
from desktop_llm.ui.conversation.formats import (
    CODE,
    CODE_BLOCK,
    CODE_HEAD,
    CODE_LEADING,
    HEADINGS,
    LANGUAGE,
    LIST_INDENT,
    QUOTE,
    SMALL_HEADING,
    Formats,
)
from desktop_llm.ui.conversation.marking import (
    MOST,
    Hide,
    covered,
    nothing_hidden,
    pieces,
    without_signs,
)
from desktop_llm.ui.conversation.parsing import (
    BREAKS,
    closing,
    lines_cut,
    rows_of,
    target_of,
    text_of,
)

if TYPE_CHECKING:
    from markdown_it.token import Token

LINE = "\u2028"
FRAME_END = "\ufdd1"
"""What Qt has in its text where a frame or a table ends."""


@dataclass(slots=True)
class _Open:
    """Where the writer stands: lists that are open, their items' state, spaces, letters."""

    lists: list[QTextList | None] = field(default_factory=list)
    styles: list[QTextListFormat] = field(default_factory=list)
    item_starts: bool = False
    quotes: int = 0
    tight: bool = False


class MarkdownWriter:
    """Writes tokens at a cursor. The cursor must stand in an empty block, which is used first."""

    def __init__(
        self, cursor: QTextCursor, formats: Formats, base: QTextCharFormat,
        marks: Sequence[Mark] = (), hide: Hide = nothing_hidden,
    ) -> None:  # fmt: skip
        self.cursor, self._formats, self._base = cursor, formats, base
        self._marks, self._hide = marks, hide
        self._covers: Sequence[
            Mark
        ] = ()  # what is hidden where it is written, by number from `MOST`
        self._number = -1  # of the mark that the writer stands in
        self._fresh = True  # the block under the cursor is empty and may be taken
        self._open = _Open()

    def write(self, tokens: Sequence[Token]) -> None:
        """Write all tokens; afterwards the cursor stands at the end of what was written."""
        place = 0
        while place < len(tokens):
            place = self._block(tokens, place)

    def _block(self, tokens: Sequence[Token], place: int) -> int:
        token = tokens[place]
        if token.type in ("fence", "code_block"):
            language = without_signs(next(iter(token.info.split()), ""))
            self.code(token.content, language, lines_cut=lines_cut(token))
        elif token.type == "hr":
            self._rule()
        elif token.type == "heading_open":
            self._heading(int(token.tag[1]), tokens[place + 1])
            return place + 3
        elif token.type == "paragraph_open":
            self._paragraph(tokens[place + 1], hidden=token.hidden)
            return place + 3
        elif token.type == "table_open":
            return self._table(tokens, place)
        elif token.type == "blockquote_open":
            return self._quote(tokens, place)
        else:
            self._list_token(token)
        return place + 1

    # Paragraphs and headings

    def take_block(self, block: QTextBlockFormat, chars: QTextCharFormat) -> None:
        """Start a block, in the empty one that is there or in a new one."""
        if self._fresh:
            self.cursor.setBlockFormat(block)
            self.cursor.setBlockCharFormat(chars)
            self.cursor.setCharFormat(chars)
        else:
            self.cursor.insertBlock(block, chars)
        self._fresh = False

    def _paragraph(self, inline: Token, *, hidden: bool) -> None:
        below = 4 if self._open.lists else 12
        block = self._formats.block(below=below)
        self._start_in_list(block, self._base)
        self._inline(inline, self._base)

    def _heading(self, level: int, inline: Token) -> None:
        size = HEADINGS.get(level, SMALL_HEADING)
        first = self._fresh and self.cursor.atStart()
        block = self._formats.block(size=size, leading=1.4, above=0 if first else 6, below=8)
        block.setHeadingLevel(level)
        chars = self._formats.heading(level)
        self._start_in_list(block, chars)
        self._inline(inline, chars)

    def _rule(self) -> None:
        # Qt lays an empty block right behind a table out beside it: the line takes the next one.
        behind = self.cursor.document().characterAt(self.cursor.position() - 1)
        self._fresh = self._fresh and behind != FRAME_END
        self.take_block(self._formats.rule(), self._base)

    def rest(self) -> None:
        """Stand in an empty block, so that another writer can go on here."""
        if not self._fresh:
            self.cursor.insertBlock(self._formats.nothing(), self._base)
            self._fresh = True

    # Lists

    def _list_token(self, token: Token) -> None:
        state = self._open
        if token.type in ("bullet_list_open", "ordered_list_open"):
            self._open_list(token)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            state.lists.pop()
            state.styles.pop()
            if not state.lists and not self._fresh:
                self.space_below(10)
        elif token.type == "list_item_open":
            state.item_starts = True
        elif token.type == "list_item_close" and state.item_starts:
            self._start_in_list(self._formats.block(below=4), self._base)  # an empty item

    def _open_list(self, token: Token) -> None:
        style = QTextListFormat()
        if token.type == "ordered_list_open":
            style.setStyle(QTextListFormat.Style.ListDecimal)
            style.setStart(int(token.attrGet("start") or 1))
        else:
            deep = len(self._open.lists) % 2
            kinds = QTextListFormat.Style
            style.setStyle(kinds.ListCircle if deep else kinds.ListDisc)
        style.setIndent(len(self._open.lists) + 1)
        self._open.lists.append(None)
        self._open.styles.append(style)

    def _start_in_list(self, block: QTextBlockFormat, chars: QTextCharFormat) -> None:
        """Start a block as the next item, as a further paragraph of one, or outside lists."""
        state = self._open
        depth = len(state.lists)
        if not depth:
            self.take_block(block, chars)
            return
        if not state.item_starts:
            block.setIndent(depth)
            self.take_block(block, chars)
            return
        state.item_starts = False
        self.take_block(block, chars)
        existing = state.lists[-1]
        if existing is None:
            state.lists[-1] = self.cursor.createList(state.styles[-1])
        else:
            existing.add(self.cursor.block())

    def space_below(self, pixels: float) -> None:
        """Change the space under the last block."""
        change = QTextBlockFormat()
        change.setBottomMargin(self._formats.block(below=pixels).bottomMargin())
        self.cursor.mergeBlockFormat(change)

    @property
    def _indent(self) -> float:
        return LIST_INDENT * len(self._open.lists)

    # Code, quotations, tables

    def code(self, code: str, language: str, *, lines_cut: bool) -> None:
        """A code block in a frame of its own; `lines_cut`: Markdown has taken its lines' beginnings."""
        code = code.removesuffix("\n")
        if lines_cut and "\n" in code:
            (code,) = self._looked_at([code])
        frame = self._formats.frame(CODE_BLOCK, indent=self._indent)
        frame.setProperty(LANGUAGE, language)
        self.enter(frame)
        block = self._formats.block(size=CODE, leading=CODE_LEADING, below=0)
        # Qt ignores the top margin of a frame's first block: an empty one makes the room.
        self.take_block(self._formats.nothing(CODE_HEAD), self._formats.code)
        self.cursor.insertBlock(block, self._formats.code)
        colours, self._number = {"": self._formats.code}, -1
        from desktop_llm.ui.conversation.code import coloured

        for piece, colour in coloured(code, language):
            if colour not in colours:
                colours[colour] = self._formats.colored(self._formats.code, colour)
            self._lines(piece, colours[colour], block)
        self.leave()

    def _lines(self, text: str, chars: QTextCharFormat, block: QTextBlockFormat) -> None:
        """Text whose line ends are block ends: long code lays out line by line."""
        first, *others = breakable(text).split("\n")
        self._put(first, chars)
        for line in others:
            self.cursor.insertBlock(block, self._formats.code)
            self._put(line, chars)

    def enter(self, frame: object) -> None:
        """Begin a frame of that format and write inside it."""
        if not self._fresh:
            self.cursor.insertBlock(self._formats.nothing(), self._base)
        else:
            self.cursor.setBlockFormat(self._formats.nothing())
        self.cursor.insertFrame(frame)  # type: ignore[arg-type]
        self._fresh = True

    def leave(self) -> None:
        """Go on behind the frame; the block there is empty."""
        frame = self.cursor.currentFrame()
        self.cursor.setPosition(frame.lastPosition())
        self.cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
        self.cursor.setBlockFormat(self._formats.nothing())
        self.cursor.setBlockCharFormat(self._base)
        self._fresh = True

    def _quote(self, tokens: Sequence[Token], place: int) -> int:
        end = closing(tokens, place)
        self.enter(self._formats.frame(QUOTE, indent=self._indent))
        quiet = self._formats.colored(self._base, "muted")
        inner = MarkdownWriter(self.cursor, self._formats, quiet, self._marks, self._hide)
        inner.write(tokens[place + 1 : end])
        inner.space_below(0)
        self.leave()
        return end + 1

    def _table(self, tokens: Sequence[Token], place: int) -> int:
        end = closing(tokens, place)
        rows = rows_of(tokens[place:end])
        columns = max(len(row) for row in rows)
        if not self._fresh:
            self.cursor.insertBlock(self._formats.nothing(), self._base)
        else:
            self.cursor.setBlockFormat(self._formats.nothing())
        layout = self._formats.table(columns, indent=self._indent)
        table = self.cursor.insertTable(len(rows), columns, layout)
        for row, cells in enumerate(rows):
            for column, (opening, inline) in enumerate(cells):
                self._cell(table, row, column, opening, inline)
        self.cursor.setPosition(table.lastPosition())
        self.cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
        self.cursor.setBlockFormat(self._formats.nothing())
        self.cursor.setBlockCharFormat(self._base)
        self._fresh = True
        return end + 1

    def _cell(
        self, table: QTextTable, row: int, column: int, opening: Token, inline: Token
    ) -> None:
        cursor = table.cellAt(row, column).firstCursorPosition()
        block = self._formats.block(size=14, leading=1.45, below=0)
        style = str(opening.attrGet("style") or "")
        if "right" in style:
            block.setAlignment(Qt.AlignmentFlag.AlignRight)
        elif "center" in style:
            block.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        chars = QTextCharFormat(self._base)
        if row == 0:
            chars.setFontWeight(600)
        inner = MarkdownWriter(cursor, self._formats, chars, self._marks, self._hide)
        inner.take_block(block, chars)
        inner._inline(inline, chars)

    # Inside a line

    def _inline(self, token: Token, base: QTextCharFormat) -> None:
        stack, self._number = [base], -1
        children, source = token.children or (), without_signs(token.content)
        for child, text in zip(children, self._shown(token, children), strict=True):
            kind = child.type
            if kind.endswith("_open"):
                stack.append(self._inner(child, stack[-1], source))
            elif kind.endswith("_close"):
                stack.pop()
            elif kind in BREAKS and text == "\n":
                self.cursor.insertText(LINE, stack[-1])
            elif kind == "code_inline":
                chars = self._formats.inline_code(stack[-1])
                self._put(breakable(text), chars)
            elif kind == "image":
                # Named, never fetched: opening a reply must not touch a file or the network.
                self._put(f"[{text}]", self._link(stack[-1], target_of(child), source))
            else:
                self._put(breakable(text), stack[-1])

    def _shown(self, token: Token, children: Sequence[Token]) -> list[str]:
        """What each child shows. The safety filter has read the source: where Markdown takes signs
        out of the middle, what then stands together is looked at again. So are lines whose beginnings,
        the signs of a quotation or the room before an item, were taken before."""
        texts = [text_of(child) for child in children]
        shown = without_signs("".join(texts))
        inside = token.level > 1 and "\n" in shown
        if not inside and shown == without_signs(token.content):
            return texts
        return self._looked_at(texts)

    def _looked_at(self, texts: Sequence[str]) -> list[str]:
        """The texts, a block in place of what the safety filter hides in all of them together."""
        self._covers = self._hide(without_signs("".join(texts)))
        return covered(texts, self._covers) if self._covers else list(texts)

    def _put(self, text: str, chars: QTextCharFormat) -> None:
        """Write text; what stands between the safety filter's signs is marked."""
        for piece, number in pieces(text, self._number):
            self._number = number
            if piece:
                self.cursor.insertText(piece, self._touched(chars, number))

    def _touched(self, chars: QTextCharFormat, number: int) -> QTextCharFormat:
        """The letters' format with what the mark of that number adds, if there is one."""
        if 0 <= number < len(self._marks):
            return self._formats.marked(chars, number, self._marks[number])
        if 0 <= number - MOST < len(self._covers):
            return self._formats.cover(chars, self._covers[number - MOST])
        return chars

    def _inner(self, token: Token, outer: QTextCharFormat, source: str) -> QTextCharFormat:
        chars = QTextCharFormat(outer)
        if token.type == "strong_open":
            chars.setFontWeight(700)
        elif token.type == "em_open":
            chars.setFontItalic(True)
        elif token.type == "s_open":
            chars.setFontStrikeOut(True)
        elif token.type == "link_open":
            return self._link(outer, target_of(token), source)
        return chars

    def _link(self, outer: QTextCharFormat, target: str, source: str) -> QTextCharFormat:
        """The format of what leads to a target. A tooltip shows it, and so does the question before
        it is opened: where the filter has not read it so in the source, it is looked at again."""
        for form in dict.fromkeys((target, QUrl(target).toString())):
            read = f"({form})" in source or f"<{form}>" in source
            if not read and (covers := self._hide(form)):
                return self._formats.cover(outer, covers[0])
        return self._formats.link(outer, target)
