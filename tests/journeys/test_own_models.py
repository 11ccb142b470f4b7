"""Somebody looks inside a model of theirs, gives it defaults, makes a variant, moves and measures it."""

import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hub_server import Hub
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDropEvent
from PySide6.QtWidgets import QFileDialog, QInputDialog

from desktop_llm.core.sampling import MODELS_OWN
from desktop_llm.core.settings import GUIDE_MODEL_ID
from desktop_llm.storage.paths import find_paths
from desktop_llm.ui.controls.choice import Choice
from desktop_llm.ui.models import page as pages
from tests.journeys.conftest import Person
from tests.journeys.models_parts import GUIDE, REPO, copied, go_online, models_page, wait

BAD = "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}"
NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('no system prompt, please') }}{% endif %}"

pytestmark = pytest.mark.journey


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
    wait(person, lambda: inference.model is not None and inference.model.model.id == model_id)
    page.installed.list.opened.emit(model_id)
    page.model.remove_button.click()
    assert "list" in agreed[-1]
    assert model_id not in {one.id for one in page.installed.list.entries}
    assert folder.is_dir()
    assert settings.values.model.selected == GUIDE_MODEL_ID  # the next start finds it
    shutil.rmtree(folder)


def test_what_is_set_for_a_model_holds_before_the_settings_and_is_shown_so(person: Person) -> None:
    settings, choices = person.wiring.settings, person.wiring.chat.choices
    page, chip = models_page(person), person.window.composer.preset_chip
    page.installed.list.opened.emit(GUIDE_MODEL_ID)
    of_model = page.model.editors["sampling.temperature"].control.field
    of_settings = person.window.settings_page.editors["sampling.temperature"].control.field
    own = of_model.placeholderText()
    settings.choose_preset("Precise")
    assert of_model.placeholderText() == "0.2"
    assert chip.text() == "Precise"
    settings.change("sampling.top_k", 3)
    person.wiring.shelf.change("sampling.temperature", 0.9)
    assert of_settings.placeholderText() == "0.9"
    settings.reset("sampling.top_k")
    assert chip.text() == "Precise, changed"
    assert choices.sampling_below().temperature == 0.9
    person.press("Ctrl+Shift+L")
    person.ask("What is a token?")
    assert person.last.sampling is not None
    assert (person.last.sampling.temperature, person.last.sampling.top_k) == (0.9, 40)
    choices.choose_preset("Creative")
    assert chip.text() == "Creative"
    person.press("Ctrl+R")
    person.wait_reply()
    assert person.last.sampling is not None
    assert person.last.sampling.temperature == 1.1
    settings.choose_preset(MODELS_OWN)
    person.wiring.shelf.reset("sampling.temperature")
    assert of_model.placeholderText() == own


def test_a_model_that_is_not_removed_here_stays_loaded_and_nobody_is_asked(
    person: Person, agreed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, model_id = find_paths().home.parent / "hub", "huggingface/org/Cached"
    (hub / "models--org--Cached" / "snapshots").mkdir(parents=True)
    copied("hub/models--org--Cached/snapshots/main")
    monkeypatch.setenv("HF_HUB_CACHE", str(hub))
    inference, page = person.wiring.services.inference, models_page(person)
    person.wiring.shelf.refresh()
    page.installed.list.opened.emit(model_id)
    page.model.use_button.click()
    wait(person, lambda: inference.model is not None and inference.model.model.id == model_id)
    models_page(person)
    page.installed.list.opened.emit(model_id)
    page.model.remove_button.click()
    assert "belongs to Hugging Face" in person.window.banner.accessibleName()
    assert agreed == []
    wait(person, lambda: inference.idle)
    assert inference.model is not None
    assert inference.model.model.id == model_id
    assert model_id in {one.id for one in page.installed.list.entries}
    shutil.rmtree(hub)


def test_a_linked_folder_of_models_is_taken_off_the_list_from_any_of_them(
    person: Person, agreed: list[str]
) -> None:
    box = find_paths().home.parent / "box"
    box.mkdir()
    for name in ("One", "Two"):
        copied(f"box/{name}")
    inference, page = person.wiring.services.inference, models_page(person)
    person.wiring.shelf.add(str(box))
    model_id = page.model.model.id
    page.model.use_button.click()
    wait(person, lambda: inference.model is not None and inference.model.model.id == model_id)
    models_page(person)
    page.installed.list.opened.emit(str(box / "Two"))
    page.model.remove_button.click()
    (asked,) = agreed
    assert f"linked folder {box}" in asked
    assert not any(one.id.startswith(str(box)) for one in page.installed.list.entries)
    assert not page.one_shown
    wait(person, lambda: inference.model is None or inference.model.model.id == GUIDE_MODEL_ID)
    assert person.wiring.services.settings.values.model.selected == GUIDE_MODEL_ID
    assert (box / "Two" / "model.safetensors").is_file()
    shutil.rmtree(box)


def test_a_model_that_is_not_of_the_folder_stays_in_memory_when_it_is_unlinked(
    person: Person, agreed: list[str]
) -> None:
    outside, box = copied("outside"), find_paths().home.parent / "box"
    box.mkdir()
    for name in ("One", "Two"):
        copied(f"box/{name}")
    inference, page = person.wiring.services.inference, models_page(person)
    person.wiring.models.choose(str(outside))  # never listed, as one that a terminal has set
    wait(person, lambda: inference.model is not None and inference.model.model.path == outside)
    person.wiring.shelf.add(str(box))
    page.model.remove_button.click()
    assert "linked folder" in agreed[-1]
    assert inference.coming is not None
    assert inference.coming.path == outside
    for folder in (outside, box):
        shutil.rmtree(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_who_removes_a_link_is_told_that_it_frees_nothing(
    person: Person, agreed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[str] = []
    monkeypatch.setattr(person.wiring.services.models, "remove", lambda one: removed.append(one.id))
    (find_paths().models / "Link").symlink_to(copied("real"))
    shutil.move(copied("own"), find_paths().models / "Own")
    page = models_page(person)
    person.wiring.shelf.refresh()
    for name, told in (("Link", "no space is freed"), ("Own", "That frees")):
        page.installed.list.opened.emit(name)
        page.model.remove_button.click()
        assert told in agreed[-1]
    assert removed == ["Link", "Own"]
    shutil.rmtree(find_paths().home.parent / "real")


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
    edited = NO_SYSTEM + own
    card.field.setPlainText(edited)
    card.save.click()
    wait(person, lambda: "It renders 8 of 10 conversations" in card.told.text())
    assert card.told.text().endswith("TemplateError: no system prompt, please")
    assert not card.save.isEnabled()
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


def test_what_was_refused_for_one_model_does_not_stand_at_another(person: Person) -> None:
    page, notes = models_page(person), person.wiring.services.supply.notes
    variant = notes.add_variant(GUIDE_MODEL_ID, GUIDE_MODEL_ID, "Another")
    person.wiring.shelf.refresh()
    page.installed.list.opened.emit("guide")
    editor = page.model.editors["sampling.temperature"]
    field = editor.control.field
    person.qtbot.keyClicks(field, "9")
    person.qtbot.keyClick(field, Qt.Key.Key_Return)
    notes.change(GUIDE_MODEL_ID, "sampling.top_k", 3)
    page.installed.list.opened.emit("guide")
    assert (field.text(), bool(editor.row.problem.text())) == ("9", True)
    page.installed.list.opened.emit(variant.id)
    assert (field.text(), editor.row.problem.text()) == ("", "")


def test_all_models_move_to_another_folder_and_can_be_used_there(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = find_paths().models / "me" / "Mine"
    kept.mkdir(parents=True)
    for file, data in GUIDE.items():
        (kept / file).write_bytes(data)
    person.window.show_settings_tab("privacy")
    page = models_page(person)
    target = tmp_path / "elsewhere"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(target))
    page.installed.move_button.click()
    wait(person, lambda: (target / "me" / "Mine" / "model.safetensors").is_file())
    wait(person, lambda: not kept.exists() and "elsewhere" in page.installed.move_button.text())
    assert "me/Mine" in {one.id for one in page.installed.list.entries}
    person.window.show_settings_tab("privacy")
    assert person.window.settings_page.places._rows["models"][0].about.text() == str(target)
    person.press("Ctrl+Shift+L")
    page.installed.list.opened.emit("me/Mine")
    page.model.use_button.click()
    inference = person.wiring.services.inference
    wait(person, lambda: inference.model is not None and inference.model.model.id == "me/Mine")
    assert inference.model.model.path.is_relative_to(target)


def test_the_settings_say_where_the_models_are_once_they_have_moved(
    person: Person, tmp_path: Path
) -> None:
    settings = person.window.settings_page
    before, target = find_paths().models, tmp_path / "elsewhere"
    person.window.show_settings_tab("privacy")
    row, button = settings.places._rows["models"]
    assert row.about.text() == str(before)
    person.wiring.shelf.move(str(target))
    wait(person, lambda: row.about.text() != str(before))
    assert row.about.text() == str(target)
    revealed: list[str] = []
    settings.reveal_folder.disconnect()
    settings.reveal_folder.connect(revealed.append)
    button.click()
    assert revealed == [str(target)]


def test_a_models_folder_that_is_kept_with_a_tilde_is_opened_where_it_is(
    open_app: Callable[..., Person], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    find_paths().settings.write_text('[model]\nfolder = "~/llms"\n', encoding="utf-8")
    person = open_app(loaded=False)
    person.window.show_settings_tab("privacy")
    row, button = person.window.settings_page.places._rows["models"]
    assert row.about.text() == str(tmp_path / "llms")
    opened: list[Path] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile()))
    )
    button.click()
    assert opened == [tmp_path / "llms"]


def test_while_the_models_move_questions_are_answered_and_downloads_wait(
    person: Person, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, supply = threading.Event(), person.wiring.services.supply
    monkeypatch.setattr(person.wiring.services.models, "move", lambda *_: go_on.wait(60))
    page = models_page(person)
    go_online(person, hub)
    person.wiring.shelf.move("elsewhere")
    person.wiring.shelf.open_found(REPO)
    wait(person, page.offer.card.isVisible)
    page.offer.download_button.click()
    wait(person, lambda: "being moved" in page.offer.told.text())
    assert supply.downloads().pending() == ()
    assert supply.moves.running
    go_on.set()
    wait(person, lambda: not supply.moves.running)
    page.offer.download_button.click()
    wait(person, lambda: REPO in {one.id for one in page.installed.list.entries})


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
