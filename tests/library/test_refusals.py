"""Why a file is refused: the English text, word for word, and the values that travel beside it."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import gguf_files
import hostile
import pytest

from desktop_llm.core.sayings import Saying, in_english
from desktop_llm.library.gate import refusal
from desktop_llm.library.inspector.process import Inspector, problem_with
from desktop_llm.library.inspector.verdict import ANOTHER, Facts, Finding, Verdict, from_json

BY_HAND = "A model of this kind does not exist: choose another copy, or another model."
AGAIN = "Download it again, or choose another model."
AS_SAFETENSORS = "Look for the same model as safetensors or GGUF; most are offered so."


@pytest.fixture(scope="module")
def inspector() -> Iterator[Inspector]:
    with Inspector() as one:
        yield one


def deep(folder: Path) -> Path:
    hostile.put(folder / "config.json", hostile.CONFIG | {"num_hidden_layers": 1_000_000})
    return folder


def with_code(folder: Path) -> Path:
    code = {"model_type": "mine", "auto_map": {"AutoModelForCausalLM": "mine.Model"}}
    hostile.put(folder / "config.json", hostile.CONFIG | code)
    return folder


def wide(folder: Path) -> Path:
    hostile.put(folder / "config.json", hostile.CONFIG | {"hidden_size": 10})
    return folder


def no_json(folder: Path) -> Path:
    (folder / "tokenizer.json").write_text("{", encoding="utf-8")
    return folder


def pointing_away(folder: Path) -> Path:
    settings = {"tokenizer_file": "../secret"}
    hostile.put(folder / "tokenizer_config.json", settings)
    return folder


def overlapping(folder: Path) -> Path:
    header, size = hostile.entries({"a": [2], "b": [2]})
    header["b"]["data_offsets"] = [4, 12]
    (folder / "model.safetensors").write_bytes(hostile.safetensors(header, size))
    return folder


def no_gguf(folder: Path) -> Path:
    (folder / "a.gguf").write_bytes(b"GGUF" + (3).to_bytes(4, "little") + b"\xff" * 16)
    return folder / "a.gguf"


def pickled(folder: Path) -> Path:
    (folder / "a.bin").write_bytes(b"\x80\x04.")
    return folder / "a.bin"


def nothing(folder: Path) -> Path:
    return folder / "gone"


@pytest.mark.parametrize(
    ("make", "file", "reason", "todo"),
    [
        (deep, "config.json",
         "num_hidden_layers is 1,000,000, and a model has from 1 to 512 of it.", BY_HAND),
        (with_code, "config.json",
         "The model brings its own program code, and cannot run without it.",
         "Choose a model of a common architecture, such as Llama, Qwen or Mistral."),
        (wide, "config.json", "It speaks of a width of 10, and no weight has that size.",
         "The two do not belong together. Download the model again."),
        (no_json, "tokenizer.json", "tokenizer.json is damaged. It is not valid JSON.", AGAIN),
        (pointing_away, "tokenizer_config.json",
         "tokenizer_file points to '../secret', outside the model's folder.", str(ANOTHER)),
        (overlapping, "model.safetensors",
         "model.safetensors is damaged: its tensors 'a' and 'b' share the same bytes.", AGAIN),
        (no_gguf, "a.gguf",
         "a.gguf is damaged: it claims 18,446,744,073,709,551,615 tensors.", AGAIN),
        (pickled, "a.bin",
         "It is a pickle or an archive of pickles: opening it can run any program.",
         AS_SAFETENSORS),
        (nothing, "gone",
         "There is no such file or folder, or it is of a kind that is never read.",
         "Choose a model's folder, or a file that ends in .gguf."),
    ],
)  # fmt: skip
def test_the_english_text_of_a_refusal(
    inspector: Inspector, tmp_path: Path, make: Callable[[Path], Path],
    file: str, reason: str, todo: str,
) -> None:  # fmt: skip
    verdict = inspector.inspect(make(hostile.model_folder(tmp_path / "m")))
    told = verdict.in_english()
    assert told["findings"][0] == {"file": file, "reason": reason, "todo": todo}
    assert told["verdict"] == "refused"
    more = len(verdict.findings) - 1
    assert str(verdict.error()) == (
        f"The model in {verdict.path} did not pass the inspection and is not loaded. "
        f"{file}: {reason}{f' {more} more was found.' if more else ''} {todo}"
    )


def test_a_note_is_told_and_a_template_of_a_gguf_file_is_looked_at(
    inspector: Inspector, tmp_path: Path
) -> None:
    folder = hostile.model_folder(tmp_path / "m")
    (folder / "modeling.py").write_text("print()", encoding="utf-8")
    assert inspector.inspect(folder).in_english()["notes"] == [
        "modeling.py is program code: it is not run."
    ]
    file = tmp_path / "a.gguf"
    file.write_bytes(gguf_files.gguf(gguf_files.good("{% for"), gguf_files.GOOD_TENSORS))
    told = str(inspector.inspect(file).findings[0].reason)
    assert told == "Its chat template cannot be read: unexpected 'end of template'"


def test_a_verdict_leaves_the_process_with_its_values() -> None:
    reason = Saying(
        "{name} is {value}, and a model has from {least} to {most} of it.",
        name="layers", value="7", least="1", most="5",
    )  # fmt: skip
    note = Saying("{name} is program code: it is not run.", name="{value}.py")
    facts = Facts("gguf", "llama", 8, 16, {"bf16": 16})
    verdict = Verdict("m", (Finding("a", reason, ANOTHER),), (note,), facts, 0.5, certain=False)
    assert from_json(json.loads(json.dumps(verdict.as_json()))) == verdict
    assert json.loads(json.dumps(verdict.in_english())) == {
        "verdict": "refused",
        "path": "m",
        "findings": [
            {
                "file": "a",
                "reason": "layers is 7, and a model has from 1 to 5 of it.",
                "todo": "Do not use this copy. Look for the model from a publisher you trust.",
            }
        ],
        "notes": ["{value}.py is program code: it is not run."],
        "facts": {
            "kind": "gguf", "architecture": "llama", "parameters": 8, "weights_bytes": 16,
            "memory": {"bf16": 16},
        },
        "seconds": 0.5,
        "certain": False,
    }  # fmt: skip


def test_why_a_fetched_model_is_refused_names_the_file_once(tmp_path: Path) -> None:
    folder = deep(hostile.model_folder(tmp_path / "m"))
    told = f"num_hidden_layers is 1,000,000, and a model has from 1 to 512 of it. {BY_HAND}"
    assert in_english(problem_with(folder)) == f"config.json: {told}"
    assert in_english(refusal(folder)) == (
        f"The model in {folder} did not pass the inspection and is not loaded. config.json: {told}"
    )
    (folder / "config.json").write_text("{", encoding="utf-8")
    assert in_english(problem_with(folder)) == (
        f"config.json is damaged. It is not valid JSON. {AGAIN}"
    )


@pytest.mark.skipif(os.name == "nt", reason="no such file names")
def test_a_name_with_line_breaks_is_cleaned_on_its_way(
    inspector: Inspector, tmp_path: Path
) -> None:
    folder = hostile.model_folder(tmp_path / "m")
    (folder / "a\n{todo}\u202e.py").write_text("print()", encoding="utf-8")
    (note,) = inspector.inspect(folder).notes
    assert str(note) == "a {todo} .py is program code: it is not run."


@pytest.mark.parametrize(("groups", "told"), [(1, []), (2, ["It speaks of 2 layers"])])
def test_a_model_that_goes_through_its_layers_again_and_again_has_them_all(
    tmp_path: Path, inspector: Inspector, groups: int, told: list[str]
) -> None:
    folder, width, vocabulary = hostile.model_folder(tmp_path / "m"), 8, hostile.VOCABULARY
    layer = "albert.encoder.albert_layer_groups.0.albert_layers.0."
    weights = {
        "albert.embeddings.word_embeddings.weight": [vocabulary, width],
        layer + "ffn.weight": [width, width],
    }
    (folder / "model.safetensors").write_bytes(hostile.safetensors(*hostile.entries(weights)))
    albert = {
        "architectures": ["AlbertForSequenceClassification"], "model_type": "albert",
        "hidden_size": width, "num_hidden_layers": 12, "num_hidden_groups": groups,
    }  # fmt: skip
    hostile.put(folder / "config.json", hostile.CONFIG | albert)
    reasons = [str(finding.reason) for finding in inspector.inspect(folder).findings]
    assert [reason[: len(told[0])] for reason in reasons] == told if told else reasons == []
