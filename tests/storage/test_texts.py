"""Files that somebody wants to ask about: what is a text, what may be a model, and what is neither."""

from pathlib import Path

import pytest

from desktop_llm.core.errors import StoreError
from desktop_llm.storage.texts import LARGEST, read_text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"one\r\ntwo\n", "one\ntwo\n"),
        ("\ufeff灯塔".encode(), "灯塔"),
        ("灯塔".encode("utf-16"), "灯塔"),
        (b"", ""),
    ],
)
def test_a_text_is_read_whatever_its_name(tmp_path: Path, data: bytes, text: str) -> None:
    for name in ("notes.txt", "main.py", "README"):
        (tmp_path / name).write_bytes(data)
        assert read_text(tmp_path / name) == text


def test_what_may_be_a_model_is_not_read(tmp_path: Path) -> None:
    for name, data in (("a.gguf", b"?"), ("b.safetensors", b"?"), ("sha256-0123", b"GGUF\x03")):
        (tmp_path / name).write_bytes(data)
        assert read_text(tmp_path / name) is None
    assert read_text(tmp_path) is None
    assert read_text(tmp_path / "not there") is None


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("paper.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "neither a text nor a model"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\x00\x00", "neither a text nor a model"),
        ("zeros", b"a\x00b", "neither a text nor a model"),
        ("pytorch_model.bin", b"PK\x03\x04", "is not opened"),
        ("long.log", b"a" * (LARGEST + 1), "too long to be asked about"),
    ],
)
def test_what_is_neither_is_told_with_what_to_do(
    tmp_path: Path, name: str, data: bytes, what: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(StoreError, match=what) as told:
        read_text(tmp_path / name)
    assert name in told.value.what
    assert told.value.why
    assert told.value.todo
