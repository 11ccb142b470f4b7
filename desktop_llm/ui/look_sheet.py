"""Makes the style sheet and the palette from a theme's colours. Knows no widget of ours.

The template, resources/themes/app.qss, names colours as `$accent`, and
lengths that follow the text size as `8sp`.
"""

import dataclasses
import re
from functools import cache
from string import Template
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QPalette

from desktop_llm.resources import resource

if TYPE_CHECKING:
    from desktop_llm.ui.look import Tokens

_LENGTH = re.compile(r"(\d+(?:\.\d+)?)sp\b")
SELECTION = 0.26
"""How much accent lies over the page where text is selected."""


@cache
def _template() -> str:
    return resource("themes", "app.qss").read_text("utf-8")


def fill(tokens: "Tokens", zoom: int) -> str:
    """The style sheet in these colours, for a text size in percent.

    Raises KeyError where the template names a colour that the theme lacks.
    """
    names = [item.name for item in dataclasses.fields(tokens)]
    colours = {name: _css(getattr(tokens, name)) for name in names}
    colours["selection"] = _css(selection(tokens))
    sized = _LENGTH.sub(lambda found: f"{round(float(found[1]) * zoom / 100)}px", _template())
    return Template(sized).substitute(colours)


def _css(colour: QColor) -> str:
    return f"rgba({colour.red()}, {colour.green()}, {colour.blue()}, {colour.alpha()})"


def palette(tokens: "Tokens") -> QPalette:
    """All of Qt's colour roles, so that no widget falls back to a default of its own."""
    role = QPalette.ColorRole
    result = QPalette()
    table = {
        role.Window: tokens.bg, role.WindowText: tokens.text, role.Base: tokens.surface,
        role.AlternateBase: tokens.side, role.Text: tokens.text, role.Button: tokens.surface,
        role.ButtonText: tokens.text, role.BrightText: tokens.bad, role.Link: tokens.accent,
        role.LinkVisited: tokens.accent, role.Highlight: selection(tokens),
        role.HighlightedText: tokens.text, role.PlaceholderText: tokens.faint,
        role.ToolTipBase: tokens.surface, role.ToolTipText: tokens.text, role.Accent: tokens.accent,
        role.Light: tokens.surface, role.Midlight: tokens.line, role.Mid: tokens.line,
        role.Dark: tokens.line, role.Shadow: tokens.line,
    }  # fmt: skip
    for name, colour in table.items():
        result.setColor(name, colour)
    for name in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, name, tokens.faint)
    return result


def selection(tokens: "Tokens") -> QColor:
    """The ground of selected text, opaque; the text on it keeps its own colour."""
    return mixed(tokens.accent, tokens.surface, SELECTION)


def mixed(top: QColor, below: QColor, share: float) -> QColor:
    """`share` (0 to 1) of one colour over another, as an opaque colour."""
    rest = 1 - share
    return QColor.fromRgbF(
        top.redF() * share + below.redF() * rest,
        top.greenF() * share + below.greenF() * rest,
        top.blueF() * share + below.blueF() * rest,
    )
