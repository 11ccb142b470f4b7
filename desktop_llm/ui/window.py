"""The window: where its parts stand and which page is in front. Wires nothing, decides nothing."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, Qt, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.core.errors import UserError
from desktop_llm.core.ports import StateStore
from desktop_llm.core.settings import SendKey
from desktop_llm.ui.composer import Composer
from desktop_llm.ui.controls.banner import Banner
from desktop_llm.ui.controls.dropped import local_files
from desktop_llm.ui.controls.strip import Strip
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.controls.toast import Toast
from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.findbar import FindBar
from desktop_llm.ui.look import Look
from desktop_llm.ui.sidebar.sidebar import Sidebar
from desktop_llm.ui.topbar import TopBar

if TYPE_CHECKING:
    from desktop_llm.ui.models.page import ModelsPage
    from desktop_llm.ui.settings.page import SettingsPage
    from desktop_llm.ui.welcome import Welcome

MINIMUM = (560, 420)
ARRANGEMENTS = 8
"""Of so many arrangements of screens (at the desk, on the way) the place is remembered."""
NARROW = 860
"""Under this width, at 100% zoom, the sidebar steps aside by itself."""


class MainWindow(QMainWindow):
    """Signals: `closing()` before it goes, be it into the tray; `files_dropped(tuple of Path)`."""

    closing = Signal()
    files_dropped = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.setWindowTitle("Desktop LLM")
        self.setMinimumSize(*MINIMUM)
        self.sidebar = Sidebar(look, self)
        self.topbar = TopBar(look, self)
        self.banner = Banner(look, self)
        self.strip = Strip(look, self)
        self.view = ConversationView(look, self)
        self.findbar = FindBar(look, self)
        self.composer = Composer(look, self)
        self.hint = Text(look, "", self, size=11.5, color="faint")
        self.pages = QStackedWidget(self)
        self.welcome: Welcome | None = None
        self._sidebar_wanted = True
        self._narrow: bool | None = None
        self._locked: UserError | None = None
        self.stays = False
        """Closing hides it: an icon in the tray brings it back."""
        self.setAcceptDrops(True)
        self._lay_out()
        self.toast = Toast(look, self.pages, self.composer)
        look.changed.connect(self._apply_look)
        self._apply_look()
        self.resize(1200, 800)

    def _lay_out(self) -> None:
        chat = QWidget(self)
        column = QVBoxLayout(chat)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.topbar, self.findbar):
            column.addWidget(part)
        column.addWidget(self.view, 1)
        column.addLayout(self._composer_row())
        self.hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(self._hint_row())
        self.pages.addWidget(chat)
        middle = QWidget(self)
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.banner)
        right.addWidget(self.strip)
        right.addWidget(self.pages, 1)
        row.addLayout(right, 1)
        self.setCentralWidget(middle)
        self.banner.hide()
        self.findbar.hide()

    def _composer_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self._composer_margins = row
        row.addStretch(1)
        row.addWidget(self.composer, 1000)
        row.addStretch(1)
        return row

    def _hint_row(self) -> QHBoxLayout:
        # The room below is the row's: a style sheet takes a label's own margins away.
        row = QHBoxLayout()
        self._hint_margins = row
        row.addWidget(self.hint)
        return row

    # Pages

    @property
    def chat_shown(self) -> bool:
        """Whether the conversation is in front, with nothing over it."""
        return self.pages.currentIndex() == 0 and self.welcome is None

    @cached_property
    def settings_page(self) -> "SettingsPage":
        """The settings, made when they are first asked for: the first paint does not need them."""
        from desktop_llm.ui.settings.page import SettingsPage

        page = SettingsPage(self.look, self)
        self.pages.addWidget(page)
        return page

    def show_welcome(self, key: str) -> "Welcome":
        """Put the first start's steps over everything; nothing below takes part meanwhile."""
        from desktop_llm.ui.welcome import Welcome

        self.welcome = Welcome(self.look, key, self)
        self.centralWidget().setEnabled(False)
        self.welcome.show()
        return self.welcome

    @Slot()
    def end_welcome(self) -> None:
        """Uncover the window, with the conversation in front."""
        if self.welcome is not None:
            self.welcome.hide()
            self.welcome.deleteLater()
            self.welcome = None
            self.centralWidget().setEnabled(True)
            self.show_chat()

    @Slot()
    def show_chat(self) -> None:
        """Bring the conversation to the front."""
        self.pages.setCurrentIndex(0)
        self.composer.focus()

    @Slot()
    def show_settings(self) -> None:
        """Bring the settings to the front, or the conversation where they were."""
        if self.settings_shown:
            self.show_chat()
        else:
            self.pages.setCurrentWidget(self.settings_page)
            self.settings_page.setFocus()

    def show_settings_tab(self, section: str) -> None:
        """Bring one section of the settings to the front."""
        self.settings_page.show_section(section)
        self.pages.setCurrentWidget(self.settings_page)
        self.settings_page.setFocus()

    @property
    def settings_shown(self) -> bool:
        """Whether the settings are in front."""
        return self.pages.currentWidget() is self.__dict__.get("settings_page", self)

    @cached_property
    def models_page(self) -> "ModelsPage":
        """The models, made when they are first asked for."""
        from desktop_llm.ui.models.page import ModelsPage

        page = ModelsPage(self.look, self)
        self.pages.addWidget(page)
        return page

    def show_models(self) -> None:
        """Bring the models to the front."""
        self.pages.setCurrentWidget(self.models_page)
        self.models_page.setFocus()

    @property
    def models_shown(self) -> bool:
        """Whether the models are in front."""
        return self.pages.currentWidget() is self.__dict__.get("models_page", self)

    # Notices

    @Slot(object)
    def show_error(self, error: UserError) -> None:
        """What happened, why, and what to do, until it is closed."""
        self.banner.show_error(error)

    def go_on_from(self, before: "MainWindow") -> None:
        """Take over the errors of another window that were not closed there, in their order."""
        self.banner.take_over(before.banner)

    @Slot(str)
    def say(self, text: str) -> None:
        """A short notice that goes by itself."""
        self.toast.show_text(text)

    def show_bug(self) -> None:
        """A bug was logged: say so calmly."""
        self.banner.show_error(
            UserError(
                self.tr("Something went wrong inside the app."),
                self.tr("Nothing was lost."),
                self.tr("The log has the details; its folder is under Settings, Privacy."),
            )
        )

    def say_language_waits(self) -> None:
        """Another language was chosen while a reply is written, which must stay where it is."""
        self.say(self.tr("The window changes when the reply has ended."))

    def show_locked(self) -> None:
        """The history's key is waited for: say what the person can do meanwhile."""
        self._locked = UserError(
            self.tr("The history is locked."),
            self.tr("Its key is in the system's keyring, which has not answered yet."),
            self.tr("Unlock the keyring where the desktop asks for it; then it goes on here."),
        )
        self.banner.show_error(self._locked)

    def end_locked(self) -> None:
        """It is waited for no longer. Another error that came meanwhile stays."""
        if self._locked is not None:
            self.banner.take_back(self._locked)
        self._locked = None

    def set_send_key(self, key: SendKey) -> None:
        """Say under the composer what sends."""
        self.composer.set_send_key(key)
        if key is SendKey.ENTER:
            text = self.tr("Enter sends · Shift Enter breaks the line · Esc stops")
        else:
            text = self.tr("Ctrl Enter sends · Enter breaks the line · Esc stops")
        self.hint.setText(text)

    # Place and size

    @Slot()
    def toggle_sidebar(self) -> None:
        """Show or hide the list of conversations."""
        self._sidebar_wanted = not self.sidebar.isVisible()
        self._show_sidebar(self._sidebar_wanted)

    def _show_sidebar(self, visible: bool) -> None:
        self.sidebar.setVisible(visible)
        self.topbar.show_sidebar_button(not visible)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window gives its width to the conversation."""
        super().resizeEvent(event)
        self._fit_sidebar()

    def _fit_sidebar(self) -> None:
        narrow = self.width() < self.look.px(NARROW)
        if narrow != self._narrow:
            self._narrow = narrow
            self._show_sidebar(self._sidebar_wanted and not narrow)

    def restore_place(self, state: StateStore) -> None:
        """Put the window where it was when these screens were there."""
        places: Any = state.get("window")
        place = places.get(_screens()) if isinstance(places, dict) else None
        if isinstance(place, str):
            self.restoreGeometry(QByteArray.fromBase64(place.encode()))
        self._sidebar_wanted = state.get("sidebar") is not False
        wide: Any = state.get("sidebar_width")
        if isinstance(wide, int):
            self.sidebar.set_wide(self.look.px(wide))
        self._narrow = None
        self._fit_sidebar()

    def save_place(self, state: StateStore) -> None:
        """Remember where the window is."""
        places: Any = state.get("window")
        kept = dict(places) if isinstance(places, dict) else {}
        kept.pop(_screens(), None)  # the arrangement that is there now is the youngest
        kept[_screens()] = bytes(self.saveGeometry().toBase64().data()).decode()
        state.put("window", dict(list(kept.items())[-ARRANGEMENTS:]))
        state.put("sidebar", self._sidebar_wanted)
        state.put("sidebar_width", self.sidebar.wide)

    @Slot()
    def bring_to_front(self) -> None:
        """Another start was tried: show this window instead."""
        # `showNormal` would take a maximised window's size away as well.
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    @Slot()
    def leave(self) -> None:
        """Close for good, and with it the app, whether the tray keeps an icon or not."""
        self.stays = False
        self.close()
        QApplication.quit()  # a hidden window was not the last one to close

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell that the window goes; what runs is ended after it is gone from the screen."""
        self.closing.emit()
        if self.stays:
            event.ignore()
            self.hide()
            return
        super().closeEvent(event)

    # Files dropped on it

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are welcome, nothing else."""
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand the files on."""
        event.acceptProposedAction()
        self.files_dropped.emit(local_files(event.mimeData()))

    @Slot()
    def _apply_look(self) -> None:
        look = self.look
        self._fit_sidebar()
        self._composer_margins.setContentsMargins(look.px(14), 0, look.px(14), 0)
        self._hint_margins.setContentsMargins(look.px(14), 0, look.px(14), look.px(10))


def _screens() -> str:
    """The screens that are there: names, places and sizes."""
    found = ((screen.name(), *screen.geometry().getRect()) for screen in QGuiApplication.screens())
    return "; ".join(" ".join(map(str, screen)) for screen in sorted(found))
