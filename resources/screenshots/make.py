"""Makes the pictures of the README from the real app over a demo history.

    make screenshots        (or: packaging/with-screen.sh .venv/bin/python resources/screenshots/make.py)

Options: --out FOLDER; --all for every page at both sizes, to look at after a change of the window;
--scale 1.25 as a screen of more pixels shows it.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from demo import fill
from PySide6.QtWidgets import QApplication

HERE = Path(__file__).resolve().parent
SECTIONS = ("general", "model", "sampling", "safety", "privacy", "appearance")
WAIT_S = 120


def main() -> int:
    """Parse the command line and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--language", choices=("en", "zh_CN"), default="en")
    parser.add_argument("--scale", type=float, default=1.0)
    choice = parser.parse_args()
    os.environ["QT_SCALE_FACTOR"] = str(choice.scale)
    choice.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ["DESKTOP_LLM_HOME"] = home
        Pictures(choice.out, choice.language).take(everything=choice.all)
    return 0


class Pictures:
    """The app in this process, and a camera."""

    def __init__(self, folder: Path, language: str) -> None:
        from desktop_llm.app import DesktopApp
        from desktop_llm.storage.opening import open_history
        from desktop_llm.storage.paths import find_paths
        from desktop_llm.storage.settings_file import SettingsFile

        self.folder = folder
        self.qt = QApplication.instance() or QApplication(sys.argv[:1])
        paths = find_paths()
        paths.prepare()
        history = open_history(paths)
        shown = fill(history)
        history.close()
        SettingsFile(paths).change("general.language", language)
        self.app = DesktopApp(paths)
        self.app.state.put("welcomed", True)
        self.window = self.app.window
        self.app.look.apply(self.qt)
        self.window.resize(1200, 800)
        self.window.show()
        self.app.start()
        assert self.app.wiring is not None
        self.wiring = self.app.wiring
        self.until(lambda: self.wiring.services.inference.model is not None)
        self.wiring.commands.open_conversation(shown)

    def take(self, *, everything: bool) -> None:
        """All pictures, then the app is closed."""
        for theme in ("light", "dark"):
            self.wiring.settings.change("appearance.theme", theme)
            self.shoot(f"chat-{theme}")
            self.window.show_settings_tab("safety")
            self.shoot(f"settings-{theme}")
            self._model(f"model-{theme}")
            self.window.show_chat()
            if everything:
                self._everything(theme)
        self.window.close()
        self.app.shutdown()

    def _everything(self, theme: str) -> None:
        for width, height in ((1200, 800), (800, 600)):
            self.window.resize(width, height)
            self.shoot(f"all-chat-{theme}-{width}")
            for section in SECTIONS:
                self.window.show_settings_tab(section)
                self.shoot(f"all-{section}-{theme}-{width}")
            self.window.show_chat()
            self.wiring.chat.start_new()
            self.shoot(f"all-greeting-{theme}-{width}")
            self._first_start(f"all-welcome-{theme}-{width}")
            self._models(f"{theme}-{width}")
            self.wiring.commands.open_conversation("shown")
        self.window.resize(1200, 800)

    def _model(self, name: str) -> None:
        """The guide model's own page."""
        self.wiring.get_models()
        page = self.window.models_page
        page.show_section("installed")
        self.wiring.shelf.open_model("guide")
        self.until(page.model.build.isVisible)
        self.shoot(name)

    def _models(self, name: str) -> None:
        page = self.window.models_page
        for section in ("installed", "catalogue", "hub", "downloads"):
            page.show_section(section)
            page.show_list()
            self.window.show_models()
            self.shoot(f"all-models-{section}-{name}")
        self.wiring.shelf.open_offer(self.wiring.services.supply.catalogue()[9].id)
        self.shoot(f"all-models-offer-{name}")
        self._model(f"all-models-model-{name}")

    def _first_start(self, name: str) -> None:
        from desktop_llm.ui.language import said

        welcome = self.window.show_welcome(said([self.wiring.services.places.key]))
        welcome.show_values(self.wiring.settings.values)
        for step in range(3):
            welcome.show_step(step)
            self.shoot(f"{name}-{step + 1}")
        self.window.end_welcome()

    def shoot(self, name: str) -> None:
        """Save what the window shows once it is at rest."""
        end = time.monotonic() + 0.5
        self.until(lambda: time.monotonic() > end)
        self.window.grab().save(str(self.folder / f"{name}.png"))

    def until(self, done: Callable[[], bool]) -> None:
        """Let the app live until that holds."""
        end = time.monotonic() + WAIT_S
        while not done():
            if time.monotonic() > end:
                raise TimeoutError
            self.qt.processEvents()
            time.sleep(0.005)


if __name__ == "__main__":
    sys.exit(main())
