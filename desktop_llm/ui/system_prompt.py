"""A small window to edit one conversation's system prompt. Keeps nothing."""

from PySide6.QtGui import QDragEnterEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.ui.controls.dropped import leave_files
from desktop_llm.ui.look import Look


class SystemPromptDialog(QDialog):
    """Accepted: `text()` is the prompt wanted."""

    def __init__(self, look: Look, prompt: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("System prompt"))
        title = QLabel(self.tr("System prompt of this conversation"), self)
        title.setFont(look.font(17, 600))
        about = QLabel(
            self.tr("The model reads it before everything else. It may stay empty."), self
        )
        about.setFont(look.font(13))
        about.setStyleSheet(f"color: {look.tokens.muted.name()};")
        self._edit = _Prompt(prompt, self)
        self._edit.setAccessibleName(self.windowTitle())
        self._edit.setFont(look.font(14))
        self._edit.setTabChangesFocus(True)
        buttons = QDialogButtonBox(self)
        keep = buttons.addButton(self.tr("Save"), QDialogButtonBox.ButtonRole.AcceptRole)
        keep.setDefault(True)
        buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        edge = look.px(20)
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(look.px(10))
        for part in (title, about, self._edit, buttons):
            column.addWidget(part)
        self.resize(look.px(520), look.px(320))

    def text(self) -> str:
        """The prompt, without space around it."""
        return self._edit.toPlainText().strip()


class _Prompt(QPlainTextEdit):
    """The field. Files that are dropped are not written into it."""

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Leave files to nobody: a dialog takes none."""
        if not leave_files(event):
            super().dragEnterEvent(event)
