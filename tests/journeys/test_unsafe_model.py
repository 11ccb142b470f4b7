"""A person chooses a model that is made to do harm: the banner says why, and the app goes on."""

import json
import shutil
from pathlib import Path

import pytest

from desktop_llm.core.events import EndReason
from desktop_llm.core.settings import GUIDE_MODEL_ID
from desktop_llm.resources import resource
from desktop_llm.storage.paths import find_paths
from tests.journeys.conftest import LOAD_MS, Person

pytestmark = pytest.mark.journey

ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
LONGER = {"type": "Replace", "pattern": {"String": "a"}, "content": "aaa"}


def stranger(name: str) -> Path:
    """A copy of the guide model under a stranger's name."""
    folder = find_paths().models / name
    folder.mkdir(parents=True)
    for file in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(resource("guide_model") / file, folder)
    return folder


def change(path: Path, **values: object) -> None:
    data = json.loads(path.read_text("utf-8")) | values
    path.write_text(json.dumps(data), encoding="utf-8")


def test_harmful_models_are_refused_in_the_banner_and_the_guide_answers_on(
    person: Person,
) -> None:
    (stranger("Endless") / "chat_template.jinja").write_text(ENDLESS, encoding="utf-8")
    change(stranger("Deep") / "config.json", num_hidden_layers=1_000_000)
    bombs = {"type": "Sequence", "normalizers": [LONGER] * 9}
    change(stranger("Longer") / "tokenizer.json", normalizer=bombs)
    inference, window = person.wiring.services.inference, person.window
    for name, file in (
        ("Endless", "chat_template.jinja"),
        ("Deep", "config.json"),
        ("Longer", "tokenizer.json"),
    ):
        window.topbar.model_chosen.emit(name)
        person.qtbot.waitUntil(
            lambda file=file: file in window.banner.accessibleName(), timeout=LOAD_MS
        )
        assert window.banner.isVisible()
        person.qtbot.waitUntil(lambda: not inference.loading, timeout=LOAD_MS)
        assert inference.model is None
    window.topbar.model_chosen.emit(GUIDE_MODEL_ID)
    person.qtbot.waitUntil(lambda: inference.model is not None, timeout=LOAD_MS)
    person.ask("What is a token?")
    assert person.last.end_reason is EndReason.STOP


def test_a_good_model_of_a_stranger_is_looked_at_once_and_answers(person: Person) -> None:
    stranger("Good")
    inference = person.wiring.services.inference
    for _ in range(2):
        person.window.topbar.model_chosen.emit("Good")
        person.qtbot.waitUntil(
            lambda: inference.model is not None and inference.model.model.id == "Good",
            timeout=LOAD_MS,
        )
    person.ask("What is a token?")
    assert person.last.end_reason is EndReason.STOP
