"""The chat template of a model: shown, edited, checked and put back. Renders nothing itself."""

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QFontMetricsF
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.dropped import leave_files
from desktop_llm.ui.controls.fields import is_escape_claim
from desktop_llm.ui.controls.flow import Flow
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.settings.cards import Card

LINES = 12


class TemplateCard(Card):
    """Signals: `saved(text)` to check and use a template; `restored()` for the model's own."""

    saved = Signal(str)
    restored = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._look = look
        self._shown = ""
        body = QWidget(self)
        column = QVBoxLayout(body)
        column.addWidget(Text(look, self.tr("Chat template"), body, size=14, weight=600))
        self.about = Text(look, "", body, size=12.5, color="muted")
        self.field = _Source(look, self.tr("Chat template"), body)
        self.told = Text(look, "", body, size=12.5, color="bad")
        self.save = QuietButton(look, self.tr("Check and use"), body)
        self.restore = QuietButton(look, self.tr("Back to the model's own"), body)
        buttons = Flow()
        for button in (self.save, self.restore):
            buttons.addWidget(button)
        buttons.setSpacing(look.px(8))
        for part in (self.about, self.field, self.told):
            column.addWidget(part)
        column.addLayout(buttons)
        column.setContentsMargins(0, look.px(10), 0, look.px(12))
        column.setSpacing(look.px(8))
        self.add(body)
        self.field.textChanged.connect(self._on_text)
        self.save.clicked.connect(lambda: self.saved.emit(self.field.toPlainText()))
        self.restore.clicked.connect(self._on_restore)

    def begin(self) -> None:
        """Another model comes: what was written for the one before it is not its own."""
        self._shown = ""
        self.field.clear()
        self.told.hide()

    def show_template(self, own: str, edited: str) -> None:
        """Show the template in use: `edited` where the person made one, else the model's `own`.

        What was written into the field and is not in use yet stays there, until `begin`.
        """
        writing, before = self.field.toPlainText() != self._shown, self._shown
        self._shown = edited or own
        if not writing and self._shown != before:
            self.field.setPlainText(self._shown)
            self._shown = self.field.toPlainText()  # its line ends are the field's
        if not writing:
            self.told.hide()
        self.restore.setVisible(bool(edited))
        if edited:
            about = self.tr("Yours, in place of the one that came with the model.")
        elif own:
            about = self.tr(
                "It came with the model. It turns a conversation into the text that the model reads."
            )
        else:
            about = self.tr("The model has none: it continues text. With one, it could chat.")
        self.about.setText(about)
        self._on_text()

    def show_problem(self, text: str) -> None:
        """Say why it cannot be used."""
        self._tell("bad", text)
        self.save.setEnabled(True)

    def show_tried(self, partly: str) -> None:
        """Say that it holds; `partly` tells what it does not render, "" where it renders all."""
        told = partly or self.tr("It renders all conversations it was tried on.")
        self._tell("warn" if partly else "good", told)

    def show_checking(self) -> None:
        """It is being tried."""
        self.save.setEnabled(False)
        self._tell("muted", self.tr("Trying it on ten conversations…"))

    def _tell(self, color: str, text: str) -> None:
        self.told.set_color(color)
        self.told.setText(text)
        self.told.show()

    @Slot()
    def _on_restore(self) -> None:
        """What was written and is not in use goes too: back is back."""
        self.begin()
        self.restored.emit()

    @Slot()
    def _on_text(self) -> None:
        changed = self.field.toPlainText() != self._shown
        self.save.setEnabled(changed and bool(self.field.toPlainText().strip()))


class _Source(QPlainTextEdit):
    """Program text in the mono font. Tab goes on to the next control."""

    def __init__(self, look: Look, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        look.changed.connect(self._apply_look)
        self._apply_look()

    def event(self, event: QEvent) -> bool:
        """Esc belongs to the page."""
        if is_escape_claim(event):
            event.ignore()
            return False
        return super().event(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are the window's."""
        if not leave_files(event):
            super().dragEnterEvent(event)

    @Slot()
    def _apply_look(self) -> None:
        font = self._look.font(12.5, mono=True)
        self.setFont(font)
        self.setFixedHeight(round(QFontMetricsF(font).lineSpacing() * LINES) + self._look.px(16))
