"""Files that are dragged over a field to write in: they are the window's. Reads none."""

from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QDragEnterEvent


def local_files(data: QMimeData) -> tuple[Path, ...]:
    """The files of this computer among what is dragged."""
    return tuple(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())


def leave_files(event: QDragEnterEvent) -> bool:
    """Leave files to who is around the field, and say whether they are some.

    Their addresses would be written into it: file managers offer them as text as well.
    """
    files = bool(local_files(event.mimeData()))
    if files:
        event.ignore()
    return files
