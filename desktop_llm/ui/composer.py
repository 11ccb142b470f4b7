"""Where the person writes: grows to eight lines, sends, stops. Knows no conversation and no model."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QInputMethodEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.core.policy import Level, Policy
from desktop_llm.core.sampling import Preset
from desktop_llm.core.settings import SendKey
from desktop_llm.ui.controls.buttons import Chip, PrimaryButton
from desktop_llm.ui.controls.message_field import MessageField
from desktop_llm.ui.controls.narrowing import Narrowing
from desktop_llm.ui.controls.plain import menu_text, set_tip
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.language import preset_words
from desktop_llm.ui.look import Look

MAX_LINES = 8
WIDTH = 760
SHADOW = 10
"""Room around the card for its soft shadow, in pixels at 100% zoom."""


class DraftEdit(MessageField):
    """The text field. Enter sends unless an input method is composing; Shift+Enter breaks the line."""

    send_pressed = Signal()
    up_in_empty = Signal()
    height_changed = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.send_key = SendKey.ENTER
        self._composing = False
        self.setObjectName("draft")
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setPlaceholderText(self.tr("Ask anything"))
        self.setAccessibleName(self.tr("Message"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self.fit)
        look.changed.connect(self._apply_look)
        self._apply_look()

    @Slot()
    def fit(self) -> None:
        """Grow or shrink with the text, between one and eight lines."""
        line = self.fontMetrics().lineSpacing()
        lines = self._lines()
        shown = min(lines, MAX_LINES)
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if lines > MAX_LINES else policy.ScrollBarAlwaysOff
        )
        height = shown * line + 2 * int(self.document().documentMargin())
        if height != self.height():
            self.setFixedHeight(height)
            self.height_changed.emit()

    def _lines(self) -> int:
        """The lines that the text takes; those behind the first that are too many are not counted.

        Each paragraph is laid out first: one that was pasted counts as a single line until it is seen.
        """
        lines, block = 0, self.document().begin()
        while block.isValid() and lines <= MAX_LINES:
            self.document().documentLayout().blockBoundingRect(block)
            lines += max(1, block.layout().lineCount())
            block = block.next()
        return max(1, lines)

    @Slot()
    def _apply_look(self) -> None:
        self.setFont(self._look.font(15))
        self.viewport().setFont(self.font())  # paints the placeholder
        self.fit()

    def resizeEvent(self, event: object) -> None:
        """A narrower field wraps into more lines."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.fit()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """While an input method shows unfinished text, Enter belongs to it."""
        super().inputMethodEvent(event)
        self._composing = bool(event.preeditString())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send, break the line, or edit."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._composing:
                return
            if self._sends(event.modifiers()):
                self.send_pressed.emit()
            else:
                self.insertPlainText("\n")
                self.ensureCursorVisible()
            return
        if event.key() == Qt.Key.Key_Up and not self.toPlainText():
            self.up_in_empty.emit()
            return
        super().keyPressEvent(event)

    def _sends(self, modifiers: Qt.KeyboardModifier) -> bool:
        keys = modifiers & ~Qt.KeyboardModifier.KeypadModifier
        control = Qt.KeyboardModifier.ControlModifier
        if self.send_key is SendKey.CTRL_ENTER:
            return keys == control
        return keys in (Qt.KeyboardModifier.NoModifier, control)


class Composer(QWidget):
    """Signals: `submitted(text)`, `stop_requested()`, `draft_changed()`, and what its chips ask for."""

    submitted = Signal(str)
    stop_requested = Signal()
    draft_changed = Signal()
    edit_last_requested = Signal()
    preset_chosen = Signal(str)
    system_prompt_requested = Signal()
    neutralise_requested = Signal()
    sampling_requested = Signal()
    filter_requested = Signal()
    thinking_chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._running = False
        self._presets: tuple[Preset, ...] = ()
        self._preset = ""
        self.draft = DraftEdit(look, self)
        self.preset_chip = Chip(look, "", self, menu=True)
        self.filter_chip = Chip(look, "", self)
        self.prompt_chip = Chip(look, self.tr("System prompt"), self)
        self.prompt_chip.setCheckable(True)
        self.thinking_chip = Chip(look, self.tr("Thinking"), self)
        self.thinking_chip.setCheckable(True)
        self.thinking_chip.setToolTip(self.tr("Whether the model thinks before it answers"))
        self.thinking_chip.hide()
        self._count = Text(look, "", self, size=12.5, color="muted", tabular=True)
        self._count.setWordWrap(False)
        self.send_button = PrimaryButton(look, self.tr("Send"), self)
        self._lay_out()
        self._connect()
        self._apply_look()
        self.show_count(None)
        self.set_running(False)

    def _lay_out(self) -> None:
        self._row = QHBoxLayout()
        self._row.addWidget(self.preset_chip)
        self._row.addWidget(self.filter_chip)
        self._row.addWidget(self.prompt_chip)
        self._row.addWidget(self.thinking_chip)
        self._row.addWidget(self._count)
        self._row.addStretch(1)
        self._row.addWidget(self.send_button)
        # What the chips do is in the menu of the first one and in the settings as well.
        self._narrowing = Narrowing(
            self, self._row, (self._count, self.prompt_chip, self.filter_chip)
        )
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.draft)
        self._column.addLayout(self._row)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _connect(self) -> None:
        self._look.changed.connect(self._apply_look)
        self.draft.textChanged.connect(self.draft_changed)
        self.draft.textChanged.connect(self._update_button)
        self.draft.send_pressed.connect(self._send)
        self.draft.up_in_empty.connect(self.edit_last_requested)
        self.draft.height_changed.connect(self.updateGeometry)
        self.send_button.clicked.connect(self._on_button)
        self.preset_chip.clicked.connect(self._show_presets_menu)
        self.filter_chip.clicked.connect(self.filter_requested)
        self.prompt_chip.clicked.connect(self._on_prompt_chip)
        self.thinking_chip.clicked.connect(self._on_thinking_chip)

    # What it shows

    def text(self) -> str:
        """The draft."""
        return self.draft.toPlainText()

    def set_text(self, text: str) -> None:
        """Replace the draft; the cursor goes to its end."""
        self.draft.setPlainText(text)
        self.draft.moveCursor(self.draft.textCursor().MoveOperation.End)

    def add_text(self, text: str) -> None:
        """Put more text below the draft."""
        self.set_text("\n\n".join(filter(None, (self.text(), text))))

    def clear(self) -> None:
        """Empty the draft."""
        self.draft.clear()

    @Slot()
    def focus(self) -> None:
        """Put the cursor into the draft."""
        self.draft.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(bool)
    def set_running(self, running: bool) -> None:
        """Send turns into Stop while a reply is being made."""
        self._running = running
        button = self.send_button
        button.setText(self.tr("Stop") if running else self.tr("Send"))
        button.set_icon("stop" if running else "")
        button.setAccessibleName(button.text())
        self._name_key()
        self._update_button()

    def set_send_key(self, key: SendKey) -> None:
        """Enter or Ctrl+Enter."""
        self.draft.send_key = key
        self._name_key()

    def _name_key(self) -> None:
        """Say on hovering which key does what the button does."""
        if self._running:
            words = self.tr("Stop (Esc)")
        elif self.draft.send_key is SendKey.CTRL_ENTER:
            words = self.tr("Send (Ctrl+Enter)")
        else:
            words = self.tr("Send (Enter)")
        self.send_button.setToolTip(words)

    def show_count(self, tokens: int | None) -> None:
        """How many tokens the draft is; None where no model is there to count them."""
        words = self.tr("%n tokens", "", tokens or 0).replace("%n", f"{tokens or 0:,}")
        self._count.setText("" if tokens is None else words)
        self._narrowing.want(self._count, tokens is not None)

    def show_presets(self, presets: Sequence[Preset], current: str, changed: bool) -> None:
        """The presets to choose from; `changed` says that single values differ from it."""
        self._presets, self._preset = tuple(presets), current
        name = preset_words(current)
        self.preset_chip.setText(self.tr("{name}, changed").format(name=name) if changed else name)
        self.preset_chip.setAccessibleName(
            self.tr("Preset: {name}").format(name=self.preset_chip.text())
        )
        self.preset_chip.setToolTip(self.tr("Sampling and system prompt of this conversation"))

    def show_system_prompt(self, prompt: str) -> None:
        """Whether this conversation has a system prompt, and which."""
        self.prompt_chip.setChecked(bool(prompt))
        none = self.tr("The model reads it before everything else. There is none yet.")
        set_tip(self.prompt_chip, prompt[:400] or none)

    def show_filter(self, policy: Policy) -> None:
        """How careful the safety filter is."""
        state = {
            Level.OFF: self.tr("off"), Level.BALANCED: self.tr("balanced"),
            Level.STRICT: self.tr("strict"),
        }[policy.level]  # fmt: skip
        self.filter_chip.setText(self.tr("Filter: {state}").format(state=state))
        self.filter_chip.setAccessibleName(self.tr("Safety filter: {state}").format(state=state))
        self.filter_chip.setToolTip(self.tr("Safety filter settings"))

    def show_thinking(self, known: bool, on: bool) -> None:
        """Whether the model can be told to think, and is."""
        self.thinking_chip.setVisible(known)
        self.thinking_chip.setChecked(on)

    # What the person does

    @Slot(bool)
    def _on_thinking_chip(self, on: bool) -> None:
        self.thinking_chosen.emit("on" if on else "off")

    @Slot()
    def _on_button(self) -> None:
        if self._running:
            self.stop_requested.emit()
        else:
            self._send()

    @Slot(bool)
    def _on_prompt_chip(self, on: bool) -> None:
        self.prompt_chip.setChecked(not on)  # it shows a state; only the prompt changes that
        self.system_prompt_requested.emit()

    @Slot()
    def _send(self) -> None:
        if self.text().strip():
            self.submitted.emit(self.text())

    @Slot()
    def _update_button(self) -> None:
        self.send_button.setEnabled(self._running or bool(self.text().strip()))

    @Slot()
    def _show_presets_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        names = {}
        for preset in self._presets:
            action = menu.addAction(menu_text(preset_words(preset.name)))
            action.setCheckable(True)
            action.setChecked(preset.name == self._preset)
            names[action] = preset.name
        menu.addSeparator()
        prompt = menu.addAction(self._look.icon("pencil"), self.tr("System prompt…"))
        neutral = menu.addAction(self._look.icon("undo"), self.tr("Neutralise sampling"))
        settings = menu.addAction(
            self._look.icon("settings"), self.tr("Sampling of this conversation…")
        )
        below = self.preset_chip.mapToGlobal(self.preset_chip.rect().topLeft())
        below.setY(below.y() - menu.sizeHint().height() - self._look.px(4))
        chosen = menu.exec(below)
        if chosen in names:
            self.preset_chosen.emit(names[chosen])
        elif chosen == prompt:
            self.system_prompt_requested.emit()
        elif chosen == neutral:
            self.neutralise_requested.emit()
        elif chosen == settings:
            self.sampling_requested.emit()

    # How it looks

    @Slot()
    def _apply_look(self) -> None:
        look = self._look
        edge = look.px(SHADOW)
        self.setMaximumWidth(look.px(WIDTH) + 2 * edge)
        self._column.setContentsMargins(
            edge + look.px(14), edge + look.px(10), edge + look.px(12), edge + look.px(10)
        )
        self._column.setSpacing(look.px(8))
        self._row.setSpacing(look.px(10))
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as it may be, as high as the draft needs."""
        return QSize(self.maximumWidth(), self._column.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The card with its hairline and its one soft shadow."""
        look, tokens = self._look, self._look.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge, radius = look.px(SHADOW), look.px(16)
        card = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        painter.setPen(Qt.PenStyle.NoPen)
        shade = QColor(0, 0, 0) if look.dark else QColor(30, 25, 15)
        for spread in range(edge, 0, -1):
            shade.setAlphaF((0.035 if look.dark else 0.008) * (1 - spread / (edge + 1)) + 0.002)
            painter.setBrush(shade)
            around = card.adjusted(-spread, -spread + 3, spread, spread + 3)
            painter.drawRoundedRect(around, radius + spread, radius + spread)
        painter.setBrush(tokens.surface)
        painter.setPen(QPen(tokens.line, 1))
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def changeEvent(self, event: QEvent) -> None:
        """Repaint when the window becomes active or not."""
        super().changeEvent(event)
        self.update()
