"""A GGUF model, in one file or several: its parts, the ranges of its keys, its vocabulary and template.

The header walk is core.gguf's.
"""

import re

from desktop_llm.core.fitting import weights_in_memory
from desktop_llm.core.gguf import GgufHeader, read_gguf
from desktop_llm.core.gguf_parts import require_parts
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
FIRST = "-00001-of-NNNNN.gguf"
"""How the name of a first part ends."""
_BLOCK = re.compile(r"blk\.(\d{1,9})\.")
OTHER_KINDS = ("adapter", "mmproj", "imatrix", "vocab", "control-vector")
ADVICE = Saying(
    "The file is damaged or made to do harm. Download it again, or choose another model."
)


def header(looking: Looking) -> None:
    """The whole header, within its bounds, and those of the other parts where there are any."""
    first, *others = require_parts(looking.path)
    found = read_gguf(looking.look(first.name), arrays=False)
    looking.config = found.metadata
    _add(looking, found)
    for part in others:
        _add(looking, read_gguf(looking.look(part.name), arrays=False))
    looking.look(first.name)
    looking.facts = _facts(looking, found.architecture)


def _add(looking: Looking, found: GgufHeader) -> None:
    tensors = {
        tensor.name: TensorInfo(tensor.kind, tensor.shape, tensor.size, tensor.start)
        for tensor in found.tensors.values()
    }
    twice = looking.tensors.keys() & tensors.keys()
    if twice:
        raise RefusedError(
            "Its tensor {name} is in another file of the model too.", name=repr(min(twice))
        )
    looking.tensors.update(tensors)
    looking.files.append((found.path, tensors))


def _facts(looking: Looking, architecture: str) -> Facts:
    parameters = sum(tensor.elements for tensor in looking.tensors.values())
    size = sum(tensor.size for tensor in looking.tensors.values())
    return Facts("gguf", architecture, parameters, size, weights_in_memory(parameters))


def parts(looking: Looking) -> None:
    """It is the first part where there are several, and its name tells the others."""
    number, count = (looking.config.get(f"split.{name}", 0) for name in ("no", "count"))
    if isinstance(number, int) and number > 0:
        raise RefusedError(
            "It is a later part of a model in several files.",
            Saying("Choose the first part, whose name ends in {ending}.", ending=FIRST),
        )
    if isinstance(count, int) and count > 1 and count != len(looking.files):
        raise RefusedError(
            "It is one of {count} parts of a model, and its name does not tell the others.",
            Saying(
                "Give them the names they had, of which the first ends in {ending}.", ending=FIRST
            ),
            count=count,
        )


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
    if isinstance(blocks, int) and found and blocks > found:
        raise RefusedError(
            "It speaks of {layers} layers, and {found} are in it.",
            ADVICE,
            layers=blocks,
            found=found,
        )


def _blocks(looking: Looking) -> int:
    numbers = [int(match[1]) for match in map(_BLOCK.match, looking.tensors) if match]
    return max(numbers, default=-1) + 1


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
