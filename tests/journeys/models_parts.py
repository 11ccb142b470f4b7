"""A hub with the guide model on it, and the ways to the page of models."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hub_server import Hub

from desktop_llm.resources import resource
from desktop_llm.storage.paths import find_paths
from desktop_llm.ui.models.downloads_tab import DownloadCard
from desktop_llm.ui.models.page import ModelsPage

if TYPE_CHECKING:
    from tests.journeys.conftest import Person

GUIDE = {
    path.name: path.read_bytes()
    for path in resource("guide_model").iterdir()
    if path.suffix in (".json", ".safetensors", ".jinja")
}
REPO = "someone/Small-Chat"
CARD = (
    b"# Small\n\n![spy](https://tracker.example/x.png) It is *small*.\n\n```python\nprint(1)\n```"
)


def models_page(person: "Person") -> ModelsPage:
    if not person.window.models_shown:
        person.press("Ctrl+Shift+L")
    return person.window.models_page


def copied(name: str) -> Path:
    """A copy of the guide model somewhere on the disk."""
    folder = find_paths().home.parent / name
    folder.mkdir()
    for file, data in GUIDE.items():
        (folder / file).write_bytes(data)
    return folder


def wait(person: "Person", holds: Callable[[], bool]) -> None:
    person.qtbot.waitUntil(holds, timeout=60_000)


def fetch_slowly(person: "Person", hub: Hub) -> DownloadCard:
    """Begin to fetch the model, and return its card when some of it has arrived."""
    hub.weather.bytes_per_s = 1_000_000
    person.wiring.shelf.download(REPO, "", "")
    cards = person.window.models_page.downloads.cards
    wait(person, lambda: any(card.line._share for card in cards.values()))
    (card,) = cards.values()
    return card


def held_back(gate: threading.Event, work: Callable[..., object]) -> Callable[..., object]:
    """A step in the background that begins when the gate is opened."""

    def when_open(*arguments: object) -> object:
        gate.wait(60)
        return work(*arguments)

    return when_open


def go_online(person: "Person", hub: Hub) -> None:
    person.wiring.settings.change("privacy.hub", hub.address)
    person.wiring.settings.change("privacy.online", True)
