"""Somebody finds a model in the catalogue or on the hub, and fetches it."""

import pkgutil
import shutil
import threading
from collections.abc import Callable

import pytest
from hub_server import COMMIT, Hub, Repo
from PySide6.QtCore import Qt

from desktop_llm.library import describe as describing
from desktop_llm.library.download import WAITING_ROOM
from desktop_llm.library.hub import Hub as RealHub
from desktop_llm.storage.paths import find_paths
from desktop_llm.ui.models import page as pages
from tests.journeys.conftest import Person, Questions
from tests.journeys.models_parts import (
    CARD,
    GUIDE,
    REPO,
    fetch_slowly,
    go_online,
    held_back,
    models_page,
    wait,
)

pytestmark = pytest.mark.journey


def test_three_clicks_from_nothing_to_a_model(
    person: Person, hub: Hub, agreed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    person.wiring.settings.change("privacy.hub", hub.address)
    entry = person.wiring.services.supply.catalogue()[0]
    hub.repos[entry.id] = Repo({**GUIDE, "README.md": CARD})
    monkeypatch.setattr("hub_server.COMMIT", entry.revision)
    person.wiring.get_models()  # Get more models…, in the menu at the top
    page = person.window.models_page
    first = page.catalogue.list.visualRect(page.catalogue.list.model().index(0, 0))
    person.qtbot.mouseClick(
        page.catalogue.list.viewport(), Qt.MouseButton.LeftButton, pos=first.center()
    )
    assert page.offer.isVisible()
    person.qtbot.mouseClick(page.offer.download_button, Qt.MouseButton.LeftButton)
    assert "offline" in agreed[0]  # asked once, the first time
    wait(person, lambda: entry.id in {one.id for one in page.installed.list.entries})
    assert page.downloads.cards == {}
    page.show_section(pages.INSTALLED)
    page.installed.list.opened.emit(entry.id)
    wait(person, lambda: page.model.build.isVisible())
    person.qtbot.mouseClick(page.model.use_button, Qt.MouseButton.LeftButton)
    inference = person.wiring.services.inference
    wait(person, lambda: inference.model is not None and inference.model.model.id == entry.id)
    person.press("Ctrl+N")
    person.ask("What is a token?")
    assert person.last.text


def test_a_model_that_is_not_in_memory_is_not_said_to_be_in_use(person: Person) -> None:
    models = models_page(person).installed.list
    inference = person.wiring.services.inference
    wait(person, lambda: [one.badge for one in models.entries] == ["In use"])
    person.window.topbar.unload_requested.emit()
    wait(person, lambda: inference.model is None)
    wait(person, lambda: [one.badge for one in models.entries] == ["Chosen, not loaded"])
    assert models.entries[0].chosen
    person.window.topbar.reload_requested.emit()
    wait(person, lambda: [one.badge for one in models.entries] == ["In use"])


def test_search_look_pause_and_go_on(person: Person, hub: Hub) -> None:
    person.wiring.settings.change("privacy.hub", hub.address)
    page = models_page(person)
    page.show_section(pages.HUB)
    assert not page.hub.button.isEnabled()
    page.hub.switch.click()
    assert person.wiring.services.settings.values.privacy.online
    person.qtbot.keyClicks(page.hub.field, "small")
    person.qtbot.keyClick(page.hub.field, Qt.Key.Key_Return)
    wait(person, lambda: len(page.hub.list.entries) == 1)
    page.hub.list.setFocus()
    person.qtbot.keyClick(page.hub.list, Qt.Key.Key_Return)
    wait(person, lambda: page.offer.card.isVisible())
    assert "It is small." in page.offer.card.toPlainText()
    assert "tracker" not in "".join(seen.path for seen in hub.seen)
    hub.weather.bytes_per_s = 1_000_000
    person.qtbot.mouseClick(page.offer.download_button, Qt.MouseButton.LeftButton)
    wait(person, lambda: bool(page.downloads.cards))
    (card,) = page.downloads.cards.values()
    wait(person, lambda: "left" in card.state.text())
    card.pause.click()
    wait(person, lambda: "Paused" in card.state.text())
    room = find_paths().models / WAITING_ROOM
    assert list(room.rglob("*.part"))
    assert REPO not in {one.id for one in page.installed.list.entries}
    hub.weather.bytes_per_s, sent = 0, hub.sent
    card.resume.click()
    wait(person, lambda: REPO in {one.id for one in page.installed.list.entries})
    assert hub.sent - sent < sum(map(len, GUIDE.values()))
    person.press("Esc")
    person.press("Ctrl+,")
    person.window.show_settings_tab("privacy")
    network = person.window.settings_page.network
    told = [label.text() for label in network.findChildren(type(network._told))]
    assert f"download of {REPO}" in told


def test_who_downloads_before_the_files_are_listed_chooses_among_them(
    person: Person, hub: Hub
) -> None:
    hub.repos["someone/Rounded"] = Repo({"a-Q4.gguf": b"GGUF", "a-Q8.gguf": b"GGUF!"}, form="gguf")
    go_online(person, hub)
    page = models_page(person)
    person.wiring.shelf.open_found("someone/Rounded")
    page.offer.download_button.click()
    wait(person, page.offer.variants.isVisible)
    assert page.offer.told.text() == "Choose the file to fetch, then press Download."
    assert person.wiring.services.supply.downloads().pending() == ()
    page.offer.download_button.click()
    wait(person, lambda: page.section == pages.DOWNLOADS)


def test_why_nothing_of_a_repository_can_be_fetched_is_told(person: Person, hub: Hub) -> None:
    hub.repos["someone/Pickled"] = Repo({"config.json": b"{}", "pytorch_model.bin": b"."})
    hub.repos["someone/Packed"] = Repo(GUIDE, tags=("mlx", "4-bit"))
    go_online(person, hub)
    page = models_page(person)
    for name, told in (("Pickled", "pickles (.bin, .pt)"), ("Packed", "packed (MLX)")):
        person.wiring.shelf.open_found(f"someone/{name}")
        wait(person, lambda told=told: told in page.offer.told.text())
        assert page.offer.told.isVisible()
        assert not page.offer.download_button.isEnabled()


def test_a_late_answer_of_the_hub_is_not_shown_on_another_models_page(
    person: Person, hub: Hub, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.wiring.settings.change("privacy.hub", hub.address)
    person.wiring.settings.change("privacy.online", True)
    monkeypatch.setattr(RealHub, "look", held_back(gate, RealHub.look))
    page, shelf = models_page(person), person.wiring.shelf
    lookups, entry = shelf._supply.lookups, shelf._supply.catalogue()[0]
    for asked, told in ((REPO, ""), ("nobody/Nothing", ""), ("nobody/Nothing", "Nothing")):
        gate.clear()
        shelf.open_found(asked)
        if told:  # a download was asked for: where it fails, that is told in the banner
            page.offer.download_button.click()
        page.offer.back_button.click()
        shelf.open_offer(entry.id)
        gate.set()
        wait(person, lambda: not lookups.running and not lookups.waiting)
        assert page.offer.shown_id == entry.id
        assert page.offer.title.text() == entry.name
        assert page.offer.told.isHidden()
        assert person.window.banner.isVisible() == bool(told)
    assert told in person.window.banner.accessibleName()


def test_a_late_description_is_not_shown_on_another_models_page(
    person: Person, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = find_paths().models / "Broken"
    broken.mkdir(parents=True)
    (broken / "config.json").write_text("{", encoding="utf-8")
    monkeypatch.setattr(describing, "describe", held_back(gate, describing.describe))
    page, lookups = models_page(person), person.wiring.services.supply.lookups
    person.wiring.shelf.refresh()
    page.installed.list.opened.emit("guide")
    page.model.back_button.click()
    page.installed.list.opened.emit("Broken")
    gate.set()
    wait(person, lambda: not lookups.running and not lookups.waiting)
    assert page.model.title.text() == "Broken"
    assert page.model.told.isVisible()
    assert page.model.build.isHidden()
    assert page.model.template.isHidden()


def test_a_download_goes_on_after_the_app_was_closed(
    open_app: Callable[..., Person], hub: Hub
) -> None:
    from tests.journeys.conftest import close

    first = open_app()
    first.wiring.settings.change("privacy.hub", hub.address)
    first.wiring.settings.change("privacy.online", True)
    page = models_page(first)
    hub.weather.bytes_per_s = 1_000_000
    first.wiring.shelf.download(REPO, "", "")
    wait(first, lambda: any(card.line._share for card in page.downloads.cards.values()))
    close(first.app)
    hub.weather.bytes_per_s = 0
    second = open_app()
    page = models_page(second)
    wait(second, lambda: bool(page.downloads.cards))
    (card,) = page.downloads.cards.values()
    assert "Paused" in card.state.text()
    card.resume.click()
    wait(second, lambda: REPO in {one.id for one in page.installed.list.entries})


def test_going_offline_pauses_what_is_being_fetched(person: Person, hub: Hub) -> None:
    settings, page = person.wiring.settings, models_page(person)
    go_online(person, hub)
    card = fetch_slowly(person, hub)
    settings.change("privacy.online", False)
    wait(person, lambda: "Paused" in card.state.text())
    asked = len(hub.seen)
    assert "Offline" in person.window.sidebar._foot._text.text()
    assert not person.window.banner.isVisible()  # it was wanted so
    (kept,) = person.wiring.services.supply.downloads().pending()
    assert kept.done
    hub.weather.bytes_per_s = 0
    card.resume.click()
    wait(person, lambda: "unless you allow it" in card.state.text())
    assert len(hub.seen) == asked
    settings.change("privacy.online", True)
    card.resume.click()
    wait(person, lambda: REPO in {one.id for one in page.installed.list.entries})


def test_what_has_arrived_is_thrown_away_only_after_asking(
    person: Person, hub: Hub, questions: Questions
) -> None:
    page, downloads = models_page(person), person.wiring.services.supply.downloads
    go_online(person, hub)
    card = fetch_slowly(person, hub)
    questions.answers = ["Cancel", "Delete"]
    card.discard.click()
    assert person.wiring.services.supply.fetches.running
    assert downloads().pending()
    card.discard.click()
    wait(person, lambda: not downloads().pending())
    assert page.downloads.cards == {}
    assert REPO in questions.asked[0]
    assert "deleted" in questions.asked[0]
    assert questions.on_enter == ["Cancel", "Cancel"]


@pytest.mark.parametrize(
    ("step", "arrives"),
    [
        ("desktop_llm.library.inspector.process.problem_with", False),
        ("desktop_llm.library.download.Downloads._move_in", True),
    ],
    ids=["while it is looked into", "too late"],
)
def test_discarding_at_the_last_moment_leaves_nothing_half_done(
    person: Person, hub: Hub, questions: Questions, monkeypatch: pytest.MonkeyPatch,
    step: str, arrives: bool,
) -> None:  # fmt: skip
    begun, go_on, real = threading.Event(), threading.Event(), pkgutil.resolve_name(step)

    def wait_first(*given: object) -> object:
        begun.set()
        assert go_on.wait(60)
        return real(*given)

    monkeypatch.setattr(step, wait_first)
    page, supply = models_page(person), person.wiring.services.supply
    go_online(person, hub)
    person.wiring.shelf.download(REPO, "", "")
    wait(person, begun.is_set)
    (card,) = page.downloads.cards.values()
    questions.answers = ["Delete"]
    card.discard.click()
    go_on.set()
    wait(person, lambda: not page.downloads.cards and not supply.lookups.running)
    assert (REPO in {one.id for one in page.installed.list.entries}) == arrives
    assert supply.downloads().pending() == ()
    shutil.rmtree(find_paths().models / REPO, ignore_errors=True)
    card = fetch_slowly(person, hub)  # it is no longer one to be thrown away
    card.pause.click()
    wait(person, lambda: "Paused" in card.state.text())
    (kept,) = supply.downloads().pending()
    assert kept.done


def test_a_damaged_model_is_downloaded_again_into_its_place(person: Person, hub: Hub) -> None:
    page, shelf = models_page(person), person.wiring.shelf
    go_online(person, hub)
    shelf.download(REPO, "", "")
    wait(person, lambda: REPO in {one.id for one in page.installed.list.entries})
    folder = find_paths().models / REPO
    raw = bytearray(GUIDE["model.safetensors"])
    raw[-3] ^= 1
    (folder / "model.safetensors").write_bytes(raw)
    shelf.open_found(REPO)
    wait(person, page.offer.card.isVisible)
    assert page.offer.download_button.text() == "Download again"
    page.offer.download_button.click()
    wait(person, lambda: (folder / "model.safetensors").read_bytes() != raw)
    wait(person, lambda: not page.downloads.cards)
    assert (folder / "model.safetensors").read_bytes() == GUIDE["model.safetensors"]
    assert person.window.banner.isHidden()
    folder.rename(f"{folder}@{COMMIT[:8]}")  # where it comes to lie beside another revision
    shelf.refresh()
    shelf.open_found(REPO)
    lookups = person.wiring.services.supply.lookups
    wait(person, lambda: not lookups.running and not lookups.waiting)
    assert page.offer.download_button.text() == "Download again"
