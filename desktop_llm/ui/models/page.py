"""The models page: sections at the left, the chosen one's list or one model at the right. Decides nothing."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.models.catalogue_tab import CatalogueTab
from desktop_llm.ui.models.downloads_tab import DownloadsTab
from desktop_llm.ui.models.hub_tab import HubTab
from desktop_llm.ui.models.installed_tab import InstalledTab
from desktop_llm.ui.models.model_view import ModelView
from desktop_llm.ui.models.offer_view import OfferView
from desktop_llm.ui.settings.tabs import Tabs

HEIGHT, MEASURE = 52, 860
INSTALLED, CATALOGUE, HUB, DOWNLOADS = "installed", "catalogue", "hub", "downloads"


class ModelsPage(QWidget):
    """Signals: `closed()`; the others are those of its parts."""

    closed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._title = Text(look, self.tr("Models"), self, size=14, weight=600)
        self._close = QuietButton(look, self.tr("Esc closes"), self, flat=True)
        self._close.clicked.connect(self.closed)
        self.tabs = Tabs(look, self._names(), self)
        self.installed = InstalledTab(look, self)
        self.catalogue = CatalogueTab(look, self)
        self.hub = HubTab(look, self)
        self.downloads = DownloadsTab(look, self)
        self.offer = OfferView(look, self)
        self.model = ModelView(look, self)
        self._stack = QStackedWidget(self)
        self._lists = {
            INSTALLED: self.installed, CATALOGUE: self.catalogue, HUB: self.hub,
            DOWNLOADS: self.downloads,
        }  # fmt: skip
        self._section = INSTALLED
        self._lay_out()
        self.tabs.chosen.connect(self.show_section)
        for tab in self.tabs.tabs.values():
            tab.clicked.connect(self.show_list)
        self.offer.back.connect(self.show_list)
        self.model.back.connect(self.show_list)
        self.setFocusProxy(self.tabs)
        look.changed.connect(self._apply_look)
        self._apply_look()

    def _names(self) -> list[tuple[str, str]]:
        tr = self.tr
        return [
            (INSTALLED, tr("On this computer")), (CATALOGUE, tr("Catalogue")),
            (HUB, tr("Search the hub")), (DOWNLOADS, tr("Downloads")),
        ]  # fmt: skip

    def _lay_out(self) -> None:
        for part in (*self._lists.values(), self.offer, self.model):
            self._stack.addWidget(part)
        self._head = QHBoxLayout()
        self._head.addWidget(self._title, 1)
        self._head.addWidget(self._close)
        holder = QWidget(self)
        self._inner = QHBoxLayout(holder)
        self._inner.addWidget(self._stack, 1000)
        self._inner.addStretch(1)
        below = QHBoxLayout()
        below.setSpacing(0)
        below.addWidget(self.tabs)
        below.addWidget(holder, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head)
        column.addLayout(below, 1)

    # What it shows

    @property
    def section(self) -> str:
        """The chosen section."""
        return self._section

    @property
    def one_shown(self) -> bool:
        """Whether a single model is in front."""
        return self._stack.currentWidget() in (self.offer, self.model)

    @Slot(str)
    def show_section(self, section: str) -> None:
        """Bring the list of a section to the front."""
        self._section = section
        self.tabs.choose(section)
        self._stack.setCurrentWidget(self._lists[section])

    @Slot()
    def show_list(self) -> None:
        """Go back from one model to the list it is in."""
        self._stack.setCurrentWidget(self._lists[self._section])
        self._lists[self._section].setFocus(Qt.FocusReason.OtherFocusReason)

    def show_offer(self) -> None:
        """Bring the model that could be fetched to the front."""
        self._stack.setCurrentWidget(self.offer)
        self.offer.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_model(self) -> None:
        """Bring the model on this computer to the front, from its top."""
        self.model.to_top()
        self._stack.setCurrentWidget(self.model)
        self.model.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_count(self, downloads: int) -> None:
        """How many downloads there are, beside their section's name."""
        name = dict(self._names())[DOWNLOADS]
        tab = self.tabs.tabs[DOWNLOADS]
        tab.setText(f"{name} ({downloads})" if downloads else name)
        tab.setAccessibleName(tab.text())

    # How it looks

    @Slot()
    def _apply_look(self) -> None:
        px = self._look.px
        self._head.setContentsMargins(px(20), 0, px(14), 0)
        self._title.setFixedHeight(px(HEIGHT))
        self._inner.setContentsMargins(px(34), px(20), px(24), px(16))
        self._stack.setMaximumWidth(px(MEASURE))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The page's ground and the hairline under its head."""
        painter, tokens = QPainter(self), self._look.tokens
        painter.fillRect(self.rect(), tokens.bg)
        painter.setPen(QPen(tokens.line, 1))
        height = self._look.px(HEIGHT)
        painter.drawLine(0, height - 1, self.width(), height - 1)
