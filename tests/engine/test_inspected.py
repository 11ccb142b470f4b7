"""No false refusals: the inspector knows what transformers knows, and lets real configurations pass."""

import json
import warnings
from pathlib import Path

import pytest
import test_encoder_decoder as encoder_decoder
from gguf_making import write_gguf
from guard_models import make_classifier, make_writer
from huggingface_hub.errors import StrictDataclassError
from tiny_models import CHATML, NO_SYSTEM, make_model, save_tokenizer
from transformers import AutoConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING, CONFIG_MAPPING_NAMES
from transformers.models.auto.modeling_auto import AutoModelForSeq2SeqLM

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


@pytest.mark.parametrize("kind", ["llama", "qwen2", "gpt2"])
@pytest.mark.parametrize("rounded", ["F32", "Q8_0"])
def test_gguf_files_that_the_engine_runs_pass(tmp_path: Path, kind: str, rounded: str) -> None:
    source = make_model(tmp_path / "source", kind)
    file = write_gguf(source, tmp_path / "model.gguf", rounded)
    with Inspector() as inspector:
        verdict = inspector.inspect(file)
    assert verdict.safe, verdict.findings
    assert verdict.facts.architecture == kind


def test_classifiers_and_guards_pass(tmp_path: Path) -> None:
    with Inspector() as inspector:
        for folder in (
            make_classifier(tmp_path / "bert", ["toxic", "threat"]),
            make_classifier(tmp_path / "roberta", ["safe", "unsafe"], "roberta"),
            make_writer(tmp_path / "guard"),
        ):
            verdict = inspector.inspect(folder)
            assert verdict.safe, verdict.findings


@pytest.mark.parametrize("kind", encoder_decoder.KINDS)
def test_models_with_an_encoder_pass(tmp_path: Path, kind: str) -> None:
    vocabulary = save_tokenizer(tmp_path, None)
    values = {"vocab_size": vocabulary} | encoder_decoder.KINDS[kind]
    config = AutoConfig.for_model(kind, **values)
    AutoModelForSeq2SeqLM.from_config(config).save_pretrained(tmp_path)
    with Inspector() as inspector:
        verdict = inspector.inspect(tmp_path)
        assert verdict.safe, verdict.findings
        data = json.loads((tmp_path / "config.json").read_text("utf-8"))
        data |= {"num_decoder_layers": 10**6, "decoder_layers": 10**6}
        (tmp_path / "config.json").write_text(json.dumps(data), encoding="utf-8")
        assert "decoder_layers" in str(inspector.inspect(tmp_path).findings[0].reason)


def test_code_that_a_known_kind_does_not_need_is_a_note(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "m", "llama")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    code = {"AutoModelForCausalLM": "modeling.Model"}
    (folder / "config.json").write_text(json.dumps(config | {"auto_map": code}), encoding="utf-8")
    with Inspector() as inspector:
        verdict = inspector.inspect(folder)
    assert verdict.safe
    assert any("not run" in str(note) for note in verdict.notes)
