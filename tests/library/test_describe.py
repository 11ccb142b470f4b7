"""What the model page tells of files on disk, and of templates before they are used."""

import json
import shutil
import struct
from pathlib import Path

import gguf_files
import pytest

from desktop_llm.core.anatomy import Anatomy, Mlp, Position
from desktop_llm.core.errors import ModelError
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.sayings import in_english
from desktop_llm.library.describe import describe
from desktop_llm.library.inspector.process import check_template, problem_with
from desktop_llm.resources import resource


def on_disk(path: Path) -> ModelOnDisk:
    return ModelOnDisk("m", "m", path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "model"
    shutil.copytree(
        resource("guide_model"), target, ignore=shutil.ignore_patterns("corpus", "*.py")
    )
    return target


def test_a_folder(folder: Path) -> None:
    (folder / "download.json").write_text(
        json.dumps({"repo": "a/b", "revision": "0123456789abcdef"})
    )
    told = describe(on_disk(folder))
    assert told.files[0][0] == "model.safetensors"
    assert told.template == (folder / "chat_template.jinja").read_text()
    assert told.source == "a/b@0123456789ab"
    assert told.licence == "mit"
    assert len(told.hash) == 64


def test_a_template_in_the_tokenizers_settings(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()
    path = folder / "tokenizer_config.json"
    for template, told in (
        ("{{ a }}", "{{ a }}"),
        ([{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}], "d"),
        (None, ""),
    ):
        path.write_text(json.dumps({"chat_template": template}))
        assert describe(on_disk(folder)).template == told
    path.write_text("{broken")
    assert describe(on_disk(folder)).template == ""


def gguf(path: Path) -> None:
    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    values = {"llama.block_count": 3, "llama.embedding_length": 64, "llama.attention.head_count": 4,
              "llama.attention.head_count_kv": 2, "llama.context_length": 256}  # fmt: skip
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(values) + 2)
    head += text("general.architecture") + struct.pack("<I", 8) + text("llama")
    head += text("tokenizer.chat_template") + struct.pack("<I", 8) + text("{{ x }}")
    for key, value in values.items():
        head += text(key) + struct.pack("<II", 4, value)
    head += text("token_embd.weight") + struct.pack("<IQQIQ", 2, 64, 100, 0, 0)
    head += bytes(-len(head) % 32)
    path.write_bytes(head + bytes(64 * 100 * 4))


def test_a_gguf_file(tmp_path: Path) -> None:
    gguf(tmp_path / "m.gguf")
    told = describe(on_disk(tmp_path / "m.gguf"))
    anatomy = told.anatomy
    assert (anatomy.layers, anatomy.heads, anatomy.kv_heads, anatomy.hidden) == (3, 4, 2, 64)
    assert (anatomy.vocabulary, anatomy.context, anatomy.parameters) == (100, 256, 6400)
    assert told.template == "{{ x }}"


def tiny_gguf(path: Path, kind: str, shapes: dict[str, tuple[int, int]], *keys: str) -> Anatomy:
    """What is told of a GGUF file of that architecture; `shapes` are ggml's, each of `keys` says 8."""
    numbers = {"block_count": 1, "embedding_length": 32, "feed_forward_length": 64}
    metadata = {f"{kind}.{key}": gguf_files.number(value) for key, value in numbers.items()}
    metadata |= {f"{kind}.{key}": gguf_files.number(8) for key in keys}
    metadata["general.architecture"] = gguf_files.string(kind)
    tensors = {name: (0, shape, 4 * shape[0] * shape[1]) for name, shape in shapes.items()}
    gguf_files.write(path, gguf_files.gguf(metadata, tensors))
    return describe(on_disk(path)).anatomy


def test_a_gguf_file_of_gpt2_has_a_table_of_positions(tmp_path: Path) -> None:
    shapes = {"position_embd.weight": (32, 100), "blk.0.ffn_up.weight": (32, 64)}
    told = tiny_gguf(tmp_path / "m.gguf", "gpt2", shapes)
    assert told.position is Position.LEARNED
    assert told.mlp is Mlp.PLAIN
    assert [(part.name, part.parameters) for part in told.parts] == [
        ("embedding", 32 * 100), ("mlp", 32 * 64),
    ]  # fmt: skip


def test_a_gguf_file_need_not_name_the_base_of_its_angles(tmp_path: Path) -> None:
    shapes = {"blk.0.ffn_gate.weight": (32, 64), "blk.0.ffn_up.weight": (32, 64)}
    told = tiny_gguf(tmp_path / "m.gguf", "llama", shapes, "rope.dimension_count")
    assert told.position is Position.ROTARY
    assert told.mlp is Mlp.GATED


def test_a_gguf_file_of_phi3_holds_gate_and_up_in_one(tmp_path: Path) -> None:
    told = tiny_gguf(tmp_path / "m.gguf", "phi3", {"blk.0.ffn_up.weight": (32, 128)})
    assert (told.mlp, told.mlp_width) == (Mlp.GATED, 64)


def test_a_gguf_model_in_parts(tmp_path: Path) -> None:
    parts = gguf_files.write_parts(tmp_path, first_empty=True)
    told = describe(on_disk(parts[0]))
    assert told.anatomy.parameters == gguf_files.PARTS_PARAMETERS
    assert [name for name, _ in told.files] == [part.name for part in parts]


def test_a_broken_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        describe(on_disk(tmp_path))


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{% for", "cannot be read"),
        ("{{ raise_exception('no') }}", "renders no conversation"),
        ("{{ messages.__class__.__mro__ }}{{ x.y.z }}", "reaches for more|renders no"),
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "does not end|renders no",
        ),
        ("{% for m in messages %}{{ 'x' * 99999 }}{% endfor %}", "characters"),
    ],
)
def test_a_template_that_fails_is_refused(folder: Path, template: str, why: str) -> None:
    with pytest.raises(ModelError, match=why):
        check_template(folder, template)


def test_a_template_that_works_passes_and_is_not_put_in_place(folder: Path) -> None:
    own = (folder / "chat_template.jinja").read_text()
    assert check_template(folder, own + "{{ eos_token }}") == ()
    assert (folder / "chat_template.jinja").read_text() == own


def test_a_template_that_renders_only_some_passes_and_says_so(folder: Path) -> None:
    refusing = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    told = in_english(check_template(folder, refusing + "{{ messages[0].content }}"))
    assert told == (
        "It renders 8 of 10 conversations; the first that fails: TemplateError: no system"
    )


def test_a_refusal_names_file_and_reason(folder: Path) -> None:
    assert problem_with(folder) == ()
    (folder / "tokenizer.json").write_text("{")
    assert in_english(problem_with(folder)).startswith("tokenizer.json is damaged.")
