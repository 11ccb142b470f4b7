"""What a model's own files say of its sampling, its end tokens and its context window."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from transformers import GenerationConfig

from desktop_llm.core.memory import DEFAULT_WINDOW
from desktop_llm.core.sampling import NEUTRAL, meant
from desktop_llm.engine import defaults


def test_the_models_own_values_lie_over_the_neutral_ones() -> None:
    own = {"do_sample": True, "temperature": 0.6, "top_k": 20, "repetition_penalty": 1.1}
    settings = defaults.sampling_defaults(own)
    assert (settings.temperature, settings.top_k, settings.repetition_penalty) == (0.6, 20, 1.1)
    assert settings.top_p == NEUTRAL.top_p
    assert settings.max_new_tokens == NEUTRAL.max_new_tokens


def test_a_model_that_does_not_sample_has_temperature_zero() -> None:
    assert defaults.sampling_defaults({"do_sample": False, "temperature": 0.7}).temperature == 0


def test_stop_strings_and_longest_reply_are_taken_over() -> None:
    own = {"stop_strings": ["User:"], "max_new_tokens": 64}
    settings = defaults.sampling_defaults(own)
    assert (settings.stop, settings.max_new_tokens) == (("User:",), 64)
    assert defaults.sampling_defaults({"stop_strings": "x"}).stop == ("x",)
    literal = (r"\n", "\n", r"\\text")
    assert meant(defaults.sampling_defaults({"stop_strings": [*literal]}).stop) == literal


@pytest.mark.parametrize("value", [9.0, "hot", [1], -1])
def test_values_outside_our_ranges_are_passed_over(value: object) -> None:
    assert defaults.sampling_defaults({"temperature": value}).temperature == NEUTRAL.temperature


def test_a_model_makes_no_setting_but_those_that_transformers_knows(tmp_path: Path) -> None:
    """What is looked at before each reply may be a folder on another computer."""
    own = {
        "adapter": str(tmp_path), "adapter_scale": 2, "answer_format": "regex",
        "answer_pattern": "(a+)+", "thinking": "off", "logit_bias": ["yes=90"],
        "banned_phrases": ["no"], "repetition_limit": 0, "stop": ["x"], "presence_penalty": 2,
    }  # fmt: skip
    settings = defaults.sampling_defaults(own)
    assert settings == NEUTRAL
    assert settings.adapter == ""
    assert set(GenerationConfig().to_dict()) >= set(defaults.TAKEN)


def test_every_reply_has_its_own_seed() -> None:
    assert defaults.sampling_defaults({"seed": 5}).seed is None


def test_a_damaged_generation_config_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "generation_config.json").write_text("{", encoding="utf-8")
    assert defaults.generation_config(tmp_path) == {}
    (tmp_path / "generation_config.json").write_text(json.dumps({"top_k": 3}), encoding="utf-8")
    assert defaults.generation_config(tmp_path) == {"top_k": 3}


def test_all_end_tokens_are_collected() -> None:
    assert defaults.end_tokens([7, 8], 2, None) == {2, 7, 8}
    assert defaults.end_tokens(None, None) == frozenset()


def test_the_end_of_a_turn_ends_a_reply_where_the_template_has_it() -> None:
    added = {"<|endoftext|>": 0, "<|im_end|>": 2, "<|end|>": 3, "<end_of_turn>": 4}
    template = "{{ m.content }}<|im_end|><|end|><|endoftext|>"
    assert defaults.turn_ends(added, template) == {2, 3}
    assert defaults.turn_ends(added, "") == frozenset()
    # gpt-oss ends its thoughts with <|end|>, and the reply with <|return|>.
    assert defaults.turn_ends(added | {"<|return|>": 5}, template) == {2}


def test_the_context_window_is_the_models_own_or_less() -> None:
    config = SimpleNamespace(max_position_embeddings=2048)
    assert defaults.context_window(config, 1e30, None) == 2048
    assert defaults.context_window(config, 1e30, 512) == 512
    assert defaults.context_window(config, 1e30, 9999) == 2048


def test_a_model_without_a_limit_gets_the_tokenizers_or_a_usual_one() -> None:
    assert defaults.context_window(SimpleNamespace(), 1024, None) == 1024
    assert defaults.context_window(SimpleNamespace(), 1e30, None) == DEFAULT_WINDOW
