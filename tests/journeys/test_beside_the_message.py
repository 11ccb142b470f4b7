"""What stands beside the message that is being written, its count and its chips, is so now."""

import pytest

from desktop_llm.core.sampling import Preset, SamplingSettings
from desktop_llm.core.settings import GUIDE_MODEL_ID
from desktop_llm.worker.counting import Counts
from tests.journeys.conftest import LOAD_MS, Person
from tests.journeys.models_parts import models_page

SWITCHED = (
    "{%- for m in messages -%}{{ '<|' + m.role + '|>' + m.content | trim + '<|end|>' }}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}"
    "{%- if enable_thinking is not defined or enable_thinking -%}{{ 'Well then. ' }}{%- endif -%}"
)
"""A template with a switch: whoever thinks begins with some words more."""

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


def test_the_context_meter_follows_whether_the_model_thinks(person: Person) -> None:
    services, choices = person.wiring.services, person.wiring.chat.choices
    services.supply.notes.change(GUIDE_MODEL_ID, "template", SWITCHED)
    person.wiring.models.load_selected()
    inference = services.inference
    person.qtbot.waitUntil(
        lambda: inference.model is not None and inference.model.can_think, timeout=LOAD_MS
    )
    counted: list[int] = []
    person.wiring.chat.counting.context.connect(lambda used, window: counted.append(used))
    person.write("some words")
    assert inference.engine is not None
    thinks = inference.engine.count_prompt(person.wiring.chat.session.draft_request("some words"))
    person.qtbot.waitUntil(lambda: counted[-1:] == [thinks])
    services.settings.save_preset(Preset("Quick", SamplingSettings(thinking="off"), own=True))
    services.settings.save_preset(Preset("Slow", SamplingSettings(thinking="on"), own=True))
    settings = person.wiring.settings
    for change, shorter in (
        (lambda: settings.choose_preset("Quick"), True),
        (lambda: settings.change("sampling.thinking", "on"), False),
        (lambda: choices.choose_thinking("off"), True),
        (lambda: choices.choose_preset("Slow"), False),
        (lambda: choices.choose_preset("Quick"), True),
        (lambda: choices.choose_thinking("on"), False),
    ):
        change()
        person.qtbot.waitUntil(lambda shorter=shorter: (counted[-1] < thinks) is shorter)
    assert counted[-1] == thinks
