"""No false refusals: the inspector knows what transformers knows, and lets real configurations pass."""

import json
import warnings
from pathlib import Path

import pytest
from huggingface_hub.errors import StrictDataclassError
from tiny_models import CHATML, NO_SYSTEM, make_model
from transformers import AutoConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING, CONFIG_MAPPING_NAMES

from desktop_llm.library.inspector import configuration
from desktop_llm.library.inspector.looking import Looking
from desktop_llm.library.inspector.process import Inspector
from desktop_llm.resources import resource


def test_the_list_of_kinds_is_that_of_the_installed_transformers() -> None:
    names = "\n".join(sorted(CONFIG_MAPPING_NAMES)) + "\n"
    path = resource(configuration.KNOWN_KINDS)
    assert path.read_text("utf-8") == names, f"write sorted(CONFIG_MAPPING_NAMES) into {path}"


def test_the_usual_configuration_of_every_kind_is_within_the_ranges(tmp_path: Path) -> None:
    seen = 0
    for kind in sorted(CONFIG_MAPPING.keys()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                text = AutoConfig.for_model(kind).to_json_string(use_diff=False)
            except (StrictDataclassError, ValueError, TypeError, AttributeError, ImportError):
                continue  # it has no usual one
        (tmp_path / "config.json").write_text(text, encoding="utf-8")
        looking = Looking(tmp_path, lambda file, cpu: None)
        configuration.ranges(looking)
        configuration.code(looking)
        seen += 1
    assert seen > 500


@pytest.mark.parametrize("kind", ["gpt2", "llama", "mistral", "gemma2"])
@pytest.mark.parametrize("template", [CHATML, NO_SYSTEM, None])
def test_models_that_the_engine_runs_pass(tmp_path: Path, kind: str, template: str | None) -> None:
    folder = make_model(tmp_path / kind, kind, template)
    with Inspector() as inspector:
        assert inspector.inspect(folder).safe
        assert inspector.inspect(resource("guide_model")).safe


def test_code_that_a_known_kind_does_not_need_is_a_note(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "m", "llama")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    code = {"AutoModelForCausalLM": "modeling.Model"}
    (folder / "config.json").write_text(json.dumps(config | {"auto_map": code}), encoding="utf-8")
    with Inspector() as inspector:
        verdict = inspector.inspect(folder)
    assert verdict.safe
    assert any("not run" in note for note in verdict.notes)
