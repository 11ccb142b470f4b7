"""What stands beside the message that is being written, its count and its chips, is so now."""

import pytest

from desktop_llm.core.settings import GUIDE_MODEL_ID
from desktop_llm.worker.counting import Counts
from tests.journeys.conftest import LOAD_MS, Person
from tests.journeys.models_parts import models_page

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


def test_what_is_set_for_the_model_alone_is_seen_there_at_once(person: Person) -> None:
    chip = person.window.composer.prompt_chip
    models_page(person).installed.list.opened.emit(GUIDE_MODEL_ID)
    for prompt in ("Be brief.", ""):
        person.wiring.shelf.change("system_prompt", prompt)
        assert chip.isChecked() is bool(prompt)
        assert chip.toolTip().endswith(prompt or "There is none yet.")
