"""A start that finds less than there was: all of it is told, and nothing is chosen for good."""

from collections.abc import Callable

import pytest
from elsewhere import holding
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from desktop_llm import app
from desktop_llm.core.clock import SystemClock
from desktop_llm.core.errors import NotFoundError, TracesLeftError
from desktop_llm.core.messages import Conversation
from desktop_llm.core.settings import GUIDE_MODEL_ID, Language
from desktop_llm.storage.logs import crash_file, log_if_possible
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import find_paths
from desktop_llm.storage.settings_file import SettingsFile
from desktop_llm.ui.language import speak
from tests.journeys.conftest import LOAD_MS, Person, close
from tests.journeys.test_unsafe_model import stranger

pytestmark = pytest.mark.journey


def told(person: Person) -> list[str]:
    """What the banner says, one after the other as it is closed."""
    banner, found = person.window.banner, []
    while banner.isVisible():
        found.append(banner.accessibleName())
        person.qtbot.mouseClick(banner.close_button, Qt.MouseButton.LeftButton)
    return found


def test_all_notices_of_a_start_are_seen_and_the_models_error_with_them(
    open_app: Callable[[], Person],
) -> None:
    paths = find_paths()
    paths.prepare()
    paths.settings.parent.mkdir(parents=True, exist_ok=True)
    paths.settings.write_text(
        '[appearance]\nzoom = 9000\ntheme = "pink"\n[model]\nselected = "Gone"\n', encoding="utf-8"
    )
    person = open_app()
    found = told(person)
    assert len(found) == 3
    for words in ("Gone", "appearance.zoom", "appearance.theme"):
        assert any(words in one for one in found), words


def test_where_no_log_can_be_kept_the_window_says_so(open_app: Callable[..., Person]) -> None:
    paths = find_paths()
    paths.prepare()
    crash_file(paths).mkdir()
    person = open_app(loaded=False, notices=log_if_possible(paths))
    (only,) = told(person)
    assert str(crash_file(paths)) in only


def test_a_chosen_model_that_is_not_there_at_a_start_stays_chosen(
    open_app: Callable[[], Person],
) -> None:
    person = open_app()
    folder = stranger("Unplugged")
    person.window.topbar.model_chosen.emit("Unplugged")
    inference = person.wiring.services.inference
    person.qtbot.waitUntil(
        lambda: inference.model is not None and inference.model.model.id == "Unplugged",
        timeout=LOAD_MS,
    )
    close(person.app)
    elsewhere = folder.rename(find_paths().home / "unplugged")

    without = open_app()
    model = without.wiring.services.inference.model
    assert model is not None
    assert model.model.id == GUIDE_MODEL_ID
    assert without.app.settings.values.model.selected == "Unplugged"
    assert "Unplugged" in told(without)[0]
    close(without.app)
    elsewhere.rename(folder)

    again = open_app()
    model = again.wiring.services.inference.model
    assert model is not None
    assert model.model.id == "Unplugged"
    assert told(again) == []


def test_a_copy_that_cannot_be_removed_stops_no_start_and_no_end(
    open_app: Callable[..., Person],
) -> None:
    paths, now = find_paths(), SystemClock().now()
    paths.prepare()
    history = open_history(paths)
    history.add_conversation(Conversation("gone", "Deleted", now, now))
    history.delete_conversation("gone")
    history.close()
    copy = paths.history.with_name("history.db.before-v3")
    copy.write_bytes(b"older")
    with holding(copy):
        person = open_app(loaded=False)
        (only,) = told(person)
        assert str(copy) in only
        store = person.wiring.services.store
        with pytest.raises(TracesLeftError, match="before-v3"):
            store.purge_deleted()  # it is remembered
        with pytest.raises(NotFoundError):
            store.erase_conversation("gone")
        store.add_conversation(Conversation("also", "Deleted", now, now))
        store.delete_conversation("also")
        close(person.app)
    assert not paths.history.with_name("history.db-wal").exists()


def test_why_it_cannot_start_is_said_in_the_language_that_was_chosen(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, shown = find_paths(), []
    SettingsFile(paths).change("general.language", "zh_CN")
    paths.models.write_text("in the way", encoding="utf-8")
    monkeypatch.setattr(QMessageBox, "exec", lambda box: shown.append(box.text()))
    code = app.main(["desktop-llm"])
    speak(Language.ENGLISH)
    assert code != 0
    assert shown == [f"无法使用文件夹 {paths.models}。"]
