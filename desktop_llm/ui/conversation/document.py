"""The conversation's one text document: a frame for every message, in order. Paints nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from PySide6.QtCore import QRectF, QUrl
from PySide6.QtGui import (
    QFontMetricsF,
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QTextFragment,
    QTextFrame,
)

from desktop_llm.core.events import Mark
from desktop_llm.core.messages import Message, MessageState, Role
from desktop_llm.core.policy import FilterAction
from desktop_llm.ui.conversation.breaking import breakable, unbroken
from desktop_llm.ui.conversation.formats import (
    CODE_BLOCK,
    ERROR,
    HELP,
    KIND,
    LANGUAGE,
    MARK,
    REPLY,
    USER,
    Formats,
)
from desktop_llm.ui.conversation.markdown import LINE, MarkdownWriter
from desktop_llm.ui.conversation.marking import Hide, nothing_hidden
from desktop_llm.ui.conversation.safety_words import help_notes, notes_under
from desktop_llm.ui.conversation.statistics import thinking_seconds
from desktop_llm.ui.conversation.streaming import ReplyWriter, letters_in, links_in
from desktop_llm.ui.look import Look

BUBBLE = 560
BUBBLE_SIDE = 5
"""Room left and right of a bubble's text, beside the frame's padding."""
FOOT_USER, FOOT_REPLY = 34, 50
"""Room under a message for its statistics and actions, before the next one."""
CUT = 20_000
"""Characters of one line of a person's message that go into one block."""


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as the view needs it; `version` counts from 1, `checked` is as in `Item`."""

    message: Message
    version: int = 1
    versions: int = 1
    model_name: str = ""
    marks: tuple[Mark, ...] = ()
    checked: int | None = None


@dataclass(slots=True, eq=False)
class Item:
    """A message in the document. `notice` is said under it, `reading` until its first text is there."""

    shown: ShownMessage
    frame: QTextFrame
    writer: ReplyWriter | None = None
    notice: str = ""
    reading: str = ""
    text: str = ""
    marks: list[Mark] = field(default_factory=list)
    checked: int | None = None  # how much of the text stays, where the rest may be taken back
    natural: float = field(default=0.0)

    @property
    def id(self) -> str:
        """The message's id."""
        return self.shown.message.id

    @property
    def by_user(self) -> bool:
        """Whether a person wrote it."""
        return self.shown.message.role is Role.USER

    @property
    def running(self) -> bool:
        """Whether it is still being written."""
        return self.shown.message.state is MessageState.STREAMING


class ConversationDocument:
    """Messages in, frames out. Lengths in device-independent pixels."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self.formats = Formats(look)
        self.doc = QTextDocument()
        self.doc.setUndoRedoEnabled(False)
        self.doc.setDocumentMargin(0)
        self.items: list[Item] = []
        self.hide: Hide = nothing_hidden
        self._width = 720.0
        self.clear()

    def clear(self) -> None:
        """Empty it, and take the look as it is now."""
        self.formats = Formats(self._look)
        self.items.clear()
        self.doc.clear()
        self.doc.setDefaultFont(self.formats.text.font())
        self.doc.setIndentWidth(self._look.px(26))
        option = self.doc.defaultTextOption()
        option.setTabStopDistance(self.formats.tab())
        self.doc.setDefaultTextOption(option)
        QTextCursor(self.doc).setBlockFormat(self.formats.nothing(20))

    def find(self, message_id: str) -> Item | None:
        """The item of a message, if it is shown."""
        return next((item for item in reversed(self.items) if item.id == message_id), None)

    @property
    def running(self) -> Item | None:
        """The item that is being written, wherever it stands; of a path that is one at most."""
        return next((item for item in self.items if item.running), None)

    def append(self, shown: Sequence[ShownMessage]) -> None:
        """Add messages at the end."""
        cursor = QTextCursor(self.doc)
        cursor.beginEditBlock()
        for one in shown:
            cursor.movePosition(QTextCursor.MoveOperation.End)
            self.items.append(self._write(cursor, one))
        cursor.endEditBlock()

    def prepend(self, shown: Sequence[ShownMessage]) -> None:
        """Add older messages at the beginning."""
        cursor = QTextCursor(self.doc)
        cursor.beginEditBlock()
        new = []
        place = 0
        for one in shown:
            cursor.setPosition(place)
            cursor.insertBlock(cursor.blockFormat())
            cursor.setPosition(place)
            item = self._write(cursor, one)
            new.append(item)
            place = item.frame.lastPosition() + 1
        # The last of them has the block that stood before the former first message behind it.
        cursor.endEditBlock()
        self.items[:0] = new

    def remove_from(self, index: int) -> None:
        """Take away the messages from that index on."""
        if index >= len(self.items):
            return
        cursor = QTextCursor(self.doc)
        cursor.setPosition(self.items[index].frame.firstPosition() - 1)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        del self.items[index:]

    def _write(self, cursor: QTextCursor, shown: ShownMessage) -> Item:
        message = shown.message
        by_user = message.role is Role.USER
        frame = cursor.insertFrame(self.formats.frame(USER if by_user else REPLY))
        item = Item(shown, frame, text=message.text, marks=list(shown.marks), checked=shown.checked)
        if by_user:
            self._write_user(item)
            self._fit(item)
        else:
            item.writer = ReplyWriter(frame, self.formats, lambda text: self.hide(text))
            item.writer.set_thinking_seconds(thinking_seconds(message))
            item.writer.update(message.text, item.marks)
            self._write_notes(item)
        after = frame.lastCursorPosition()
        after.setPosition(frame.lastPosition() + 1)
        after.setBlockFormat(self.formats.nothing(FOOT_USER if by_user else FOOT_REPLY))
        cursor.setPosition(after.position())
        return item

    def _write_user(self, item: Item) -> None:
        """A person's words stay as they were typed."""
        cursor = item.frame.firstCursorPosition()
        block = self.formats.block(below=0)
        side = self._look.px(BUBBLE_SIDE)
        block.setLeftMargin(side)
        block.setRightMargin(side)
        writer = MarkdownWriter(cursor, self.formats, self.formats.text)
        metrics = QFontMetricsF(self.formats.text.font())
        for line in item.text.split("\n"):
            for start in range(0, max(1, len(line)), CUT):
                piece = breakable(line[start : start + CUT])
                writer.take_block(block, self.formats.text)
                cursor.insertText(piece.replace("\r", LINE), self.formats.text)
            if item.natural < self._look.px(BUBBLE):
                item.natural = max(item.natural, metrics.horizontalAdvance(line[:400]))

    def _write_notes(self, item: Item) -> None:
        """What went wrong, and what the safety filter did, in boxes under the text."""
        if item.running:
            return
        message = item.shown.message
        help_with = help_notes(item.marks)
        cursor = item.frame.lastCursorPosition()
        writer = MarkdownWriter(cursor, self.formats, self.formats.error)
        for number, note in enumerate(notes_under(message, item.marks)):
            if item.text and not number:
                cursor.insertBlock(self.formats.nothing())
            writer.enter(self.formats.frame(HELP if note in help_with else ERROR))
            writer.take_block(self.formats.block(size=14, leading=1.5, below=0), self.formats.error)
            cursor.insertText(note.replace("\n", LINE), self.formats.error)
            writer.leave()

    def finish(self, item: Item, shown: ShownMessage) -> None:
        """A reply has ended: show what the store has of it."""
        item.shown = shown
        assert item.writer is not None
        if shown.message.text != item.text or item.text == "":
            item.text = shown.message.text
        item.marks = list(shown.marks)
        item.checked = None
        item.writer.finish(item.text, item.marks)
        item.writer.set_thinking_seconds(thinking_seconds(shown.message))
        self._write_notes(item)

    def toggle_thinking(self, item: Item) -> None:
        """Open or close what the model thought. Writing anew takes the notes away as well."""
        if item.writer is not None:
            item.writer.toggle_thinking()
            self._write_notes(item)

    # Bubbles

    def set_width(self, width: float) -> None:
        """The column has that width now."""
        if width != self._width:
            self._width = width
            cursor = QTextCursor(self.doc)
            cursor.beginEditBlock()
            for item in self.items:
                if item.by_user:
                    self._fit(item)
            cursor.endEditBlock()

    def _fit(self, item: Item) -> None:
        """Make a bubble no wider than its text and put it to the right."""
        px = self._look.px
        pad = self.formats.frame(USER).padding() + px(BUBBLE_SIDE)
        most = min(px(BUBBLE), self._width * 0.86)
        width = min(most, item.natural + 2 * pad + 2)
        layout = self.formats.frame(USER)
        layout.setLeftMargin(max(0.0, self._width - width))
        item.frame.setFrameFormat(layout)

    def reserve(self, item: Item, height: float) -> None:
        """Keep that much room free under a message; 0 gives it back."""
        layout = item.frame.frameFormat()
        if layout.bottomMargin() != height:
            layout.setBottomMargin(height)
            item.frame.setFrameFormat(layout)

    # Looking up

    def rect(self, frame: QTextFrame) -> QRectF:
        """Where a frame lies in the document, its margins left out."""
        rect = self.doc.documentLayout().frameBoundingRect(frame)
        layout = frame.frameFormat()
        return rect.adjusted(layout.leftMargin(), layout.topMargin(), 0, -layout.bottomMargin())

    def at(self, y: float) -> int:
        """The index of the first message whose end lies below that height."""
        low, high = 0, len(self.items)
        while low < high:
            middle = (low + high) // 2
            item = self.items[middle]
            foot = self._look.px(FOOT_USER if item.by_user else FOOT_REPLY)
            if self.rect(item.frame).bottom() + foot <= y:
                low = middle + 1
            else:
                high = middle
        return low

    def around(self, place: int) -> Item | None:
        """The message that a text cursor's place is in; None where it is between two."""
        items = (item for item in self.items if place <= item.frame.lastPosition())
        item = next(items, None)
        return item if item is not None and place >= item.frame.firstPosition() else None

    def masks(self, item: Item) -> list[QRectF]:
        """Where the signs stand that hide something: a box as high as the letters around."""
        found, block = [], self.doc.findBlock(item.frame.firstPosition())
        while block.isValid() and block.position() <= item.frame.lastPosition():
            part = block.begin()
            while not part.atEnd():
                letters = part.fragment()
                number = letters.charFormat().intProperty(MARK)
                if number and item.marks[number - 1].action == FilterAction.MASK:
                    found.append(self._letters_box(block, letters))
                part += 1
            block = block.next()
        return found

    def _letters_box(self, block: QTextBlock, letters: QTextFragment) -> QRectF:
        start = letters.position() - block.position()
        line = block.layout().lineForTextPosition(start)
        corner = self.doc.documentLayout().blockBoundingRect(block).topLeft()
        left, _ = line.cursorToX(start)
        right, _ = line.cursorToX(start + letters.length())
        metrics = QFontMetricsF(letters.charFormat().font())
        top = line.y() + line.ascent() - metrics.capHeight() - self._look.px(2)
        box = QRectF(left, top, right - left, metrics.capHeight() + self._look.px(4))
        return box.translated(corner).adjusted(self._look.px(1), 0, -self._look.px(1), 0)

    def may_leave(self, start: int, end: int) -> bool:
        """Whether nothing between two places may still be taken back: what leaves stays out."""
        for item in self.items:
            last = item.frame.lastPosition()
            meets = start <= last and end > item.frame.firstPosition()
            if meets and item.running and min(end, last) > self._stays_to(item):
                return False
        return True

    def may_open(self, url: QUrl) -> bool:
        """Whether a link to that address stands where nothing may still be taken back."""
        if not any(item.running and item.checked is not None for item in self.items):
            return True
        block = self.doc.begin()
        while block.isValid():
            part = block.begin()
            while not part.atEnd():
                start = part.fragment().position()
                end = start + part.fragment().length()
                address = part.fragment().charFormat().anchorHref()
                if address and QUrl(address) == url and self.may_leave(start, end):
                    return True
                part += 1
            block = block.next()
        return False

    def _stays_to(self, item: Item) -> int:
        """Where what is shown of a reply stops being what its checked text alone would show.

        Compared as shown, for Markdown rearranges the text, and a frame may be behind its item.
        """
        if item.checked is None or item.writer is None:
            return item.frame.lastPosition()
        letters, links = item.writer.showing(item.text[: item.checked])
        pairs = zip(letters, letters_in(item.frame), strict=False)
        same = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        # A cursor counts UTF-16 units.
        stays = len(same.encode("utf-16-le", "surrogatepass")) // 2
        # Where a link leads may be written far behind it, and not be judged yet.
        shown = links_in(item.frame).items()
        other = next((place for place, address in shown if links.get(place) != address), stays)
        return item.frame.firstPosition() + min(stays, other)

    def codes(self, item: Item) -> list[QTextFrame]:
        """The code blocks of a message, in order."""
        return [frame for frame in _inner(item.frame) if kind(frame) == CODE_BLOCK]


def kind(frame: QTextFrame) -> int:
    """What a frame is: one of the numbers in `formats`."""
    return frame.frameFormat().intProperty(KIND)


def language(frame: QTextFrame) -> str:
    """The language that a code block says it is in."""
    return frame.frameFormat().stringProperty(LANGUAGE)


def frame_text(frame: QTextFrame) -> str:
    """The text of a code block as it was written."""
    cursor = frame.firstCursorPosition()
    cursor.setPosition(frame.lastPosition(), QTextCursor.MoveMode.KeepAnchor)
    text = cursor.selectedText().replace("\u2029", "\n").replace("\u2028", "\n")
    return unbroken(text.removeprefix("\n"))  # the first block is the head's room


def _inner(frame: QTextFrame) -> list[QTextFrame]:
    found = []
    for child in frame.childFrames():
        found += [child, *_inner(child)]
    return found
