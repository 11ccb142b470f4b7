"""The app ends while a model is loaded: the next start does not try that again by itself."""

import json
import shutil
from collections.abc import Callable

import pytest

from desktop_llm.storage.paths import find_paths
from tests.journeys.conftest import Person, close
from tests.journeys.models_parts import wait

pytestmark = pytest.mark.journey


def unfinished() -> object:
    """The model of which the next start is to believe that the app did not survive its loading."""
    return json.loads(find_paths().state.read_text("utf-8")).get("loading")


def test_a_model_whose_loading_ended_the_app_waits_for_the_person(
    open_app: Callable[..., Person],
) -> None:
    person = open_app(loaded=False)
    inference = person.wiring.services.inference
    assert unfinished() == "guide"
    killed = find_paths().state.with_name("killed")
    shutil.copy(find_paths().state, killed)
    wait(person, lambda: inference.model is not None)
    assert unfinished() is None
    close(person.app)
    for _ in range(2):  # until it has been loaded once
        shutil.copy(killed, find_paths().state)
        person = open_app(loaded=False)
        inference = person.wiring.services.inference
        assert not inference.loading
        assert "ended while it was being loaded" in person.window.banner.accessibleName()
        close(person.app)
        assert unfinished() == "guide"
    person = open_app(loaded=False)
    person.window.topbar.reload_requested.emit()
    wait(person, lambda: person.wiring.services.inference.model is not None)
    assert unfinished() is None


def test_closing_the_window_while_a_model_is_loaded_is_no_bad_sign(
    open_app: Callable[..., Person],
) -> None:
    close(open_app(loaded=False).app)
    assert unfinished() is None
    assert open_app().window.banner.isHidden()
