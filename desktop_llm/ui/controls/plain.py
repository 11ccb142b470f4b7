"""Texts that others wrote, for where Qt would read HTML or a key into them. Shows nothing itself."""

import html

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QWidget


def tip(text: str) -> str:
    """A tooltip that shows that text letter for letter.

    Qt takes for HTML what looks like it: tags would be gone, a word that the safety filter found
    with tags inside it would stand there whole, and pictures would be fetched.
    """
    if not Qt.mightBeRichText(text):
        return text
    shown = html.escape(text).replace("\n", "<br>")
    return f'<qt><div style="white-space: pre-wrap">{shown}</div></qt>'


def set_tip(widget: QWidget, text: str) -> None:
    """Give a widget that tooltip; a screen reader, which takes it for the description, hears the text."""
    widget.setToolTip(tip(text))
    widget.setAccessibleDescription(text)


def menu_text(text: str) -> str:
    """A menu's entry that shows that text: an ampersand would go, and make a key of the next letter."""
    return text.replace("&", "&&")
