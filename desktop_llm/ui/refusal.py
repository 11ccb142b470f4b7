"""The small window that says why the app cannot start. Needs no look, no store, no home."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMessageBox

from desktop_llm.core.errors import UserError
from desktop_llm.ui.language import error_words


def show_refusal(error: UserError) -> None:
    """Show what happened, why, and what to do, and wait until it is read."""
    box = QMessageBox()
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(QCoreApplication.translate("Refusal", "Desktop LLM cannot start"))
    what, why, todo = error_words(error)
    box.setText(what)
    box.setInformativeText("\n\n".join(part for part in (why, todo) if part))
    box.setTextFormat(Qt.TextFormat.PlainText)  # of both texts, once they are there
    box.setStandardButtons(QMessageBox.StandardButton.Close)
    box.exec()
