"""The first start: three short steps over the whole window, each of which can be skipped. Keeps nothing.

Language and theme apply at once; what privacy there is, is told, not asked; then the person begins.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.core.settings import Language, Settings, Theme
from desktop_llm.ui.controls.buttons import PrimaryButton, QuietButton
from desktop_llm.ui.controls.painting import (
    HOVER,
    focus_ring,
    focus_visible,
    hairline_box,
    painter_for,
    shade,
)
from desktop_llm.ui.controls.segmented import Segmented
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.settings.words import choice_words

WIDTH = 560
STEPS = 3


class Welcome(QWidget):
    """Signals: `changed(key, value)` of a setting; `finished()` at its end, skipped or not;

    `larger_wanted()` after it where the person wants a larger model.
    """

    changed = Signal(str, object)
    finished = Signal()
    larger_wanted = Signal()

    def __init__(self, look: Look, key: str, parent: QWidget) -> None:
        """`key` is the sentence that says where the history's key is."""
        super().__init__(parent)
        self._look = look
        self.setAutoFillBackground(True)
        self.language = Segmented(look, self.tr("Language"), _choices(Language), self)
        self.theme = Segmented(look, self.tr("Theme"), _choices(Theme), self)
        self._steps = QStackedWidget(self)
        for step in (self._first(), self._second(key), self._third()):
            self._steps.addWidget(step)
        self._dots = Dots(look, self)
        self.skip_button = QuietButton(look, self.tr("Skip"), self, flat=True)
        self.back_button = QuietButton(look, self.tr("Back"), self)
        self.next_button = PrimaryButton(look, self.tr("Continue"), self)
        self._lay_out()
        self._connect()
        parent.installEventFilter(self)
        self.setGeometry(parent.rect())
        self.show_step(0)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for part in (self.skip_button, self._dots, self.back_button, self.next_button):
            buttons.addWidget(part, 1 if part is self._dots else 0)
        self._middle = QWidget(self)
        self._column = QVBoxLayout(self._middle)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addStretch(2)
        self._column.addWidget(self._steps)
        self._column.addLayout(buttons)
        self._column.addStretch(3)
        row = QHBoxLayout(self)
        row.addStretch(1)
        row.addWidget(self._middle, 100)
        row.addStretch(1)

    def _connect(self) -> None:
        self.language.chosen.connect(lambda value: self.changed.emit("general.language", value))
        self.theme.chosen.connect(lambda value: self.changed.emit("appearance.theme", value))
        self.skip_button.clicked.connect(self.finished)
        self.back_button.clicked.connect(self._back)
        self.next_button.clicked.connect(self._next)
        self._look.changed.connect(self._apply_look)
        self._apply_look()

    # The steps

    def _first(self) -> QWidget:
        rows = [
            Row(self._look, self.tr("Language"), self.language, self),
            Row(self._look, self.tr("Theme"), self.theme, self),
        ]
        about = self.tr("Here you chat with a language model that runs on your own computer.")
        return self._step(self.tr("Welcome to Desktop LLM"), about, rows)

    def _second(self, key: str) -> QWidget:
        facts = [
            Fact(self._look, "lock", self.tr("Nothing leaves this computer"), self.tr(
                "The model runs here. The app opens no connection unless you ask for one, "
                "to look for a model or to fetch it."), self),
            Fact(self._look, "check", self.tr("What you write is kept encrypted"), key, self),
            Fact(self._look, "trash", self.tr("Deleted means gone"), self.tr(
                "What you delete is overwritten on the disk, not only hidden."), self),
        ]  # fmt: skip
        return self._step(
            self.tr("Private, as it is"), self.tr("There is nothing to set up."), facts
        )

    def _third(self) -> QWidget:
        guide = Way(
            self._look,
            self.tr("Try the guide model"),
            self.tr(
                "It is in the box and ready. It knows one subject: language models and this app."
            ),
            self,
        )
        larger = Way(
            self._look,
            self.tr("Get a larger model"),
            self.tr(
                "One that suits this computer and knows the world. You choose which, and when."
            ),
            self,
        )
        guide.clicked.connect(self.finished)
        larger.clicked.connect(self.finished)
        larger.clicked.connect(self.larger_wanted)
        self.ways = (guide, larger)
        about = self.tr("Both can be had later as well.")
        return self._step(self.tr("How would you like to begin?"), about, self.ways)

    def _step(self, title: str, about: str, parts: Sequence[QWidget]) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setSpacing(self._look.px(12))
        for label in (
            Text(self._look, title, page, size=24, weight=600),
            Text(self._look, about, page, size=14, color="muted"),
        ):
            column.addWidget(label)
        column.addSpacing(self._look.px(14))
        for part in parts:
            column.addWidget(part)
        column.addStretch(1)
        page.setAccessibleName(title)
        return page

    # Going on

    def show_values(self, settings: Settings) -> None:
        """Show the settings as they are now."""
        self.language.choose(settings.general.language)
        self.theme.choose(settings.appearance.theme)

    @property
    def step(self) -> int:
        """Which step is shown, from 0."""
        return self._steps.currentIndex()

    def show_step(self, number: int) -> None:
        """Show a step, with the focus on what goes on."""
        self._steps.setCurrentIndex(number)
        self._dots.show_step(number)
        last = number == STEPS - 1
        self.back_button.setVisible(number > 0)
        self.next_button.setVisible(not last)
        (self.ways[0] if last else self.next_button).setFocus()

    @Slot()
    def _next(self) -> None:
        self.show_step(self.step + 1)

    @Slot()
    def _back(self) -> None:
        self.show_step(self.step - 1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It is always as large as the window."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    @Slot()
    def _apply_look(self) -> None:
        px = self._look.px
        self._middle.setMaximumWidth(px(WIDTH))
        self._column.setSpacing(px(24))
        layout = self.layout()
        assert isinstance(layout, QLayout)
        layout.setContentsMargins(px(24), px(16), px(24), px(16))
        for number in range(self._steps.count()):
            page = self._steps.widget(number).layout()
            if page is not None:
                page.setContentsMargins(0, 0, 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The page's ground, so that the window below is not seen."""
        QPainter(self).fillRect(self.rect(), self._look.tokens.bg)


class Row(QWidget):
    """A title with its control at the right."""

    def __init__(self, look: Look, title: str, control: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, look.px(4), 0, look.px(4))
        row.addWidget(Text(look, title, self, size=14, weight=500), 1)
        row.addWidget(control)


class Fact(QWidget):
    """Something that is so: an icon, a title, a sentence."""

    def __init__(self, look: Look, icon: str, title: str, about: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._icon = look, icon
        self._sign = QLabel(self)
        words = QVBoxLayout()
        words.setSpacing(look.px(2))
        words.addWidget(Text(look, title, self, size=14, weight=600))
        words.addWidget(Text(look, about, self, size=13.5, color="muted"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, look.px(6), 0, look.px(6))
        row.setSpacing(look.px(16))
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        look.changed.connect(self._apply_look)
        self._apply_look()

    @Slot()
    def _apply_look(self) -> None:
        self._sign.setPixmap(self._look.pixmap(self._icon, "accent", 22))


class Way(QPushButton):
    """A way to begin, as a card: a title and what it means."""

    def __init__(self, look: Look, title: str, about: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setAccessibleName(title)
        self.setAccessibleDescription(about)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._words = QVBoxLayout(self)
        self._words.setSpacing(look.px(3))
        for label in (
            Text(look, title, self, size=15, weight=600),
            Text(look, about, self, size=13.5, color="muted"),
        ):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._words.addWidget(label)
        look.changed.connect(self._apply_look)
        self._apply_look()

    @Slot()
    def _apply_look(self) -> None:
        px = self._look.px
        self._words.setContentsMargins(px(18), px(14), px(18), px(16))

    def sizeHint(self) -> QSize:
        """Its words with the paddings, as wide as a line of them likes to be."""
        wide = self._look.px(WIDTH)
        return QSize(wide, self.heightForWidth(wide))

    def hasHeightForWidth(self) -> bool:
        """The words may wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The words with the paddings."""
        return self._words.totalHeightForWidth(width)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A quiet card."""
        painter, tokens, px = painter_for(self), self._look.tokens, self._look.px
        rect = QRectF(self.rect())
        hairline_box(painter, rect, px(12), tokens.line, tokens.surface)
        if self.underMouse() or self.isDown():
            hairline_box(painter, rect, px(12), tokens.accent, shade(self._look, HOVER / 2))
        if focus_visible(self):
            focus_ring(painter, rect, px(12), tokens.accent)


class Dots(QWidget):
    """Which of the steps is shown, as dots and in words for a screen reader."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._step = look, 0
        self.setMinimumHeight(look.px(10))

    def show_step(self, number: int) -> None:
        """Show a step, from 0."""
        self._step = number
        words = self.tr("Step {number} of {all}").format(number=number + 1, all=STEPS)
        self.setAccessibleName(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The shown step's dot is a little longer and in the accent colour."""
        painter, px = painter_for(self), self._look.px
        painter.setPen(Qt.PenStyle.NoPen)
        size, gap = px(7), px(7)
        wide = (STEPS + 1) * size + (STEPS - 1) * gap
        left, top = (self.width() - wide) / 2, (self.height() - size) / 2
        for number in range(STEPS):
            length = 2 * size if number == self._step else size
            colour = self._look.tokens.accent if number == self._step else self._look.tokens.line
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(left, top, length, size), size / 2, size / 2)
            left += length + gap


def _choices(kind: type[Language] | type[Theme]) -> list[tuple[str, str]]:
    return [(member.value, choice_words(member.value)) for member in kind]
