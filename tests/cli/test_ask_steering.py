"""`ask` with a form, an adapter, thinking, with the guide model."""

import argparse
import functools
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_llm.cli import steering
from desktop_llm.core.errors import UsageError
from desktop_llm.core.sampling import SamplingSettings

Ask = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ask(run_here: Ask) -> Ask:
    return functools.partial(run_here, "ask", "What is a token?")


def parsed(*arguments: str) -> SamplingSettings:
    parser = argparse.ArgumentParser()
    steering.add_options(parser)
    return steering.steered(SamplingSettings(), parser.parse_args(arguments))


def test_a_schema_is_kept_to(ask: Ask, tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {"ok": {"type": "boolean"}, "n": {"enum": [1, 2, 3]}},
        "required": ["ok", "n"],
        "additionalProperties": False,
    }
    (tmp_path / "s.json").write_text(json.dumps(schema))
    done = ask("--json-schema", str(tmp_path / "s.json"))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found["ok"], bool)
    assert found["n"] in (1, 2, 3)


def test_what_is_cut_is_told(ask: Ask) -> None:
    done = ask("--regex", "[a-z]{200}", "--max-new-tokens", "3")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch("[a-z]+\n", done.stdout)
    assert "cut at its length limit" in done.stderr


def test_a_form_that_is_none_is_bad_usage(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"type": "no such type"}')
    for form in (["--regex", "("], ["--choice", ""], ["--json-schema", str(tmp_path / "s.json")]):
        done = ask(*form)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert "form" in done.stderr
        assert "inside the app" not in done.stderr


def test_choices_expression_thinking_and_adapter_become_settings(tmp_path: Path) -> None:
    one = parsed("--choice", "yes", "--choice", "no", "--thinking", "off")
    assert (one.answer_format, one.answer_pattern, one.thinking) == ("choice", "yes\nno", "off")
    worn = parsed("--lora", f"{tmp_path}:0.5")
    assert (worn.adapter, worn.adapter_scale) == (str(tmp_path), 0.5)
    assert parsed("--lora", str(tmp_path)).adapter_scale == 1.0
    assert parsed() == SamplingSettings()


def test_a_byte_order_mark_of_an_editor_breaks_no_schema(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"type": "object"}', encoding="utf-8-sig")
    assert parsed("--json-schema", str(tmp_path / "s.json")).answer_pattern == '{"type": "object"}'


def test_a_schema_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "list.json").write_text("[]")
    for name, told in (
        ("bad.json", "not JSON"), ("none.json", "cannot be read"), ("list.json", "not a JSON object"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=told):
            parsed("--json-schema", str(tmp_path / name))
