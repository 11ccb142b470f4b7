"""The line above the conversation: the model and its state, the context meter, theme, settings."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QLocale, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from desktop_llm.core.memory import Need
from desktop_llm.core.models import LoadedModelInfo, ModelOnDisk
from desktop_llm.ui.controls.buttons import Chip, IconButton, ModelButton
from desktop_llm.ui.controls.meter import Meter, ProgressLine
from desktop_llm.ui.controls.narrowing import Narrowing
from desktop_llm.ui.controls.plain import menu_text, set_tip, tip
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.language import said
from desktop_llm.ui.look import Look
from desktop_llm.ui.models.choosing import choose_file, choose_folder
from desktop_llm.ui.models.words import data_size

HEIGHT = 52


class TopBar(QWidget):
    """Signals tell what the person wants; `model_chosen` carries a model's id, `path_chosen` a path."""

    model_chosen = Signal(str)
    path_chosen = Signal(str)
    unload_requested = Signal()
    reload_requested = Signal()
    cancel_load_requested = Signal()
    refresh_requested = Signal()
    more_requested = Signal()
    theme_toggled = Signal()
    settings_requested = Signal()
    sidebar_toggled = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._models: tuple[ModelOnDisk, ...] = ()
        self._selected = ""
        self._needs: Callable[[ModelOnDisk], tuple[Need, ...]] = _unknown
        self._loaded: LoadedModelInfo | None = None
        self._loading = False
        self.sidebar_button = IconButton(look, "sidebar", self.tr("Conversations (Ctrl+B)"), self)
        self.model_button = ModelButton(look, self)
        self.pill = Chip(look, "", self)
        self.progress = ProgressLine(look, self)
        self._context = Text(look, "", self, size=13, color="muted", tabular=True)
        self._context.setWordWrap(False)
        self.meter = Meter(look, self)
        self.theme_button = IconButton(look, "theme", self.tr("Light or dark"), self)
        self.settings_button = IconButton(look, "settings", self.tr("Settings (Ctrl+,)"), self)
        self._lay_out()
        self._connect()
        self._apply_look()
        self.show_unloaded(failed=False)
        self.show_context(0, 0)

    def _lay_out(self) -> None:
        self._row = QHBoxLayout(self)
        for widget in (self.sidebar_button, self.model_button, self.pill, self.progress):
            self._row.addWidget(widget)
        self._row.addStretch(1)
        for widget in (self._context, self.meter, self.theme_button, self.settings_button):
            self._row.addWidget(widget)
        self._narrowing = Narrowing(self, self._row, (self._context, self.meter, self.pill))

    def _connect(self) -> None:
        self._look.changed.connect(self._apply_look)
        self.sidebar_button.clicked.connect(self.sidebar_toggled)
        self.model_button.clicked.connect(self.open_menu)
        self.pill.clicked.connect(self.open_menu)
        self.theme_button.clicked.connect(self.theme_toggled)
        self.settings_button.clicked.connect(self.settings_requested)

    # What it shows

    def set_needs(self, needs: Callable[[ModelOnDisk], tuple[Need, ...]]) -> None:
        """What tells how much memory a model will take."""
        self._needs = needs

    def show_models(self, models: Sequence[ModelOnDisk], selected_id: str) -> None:
        """The models to choose from."""
        self._models, self._selected = tuple(models), selected_id

    def show_loading(self, name: str, done: int, total: int) -> None:
        """A model is being loaded; sizes in bytes, total 0 where nothing is known yet."""
        self._loading, self._loaded = True, None
        self.model_button.setText(name)
        share = done / total if total else 0.0
        self.progress.setVisible(True)
        self.progress.show_share(share if total else None)
        percent = f" {share:.0%}" if total else "…"
        self._show_pill(self.tr("Loading") + percent, "")

    def show_loaded(self, info: LoadedModelInfo) -> None:
        """The model is in memory: its device and precision, and on hovering why those."""
        self._loading, self._loaded = False, info
        self.model_button.setText(info.model.name)
        self.progress.setVisible(False)
        device = info.device.upper() if len(info.device) <= 4 else info.device
        size = data_size(info.memory) if info.memory else ""
        memory = self.tr("Takes up to {size} of memory.").format(size=size) if size else ""
        self._show_pill(f"{info.precision} · {device}", f"{said(info.reasons)} {memory}".strip())

    def show_unloaded(self, failed: bool) -> None:
        """No model is in memory."""
        self._loading, self._loaded = False, None
        self.model_button.setText(self.tr("Choose a model"))
        self.progress.setVisible(False)
        self._show_pill(self.tr("Could not be loaded") if failed else self.tr("Not loaded"), "")
        self.show_context(0, 0)

    def _show_pill(self, text: str, why: str) -> None:
        self.pill.setText(text)
        set_tip(self.pill, why)
        self.pill.setAccessibleName(text)
        self.model_button.setAccessibleName(
            self.tr("Model: {name}, {state}").format(name=self.model_button.text(), state=text)
        )

    @Slot(int, int)
    def show_context(self, used: int, window: int) -> None:
        """How many tokens of the context window the next prompt takes."""
        numbers = QLocale()
        shown = window > 0
        text = self.tr("{used} of {window} tokens").format(
            used=numbers.toString(used), window=numbers.toString(window)
        )
        self._context.setText(text)
        self._narrowing.want(self._context, shown)
        self._narrowing.want(self.meter, shown)
        self.meter.show_share(used / window if shown else 0.0, text)

    def show_sidebar_button(self, visible: bool) -> None:
        """The button is here while the sidebar is hidden."""
        self.sidebar_button.setVisible(visible)

    # What the person does

    @Slot()
    def open_menu(self) -> None:
        """The models, and what else can be done with them."""
        self.refresh_requested.emit()
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        ids = {}
        for model in self._models:
            action = menu.addAction(self._menu_line(model))
            action.setCheckable(True)
            action.setChecked(model.id == self._selected)
            action.setToolTip(tip(said(model.problem) or str(model.path)))
            action.setEnabled(not model.problem)
            action.setData(model)
            ids[action] = model.id
        menu.setToolTipsVisible(True)
        menu.hovered.connect(self._on_hovered)
        menu.addSeparator()
        more = menu.addAction(self._look.icon("model"), self.tr("Get more models…"))
        folder = menu.addAction(self._look.icon("folder-plus"), self.tr("Add a model folder…"))
        file = menu.addAction(self._look.icon("plus"), self.tr("Add a GGUF file…"))
        stop = menu.addAction(self._look.icon("close"), self.tr("Stop loading"))
        stop.setVisible(self._loading)
        reload = menu.addAction(self._look.icon("refresh"), self.tr("Load again"))
        unload = menu.addAction(self._look.icon("download"), self.tr("Unload, free the memory"))
        unload.setVisible(self._loaded is not None)
        reload.setVisible(not self._loading)
        chosen = menu.exec(self.model_button.mapToGlobal(QPoint(0, self.model_button.height() + 4)))
        does: dict[QAction, Callable[[], None]] = {
            folder: self.choose_folder,
            file: self.choose_file,
            stop: self.cancel_load_requested.emit,
            reload: self.reload_requested.emit,
            unload: self.unload_requested.emit,
            more: self.more_requested.emit,
        }
        if chosen in ids:
            self.model_chosen.emit(ids[chosen])
        elif chosen in does:
            does[chosen]()

    @Slot(QAction)
    def _on_hovered(self, action: QAction) -> None:
        model = action.data()
        if isinstance(model, ModelOnDisk) and not model.problem:
            action.setToolTip(tip(f"{model.path}\n{self._memory(model)}".strip()))

    def _memory(self, model: ModelOnDisk) -> str:
        """What a model takes in each precision."""
        found = self._needs(model)
        if not found:
            return ""
        each = ", ".join(f"{one.precision} {data_size(one.total)}" for one in found)
        words = self.tr("Memory with {window} tokens of context: {each}")
        return words.format(window=QLocale().toString(found[0].window), each=each)

    def _menu_line(self, model: ModelOnDisk) -> str:
        size = data_size(model.size) if model.size else ""
        return menu_text(f"{model.name}\t{size}")

    @Slot()
    def choose_folder(self) -> None:
        """Let the person point at a model folder."""
        if folder := choose_folder(self):
            self.path_chosen.emit(folder)

    @Slot()
    def choose_file(self) -> None:
        """Let the person point at a model that is one file."""
        if path := choose_file(self):
            self.path_chosen.emit(path)

    # How it looks

    @Slot()
    def _apply_look(self) -> None:
        look = self._look
        self.setFixedHeight(look.px(HEIGHT))
        self._row.setContentsMargins(look.px(14), 0, look.px(14), 0)
        self._row.setSpacing(look.px(12))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground and the hairline under it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._look.tokens.bg)
        painter.setPen(QPen(self._look.tokens.line, 1))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)


def _unknown(_model: ModelOnDisk) -> tuple[Need, ...]:
    return ()
