"""What the headers of safetensors and GGUF files may say, and what is refused in them."""

import json
from pathlib import Path

import pytest
from gguf_files import GOOD_TENSORS, floats, gguf, good, number, string, strings, write

from desktop_llm.core.errors import ModelError
from desktop_llm.core.gguf import is_gguf, read_gguf
from desktop_llm.core.weight_header import read_header

ONE = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}


def safetensors(path: Path, entries: object, data: int = 32, length: int | None = None) -> Path:
    header = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    size = len(header) if length is None else length
    path.write_bytes(size.to_bytes(8, "little") + header + bytes(data))
    return path


def test_a_header_tells_types_shapes_and_places(tmp_path: Path) -> None:
    two = {"dtype": "BF16", "shape": [8], "data_offsets": [16, 32]}
    path = safetensors(tmp_path / "m", {"a.weight": ONE, "b": two, "__metadata__": {"x": "y"}})
    found = read_header(path)
    begin = path.stat().st_size - 32
    assert (found["a.weight"].shape, found["a.weight"].start) == ((2, 2), begin)
    assert (found["b"].dtype, found["b"].elements, found["b"].start) == ("BF16", 8, begin + 16)


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ({"a": ONE, "b": ONE}, "share"),
        (b'{"a": %s, "a": %s}' % ((json.dumps(ONE).encode(),) * 2), "twice"),
        ({"a": ONE | {"dtype": "F99"}}, "unknown type"),
        ({"a": ONE | {"shape": [3, 2]}}, "shape"),
        ({"a": ONE | {"shape": [2**40, 2**40]}}, "shape"),
        ({"a": ONE | {"shape": [-2, -2]}}, "impossible"),
        ({"a": ONE | {"shape": [True, 4]}}, "impossible"),
        ({"a": ONE | {"data_offsets": [16, 0]}}, "shape"),
        ({"a": ONE | {"data_offsets": [0, 16, 32]}}, "cannot be read"),
        ({"a": ONE | {"data_offsets": [32, 48]}}, "cut short"),
        ({"../a": ONE}, "name"),
        ({"a\x00b": ONE}, "name"),
        ({"": ONE}, "name"),
        ([ONE], "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b"{", "cannot be read"),
        ({"a": ONE, "__metadata__": 7}, "cannot be read"),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, entries: object, says: str) -> None:
    path = safetensors(tmp_path / "model.safetensors", entries)
    with pytest.raises(ModelError, match=says) as caught:
        read_header(path)
    assert str(path) in str(caught.value)


def test_lengths_and_other_kinds_are_refused_before_anything_is_parsed(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cut short"):
        read_header(safetensors(tmp_path / "a", {"a": ONE}, length=2**63))
    with pytest.raises(ModelError, match="another kind"):
        read_header(write(tmp_path / "b", b"\x80\x04\x95" + bytes(100)))
    with pytest.raises(ModelError, match="cut short"):
        read_header(write(tmp_path / "c", b"1234"))


def test_a_gguf_header_tells_keys_lists_and_tensors(tmp_path: Path) -> None:
    keys = good() | {"tokenizer.ggml.scores": floats([0.5, -1.0])}
    path = write(tmp_path / "blob-without-ending", gguf(keys, GOOD_TENSORS))
    assert is_gguf(path)
    found = read_gguf(path)
    assert found.architecture == "llama"
    assert found.metadata["tokenizer.ggml.tokens"] == ("a", "b", "c", "ab")
    assert list(found.metadata["tokenizer.ggml.scores"]) == [0.5, -1.0]
    tensor = found.tensors["blk.0.attn_q.weight"]
    assert (tensor.kind, tensor.shape, tensor.size) == ("Q8_0", (32, 32), 34 * 32)
    assert tensor.start + tensor.size == path.stat().st_size
    assert read_gguf(path, arrays=False).metadata["tokenizer.ggml.tokens"] == 4


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (gguf(good(), GOOD_TENSORS, counts=(2**60, 11)), "tensors"),
        (gguf(good(), GOOD_TENSORS, counts=(3, 2**60)), "keys"),
        (gguf(good(), GOOD_TENSORS, version=1), "version 1"),
        (gguf(good() | {"x": strings(["a"], 2**60)}, {}), "list of"),
        (gguf(good() | {"x": strings(["a"], 9_999)}, {}), "list of"),
        (gguf(good() | {"x": (99, b"")}, {}), "unknown type"),
        (gguf(good() | {"x": (8, b"\xff" * 8)}, {}), "claims"),
        (gguf(good() | {"general.alignment": number(3)}, {}), "alignment"),
        (gguf(good() | {"general.alignment": string("32")}, {}), "alignment"),
        (gguf(good(), {"t": (0, (2**40, 2**20), 32)}), "cut short"),
        (gguf(good(), {"t": (2, (33,), 36)}), "impossible shape"),
        (gguf(good(), {"t": (77, (32,), 36)}), "unknown type"),
        (gguf(good(), {"t": (0, (1, 1, 1, 1, 1), 36)}), "dimensions"),
        (gguf(good(), GOOD_TENSORS, offsets={"output_norm.weight": 0}), "another one"),
        (gguf(good(), GOOD_TENSORS, offsets={"output_norm.weight": 2**62}), "cut short"),
        (gguf(good(), GOOD_TENSORS)[:-200], "cut short"),
        (gguf(good(), GOOD_TENSORS)[:90], "cut short|claims"),
        (b"GGUF", "cut short"),
        (b"\x80\x04K\x01.", "no GGUF"),
    ],
)
def test_a_gguf_header_that_lies_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = write(tmp_path / "model.gguf", content)
    for arrays in (True, False):
        with pytest.raises(ModelError, match=says) as caught:
            read_gguf(path, arrays=arrays)
        assert str(path) in str(caught.value)
