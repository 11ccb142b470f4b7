"""Settings: what a change does at once to the window, and what it asks of others. Paints nothing."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from desktop_llm import __version__
from desktop_llm.core import settings_tree
from desktop_llm.core.errors import UserError
from desktop_llm.core.models import LoadedModelInfo
from desktop_llm.core.on_disk import expanded
from desktop_llm.core.presets import find_preset
from desktop_llm.core.sampling import (
    NOTHING_SET,
    Preset,
    SamplingSettings,
    steps_switched_off,
)
from desktop_llm.core.settings import Settings, Theme
from desktop_llm.ui.keeping import keep
from desktop_llm.ui.look import Look
from desktop_llm.ui.services import Services
from desktop_llm.ui.settings.page import Facts, SettingsPage

ZOOM_STEP = 10
LOOK_MS = 1000
"""How often it is looked whether a command in a terminal has changed the settings."""


class SettingsPresenter(QObject):
    """Signals: `failed(UserError)`; `changed(key)` after a setting has changed, whether it could be
    saved or not, which was told before;

    `language_changed()` after the window's language has, which needs a new window.
    """

    failed = Signal(object)
    said = Signal(str)
    changed = Signal(str)
    language_changed = Signal()

    def __init__(self, services: Services, look: Look, page: SettingsPage, parent: QObject) -> None:
        super().__init__(parent)
        self._settings, self._look, self._page = services.settings, look, page
        self._places, self._supply = services.places, services.supply
        self._model: LoadedModelInfo | None = None
        page.shown.connect(self.show_facts)
        self._supply.moves.changed.connect(self.show_facts)  # the models' folder is another then
        self._watch = QTimer(self)
        self._watch.setInterval(LOOK_MS)
        self._watch.timeout.connect(self.take_up)

    def start(self) -> None:
        """Fill the pages."""
        self.show_facts()
        self.refresh()
        self._watch.start()

    @Slot()
    def take_up(self) -> None:
        """Let what another process has set take effect here, as if it had been set in this window."""
        keys = self._settings.take_up()
        if keys:
            self.show_facts()
            self._tell(*keys)
        if "general.language" in keys:
            self.language_changed.emit()

    @Slot()
    def show_facts(self) -> None:
        """Say where things are now."""
        places = self._places
        self._page.show_facts(
            Facts(
                version=__version__,
                history=places.history,
                models=expanded(self.values.model.folder or places.models),
                settings=places.settings,
                logs=places.logs,
                key=places.key,
                portable=places.portable,
            )
        )

    @Slot(object)
    def show_model(self, info: LoadedModelInfo | None) -> None:
        """Show the loaded model, or that there is none, and what holds where nothing is set here."""
        self._model = info
        own = self._supply.notes.defaults(info.model.id).sampling if info else NOTHING_SET
        self._page.show_model(info, own)

    @Slot()
    def on_model_changed(self) -> None:
        """Something was set for a model alone."""
        self.show_model(self._model)

    @property
    def values(self) -> Settings:
        """The settings as they are now."""
        return self._settings.values

    def refresh(self) -> None:
        """Show the values and presets again."""
        self._page.show_presets(self._settings.own_presets)
        self._page.show_values(self._settings.values)

    @Slot(str, object)
    def change(self, key: str, value: object) -> None:
        """Change one setting; it applies at once and is on disk."""
        self._do(key, lambda: self._settings.change(key, value))

    @Slot(str)
    def reset(self, key: str) -> None:
        """Put one setting back to its default."""
        self._do(key, lambda: self._settings.reset(key))

    @Slot()
    def neutralise(self) -> None:
        """Switch every sampling step off."""
        self._page.settle("sampling")
        off = {f"sampling.{name}": value for name, value in steps_switched_off().items()}
        self._do("sampling", lambda: self._settings.change_several(off))

    @Slot(str)
    def choose_preset(self, name: str) -> None:
        """Take a preset for new conversations; single values changed by hand go."""
        self._page.settle("sampling")
        changes: dict[str, object] = {"preset": name}
        for info in settings_tree.walk(SamplingSettings):
            changes[f"sampling.{info.key}"] = info.default
        self._do("preset", lambda: self._settings.change_several(changes))

    @Slot(str)
    def save_preset(self, name: str) -> None:
        """Keep the sampling settings as they are now under a name, and take it."""
        values, own = self._settings.values, self._settings.own_presets
        base = find_preset(values.preset, own)
        sampling = values.sampling.over(base.sampling)
        preset = Preset(name.strip(), sampling, base.system_prompt, own=True)
        if self._do("preset", lambda: self._settings.save_preset(preset)):
            self.choose_preset(preset.name)

    @Slot(str)
    def delete_preset(self, name: str) -> None:
        """Forget an own preset."""
        if not self._do("preset", lambda: self._settings.delete_preset(name)):
            return
        if self._settings.values.preset == name:
            self.reset("preset")

    @Slot()
    def toggle_theme(self) -> None:
        """Switch between light and dark, whatever the desktop does."""
        self.change("appearance.theme", Theme.LIGHT if self._look.dark else Theme.DARK)

    @Slot(int)
    def zoom(self, steps: int) -> None:
        """Make the text larger or smaller by steps of 10%; 0 puts it back to 100%."""
        now = self._settings.values.appearance.zoom
        wanted = 100 if steps == 0 else min(300, max(50, now + steps * ZOOM_STEP))
        self.change("appearance.zoom", wanted)

    @Slot()
    def show_connections(self) -> None:
        """Show the network log as it is now."""
        self._page.network.show_connections(self._supply.connections())

    @Slot(str)
    def keep_token(self, token: str) -> None:
        """Keep the hub's access token in the keyring; "" forgets it.

        One that could not be kept stays in its field: the hub shows it only once.
        """
        try:
            self._supply.keep_token(token)
        except UserError as error:
            self.failed.emit(error)
            return
        self._page.network.token.clear()
        told = self.tr("The token is in the system's keyring.")
        self.said.emit(told if token else self.tr("The token is forgotten."))

    @Slot(str)
    def reveal(self, folder: str) -> None:
        """Open a folder in the desktop's file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(folder))

    def _do(self, key: str, act: Callable[[], object]) -> bool:
        """Act, and show what is so afterwards. False where it was refused, which is told.

        What could not be saved is told as well; it holds until the app ends.
        """
        done = True
        try:
            keep(act, self.failed.emit)
        except UserError as error:
            self.failed.emit(error)
            done = False
        self._tell(key)
        if key == "general.language" and done:
            self.language_changed.emit()
        return done

    def _tell(self, *keys: str) -> None:
        """Show the settings as they are now, and say which have changed."""
        if any(key.startswith("appearance.") for key in keys):
            self._look.follow(self._settings.values.appearance)
            self._look.apply(QApplication.instance())
        self.refresh()
        for key in keys:
            self.changed.emit(key)
