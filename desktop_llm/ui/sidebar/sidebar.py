"""The left column: new conversation, search, the list, and the promise at its foot. Knows no store."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.core.messages import Conversation, SearchHit
from desktop_llm.ui.controls.fields import SearchField
from desktop_llm.ui.controls.speaking import Speaker
from desktop_llm.ui.look import Look
from desktop_llm.ui.sidebar.foot import Foot
from desktop_llm.ui.sidebar.grip import WIDTH as GRIP
from desktop_llm.ui.sidebar.grip import Grip
from desktop_llm.ui.sidebar.list_model import ROW, ConversationListModel
from desktop_llm.ui.sidebar.new_button import NewButton
from desktop_llm.ui.sidebar.row_list import RowList
from desktop_llm.ui.sidebar.rows import Row, RowKind, conversation_rows, hit_rows

WIDTH, NARROWEST, WIDEST = 264, 200, 460


class Sidebar(QWidget):
    """Signals tell what the person wants; ids are those of conversations and messages."""

    new_requested = Signal()
    opened = Signal(str)
    hit_opened = Signal(str, str)
    rename_requested = Signal(str, str)
    pin_requested = Signal(str, bool)
    delete_requested = Signal(str)
    export_requested = Signal(str, str)
    search_changed = Signal(str)
    settings_requested = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setObjectName("sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.new_button = NewButton(look, self)
        self.search_field = SearchField(look, self.tr("Search everything"), self)
        self.list = RowList(look, self)
        self._model = ConversationListModel(self)
        self._nothing = QLabel(self.tr("Nothing found."), self)
        self._conversations: tuple[Row, ...] = ()
        self._searching = False
        self._selected: str | None = None
        self._hit = ""  # the message of the hit that was opened last
        self.speaker = Speaker(self)
        self._told = ("", "")  # what was looked for, and what was said of it
        self._waiting: tuple[Row, ...] | None = None
        self.wide = WIDTH
        self._grip = Grip(self)
        self._grip.dragged.connect(self.set_wide)
        self._grip.reset.connect(self._on_grip_reset)
        self._prepare_list()
        self._lay_out()
        self._connect()
        self._apply_look()

    def _prepare_list(self) -> None:
        view = self.list
        view.setObjectName("conversations")
        view.setAccessibleName(self.tr("Conversations"))
        view.setModel(self._model)
        view.setMouseTracking(True)
        view.setFrameShape(QListView.Shape.NoFrame)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.setUniformItemSizes(False)
        view.installEventFilter(self)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._nothing.hide()

    def _lay_out(self) -> None:
        self._brand = QLabel("Desktop LLM", self)
        self._mark = QLabel(self)
        self._mark.setAccessibleName("")
        brand = QHBoxLayout()
        brand.addWidget(self._mark)
        brand.addWidget(self._brand, 1)
        self._column = QVBoxLayout(self)
        self._column.addLayout(brand)
        self._column.addWidget(self.new_button)
        self._column.addWidget(self.search_field)
        self._column.addWidget(self._nothing)
        self._column.addWidget(self.list, 1)
        self._foot = Foot(self._look, self)
        self._foot.settings_requested.connect(self.settings_requested)
        self._column.addWidget(self._foot)
        self._brand_row = brand

    def _connect(self) -> None:
        self._look.changed.connect(self._apply_look)
        self.new_button.clicked.connect(self.new_requested)
        self.search_field.textChanged.connect(self._on_search)
        self.list.clicked.connect(self._on_activated)
        self.list.activated.connect(self._on_activated)
        self.list.customContextMenuRequested.connect(self._on_context_menu)
        self.list.dots_clicked.connect(self._show_menu)
        self.list.delegate.closeEditor.connect(self._on_edited)
        self._model.renamed.connect(self.rename_requested)

    # What it shows

    def show_conversations(self, conversations: Sequence[Conversation], now: datetime) -> None:
        """Replace the list, grouped by the day of their last use."""
        self._conversations = tuple(conversation_rows(conversations, now))
        if not self._searching:
            self._show(self._conversations)

    def show_hits(self, hits: Sequence[SearchHit], query: str) -> None:
        """Show where a text was found instead of the list; an empty query brings the list back."""
        self._searching = bool(query)
        self._nothing.setVisible(bool(query) and not hits)
        self._show(tuple(hit_rows(hits)) if query else self._conversations)
        self._tell(query, len(hits))

    def _tell(self, query: str, count: int) -> None:
        """Let a screen reader hear how many are listed: once, however often it is looked again."""
        # Not how many there are: of each conversation the first few are listed.
        words = self.tr("%n results are listed", "", count).replace("%n", str(count))
        told = (query, words if count else self._nothing.text())
        if query and told != self._told:
            self.speaker.say(told[1])
        self._told = told

    def select(self, conversation_id: str | None) -> None:
        """Mark the shown conversation."""
        self._selected = conversation_id
        if not self._by_keyboard():
            self._mark_selected()

    def show_busy(self, conversation_ids: frozenset[str]) -> None:
        """Put a dot beside the conversations that a reply is being made for."""
        self._model.show_busy(conversation_ids)

    def show_online(self, online: bool) -> None:
        """Say at the foot whether the app may connect to anything."""
        self._foot.show_online(online)

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_field.selectAll()

    def start_rename(self, conversation_id: str) -> None:
        """Edit a conversation's title in the list."""
        index = self._model.row_of(conversation_id)
        if index.isValid():
            self._go_to(index)
            self.list.edit(index)

    # What the person does

    @Slot(str)
    def _on_search(self, text: str) -> None:
        self.search_changed.emit(text)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        if not index.isValid():
            return  # the list was read anew between the press and the release
        row: Row = index.data(ROW)
        self._hit = row.message_id
        if row.kind is RowKind.HIT and row.message_id:
            self.hit_opened.emit(row.conversation_id, row.message_id)
        elif row.kind is not RowKind.HEADING:
            self.opened.emit(row.conversation_id)

    @Slot(QPoint)
    def _on_context_menu(self, place: QPoint) -> None:
        index = self.list.indexAt(place)
        if index.isValid() and index.data(ROW).kind is RowKind.CONVERSATION:
            self._show_menu(QPersistentModelIndex(index), self.list.viewport().mapToGlobal(place))

    @Slot(object, object)
    def _show_menu(self, index: QPersistentModelIndex, place: QPoint) -> None:
        row: Row = index.data(ROW)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        rename = menu.addAction(self._look.icon("pencil"), self.tr("Rename"))
        pin = menu.addAction(
            self._look.icon("pin"), self.tr("Unpin") if row.pinned else self.tr("Pin")
        )
        menu.addSeparator()
        markdown = menu.addAction(self._look.icon("export"), self.tr("Export as Markdown…"))
        json = menu.addAction(self._look.icon("export"), self.tr("Export as JSON…"))
        menu.addSeparator()
        delete = menu.addAction(self._look.icon("trash"), self.tr("Delete"))
        chosen = menu.exec(place)
        if chosen == rename:
            self.start_rename(row.conversation_id)
        elif chosen == pin:
            self.pin_requested.emit(row.conversation_id, not row.pinned)
        elif chosen in (markdown, json):
            form = "json" if chosen == json else "markdown"
            self.export_requested.emit(row.conversation_id, form)
        elif chosen == delete:
            self.delete_requested.emit(row.conversation_id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The focus ring is shown to people who use the keyboard, and only to them."""
        if watched is self.list and isinstance(event, QKeyEvent | QMouseEvent):
            self.list.setProperty("by_keyboard", isinstance(event, QKeyEvent))
            if isinstance(event, QKeyEvent) and self._acts_on_row(event):
                return True
        if watched is self.list and isinstance(event, QFocusEvent) and self._leaves(event):
            self._mark_selected()
        return super().eventFilter(watched, event)

    def _leaves(self, event: QFocusEvent) -> bool:
        """The keyboard goes elsewhere in the window, and not for a menu or a rename."""
        back = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        return event.lostFocus() and event.reason() not in back and not self.list.delegate.editing

    def _acts_on_row(self, event: QKeyEvent) -> bool:
        """The menu key opens a row's menu, Delete deletes its conversation: one a press, if held."""
        keys = (Qt.Key.Key_Menu, Qt.Key.Key_Delete)
        if event.type() != QEvent.Type.KeyPress or event.key() not in keys:
            return False
        index = self.list.currentIndex()
        usable = index.isValid() and index.data(ROW).kind is RowKind.CONVERSATION
        if event.isAutoRepeat() or not usable:
            return True
        if event.key() == Qt.Key.Key_Delete:
            self.delete_requested.emit(index.data(ROW).conversation_id)
        else:
            place = self.list.visualRect(index).bottomLeft()
            self._show_menu(QPersistentModelIndex(index), self.list.viewport().mapToGlobal(place))
        return True

    # Inside

    @Slot(int)
    def set_wide(self, width: int) -> None:
        """Take a width in pixels of the screen, as far as it makes sense."""
        self.wide = max(NARROWEST, min(WIDEST, round(width * 100 / self._look.px(100))))
        self.setFixedWidth(self._look.px(self.wide))

    @Slot()
    def _on_grip_reset(self) -> None:
        self.set_wide(self._look.px(WIDTH))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The grip stays at the right edge."""
        super().resizeEvent(event)
        self._grip.setGeometry(self.width() - GRIP, 0, GRIP, self.height())
        self._grip.raise_()

    def _show(self, rows: tuple[Row, ...]) -> None:
        """Put other rows into the list. A rename goes on; they are shown when it has ended."""
        self._waiting = rows
        if not self.list.delegate.editing:
            self._show_waiting()

    @Slot()
    def _on_edited(self) -> None:
        if self.list.delegate.editing:
            return  # Tab went on to the next row
        if self._waiting is not None:
            self._show_waiting()
        else:
            self.select(self._selected)

    def _show_waiting(self) -> None:
        rows, self._waiting = self._waiting or (), None
        before, index = self._model.rows, self.list.currentIndex()
        current: Row | None = index.data(ROW) if index.isValid() else None
        self._model.show(rows)
        if current is not None and self._by_keyboard():
            self._go_to(self._model.nearest(current, before))
        else:
            self._mark_selected()

    def _by_keyboard(self) -> bool:
        """The keyboard is in the list: its row is where the person is, whichever one is shown.

        It is so in a window that is not active as well: the person comes back to it.
        """
        focus = self.window().focusWidget()
        return focus is not None and (focus is self.list or self.list.isAncestorOf(focus))

    def _mark_selected(self) -> None:
        self._go_to(self._model.row_of(self._selected, self._hit))

    def _go_to(self, index: QModelIndex) -> None:
        selection = self.list.selectionModel()
        if index.isValid():
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        else:
            selection.clear()

    @Slot()
    def _apply_look(self) -> None:
        look = self._look
        self.setFixedWidth(look.px(self.wide))
        self._column.setContentsMargins(look.px(12), look.px(14), look.px(12), look.px(12))
        self._column.setSpacing(look.px(8))
        self._brand_row.setContentsMargins(look.px(8), look.px(2), look.px(8), look.px(6))
        self._brand_row.setSpacing(look.px(9))
        self._brand.setFont(look.font(15, 600))
        self._mark.setPixmap(look.pixmap("app", "accent", 20))
        self._nothing.setFont(look.font(13))
        self._nothing.setStyleSheet(f"color: {look.tokens.muted.name()};")
        self.list.doItemsLayout()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground beside the page, and the hairline between them."""
        painter, tokens = QPainter(self), self._look.tokens
        painter.fillRect(self.rect(), tokens.side)
        painter.setPen(QPen(tokens.line, 1))
        painter.drawLine(self.width() - 1, 0, self.width() - 1, self.height())
