"""What stands beside the message that is being written, its count and its chips, is so now."""

import pytest

from desktop_llm.worker.counting import Counts
from tests.journeys.conftest import LOAD_MS, Person

pytestmark = pytest.mark.journey


def test_without_a_model_no_count_stands_there(person: Person) -> None:
    composer, chat = person.window.composer, person.wiring.chat
    person.write("some words")
    person.qtbot.waitUntil(lambda: composer._count.text() not in ("", "0 tokens"))
    counted = composer._count.text()
    person.wiring.services.inference.unload()
    person.qtbot.waitUntil(lambda: composer._count.text() == "")
    chat.counting.on_counted(Counts(3, 30))  # an answer that comes late
    assert composer._count.text() == ""
    person.wiring.models.load_selected()
    person.qtbot.waitUntil(lambda: composer._count.text() == counted, timeout=LOAD_MS)
