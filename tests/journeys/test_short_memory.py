"""Somebody whose memory does not suffice presses the button that makes it do."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_llm.core.events import EndReason
from desktop_llm.core.memory import need, plan_of
from desktop_llm.engine import devices, generate
from desktop_llm.resources import resource
from desktop_llm.ui.controls.buttons import QuietButton
from tests.journeys.conftest import LOAD_MS, Person

pytestmark = pytest.mark.journey


def buttons(person: Person) -> list[QuietButton]:
    assert person.window.banner.isVisible()
    return list(person.window.banner.remedies)


def test_a_load_that_is_refused_is_made_to_fit_by_a_button(
    open_app: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(Path(str(resource("guide_model"))))
    free = max(need(plan, precision, 512).total for precision in ("bf16", "int8")) + 1000
    assert free < need(plan, "bf16", 1024).total
    person = open_app()
    inference, notes = person.wiring.services.inference, person.wiring.services.supply.notes
    monkeypatch.setattr(devices, "free_memory", lambda device: free)
    person.wiring.settings.change("model.precision", "bf16")
    person.wiring.settings.change("model.context_window", 1024)
    wait(person, lambda: person.window.banner.isVisible())
    shorter, smaller = buttons(person)
    assert "512 tokens" in shorter.text()
    assert "int8" in smaller.text()
    smaller.click()
    wait(person, lambda: inference.model is not None)
    assert not person.window.banner.isVisible()
    assert inference.model.precision == "int8"
    assert notes.defaults("guide").precision == "int8"
    assert inference.model.context_window == notes.defaults("guide").context_window


def test_memory_that_runs_out_keeps_the_reply_and_a_button_shortens_the_window(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    inference, decode = person.wiring.services.inference, generate.decode

    def runs_out(*values: object) -> Iterator[int]:
        for count, token in enumerate(decode(*values)):  # type: ignore[arg-type]
            if count == 5:
                raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
            yield token

    monkeypatch.setattr(generate, "decode", runs_out)
    person.ask("What is a large language model?")
    part = person.last
    assert part.text
    assert part.end_reason is EndReason.FAILED
    (button,) = buttons(person)
    assert "128 tokens" in button.text()
    monkeypatch.setattr(generate, "decode", decode)
    button.click()
    wait(person, lambda: inference.model is not None and inference.model.context_window == 128)
    assert person.last.text == part.text
    person.ask("What is a token?")
    assert person.last.end_reason is not EndReason.FAILED


def wait(person: Person, condition: Callable[[], bool]) -> None:
    person.qtbot.waitUntil(condition, timeout=LOAD_MS)
