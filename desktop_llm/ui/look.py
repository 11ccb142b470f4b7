"""The look: colours, fonts, spacing, icons and the app's style sheet. Knows no widget of ours.

Widgets take every colour and size from here and paint again on `changed`. Sizes are given for
100% text size; `px` and `font` scale them.
"""

import tomllib
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QStyle

from desktop_llm.core.settings import Appearance, Theme
from desktop_llm.resources import resource
from desktop_llm.ui import look_icons, look_sheet

RADIUS_SMALL, RADIUS, RADIUS_LARGE = 9, 12, 16
"""Corners: of buttons and list rows, of cards and pop-ups, of the composer and bubbles."""

SANS, MONO, CHINESE = "Inter", "JetBrains Mono", "Noto Sans CJK SC"


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme's colours. `line` and `shadow` are never text; all others hold their contrast."""

    bg: QColor
    side: QColor
    surface: QColor
    text: QColor
    muted: QColor
    faint: QColor
    line: QColor
    accent: QColor
    accent_soft: QColor
    on_accent: QColor
    user: QColor
    code: QColor
    warn: QColor
    warn_soft: QColor
    bad: QColor
    good: QColor
    shadow: QColor
    kw: QColor
    fn: QColor
    cm: QColor
    st: QColor


def read_tokens(name: str) -> Tokens:
    """The colours of a shipped theme, "light" or "dark".

    Raises FileNotFoundError where the installation lacks it, TypeError where a colour is missing
    or unknown, ValueError where one is not a colour.
    """
    colours = tomllib.loads(resource("themes", f"{name}.toml").read_text("utf-8"))["tokens"]
    for token, value in colours.items():
        if not QColor.isValidColorName(value):
            raise ValueError(f"{name}.toml: {token} = {value!r} is not a colour")
    return Tokens(**{token: QColor(value) for token, value in colours.items()})


@cache
def _load_fonts() -> tuple[str, ...]:
    """Make the shipped fonts known to Qt, once in a process. Needs a QGuiApplication."""
    found: list[str] = []
    for path in sorted(resource("fonts").iterdir()):
        if path.suffix in {".otf", ".ttf"}:
            number = QFontDatabase.addApplicationFont(str(path))
            found += QFontDatabase.applicationFontFamilies(number)
    return tuple(dict.fromkeys(found))


class Look(QObject):
    """Signals: `changed` after the theme, the text size or the motion has changed.

    Where `apply` was called before, the application is already dressed anew when it is sent.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        _load_fonts()
        self._themes = {False: read_tokens("light"), True: read_tokens("dark")}
        self._theme = Theme.SYSTEM
        self._dark = self._system_is_dark()
        self._zoom = 100
        self._reduce_motion = False
        self._app: QApplication | None = None
        self._dressed: object = None
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)

    @property
    def tokens(self) -> Tokens:
        """The colours in use."""
        return self._themes[self._dark]

    @property
    def dark(self) -> bool:
        """Whether the dark theme is in use."""
        return self._dark

    @property
    def zoom(self) -> int:
        """The text size in percent."""
        return self._zoom

    def follow(self, appearance: Appearance) -> None:
        """Take theme, text size and motion from the settings at once."""
        self._take(appearance.theme, appearance.zoom, appearance.reduce_motion)

    def set_theme(self, theme: Theme) -> None:
        """Choose light or dark, or follow the desktop from now on."""
        self._take(theme, self._zoom, self._reduce_motion)

    def set_zoom(self, percent: int) -> None:
        """Set the text size, 50 to 300 percent."""
        self._take(self._theme, percent, self._reduce_motion)

    def set_reduce_motion(self, reduce: bool) -> None:
        """Switch all animations off or on."""
        self._take(self._theme, self._zoom, reduce)

    def motion_ms(self, milliseconds: int) -> int:
        """How long an animation of that many milliseconds lasts: 0 where motion is reduced."""
        desktop = QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration)
        return 0 if self._reduce_motion or desktop == 0 else milliseconds

    def px(self, n: float) -> int:
        """A length for the text size in use, in device-independent pixels, at least 1 if n > 0."""
        return max(1, round(n * self._zoom / 100)) if n > 0 else 0

    def font(
        self, pixels: float, weight: int = 400, mono: bool = False, *, tabular: bool = False
    ) -> QFont:
        """A font of that height at 100% text size; weights as in CSS, 400 to 700.

        `tabular` gives all figures one width, for numbers that change or stand in columns.
        """
        font = QFont()
        font.setFamilies(_families(mono))
        # Points, because pixel sizes are whole numbers in Qt and 13.5 is one of the sizes.
        dpi = QGuiApplication.primaryScreen().logicalDotsPerInchY()
        font.setPointSizeF(pixels * self._zoom / 100 * 72 / dpi)
        font.setWeight(QFont.Weight(weight))
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        if mono:
            font.setStyleHint(QFont.StyleHint.Monospace)
            font.setFeature(QFont.Tag("calt"), 0)  # `!=` stays two characters: code is read as is
        if tabular:
            font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def pixmap(
        self, name: str, color: str = "muted", size: float = 18, ratio: float = 0
    ) -> QPixmap:
        """An icon in the colour of a token, `size` device-independent pixels before zoom.

        `ratio` is the device pixel ratio to draw for; 0 takes the sharpest screen's. Raises
        FileNotFoundError for an unknown icon, AttributeError for an unknown token.
        """
        colour: QColor = getattr(self.tokens, color)
        ratio = ratio or QGuiApplication.devicePixelRatio(_gui())
        key = (name, colour.name(QColor.NameFormat.HexArgb), self.px(size), ratio)
        if key not in self._pixmaps:
            self._pixmaps[key] = look_icons.draw(name, colour, self.px(size), ratio)
        return self._pixmaps[key]

    def icon(self, name: str, color: str = "muted", size: float = 18) -> QIcon:
        """The same as a QIcon, sharp on every screen; faint where its widget is disabled."""
        icon = QIcon()
        for ratio in (1.0, 2.0, 3.0):
            icon.addPixmap(self.pixmap(name, color, size, ratio))
            icon.addPixmap(self.pixmap(name, "line", size, ratio), QIcon.Mode.Disabled)
        return icon

    def stylesheet(self) -> str:
        """The app's style sheet for the theme and text size in use."""
        return look_sheet.fill(self.tokens, self._zoom)

    def palette(self) -> QPalette:
        """The app's palette for the theme in use."""
        return look_sheet.palette(self.tokens)

    def apply(self, app: QApplication) -> None:
        """Dress the application now, and again whenever the look changes."""
        if self._app is None:
            self._app = app
            app.setStyle("Fusion")
            app.setWindowIcon(look_icons.app_icon())
        state = (self._dark, self._zoom)
        if state != self._dressed:
            self._dressed = state
            app.setPalette(self.palette())
            app.setFont(self.font(13.5))
            app.setStyleSheet(self.stylesheet())

    def _take(self, theme: Theme, zoom: int, reduce_motion: bool) -> None:
        if (theme, zoom, reduce_motion) == (self._theme, self._zoom, self._reduce_motion):
            return
        self._theme, self._zoom, self._reduce_motion = theme, zoom, reduce_motion
        self._tell_desktop()
        self._dark = theme is Theme.DARK or (theme is Theme.SYSTEM and self._system_is_dark())
        self._announce()

    def _tell_desktop(self) -> None:
        """Let the window's frame and native dialogs take the same side where the desktop can."""
        hints = QGuiApplication.styleHints()
        if self._theme is Theme.SYSTEM:
            hints.unsetColorScheme()
        else:
            dark = self._theme is Theme.DARK
            hints.setColorScheme(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)

    def _system_is_dark(self) -> bool:
        return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark

    @Slot()
    def _on_scheme_changed(self) -> None:
        dark = self._system_is_dark()
        if self._theme is Theme.SYSTEM and dark != self._dark:
            self._dark = dark
            self._announce()

    def _announce(self) -> None:
        if self._app is not None:
            self.apply(self._app)
        self.changed.emit()


def _gui() -> QGuiApplication:
    app = QGuiApplication.instance()
    assert isinstance(app, QGuiApplication)
    return app


@cache
def _families(mono: bool) -> list[str]:
    """The shipped family first, then the desktop's own, then Chinese."""
    kind = QFontDatabase.SystemFont.FixedFont if mono else QFontDatabase.SystemFont.GeneralFont
    system = QFontDatabase.systemFont(kind).family()
    return list(dict.fromkeys((MONO if mono else SANS, system, CHINESE)))
