"""What is being fetched: a card each with its progress, and pause, resume, sooner and discard. Fetches nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_llm.core.hub import Download, DownloadState
from desktop_llm.ui.controls.buttons import IconButton
from desktop_llm.ui.controls.meter import ProgressLine
from desktop_llm.ui.controls.tab_order import follow_layout
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.language import said
from desktop_llm.ui.look import Look
from desktop_llm.ui.models import words
from desktop_llm.ui.models.pieces import scrolling
from desktop_llm.ui.settings.cards import Card


@dataclass(frozen=True, slots=True)
class Shown:
    """A download as it is now. `per_s` in bytes, `left` in seconds, None where nothing comes in."""

    download: Download
    per_s: float = 0.0
    left: float | None = None
    first: bool = True


class WideLine(ProgressLine):
    """A line of progress as wide as its card."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)


class DownloadCard(Card):
    """Signals: `paused(id)`, `resumed(id)`, `sooner(id)`, `discarded(id)`."""

    paused = Signal(str)
    resumed = Signal(str)
    sooner = Signal(str)
    discarded = Signal(str)

    def __init__(self, look: Look, download_id: str, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._id = download_id
        self.title = Text(look, "", self, size=14, weight=600)
        self.state = Text(look, "", self, size=12.5, color="muted", tabular=True)
        self.line = WideLine(look, self)
        self.pause = IconButton(look, "pause", self.tr("Pause"), self, size=16)
        self.resume = IconButton(look, "play", self.tr("Go on"), self, size=16)
        self.up = IconButton(look, "chevron-up", self.tr("Earlier"), self, size=16)
        self.discard = IconButton(look, "trash", self.tr("Discard what has arrived"), self, size=16)
        body = QWidget(self)
        column = QVBoxLayout(body)
        top = QHBoxLayout()
        left = QVBoxLayout()
        left.setSpacing(1)
        left.addWidget(self.title)
        left.addWidget(self.state)
        top.addLayout(left, 1)
        for button in (self.up, self.pause, self.resume, self.discard):
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        column.addWidget(self.line)
        column.setContentsMargins(0, look.px(8), 0, look.px(12))
        column.setSpacing(look.px(8))
        self.add(body)
        follow_layout(self)
        self.pause.clicked.connect(lambda: self.paused.emit(self._id))
        self.resume.clicked.connect(lambda: self.resumed.emit(self._id))
        self.up.clicked.connect(lambda: self.sooner.emit(self._id))
        self.discard.clicked.connect(lambda: self.discarded.emit(self._id))

    def show_state(self, shown: Shown) -> None:
        """Show how far it is."""
        download = shown.download
        state = download.state
        self.title.setText(download.name)
        self.state.setText(self._words(shown))
        self.state.set_color("bad" if download.problem else "muted")
        self.line.show_share(download.done / download.total if download.total else 0)
        self.line.setAccessibleName(self.tr("Progress of {name}").format(name=download.name))
        active = state in (DownloadState.RUNNING, DownloadState.WAITING)
        self.line.setVisible(download.done < download.total)
        self.pause.setVisible(active)
        self.resume.setVisible(not active)
        self.up.setVisible(state is DownloadState.WAITING and not shown.first)

    def _words(self, shown: Shown) -> str:
        download = shown.download
        amount = self.tr("{done} of {total}").format(
            done=words.data_size(download.done), total=words.data_size(download.total)
        )
        if download.problem:
            return f"{amount} · {said(download.problem)}"
        if download.state is DownloadState.WAITING:
            return f"{amount} · " + self.tr("Waits for its turn")
        if download.state is not DownloadState.RUNNING:
            return f"{amount} · " + self.tr("Paused")
        parts = [amount]
        if shown.per_s >= 1:
            parts.append(f"{words.data_size(shown.per_s)}/s")
        if shown.left is not None:
            parts.append(self.tr("{time} left").format(time=words.seconds(shown.left)))
        return " · ".join(parts)


class DownloadsTab(QWidget):
    """Signals: those of its cards."""

    paused = Signal(str)
    resumed = Signal(str)
    sooner = Signal(str)
    discarded = Signal(str)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.cards: dict[str, DownloadCard] = {}
        self.nothing = Text(
            look, self.tr("Nothing is being fetched. What was begun goes on here, also after a restart."),
            self, size=13.5, color="muted",
        )  # fmt: skip
        body = QWidget(self)
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self.nothing)
        self._column.addStretch(1)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(scrolling(body, self))
        look.changed.connect(self._apply_look)
        self._apply_look()

    def show_downloads(self, shown: Sequence[Shown]) -> None:
        """Show these, in their order."""
        ids = [one.download.id for one in shown]
        for gone in self.cards.keys() - set(ids):
            self.cards.pop(gone).deleteLater()
        for place, one in enumerate(shown):
            card = self.cards.get(one.download.id) or self._new_card(one.download.id)
            if self._column.indexOf(card) != place + 1:
                self._column.insertWidget(place + 1, card)
            card.show_state(one)
        self.nothing.setVisible(not shown)

    def _new_card(self, download_id: str) -> DownloadCard:
        card = DownloadCard(self._look, download_id, self)
        for mine, its in (
            (self.paused, card.paused), (self.resumed, card.resumed),
            (self.sooner, card.sooner), (self.discarded, card.discarded),
        ):  # fmt: skip
            its.connect(mine)
        self.cards[download_id] = card
        return card

    @Slot()
    def _apply_look(self) -> None:
        self._column.setSpacing(self._look.px(12))
