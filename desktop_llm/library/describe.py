"""Describes a model on disk for a person: its build, files, licence, template and where it is from. Loads none."""

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from desktop_llm.core.anatomy import ModelDescription, anatomy_of
from desktop_llm.core.errors import ModelError
from desktop_llm.core.gguf import GgufHeader, is_gguf
from desktop_llm.core.gguf_parts import parts_of, read_whole
from desktop_llm.core.model_files import read_json, read_model_files
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.weight_header import TensorInfo
from desktop_llm.library.download import MANIFEST

TEXT_LIMIT = 1_000_000
"""Characters of a template or licence that are read."""
_LICENCE = re.compile(r"^license:\s*[\"']?([\w.+-]+)", re.M)
_KEYS = {
    "block_count": "num_hidden_layers", "embedding_length": "hidden_size",
    "attention.head_count": "num_attention_heads", "attention.head_count_kv": "num_key_value_heads",
    "attention.key_length": "head_dim", "feed_forward_length": "intermediate_size",
    "context_length": "max_position_embeddings", "vocab_size": "vocab_size",
    "attention.layer_norm_rms_epsilon": "rms_norm_eps", "rope.freq_base": "rope_theta",
    "expert_count": "num_local_experts", "attention.sliding_window": "sliding_window",
}  # fmt: skip
"""GGUF's names and those of transformers' configurations."""


def describe(model: ModelOnDisk) -> ModelDescription:
    """Read what its files say. Raises ModelError where they cannot be read."""
    if is_gguf(model.path):
        return _gguf(model.path)
    files = read_model_files(model.path, tokenizer=False)
    return ModelDescription(
        anatomy_of(files.config, files.tensors),
        _files(model.path),
        _template(model.path),
        _licence(model.path),
        _source(model.path),
        files.hash,
    )


def _gguf(path: Path) -> ModelDescription:
    header = read_whole(path, arrays=False)
    values = header.metadata
    config: dict[str, Any] = {"model_type": header.architecture}
    for key, name in _KEYS.items():
        value = values.get(f"{header.architecture}.{key}")
        if value is not None:
            config[name] = value
    if any(key.startswith(f"{header.architecture}.rope.") for key in values):
        config.setdefault("rope_parameters", {})  # a file need not name the base of the angles
    config["tie_word_embeddings"] = "output.weight" not in header.tensors
    tensors = {
        name: TensorInfo(one.kind, one.shape, one.size) for name, one in header.tensors.items()
    }
    _count_vocabulary(config, header)
    return ModelDescription(
        anatomy_of(config, tensors),
        tuple((part.name, part.stat().st_size) for part in parts_of(path)),
        str(values.get("tokenizer.chat_template", ""))[:TEXT_LIMIT],
        str(values.get("general.license", "")),
        str(values.get("general.source.url", "")),
    )


def _count_vocabulary(config: dict[str, Any], header: GgufHeader) -> None:
    table = header.tensors.get("token_embd.weight")
    if "vocab_size" not in config and table is not None:
        config["vocab_size"] = max(table.shape)


def _files(folder: Path) -> tuple[tuple[str, int], ...]:
    found = [(path.name, path.stat().st_size) for path in folder.iterdir() if path.is_file()]
    return tuple(sorted(found, key=lambda file: (-file[1], file[0])))


def _template(folder: Path) -> str:
    """The template that transformers would take: its own file first, then the tokenizer's settings."""
    for text in _texts(folder / "chat_template.jinja"):
        return text
    with contextlib.suppress(ModelError):
        told = read_json(folder / "tokenizer_config.json").get("chat_template")
        if isinstance(told, str):
            return told[:TEXT_LIMIT]
        if isinstance(told, list):
            named = {one.get("name"): one.get("template") for one in told if isinstance(one, dict)}
            return str(named.get("default", ""))[:TEXT_LIMIT]
    return ""


def _licence(folder: Path) -> str:
    for text in _texts(folder / "README.md"):
        found = _LICENCE.search(text[:5000])
        if found:
            return found[1]
    for path in sorted(folder.glob("LICENSE*")):
        for text in _texts(path):
            return next((line.strip() for line in text.splitlines() if line.strip()), "")
    return ""


def _source(folder: Path) -> str:
    """The repository and commit that it was fetched from by this app."""
    for text in _texts(folder / MANIFEST):
        with contextlib.suppress(ValueError, AttributeError):
            data = json.loads(text)
            return f"{data.get('repo', '')}@{str(data.get('revision', ''))[:12]}".strip("@")
    return ""


def _texts(path: Path) -> Iterator[str]:
    """The file's text, where there is one that can be read."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            yield file.read(TEXT_LIMIT)
    except OSError:
        return
