"""What a model folder's files say before anything is loaded: reads headers and small JSON, knows no torch.

The library asks it for one sentence per folder, the engine before it allocates anything. It trusts
nothing: sizes are bounded, every offset is checked against the file, a shard index may name only
files beside it.
"""

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_llm.core.errors import ModelError

HEADER_LIMIT = 100_000_000
"""Bytes of a safetensors header at most; the format's own limit."""
JSON_LIMIT = 50_000_000
"""Bytes of a config or an index at most. Real ones have some kilobytes."""

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
TOKENIZER_FILES = ("tokenizer.json", "vocab.json", "tokenizer.model", "spiece.model", "vocab.txt")
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")

AGAIN = "Download it again, or choose another model."
_BITS = {
    "F64": 64, "I64": 64, "U64": 64, "C64": 64, "F32": 32, "I32": 32, "U32": 32, "F16": 16,
    "BF16": 16, "I16": 16, "U16": 16, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "I8": 8, "U8": 8,
    "BOOL": 8, "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor of a safetensors file: its dtype as written there ("BF16"), and its size in bytes."""

    dtype: str
    shape: tuple[int, ...]
    size: int

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


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

    Raises ModelError, naming the file: no folder, no config.json, only pickled weights, a shard
    missing or outside the folder, a file cut short or damaged, no tokenizer.
    """
    if not folder.is_dir():
        raise ModelError(
            f"There is no model folder at {folder}.",
            todo="Choose the folder that holds the model's config.json.",
        )
    config = read_config(folder)
    weights = weight_files(folder)
    digest = hashlib.sha256((folder / CONFIG).read_bytes())
    tensors: dict[str, TensorInfo] = {}
    for path in weights:
        header = _header_bytes(path)
        digest.update(path.name.encode() + header)
        tensors.update(_parsed(path, header))
    if tokenizer and not any((folder / name).is_file() for name in TOKENIZER_FILES):
        raise ModelError(
            f"The model in {folder} has no tokenizer: tokenizer.json is missing.",
            "Without it the app cannot turn text into tokens.",
            "Copy tokenizer.json from the place the model came from, or download it again.",
        )
    return ModelFiles(folder, config, weights, tensors, digest.hexdigest())


def read_config(folder: Path) -> dict[str, Any]:
    """The folder's config.json. Raises ModelError where there is none or it is not a JSON object."""
    if not (folder / CONFIG).is_file():
        raise ModelError(
            f"{folder} is not a model folder: it has no config.json.",
            todo="Choose the folder that holds config.json and model.safetensors.",
        )
    return read_json(folder / CONFIG)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file of at most 50 MB. Raises ModelError where it is none."""
    try:
        if path.stat().st_size > JSON_LIMIT:
            raise ModelError(f"{path} is too large to be what its name says.", todo=AGAIN)
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _unreadable(path, error) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is damaged.", "It is not valid JSON.", AGAIN) from error
    if not isinstance(data, dict):
        raise ModelError(f"{path} is damaged.", "It holds no JSON object.", AGAIN)
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
    if (folder / WEIGHTS).is_file():
        return (folder / WEIGHTS,)
    if (folder / INDEX).is_file():
        return _shards(folder)
    if any(next(folder.glob(pattern), None) for pattern in PICKLES):
        raise ModelError(
            f"The model in {folder} has its weights only as a pickle (.bin, .pt).",
            "Opening such a file can run any program, so this app never does.",
            "Look for the same model as safetensors; most are offered so.",
        )
    raise ModelError(f"The model in {folder} has no weights: {WEIGHTS} is missing.", todo=AGAIN)


def _shards(folder: Path) -> tuple[Path, ...]:
    index = folder / INDEX
    named = read_json(index).get("weight_map")
    if not isinstance(named, dict) or not named:
        raise ModelError(f"{index} is damaged.", "It lists no weights.", AGAIN)
    names = sorted({str(name) for name in named.values()})
    for name in names:
        if not _is_bare(name):
            raise ModelError(
                f"{index} points to {name!r}, outside the model's own folder.",
                "A model must not read other files, so it was not opened.",
                "Do not use this copy of the model.",
            )
        if not (folder / name).is_file():
            raise ModelError(f"The model in {folder} is incomplete: {name} is missing.", todo=AGAIN)
    return tuple(folder / name for name in names)


def _is_bare(name: str) -> bool:
    return name.endswith(".safetensors") and not any(sign in name for sign in "/\\:\0")


def read_header(path: Path) -> dict[str, TensorInfo]:
    """The tensors of a safetensors file by name. Raises ModelError where it is cut short or damaged.

    The format: 8 bytes little-endian length, that many bytes of JSON, then the data
    (https://github.com/huggingface/safetensors#format).
    """
    return _parsed(path, _header_bytes(path))


def _header_bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or length > size - 8:
                raise _cut_short(path, size, length + 8)
            if length > HEADER_LIMIT:
                raise _damaged(path, "its header claims to be larger than any real one")
            return file.read(length)
    except OSError as error:
        raise _unreadable(path, error) from error


def _parsed(path: Path, header: bytes) -> dict[str, TensorInfo]:
    try:
        entries = json.loads(header)
        entries.pop("__metadata__", None)
        tensors = {name: _tensor(entry) for name, entry in entries.items()}
        end = max((entry["data_offsets"][1] for entry in entries.values()), default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise _damaged(path, "its header cannot be read") from error
    size = path.stat().st_size
    if 8 + len(header) + end > size:
        raise _cut_short(path, size, 8 + len(header) + end)
    return tensors


def _tensor(entry: dict[str, Any]) -> TensorInfo:
    start, end = entry["data_offsets"]
    shape = tuple(int(extent) for extent in entry["shape"])
    if not 0 <= start <= end or any(extent < 0 for extent in shape):
        raise ValueError(entry)
    bits = _BITS.get(str(entry["dtype"]))
    if bits is not None and math.prod(shape) * bits != 8 * (end - start):
        raise ValueError(entry)
    return TensorInfo(str(entry["dtype"]), shape, end - start)


def _cut_short(path: Path, size: int, wanted: int) -> ModelError:
    return ModelError(
        f"{path} is cut short.",
        f"It has {size:,} bytes, and its header speaks of {wanted:,}.",
        "The download was probably interrupted. Download it again.",
    )


def _damaged(path: Path, why: str) -> ModelError:
    return ModelError(f"{path} is damaged: {why}.", todo=AGAIN)


def _unreadable(path: Path, error: OSError) -> ModelError:
    return ModelError(
        f"{path} cannot be read.",
        f"The system says: {error.strerror or error}.",
        "Check that the file is there and that you may read it.",
    )
