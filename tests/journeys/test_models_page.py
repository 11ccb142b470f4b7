"""Somebody finds a model, fetches it, looks inside, gives it defaults, makes a variant, removes it."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hub_server import Hub, Repo, hub_server
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from desktop_llm.core.settings import GUIDE_MODEL_ID
from desktop_llm.library import describe as describing
from desktop_llm.library.download import WAITING_ROOM
from desktop_llm.library.hub import Hub as RealHub
from desktop_llm.resources import resource
from desktop_llm.storage.paths import find_paths
from desktop_llm.ui.controls.choice import Choice
from desktop_llm.ui.models import page as pages
from desktop_llm.ui.models.page import ModelsPage
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
BAD = "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}"

pytestmark = pytest.mark.journey


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_server({REPO: Repo({**GUIDE, "README.md": CARD}, parameters=3_500_000)}) as running:
        yield running


@pytest.fixture
def agreed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The person agrees to every question; what was asked."""
    asked: list[str] = []

    def agree(box: QMessageBox) -> int:
        asked.append(box.text())
        box.buttons()[0].click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", agree)
    return asked


def models_page(person: Person) -> ModelsPage:
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


def wait(person: Person, holds: Callable[[], bool]) -> None:
    person.qtbot.waitUntil(holds, timeout=60_000)


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


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What is held back waits for it, until the test's end at the latest."""
    made = threading.Event()
    yield made
    made.set()


def held_back(gate: threading.Event, work: Callable[..., object]) -> Callable[..., object]:
    """A step in the background that begins when the gate is opened."""

    def when_open(*arguments: object) -> object:
        gate.wait(60)
        return work(*arguments)

    return when_open


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


def test_dropped_looked_into_changed_doubled_and_removed(
    person: Person, agreed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied("dropped")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    drop = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    person.window.dropEvent(drop)
    inference, notes = person.wiring.services.inference, person.wiring.services.supply.notes
    wait(person, lambda: inference.model is not None and inference.model.model.path == folder)
    model_id = inference.model.model.id
    page = models_page(person)
    wait(person, lambda: model_id in {one.id for one in page.installed.list.entries})
    page.installed.list.opened.emit(model_id)
    wait(person, lambda: page.model.build.isVisible())
    assert "8 attention heads in 4 groups" in page.model.build.text.text()
    assert page.model.build.diagram.accessibleDescription() == page.model.build.text.text()

    person.wiring.shelf.change("sampling.temperature", 0.3)
    person.wiring.shelf.change("system_prompt", "Be brief.")
    monkeypatch.setattr(QInputDialog, "getText", lambda *a, **k: ("Strict", True))
    page.model.duplicate_button.click()
    variant = page.model.model
    assert (variant.name, variant.variant_of) == ("Strict", model_id)
    assert notes.defaults(variant.id).sampling.temperature == 0.3
    person.wiring.shelf.change("sampling.temperature", 0.9)
    assert notes.defaults(model_id).sampling.temperature == 0.3

    page.model.use_button.click()
    wait(person, lambda: inference.model is not None and inference.model.model.id == variant.id)
    person.press("Ctrl+N")
    request = person.wiring.chat.session.draft_request("Hello")
    assert request.system_prompt == "Be brief."
    assert person.wiring.chat.choices.sampling_below().temperature == 0.9

    person.press("Ctrl+Shift+L")
    page.model.remove_button.click()
    assert "stays" in agreed[-1]
    assert notes.variants() == ()
    ids = {one.id for one in page.installed.list.entries}
    assert model_id in ids
    assert variant.id not in ids
    settings = person.wiring.services.settings
    assert settings.values.model.selected == model_id  # what it was a variant of
    page.installed.list.opened.emit(model_id)
    page.model.remove_button.click()
    assert "list" in agreed[-1]
    assert model_id not in {one.id for one in page.installed.list.entries}
    assert folder.is_dir()
    assert settings.values.model.selected == GUIDE_MODEL_ID  # the next start finds it
    shutil.rmtree(folder)


def test_a_smaller_model_is_chosen_to_guess_ahead(person: Person) -> None:
    folder = copied("larger")
    (folder / "LICENSE.txt").write_text("x" * 5000)  # it counts as the larger of the two
    inference, page = person.wiring.services.inference, models_page(person)
    person.wiring.shelf.add(str(folder))
    model_id = page.model.model.id
    page.model.use_button.click()
    wait(person, lambda: inference.model is not None and inference.model.model.id == model_id)
    person.press("Ctrl+Shift+L")
    page.installed.list.opened.emit(model_id)
    drafts = page.model.editors["draft"].control
    assert isinstance(drafts, Choice)
    assert drafts.itemData(0) == ""
    drafts.chosen.emit(GUIDE_MODEL_ID)
    wait(person, lambda: inference.model is not None and "guesses ahead" in inference.model.reason)
    assert drafts.value == GUIDE_MODEL_ID
    assert person.wiring.services.supply.notes.defaults(model_id).draft == GUIDE_MODEL_ID
    person.press("Ctrl+N")
    person.ask("What is a token?")
    assert person.last.text
    shutil.rmtree(folder)


def test_a_template_is_tried_before_it_is_used_and_there_is_a_way_back(person: Person) -> None:
    page = models_page(person)
    page.installed.list.opened.emit("guide")
    card = page.model.template
    wait(person, card.isVisible)
    own = card.field.toPlainText()
    assert own
    for wrong in ("{% for", BAD):
        card.field.setPlainText(wrong)
        started = time.monotonic()
        card.save.click()
        wait(person, lambda: "template" in card.told.text() or "does not end" in card.told.text())
        assert time.monotonic() - started < 20
        assert person.wiring.services.supply.notes.defaults("guide").template == ""
        assert not card.restore.isVisible()
    edited = own + "{# mine #}"
    card.field.setPlainText(edited)
    card.save.click()
    wait(person, lambda: "renders" in card.told.text())
    assert person.wiring.services.supply.notes.defaults("guide").template == edited
    inference = person.wiring.services.inference
    wait(person, lambda: inference.model is not None and not inference.loading)
    card.restore.click()
    assert card.field.toPlainText() == own
    assert person.wiring.services.supply.notes.defaults("guide").template == ""


def test_what_is_written_into_a_template_stays_whatever_else_changes_on_the_page(
    person: Person,
) -> None:
    page, services = models_page(person), person.wiring.services
    page.installed.list.opened.emit("guide")
    card, bar = page.model.template, page.model.area.verticalScrollBar()
    wait(person, card.isVisible)
    own = card.field.toPlainText()
    wait(person, lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum())
    person.qtbot.keyClicks(card.field, "{# mine #}")
    person.wiring.shelf.change("sampling.temperature", 0.3)
    services.inference.unload()
    wait(person, lambda: services.inference.model is None)
    person.wiring.models.load_selected()
    wait(person, lambda: services.inference.model is not None)
    assert card.field.toPlainText() == "{# mine #}" + own
    assert bar.value() > 0
    variant = services.supply.notes.add_variant(GUIDE_MODEL_ID, GUIDE_MODEL_ID, "Another")
    person.wiring.shelf.refresh()
    page.installed.list.opened.emit(variant.id)
    wait(person, card.isVisible)
    assert card.field.toPlainText() == own


def test_all_models_move_to_another_folder_and_can_be_used_there(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = find_paths().models / "me" / "Mine"
    kept.mkdir(parents=True)
    for file, data in GUIDE.items():
        (kept / file).write_bytes(data)
    page = models_page(person)
    target = tmp_path / "elsewhere"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(target))
    page.installed.move_button.click()
    wait(person, lambda: (target / "me" / "Mine" / "model.safetensors").is_file())
    wait(person, lambda: not kept.exists() and "elsewhere" in page.installed.move_button.text())
    assert "me/Mine" in {one.id for one in page.installed.list.entries}
    page.installed.list.opened.emit("me/Mine")
    page.model.use_button.click()
    inference = person.wiring.services.inference
    wait(person, lambda: inference.model is not None and inference.model.model.id == "me/Mine")
    assert inference.model.model.path.is_relative_to(target)


def test_a_benchmark_from_the_models_page_is_drawn_kept_and_can_be_stopped(person: Person) -> None:
    page = models_page(person)
    page.installed.list.opened.emit("guide")
    card, inference = page.model.bench, person.wiring.services.inference
    wait(person, card.isVisible)
    assert not card.chart.isVisible()
    card.precision.choose("int8")
    person.qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
    assert inference.working == ("bench:guide",)
    assert card.button.text() == "Stop"
    person.qtbot.waitUntil(card.chart.isVisible, timeout=300_000)  # three runs, in a process
    assert "Writing" in card.chart.accessibleDescription()
    assert "int8, " in card.about.text()
    (kept,) = person.wiring.services.supply.speeds.benchmarks("guide")
    assert kept.result.decode_tokens_per_s > 1
    assert kept.result.peak_rss_bytes < 2 * 10**9
    tile = card.chart._tile(0)
    assert "tokens/s" in card.chart.about_bar(round(tile.left()) + 3, round(tile.bottom()) - 2)
    person.qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
    wait(person, lambda: inference.working != ())
    person.qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
    wait(person, lambda: inference.idle)
    assert card.button.text() == "Benchmark"
    assert len(person.wiring.services.supply.speeds.benchmarks("guide")) == 1


def test_a_message_stops_the_measuring_of_this_computer(person: Person) -> None:
    page = models_page(person)
    page.show_section(pages.CATALOGUE)
    line, inference = page.catalogue.speeds, person.wiring.services.inference
    person.wiring.shelf.show()
    assert "estimates" in line.words.text()
    person.qtbot.mouseClick(line.button, Qt.MouseButton.LeftButton)
    wait(person, lambda: "measure" in inference.working)
    person.wiring.show_models()
    person.ask("What is a token?")
    assert person.last.text
    assert inference.working == ()
    assert line.button.text() == "Measure this computer"
