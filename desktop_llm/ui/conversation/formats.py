"""Text formats of the conversation, made from the look: fonts, line heights, spaces. Writes no text."""

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QTextBlockFormat,
    QTextCharFormat,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextTableFormat,
)

from desktop_llm.core.events import Mark
from desktop_llm.core.policy import FilterAction
from desktop_llm.ui.controls.plain import tip
from desktop_llm.ui.conversation.safety_words import mark_words
from desktop_llm.ui.look import Look

TEXT, LEADING = 15.0, 1.62
CODE, CODE_LEADING = 13.0, 1.6
CODE_HEAD = 18
"""Room above the code for the line with its language and Copy."""
HEADINGS = {1: 20.0, 2: 20.0, 3: 17.0}
SMALL_HEADING = 15.0
LIST_INDENT = 26
MASK_WIDTH = 34
"""Pixels that a mask is wider than its one character."""

KIND = QTextFormat.Property.UserProperty + 1
LANGUAGE = QTextFormat.Property.UserProperty + 2
MARK = QTextFormat.Property.UserProperty + 3
"""On letters that the safety filter touched: the number of the mark, from 1."""
USER, REPLY, CODE_BLOCK, QUOTE, THINKING, ERROR, HELP = range(1, 8)
"""What a frame is; the painter draws the ground of each kind."""


class Formats:
    """All formats for one state of the look; make a new one when it changes."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self.text = self._char(look.font(TEXT))
        self.muted = self._char(look.font(13), look.tokens.muted)
        self.code = self._char(look.font(CODE, mono=True))
        self.error = self._char(look.font(14))
        self.thinking = self._char(look.font(14), look.tokens.muted)

    def _char(self, font: QFont, color: object = None) -> QTextCharFormat:
        chars = QTextCharFormat()
        chars.setFont(font)
        chars.setForeground(QBrush(color or self._look.tokens.text))  # type: ignore[call-overload]
        return chars

    def heading(self, level: int) -> QTextCharFormat:
        """The letters of a heading, level 1 to 6."""
        return self._char(self._look.font(HEADINGS.get(level, SMALL_HEADING), 600))

    def inline_code(self, base: QTextCharFormat) -> QTextCharFormat:
        """Code within a line."""
        chars = QTextCharFormat(base)
        chars.setFont(self._look.font(13.5, mono=True))
        chars.setBackground(self._look.tokens.code)
        return chars

    def link(self, base: QTextCharFormat, target: str) -> QTextCharFormat:
        """A link; the tooltip is where it really leads."""
        chars = QTextCharFormat(base)
        chars.setAnchor(True)
        chars.setAnchorHref(target)
        chars.setToolTip(tip(target))
        chars.setForeground(self._look.tokens.accent)
        chars.setFontUnderline(True)
        return chars

    def marked(self, base: QTextCharFormat, number: int, mark: Mark) -> QTextCharFormat:
        """Letters that the safety filter touched; why is in the tooltip."""
        chars = QTextCharFormat(base)
        chars.setProperty(MARK, number + 1)
        chars.setToolTip(tip(mark_words(mark)))
        if mark.action == FilterAction.MASK:
            # One block character, drawn wide: it does not tell how long the word was.
            font = chars.font()
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, self._look.px(MASK_WIDTH))
            chars.setFont(font)
            chars.setForeground(QColor(Qt.GlobalColor.transparent))  # the painter draws a bar
        else:
            chars.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
            chars.setUnderlineColor(self._look.tokens.warn)
            chars.setBackground(self._look.tokens.warn_soft)
        return chars

    def cover(self, base: QTextCharFormat, mark: Mark) -> QTextCharFormat:
        """Letters that stand for what is hidden where it is written, or would lead to it; why is in
        the tooltip."""
        chars = QTextCharFormat(base)
        chars.setAnchor(False)
        chars.setAnchorHref("")
        chars.setFontUnderline(False)
        chars.setForeground(self._look.tokens.text)
        chars.setToolTip(tip(mark_words(mark)))
        return chars

    def colored(self, base: QTextCharFormat, token: str) -> QTextCharFormat:
        """The same letters in the colour of a token of the look."""
        chars = QTextCharFormat(base)
        chars.setForeground(getattr(self._look.tokens, token))
        return chars

    def block(
        self, *, size: float = TEXT, leading: float = LEADING, above: float = 0, below: float = 12,
        indent: float = 0,
    ) -> QTextBlockFormat:  # fmt: skip
        """A paragraph: all lengths in pixels at 100% text size."""
        px = self._look.px
        block = QTextBlockFormat()
        fixed = QTextBlockFormat.LineHeightTypes.FixedHeight.value
        block.setLineHeight(px(size * leading), fixed)
        block.setTopMargin(px(above))
        block.setBottomMargin(px(below))
        block.setLeftMargin(px(indent))
        return block

    def rule(self) -> QTextBlockFormat:
        """A hairline across the column."""
        block = self.block(below=12)
        block.setProperty(QTextFormat.Property.BlockTrailingHorizontalRulerWidth, 1)
        # Qt draws it in the ground's colour; without a pattern there is no ground.
        block.setBackground(QBrush(self._look.tokens.line, Qt.BrushStyle.NoBrush))
        return block

    def tab(self) -> float:
        """The width of a tab: four letters of code."""
        return 4 * QFontMetricsF(self.code.font()).horizontalAdvance(" ")

    def nothing(self, height: float = 1) -> QTextBlockFormat:
        """An empty line that Qt wants around frames, no higher than said."""
        block = QTextBlockFormat()
        fixed = QTextBlockFormat.LineHeightTypes.FixedHeight.value
        block.setLineHeight(max(1, self._look.px(height)), fixed)
        return block

    def frame(self, kind: int, *, indent: float = 0) -> QTextFrameFormat:
        """The frame of a message, a code block, a quotation."""
        px = self._look.px
        frame = QTextFrameFormat()
        frame.setProperty(KIND, kind)
        frame.setBorder(0)
        frame.setLeftMargin(px(indent))
        paddings = {USER: 11, CODE_BLOCK: 16, QUOTE: 10, THINKING: 14, ERROR: 14, HELP: 14}
        if kind == CODE_BLOCK:
            frame.setTopMargin(px(4))
            frame.setBottomMargin(px(14))
        elif kind in (QUOTE, THINKING, ERROR, HELP):
            frame.setTopMargin(px(2))
            frame.setBottomMargin(px(10))
        frame.setPadding(px(paddings.get(kind, 0)))
        return frame

    def table(self, columns: int, *, indent: float = 0) -> QTextTableFormat:
        """Hairlines between rows, room in the cells, as wide as the column."""
        px, tokens = self._look.px, self._look.tokens
        table = QTextTableFormat()
        table.setBorder(1)
        table.setBorderBrush(tokens.line)
        table.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        table.setBorderCollapse(True)
        table.setCellPadding(px(7))
        table.setCellSpacing(0)
        table.setLeftMargin(px(indent))
        table.setTopMargin(px(2))
        table.setBottomMargin(px(12))
        table.setHeaderRowCount(1)
        if columns > 2:
            table.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        return table
