"""Somebody gives the hub's access token: it leaves its field once it is kept, and not before."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from tests.journeys.conftest import Person

pytestmark = pytest.mark.journey


def test_a_token_that_cannot_be_kept_is_not_lost(open_app: Callable[..., Person]) -> None:
    person = open_app(loaded=False)
    window, presenter = person.window, person.wiring.settings
    window.show_settings_tab("privacy")
    field = window.settings_page.network.token
    person.qtbot.keyClicks(field, "hf_abc")
    person.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "no keyring" in window.banner.accessibleName()  # this home is a portable one
    assert field.text() == "hf_abc"
    kept: list[str] = []
    presenter._supply = replace(presenter._supply, keep_token=kept.append)
    person.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert kept == ["hf_abc"]
    assert field.text() == ""
