"""A GGUF file as a model: its configuration, tokenizer and weights under transformers' names.

One tensor at a time is made whole numbers of, never the model. The header was walked within bounds
by `core.gguf` before any library sees the file. Rounds and runs nothing.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from transformers import AutoConfig, AutoTokenizer
from transformers.modeling_gguf_pytorch_utils import (
    TENSOR_PROCESSORS,
    TensorProcessor,
    get_gguf_hf_weights_map,
)
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

from desktop_llm.core.errors import ModelError
from desktop_llm.core.gguf import GgufTensor, read_gguf
from desktop_llm.core.model_files import ModelFiles
from desktop_llm.core.weight_header import TensorInfo

_PART = re.compile(r"(.*-)(\d{5})(-of-\d{5}.*)")
HEAD, HEAD_NAME = "output.weight", "lm_head.weight"


@dataclass(frozen=True, slots=True)
class GgufFiles(ModelFiles):
    """`sources` says for each weight of transformers' name where it lies and how it is called there."""

    sources: dict[str, tuple[Path, GgufTensor]]
    processor: Any

    def get_tensor(self, name: str) -> torch.Tensor:
        """The weight of that name in float32. Raises KeyError."""
        path, tensor = self.sources[name]
        weight = _numbers(path, tensor)
        if tensor.name != HEAD:
            weight = self.processor.process(
                weight, tensor.name, tensor_key_mapping={}, parsed_parameters={"tensors": {}}
            ).weights
        return torch.from_numpy(np.ascontiguousarray(weight))


def open_gguf(path: Path) -> tuple[GgufFiles, Any]:
    """What a GGUF file holds, and transformers' configuration of it.

    Raises ModelError for a damaged file or an architecture that is not known, and whatever
    transformers does for a file that its mapping does not fit.
    """
    parts = {part: read_gguf(part) for part in _parts(path)}
    first = parts[path]
    config = _configuration(path, first.architecture)
    length = first.metadata.get(f"{first.architecture}.context_length")
    if isinstance(length, int):
        config.max_position_embeddings = length  # transformers' mapping for GPT-2 forgets it
    names = _names(config, first.architecture)
    sources, tensors = {}, {}
    for part, header in parts.items():
        for tensor in header.tensors.values():
            name = HEAD_NAME if tensor.name == HEAD else names.get(tensor.name)
            if name is not None:
                sources[name] = (part, tensor)
                tensors[name] = TensorInfo("F32", tensor.shape, tensor.size, tensor.start)
    digest = hashlib.sha256()
    for part, header in parts.items():
        end = min((tensor.start for tensor in header.tensors.values()), default=0)
        with part.open("rb") as file:
            digest.update(file.read(end))
    processor = TENSOR_PROCESSORS.get(first.architecture, TensorProcessor)(config.to_dict())
    files = GgufFiles(
        path, config.to_dict(), tuple(parts), tensors, digest.hexdigest(), sources, processor
    )
    return files, config


def gguf_tokenizer(path: Path) -> Any:
    """The tokenizer that stands in the file, with the file's own chat template."""
    tokenizer = AutoTokenizer.from_pretrained(
        path.parent, gguf_file=path.name, local_files_only=True, trust_remote_code=False
    )
    # For some architectures transformers leaves it out.
    template = read_gguf(path, arrays=False).metadata.get("tokenizer.chat_template")
    if isinstance(template, str) and not tokenizer.chat_template:
        tokenizer.chat_template = template
    return tokenizer


def _configuration(path: Path, architecture: str) -> Any:
    try:
        return AutoConfig.from_pretrained(
            path.parent, gguf_file=path.name, local_files_only=True, trust_remote_code=False
        )
    except (ValueError, KeyError) as error:
        raise ModelError(
            "The architecture {architecture} of {path} is not known.",
            "It may be newer than this version of the app.",
            "Look for the same model as safetensors, or choose another one.",
            architecture=f"{architecture!r}",
            path=path,
        ) from error


def _names(config: Any, architecture: str) -> dict[str, str]:
    """GGUF's names of the weights, each with transformers' own."""
    with torch.device("meta"):
        skeleton = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)](config)
    processor = TENSOR_PROCESSORS.get(architecture, TensorProcessor)(config=config.to_dict())
    names: dict[str, str] = get_gguf_hf_weights_map(skeleton, processor)
    return names


def _parts(path: Path) -> Iterator[Path]:
    """The file, and the others of a model that was cut into several."""
    yield path
    found = _PART.fullmatch(path.name)
    if found is None:
        return
    count = int(found[3][4:9])
    for number in range(2, count + 1):
        part = path.with_name(f"{found[1]}{number:05}{found[3]}")
        if not part.is_file():
            raise ModelError(
                "The model in {path} is incomplete: {part} is missing.",
                todo="Download it again.",
                path=path,
                part=part.name,
            )
        yield part


def _numbers(path: Path, tensor: GgufTensor) -> np.ndarray[Any, Any]:
    """A tensor's numbers in float32, of its shape."""
    raw = np.fromfile(path, dtype=np.uint8, count=tensor.size, offset=tensor.start)
    kind = gguf.GGMLQuantizationType[tensor.kind]
    block, size = gguf.GGML_QUANT_SIZES[kind]
    rows = raw.reshape(-1, tensor.shape[-1] // block * size)
    whole: np.ndarray[Any, Any] = gguf.quants.dequantize(rows, kind)
    return whole.reshape(tensor.shape).astype(np.float32, copy=False)
