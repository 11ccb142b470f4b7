"""Writes small GGUF files, right ones and ones whose numbers lie, and one model in several."""

import struct
from pathlib import Path

import numpy as np
from gguf import GGUFWriter

U8, U32, F32, BOOL, STRING, ARRAY = 0, 4, 6, 7, 8, 9
Value = tuple[int, bytes]


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def number(value: int) -> Value:
    return U32, struct.pack("<I", value)


def string(value: str) -> Value:
    return STRING, text(value)


def strings(values: list[str], claimed: int | None = None) -> Value:
    count = len(values) if claimed is None else claimed
    return ARRAY, struct.pack("<IQ", STRING, count) + b"".join(map(text, values))


def floats(values: list[float]) -> Value:
    return ARRAY, struct.pack(f"<IQ{len(values)}f", F32, len(values), *values)


def gguf(
    metadata: dict[str, Value],
    tensors: dict[str, tuple[int, tuple[int, ...], int]],
    *,
    version: int = 3,
    counts: tuple[int, int] | None = None,
    offsets: dict[str, int] | None = None,
) -> bytes:
    """A file of these keys and tensors (type number, ggml's shape, bytes); `counts` may lie."""
    named = counts or (len(tensors), len(metadata))
    out = b"GGUF" + struct.pack("<IQQ", version, *named)
    for key, (kind, raw) in metadata.items():
        out += text(key) + struct.pack("<I", kind) + raw
    offset = 0
    for name, (kind, shape, size) in tensors.items():
        told = (offsets or {}).get(name, offset)
        out += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, told)
        offset += -(-size // 32) * 32
    return out + bytes(-len(out) % 32) + bytes(offset)


def good(template: str = "{{ messages[0].content }}") -> dict[str, Value]:
    """The keys of a tiny Llama."""
    return {
        "general.architecture": string("llama"),
        "general.name": string("Tiny"),
        "llama.block_count": number(1),
        "llama.embedding_length": number(32),
        "llama.attention.head_count": number(4),
        "llama.context_length": number(256),
        "llama.feed_forward_length": number(64),
        "tokenizer.ggml.model": string("gpt2"),
        "tokenizer.ggml.tokens": strings(["a", "b", "c", "ab"]),
        "tokenizer.ggml.merges": strings(["a b"]),
        "tokenizer.chat_template": string(template),
    }


GOOD_TENSORS = {
    "token_embd.weight": (0, (32, 4), 512),
    "output_norm.weight": (0, (32,), 128),
    "blk.0.attn_q.weight": (8, (32, 32), 34 * 32),
}


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


PARTS_PARAMETERS = 4 * 32 + 32 + 2 * 100 * 100


def write_parts(folder: Path, *, first_empty: bool = False) -> list[Path]:
    """A tiny Llama as gguf-py cuts it: in two files, or in three of which the first has no tensor."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = GGUFWriter(
        folder / "Tiny.gguf", "llama", split_max_tensors=2, small_first_shard=first_empty
    )
    writer.add_block_count(1)
    writer.add_embedding_length(32)
    writer.add_head_count(4)
    writer.add_context_length(256)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["a", "b", "c", "ab"])
    chance = np.random.default_rng(3)
    shapes = {"token_embd.weight": (4, 32), "output_norm.weight": (32,),
              "blk.0.ffn_up.weight": (100, 100), "blk.0.ffn_down.weight": (100, 100)}  # fmt: skip
    for name, shape in shapes.items():
        writer.add_tensor(name, chance.random(shape, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return sorted(folder.glob("Tiny-*.gguf"))
