"""Settings are changed, or the models moved, in a terminal while the window is open: the window goes along."""

from pathlib import Path

import pytest
from hub_server import Hub

from desktop_llm import cli
from desktop_llm.library.download import WAITING_ROOM
from desktop_llm.storage.paths import find_paths
from desktop_llm.ui.controls.segmented import Segmented
from tests.journeys.conftest import Person
from tests.journeys.models_parts import (
    GUIDE,
    REPO,
    fetch_slowly,
    go_online,
    models_page,
    wait,
)

pytestmark = pytest.mark.journey


def in_a_terminal(*words: str) -> None:
    assert cli.run(list(words)) == 0


def test_what_a_terminal_sets_holds_in_the_open_window(person: Person, hub: Hub) -> None:
    go_online(person, hub)
    page, values = person.window.settings_page, person.wiring.settings
    person.window.show_settings_tab("safety")
    in_a_terminal("settings", "set", "privacy.online", "false")
    in_a_terminal("settings", "set", "safety.level", "strict")
    in_a_terminal("settings", "set", "appearance.theme", "dark")
    wait(person, lambda: person.app.look.dark)
    assert not values.values.privacy.online
    assert values.values.safety.level == "strict"
    level = page.editors["safety.level"].control
    assert isinstance(level, Segmented)
    assert level.value == "strict"


def test_a_language_that_a_terminal_sets_is_spoken(person: Person) -> None:
    old = person.window
    in_a_terminal("settings", "set", "general.language", "zh_CN")
    person.qtbot.waitUntil(lambda: person.app.window is not old)
    assert person.app.window.sidebar.new_button.text() == "新建对话"


def test_models_that_a_terminal_moves_are_listed_loaded_and_fetched_where_they_are(
    person: Person, hub: Hub, tmp_path: Path
) -> None:
    before, target = find_paths().models, tmp_path / "elsewhere"
    kept = before / "me" / "Mine"
    kept.mkdir(parents=True)
    for file, data in GUIDE.items():
        (kept / file).write_bytes(data)
    go_online(person, hub)
    page = models_page(person)
    in_a_terminal("models", "move", str(target))
    wait(person, lambda: person.wiring.settings.values.model.folder == str(target))
    assert "me/Mine" in {one.id for one in page.installed.list.entries}
    person.wiring.models.choose("me/Mine")
    inference = person.wiring.services.inference
    wait(person, lambda: inference.model is not None and inference.model.model.id == "me/Mine")
    assert inference.model is not None
    assert inference.model.model.path == target / "me" / "Mine"
    person.wiring.shelf.download(REPO, "", "")
    wait(person, lambda: REPO in {one.id for one in page.installed.list.entries})
    assert (target / REPO / "model.safetensors").is_file()
    assert not list(before.rglob("*.safetensors"))
    person.window.show_settings_tab("privacy")
    row, _ = person.window.settings_page.places._rows["models"]
    assert row.about.text() == str(target)


def test_no_download_goes_on_in_a_folder_that_a_terminal_has_left(
    person: Person, hub: Hub, tmp_path: Path
) -> None:
    go_online(person, hub)
    models_page(person)
    fetch_slowly(person, hub)
    fetches = person.wiring.services.supply.fetches
    in_a_terminal("settings", "set", "model.folder", str(tmp_path))
    wait(person, lambda: not fetches.running)
    cards = person.window.models_page.downloads.cards
    wait(person, lambda: not cards)
    assert list((find_paths().models / WAITING_ROOM).rglob("*.part"))
    in_a_terminal("settings", "reset", "model.folder")
    wait(person, lambda: any("Paused" in card.state.text() for card in cards.values()))
