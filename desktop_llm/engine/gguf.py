"""A GGUF file as a model: its configuration, tokenizer and weights under transformers' names.

One tensor at a time is made whole numbers of, never the model. The header was walked within bounds
by `core.gguf` before any library sees the file. Rounds and runs nothing.
"""

import array
import functools
import hashlib
import re
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

from desktop_llm.core.errors import ModelError
from desktop_llm.core.gguf import GgufHeader, GgufTensor, read_gguf
from desktop_llm.core.gguf_parts import read_parts
from desktop_llm.core.model_files import ModelFiles
from desktop_llm.core.weight_header import TensorInfo
from desktop_llm.engine.gguf_rope import NUMBERS, add_rope
from desktop_llm.engine.gguf_words import cut_words
from desktop_llm.engine.skeleton import skeleton

NO_TENSORS = 1 << 26
"""Bytes that are read of a part without tensors: all of it, unless it is a stranger's trap."""
HEAD, HEAD_NAME = "output.weight", "lm_head.weight"
ENDS = ("eos_token_id", "eos_token_ids", "eot_token_id", "eom_token_id")
"""Keys of the tokens that end a text, a turn (eot) or a message to a tool (eom)."""
EXPERTS = ("qwen2moe", "qwen3moe")
"""Mixtures of experts that can be read: others lay their experts out in other ways."""
_EXPERT = re.compile(r"blk\.(?P<layer>\d+)\.ffn_(?P<kind>gate|up|gate_up|down)_exps\.weight")
_HARMLESS = re.compile(r"blk\.\d+\.attn_rot_embd\.weight")
"""Tensors without a name of transformers' that change nothing: angles that it computes itself."""
EPSILONS = ("layer_norm_epsilon", "layer_norm_eps", "norm_epsilon", "norm_eps", "rms_norm_eps")
"""What configurations call the number that norms add to a variance; each reads one of them."""
READ = {
    "attention.layer_norm_epsilon": EPSILONS, "attention.layer_norm_rms_epsilon": EPSILONS,
    "attn_logit_softcapping": ("attn_logit_softcapping",),
    "final_logit_softcapping": ("final_logit_softcapping",),
}  # fmt: skip
"""Keys that transformers does not read of every architecture, and what configurations call them."""
SLIDING = ("phi3", "starcoder2")
"""Families whose layers all slide; how far those of others do, transformers reads itself."""
LARGEST = {"gemma2": 46, "gemma3_text": 62}
"""Layers of the Gemmas of 27 billion, whose scores are scaled otherwise: no key says so."""

# transformers asks for this table anew for each part of a model, more than a thousand times for 62 layers.
gguf.get_tensor_name_map = functools.lru_cache(maxsize=1)(gguf.get_tensor_name_map)

_Place = tuple[Path, GgufTensor]


@dataclass(frozen=True, slots=True)
class GgufFiles(ModelFiles):
    """`sources` says for each weight of transformers' name where it lies and how it is called there.

    Where it lies in two parts, their outputs stand below each other. `ends` are the ids of the
    tokens that the file calls ends, as they stand there.
    """

    sources: dict[str, tuple[_Place, ...]]
    processor: Any
    ends: tuple[Any, ...]

    def get_tensor(self, name: str) -> torch.Tensor:
        """The weight of that name in float32. Raises KeyError."""
        parts = [self._part(path, tensor) for path, tensor in self.sources[name]]
        return torch.cat(parts, dim=1) if len(parts) > 1 else parts[0]

    def _part(self, path: Path, tensor: GgufTensor) -> torch.Tensor:
        weight = _numbers(path, tensor)
        if tensor.name != HEAD:
            weight = self.processor.process(
                weight, tensor.name, tensor_key_mapping={}, parsed_parameters={"tensors": {}}
            ).weights
        return torch.from_numpy(np.ascontiguousarray(weight))


def open_gguf(path: Path) -> tuple[GgufFiles, Any]:
    """What a GGUF file holds, and transformers' configuration of it.

    Raises ModelError for a damaged file, an architecture that is not known and anything in the file
    that the model would be computed without, and whatever transformers does for a file that its
    mapping does not fit.
    """
    parts = {header.path: header for header in read_parts(path)}
    first = parts[path]
    _require_known_experts(first)
    places = {
        tensor.name: (part, tensor)
        for part, header in parts.items()
        for tensor in header.tensors.values()
    }
    config = _configuration(path, first.architecture)
    _complete(config, first, places)
    sources = _sources(path, config, first.architecture, places)
    tensors = {name: _info(lying) for name, lying in sources.items()}
    digest = hashlib.sha256()
    for part, header in parts.items():
        end = min((tensor.start for tensor in header.tensors.values()), default=NO_TENSORS)
        with part.open("rb") as file:
            digest.update(file.read(end))
    processor = TENSOR_PROCESSORS.get(first.architecture, TensorProcessor)(config.to_dict())
    files = GgufFiles(
        path,
        config.to_dict(),
        tuple(parts),
        tensors,
        digest.hexdigest(),
        sources,
        processor,
        _ends(first),
    )
    return files, config


def _require_known_experts(header: GgufHeader) -> None:
    count = header.metadata.get(f"{header.architecture}.expert_count")
    if count and header.architecture not in EXPERTS:
        raise ModelError(
            "{path} is a mixture of experts.",
            "The app cannot read one of the architecture {architecture} out of GGUF.",
            "Choose the safetensors version of the same model.",
            path=header.path,
            architecture=f"{header.architecture!r}",
        )


def _complete(config: Any, header: GgufHeader, places: dict[str, _Place]) -> None:
    """Put into the configuration what the file says and transformers does not read."""
    length = header.metadata.get(f"{header.architecture}.context_length")
    if isinstance(length, int):
        config.max_position_embeddings = length  # transformers' mapping for GPT-2 forgets it
    for key, one in (
        ("moe_intermediate_size", "blk.0.ffn_down_exps.weight"),
        ("shared_expert_intermediate_size", "blk.0.ffn_down_shexp.weight"),
    ):
        if hasattr(config, key) and one in places:
            setattr(config, key, places[one][1].shape[-1])
    _add_numbers(config, header)

    def numbers(name: str) -> list[float]:
        found: list[float] = _numbers(*places[name]).ravel().tolist()
        return found

    found = {name for name in NUMBERS if name in places}
    add_rope(config, header.metadata, header.architecture, found, numbers, header.path)


def _add_numbers(config: Any, header: GgufHeader) -> None:
    """Put in the numbers that change what a model writes."""
    own = f"{header.architecture}."
    said = {key.removeprefix(own): v for key, v in header.metadata.items() if key.startswith(own)}
    for key, names in READ.items():
        for name in names:
            if key in said and hasattr(config, name):
                setattr(config, name, float(said[key]))
    if config.model_type in SLIDING and said.get("attention.sliding_window"):
        config.sliding_window = int(said["attention.sliding_window"])
    if config.num_hidden_layers == LARGEST.get(config.model_type):
        config.query_pre_attn_scalar = config.hidden_size // config.num_attention_heads


def _ends(header: GgufHeader) -> tuple[Any, ...]:
    found: list[Any] = []
    for key in ENDS:
        value = header.metadata.get(f"tokenizer.ggml.{key}")
        found.extend(value if isinstance(value, array.array) else [value])
    return tuple(found)


def _sources(
    path: Path, config: Any, architecture: str, places: dict[str, _Place]
) -> dict[str, tuple[_Place, ...]]:
    """Where each weight of transformers' name lies. Raises ModelError for one that has none."""
    names = _names(config, architecture)
    sources: dict[str, tuple[_Place, ...]] = {}
    for name, place in places.items():
        own = HEAD_NAME if name == HEAD else names.get(name) or _expert_name(name)
        if own is not None:
            # By name, the gates of experts stand before what they open.
            lying = (*sources.get(own, ()), place)
            sources[own] = tuple(sorted(lying, key=lambda one: one[1].name))
        elif name not in NUMBERS and not _HARMLESS.fullmatch(name):
            raise ModelError(
                "{path} cannot be read exactly.",
                "It holds {tensor}, which this app does not know.",
                "Choose the safetensors version of the same model.",
                path=path,
                tensor=name,
            )
    return sources


def _expert_name(name: str) -> str | None:
    found = _EXPERT.fullmatch(name)
    if found is None:
        return None
    kind = "down" if found["kind"] == "down" else "gate_up"
    return f"model.layers.{found['layer']}.mlp.experts.{kind}_proj"


def _info(lying: tuple[_Place, ...]) -> TensorInfo:
    first = lying[0][1]
    shape, size = first.shape, sum(tensor.size for _, tensor in lying)
    if len(lying) > 1:
        shape = (shape[0], sum(tensor.shape[1] for _, tensor in lying), *shape[2:])
    return TensorInfo("F32", shape, size, first.start)


def gguf_tokenizer(path: Path) -> Any:
    """The tokenizer that stands in the file, with the file's own chat template.

    Raises ModelError where it cuts texts in a way that is not known.
    """
    tokenizer = AutoTokenizer.from_pretrained(
        path.parent, gguf_file=path.name, local_files_only=True, trust_remote_code=False
    )
    metadata = read_gguf(path, arrays=False).metadata
    cut_words(tokenizer, metadata, path)
    # For some architectures transformers leaves it out.
    template = metadata.get("tokenizer.chat_template")
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
    processor = TENSOR_PROCESSORS.get(architecture, TensorProcessor)(config=config.to_dict())
    names: dict[str, str] = get_gguf_hf_weights_map(skeleton(config), processor)
    return names


def _numbers(path: Path, tensor: GgufTensor) -> np.ndarray[Any, Any]:
    """A tensor's numbers in float32, of its shape."""
    raw = np.fromfile(path, dtype=np.uint8, count=tensor.size, offset=tensor.start)
    kind = gguf.GGMLQuantizationType[tensor.kind]
    block, size = gguf.GGML_QUANT_SIZES[kind]
    rows = raw.reshape(-1, tensor.shape[-1] // block * size)
    whole: np.ndarray[Any, Any] = gguf.quants.dequantize(rows, kind)
    return whole.reshape(tensor.shape).astype(np.float32, copy=False)
