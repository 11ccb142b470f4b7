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
    card = window.settings_page.network
    assert "HF_TOKEN" in card.token_row.about.text()
    assert "It is kept" not in card.token_row.about.text()
    field = card.token
    person.qtbot.keyClicks(field, "hf_abc")
    person.qtbot.keyClick(field, Qt.Key.Key_Return)
    told = window.banner.accessibleName()
    assert "all its things in one folder uses no keyring" in told  # as this home does
    assert field.text() == "hf_abc"
    kept: list[str] = []
    presenter._supply = replace(presenter._supply, keep_token=kept.append)
    person.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert kept == ["hf_abc"]
    assert field.text() == ""
