"""A GGUF file: the ranges of its keys, its vocabulary and its template. The header walk is core.gguf's."""

import re
from typing import Any

from desktop_llm.core.fitting import weights_in_memory
from desktop_llm.core.gguf import GgufHeader, read_gguf
from desktop_llm.core.sayings import Saying
from desktop_llm.core.weight_header import TensorInfo
from desktop_llm.library.inspector import chat_template
from desktop_llm.library.inspector.looking import TEMPLATE_S, Looking
from desktop_llm.library.inspector.verdict import Facts, RefusedError

RANGES = {
    "block_count": (1, 512),
    "embedding_length": (1, 65_536),
    "feed_forward_length": (0, 2**20),
    "context_length": (1, 2**25),
    "attention.head_count": (0, 1024),
    "attention.head_count_kv": (0, 1024),
    "attention.key_length": (0, 65_536),
    "attention.value_length": (0, 65_536),
    "expert_count": (0, 65_536),
    "vocab_size": (1, 2_000_000),
}
TOKENS, TEMPLATE = "tokenizer.ggml.tokens", "tokenizer.chat_template"
MOST_TOKENS = 2_000_000
_BLOCK = re.compile(r"blk\.(\d{1,9})\.")
OTHER_KINDS = ("adapter", "mmproj", "imatrix", "vocab", "control-vector")
ADVICE = Saying(
    "The file is damaged or made to do harm. Download it again, or choose another model."
)


def header(looking: Looking) -> None:
    """The whole header, within its bounds."""
    found = read_gguf(looking.look(looking.path.name), arrays=False)
    looking.config = found.metadata
    looking.tensors = {
        tensor.name: TensorInfo(tensor.kind, tensor.shape, tensor.size, tensor.start)
        for tensor in found.tensors.values()
    }
    looking.files = [(looking.path, looking.tensors)]
    looking.facts = _facts(found)


def _facts(found: GgufHeader) -> Facts:
    parameters = sum(tensor.elements for tensor in found.tensors.values())
    size = sum(tensor.size for tensor in found.tensors.values())
    return Facts("gguf", found.architecture, parameters, size, weights_in_memory(parameters))


def ranges(looking: Looking) -> None:
    """Every number is one that a model can have, and there are as many blocks as it says."""
    kind = looking.config.get("general.type", "model")
    if kind in OTHER_KINDS or not looking.tensors:
        raise RefusedError(
            "It is no model by itself but of the kind {kind}.", ADVICE, kind=repr(kind)
        )
    architecture = looking.config.get("general.architecture")
    if not isinstance(architecture, str) or not re.fullmatch(r"[\w.-]{1,64}", architecture):
        raise RefusedError("It does not say which architecture it has.", ADVICE)
    for key, (least, most) in RANGES.items():
        value = looking.config.get(f"{architecture}.{key}")
        if value is not None and not (type(value) is int and least <= value <= most):
            raise RefusedError(
                "{key} is {value}, out of all range.",
                ADVICE,
                key=f"{architecture}.{key}",
                value=str(value)[:40],
            )
    blocks, found = looking.config.get(f"{architecture}.block_count"), _blocks(looking)
    if isinstance(blocks, int) and found and blocks > found and not _is_split(looking.config):
        raise RefusedError(
            "It speaks of {layers} layers, and {found} are in it.",
            ADVICE,
            layers=blocks,
            found=found,
        )


def _blocks(looking: Looking) -> int:
    numbers = [int(match[1]) for match in map(_BLOCK.match, looking.tensors) if match]
    return max(numbers, default=-1) + 1


def _is_split(metadata: dict[str, Any]) -> bool:
    count = metadata.get("split.count", 0)
    return isinstance(count, int) and count > 1


def vocabulary(looking: Looking) -> None:
    """As many tokens as the table of embeddings has rows."""
    tokens = looking.config.get(TOKENS)
    if tokens is None:
        return
    if type(tokens) is not int or not 0 < tokens <= MOST_TOKENS:
        raise RefusedError(
            "Its vocabulary is of an impossible size ({size}).", ADVICE, size=str(tokens)[:40]
        )
    table = looking.tensors.get("token_embd.weight")
    if table is not None and table.shape[0] < tokens:
        raise RefusedError(
            "It has {tokens} tokens and {rows} embeddings.",
            ADVICE,
            tokens=f"{tokens:,}",
            rows=f"{table.shape[0]:,}",
        )


def template(looking: Looking) -> None:
    """Its chat templates, as those of a folder."""
    for key, source in looking.config.items():
        if key.startswith(TEMPLATE) and isinstance(source, str):
            looking.look(looking.path.name, TEMPLATE_S)
            chat_template.render(source, {"bos_token": "", "eos_token": ""})
