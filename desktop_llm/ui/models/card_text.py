"""A model card, a stranger's Markdown, as text alone: nothing in it is fetched, opened or run."""

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QPaintEvent, QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_llm.ui.controls.painting import hairline_box, painter_for
from desktop_llm.ui.conversation.document import kind
from desktop_llm.ui.conversation.formats import CODE_BLOCK, QUOTE, Formats
from desktop_llm.ui.conversation.markdown import MarkdownWriter
from desktop_llm.ui.conversation.parsing import parse
from desktop_llm.ui.conversation.tame import TameBrowser
from desktop_llm.ui.look import Look


class CardText(TameBrowser):
    """A model card: Markdown as text. Pictures are named and never fetched, links open nothing."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(self.tr("Model card"))
        self.setLineWrapMode(TameBrowser.LineWrapMode.WidgetWidth)
        self._source = ""
        look.changed.connect(self._write)

    def show_markdown(self, text: str) -> None:
        """Show that card; nothing where there is none."""
        self._source = text
        self._write()
        self.setVisible(bool(text))

    @Slot()
    def _write(self) -> None:
        self.clear()
        document = self.document()
        document.setDocumentMargin(self._look.px(4))
        formats = Formats(self._look)
        cursor = QTextCursor(document)
        cursor.setBlockFormat(QTextBlockFormat())
        MarkdownWriter(cursor, formats, formats.text).write(parse(self._source))
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(round(self.document().size().height()) + self._look.px(12))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grounds of code, bars of quotations, then the text."""
        painter, tokens, px = painter_for(self.viewport()), self._look.tokens, self._look.px
        layout = self.document().documentLayout()
        for frame in self.document().rootFrame().childFrames():
            box = layout.frameBoundingRect(frame)
            if kind(frame) == CODE_BLOCK:
                hairline_box(painter, box, px(10), tokens.line, tokens.code)
            elif kind(frame) == QUOTE:
                painter.fillRect(QRectF(box.left(), box.top(), px(3), box.height()), tokens.line)
        painter.end()
        super().paintEvent(event)

    def resizeEvent(self, event: object) -> None:
        """As high as its text at that width."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit()

    def wheelEvent(self, event: object) -> None:
        """The wheel belongs to the page."""
        event.ignore()  # type: ignore[attr-defined]
