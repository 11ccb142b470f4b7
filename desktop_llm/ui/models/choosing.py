"""The system's dialogs in which a person points at a model. Adds none."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget


def choose_folder(parent: QWidget) -> str:
    """The path of a model's folder, or "" where none was chosen."""
    title = QCoreApplication.translate("ChooseModel", "Choose a model folder")
    return QFileDialog.getExistingDirectory(parent, title)


def choose_file(parent: QWidget) -> str:
    """The path of a model that is one file, or "" where none was chosen."""
    title = QCoreApplication.translate("ChooseModel", "Choose a model file")
    kinds = QCoreApplication.translate("ChooseModel", "Models (*.gguf)")
    return QFileDialog.getOpenFileName(parent, title, "", kinds)[0]
