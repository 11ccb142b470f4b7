"""What a model folder's files say before anything is loaded: reads headers and small JSON, knows no torch.

The library asks it for one sentence per folder, the engine before it allocates anything. It trusts
nothing: sizes are bounded, every offset is checked against the file, a shard index may name only
files beside it.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_llm.core.errors import ModelError
from desktop_llm.core.file_errors import AGAIN, unreadable
from desktop_llm.core.on_disk import is_file, is_folder, require_seen
from desktop_llm.core.weight_header import TensorInfo, header_bytes, parse_header

CONFIG_LIMIT = 4_000_000
"""Bytes of a config at most. Real ones have some kilobytes."""
JSON_LIMIT = 10_000_000
"""Bytes of an index at most, 100,000 tensors: a larger one would hold up every other thread."""

CONFIG = "config.json"
ADAPTER = "adapter_config.json"
"""What stands in a folder instead that PEFT saved beside no model."""
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
TOKENIZER_FILES = ("tokenizer.json", "vocab.json", "tokenizer.model", "spiece.model", "vocab.txt")
_PACKED = (".qweight", ".qzeros")
"""How the names of weights end that GPTQ and AWQ pack into whole numbers."""
_MLX = "MLX"
"""Apple's: it says how it packs, and names no method."""
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


_BARE = re.compile(r"\w[\w. +-]*\.safetensors", re.ASCII)
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\.", re.I)
"""Names that mean a device on Windows, whatever their ending."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A folder that passed every check. `hash` is the SHA-256 of its config and weights' headers."""

    folder: Path
    config: dict[str, Any]
    weights: tuple[Path, ...]
    tensors: dict[str, TensorInfo]
    hash: str


def read_model_files(folder: Path, *, tokenizer: bool = True) -> ModelFiles:
    """Check a model folder and read what its files say of themselves.

    Without `tokenizer` a folder that has none will do: it can be measured, but not talked to.

    Raises ModelError, naming the file: no folder, one whose name no library takes, no config.json, only pickled weights, a shard
    missing or outside the folder, a file cut short or damaged, no tokenizer.
    """
    require_seen(folder)
    if not is_folder(folder):
        raise ModelError(
            "There is no model folder at {folder}.",
            todo="Choose the folder that holds the model's config.json.",
            folder=folder,
        )
    require_text(folder)
    config = read_config(folder)
    weights = weight_files(folder)
    digest = hashlib.sha256((folder / CONFIG).read_bytes())
    tensors: dict[str, TensorInfo] = {}
    for path in weights:
        header = header_bytes(path)
        digest.update(path.name.encode() + header)
        tensors.update(parse_header(path, header))
    if tokenizer and not any(is_file(folder / name) for name in TOKENIZER_FILES):
        raise ModelError(
            "The model in {folder} has no tokenizer: tokenizer.json is missing.",
            "Without it the app cannot turn text into tokens.",
            "Copy tokenizer.json from the place the model came from, or download it again.",
            folder=folder,
        )
    return ModelFiles(folder, config, weights, tensors, digest.hexdigest())


def require_numbers(files: ModelFiles) -> None:
    """Weights that another program packed (GPTQ, AWQ, MLX, bitsandbytes) are no numbers that can be read.

    Older files say it by the names of the weights alone. Raises ModelError.
    """
    kind = packed_by(files.config)
    if not kind and any(name.endswith(_PACKED) for name in files.tensors):
        kind = "GPTQ, AWQ"
    if kind:
        raise packed(str(files.folder), kind)


def packed_by(config: dict[str, Any]) -> str:
    """How a model's weights are packed as its configuration says, "" where they are not."""
    told = config.get("quantization_config") or config.get("quantization")
    if isinstance(told, dict) and told:
        return str(told.get("quant_method") or _MLX)[:40]
    return str(told)[:40] if told else ""


def packed(where: str, kind: str) -> ModelError:
    """What is told of a folder or repository whose weights are packed."""
    return ModelError(
        "The model in {folder} is quantised in a way that this app cannot read.",
        "Its weights are packed ({kind}).",
        "Choose the same model in bf16 or fp16, or as a GGUF file.",
        folder=where,
        kind=kind,
    )


def require_text(folder: Path) -> None:
    """The libraries that read safetensors and tokenizers take no other paths. Raises ModelError."""
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise ModelError(
            "The model in {folder} cannot be loaded.",
            "A name in its path is not text in UTF-8.",
            "Rename the folder that is named so.",
            folder=folder,
        ) from None


def read_config(folder: Path) -> dict[str, Any]:
    """The folder's config.json. Raises ModelError where there is none or it is not a JSON object."""
    require_seen(folder / CONFIG)
    if not is_file(folder / CONFIG):
        if is_file(folder / ADAPTER):
            raise ModelError(
                "{folder} is an adapter (LoRA), not a model by itself.",
                todo="Load the model that it was trained on, and choose the adapter in the sampling "
                "settings, under Advanced.",
                folder=folder,
            )
        raise ModelError(
            "{folder} is not a model folder: it has no config.json.",
            todo="Choose the folder that holds config.json and model.safetensors.",
            folder=folder,
        )
    return read_json(folder / CONFIG, CONFIG_LIMIT)


def read_json(path: Path, limit: int = JSON_LIMIT) -> dict[str, Any]:
    """A JSON object from a file of at most `limit` bytes. Raises ModelError where it is none."""
    try:
        if path.stat().st_size > limit:
            raise ModelError("{path} is too large to be what its name says.", todo=AGAIN, path=path)
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise unreadable(path, error) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ModelError("{path} is damaged.", "It is not valid JSON.", AGAIN, path=path) from error
    if not isinstance(data, dict):
        raise ModelError("{path} is damaged.", "It holds no JSON object.", AGAIN, path=path)
    return data


def architecture_of(config: dict[str, Any]) -> str:
    """The model's architecture in plain form: "Llama", not "LlamaForCausalLM". May be empty."""
    named = config.get("architectures")
    first = named[0] if isinstance(named, list) and named else config.get("model_type", "")
    plain = str(first)
    for ending in ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration", "Model"):
        plain = plain.removesuffix(ending)
    return plain


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The safetensors files of a model, in the order of their names. Raises ModelError."""
    if is_file(folder / WEIGHTS):
        return (folder / WEIGHTS,)
    if is_file(folder / INDEX):
        return _shards(folder)
    if any(next(folder.glob(pattern), None) for pattern in PICKLES):
        raise ModelError(
            "The model in {folder} has its weights only as a pickle (.bin, .pt).",
            "Opening such a file can run any program, so this app never does.",
            "Look for the same model as safetensors; most are offered so.",
            folder=folder,
        )
    raise ModelError(
        "The model in {folder} has no weights: {WEIGHTS} is missing.",
        todo=AGAIN,
        folder=folder,
        WEIGHTS=WEIGHTS,
    )


def _shards(folder: Path) -> tuple[Path, ...]:
    index = folder / INDEX
    named = read_json(index).get("weight_map")
    if not isinstance(named, dict) or not named:
        raise ModelError("{index} is damaged.", "It lists no weights.", AGAIN, index=index)
    names = sorted({str(name) for name in named.values()})
    for name in names:
        if not _is_bare(name):
            raise ModelError(
                "{index} points to {name}, outside the model's own folder.",
                "A model must not read other files, so it was not opened.",
                "Do not use this copy of the model.",
                index=index,
                name=f"{name!r}",
            )
        if not is_file(folder / name):
            raise ModelError(
                "The model in {folder} is incomplete: {name} is missing.",
                todo=AGAIN,
                folder=folder,
                name=name,
            )
    return tuple(folder / name for name in names)


def _is_bare(name: str) -> bool:
    return bool(_BARE.fullmatch(name)) and not _DEVICE.match(name)
