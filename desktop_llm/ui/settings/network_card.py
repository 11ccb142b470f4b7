"""What ever left this computer, and the hub's access token. Connects to nothing."""

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from desktop_llm.core.hub import Connection
from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.fields import LineField
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.models.pieces import empty_grid
from desktop_llm.ui.models.words import data_size
from desktop_llm.ui.settings.cards import Card, Row
from desktop_llm.ui.settings.extras import Facts

SHOWN = 12
"""Connections that are shown at first, and how many more at each click."""


class NetworkCard(Card):
    """Signals: `token_given(text)`, which stays in `token` until who keeps it clears that.

    `show_connections` fills the list, the newest first; `show_facts` says where a token is kept.
    """

    token_given = Signal(str)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._look = look
        self._all: tuple[Connection, ...] = ()
        self._shown = SHOWN
        self.token = LineField(look, self.tr("Access token of the hub"), self)
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.token.setPlaceholderText(self.tr("hf_…, then Enter"))
        self.token_row = Row(
            look, self.tr("Access token of the hub"),
            self.tr("For models whose authors ask you to accept their terms. It is kept in the "
                    "system's keyring and sent to the hub alone. An empty line forgets it."),
            self.token, self, below=True,
        )  # fmt: skip
        self.add(self.token_row)
        self.more = QuietButton(look, self.tr("Show more"), self)
        self._list = QWidget(self)
        self._grid = QGridLayout(self._list)
        self._told = Text(look, "", self, size=12.5, color="muted")
        body = QWidget(self)
        column = QVBoxLayout(body)
        column.addWidget(Text(look, self.tr("Network log"), body, size=14))
        for part in (self._told, self._list):
            column.addWidget(part)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.setContentsMargins(0, look.px(11), 0, look.px(12))
        column.setSpacing(look.px(6))
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(look.px(14))
        self._grid.setVerticalSpacing(look.px(4))
        self._grid.setColumnStretch(2, 1)
        self.add(body)
        self.token.returnPressed.connect(self._on_token)
        self.more.clicked.connect(self._on_more)
        self.show_connections(())

    def show_facts(self, facts: Facts) -> None:
        """Say where a token is kept; a portable copy keeps none."""
        if facts.portable:
            self.token_row.about.setText(
                self.tr("For models whose authors ask you to accept their terms. A copy that keeps all "
                        "its things in one folder uses no keyring: set the variable HF_TOKEN before "
                        "you start it.")
            )  # fmt: skip

    def show_connections(self, connections: Sequence[Connection]) -> None:
        """Show every connection that was ever made."""
        self._all = tuple(connections)
        empty_grid(self._grid)
        for row, one in enumerate(self._all[: self._shown]):
            self._add(row, one)
        self._list.setVisible(bool(self._all))
        self.more.setVisible(len(self._all) > self._shown)
        told = self.tr(
            "Every connection that this app ever made: when, to whom, why, how much came."
        )
        self._told.setText(
            told if self._all else self.tr("This app has never connected to anything.")
        )

    def _add(self, row: int, one: Connection) -> None:
        form = QLocale.FormatType.ShortFormat
        when = QLocale().toString(one.when.astimezone().replace(tzinfo=None), form)
        size = self.tr("not finished")
        if one.received is not None:
            size = data_size(one.received)
        for place, (text, colour) in enumerate(
            ((when, "muted"), (one.host, "text"), (one.why, "muted"), (size, "muted"))
        ):
            label = Text(self._look, text, self._list, size=12.5, color=colour, tabular=True)
            label.setWordWrap(place == 2)
            side = Qt.AlignmentFlag.AlignRight if place == 3 else Qt.AlignmentFlag.AlignLeft
            label.setAlignment(side)
            self._grid.addWidget(label, row, place, Qt.AlignmentFlag.AlignTop)

    @Slot()
    def _on_more(self) -> None:
        self._shown += 10 * SHOWN
        self.show_connections(self._all)

    @Slot()
    def _on_token(self) -> None:
        self.token_given.emit(self.token.text().strip())
