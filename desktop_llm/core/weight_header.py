"""The header of a safetensors file, read and doubted: knows no folder, no model and no torch.

The format: 8 bytes little-endian length, that many bytes of JSON, then the data
(https://github.com/huggingface/safetensors#format). The header alone decides where a library would
read, so every offset is checked against the file, and no two tensors may share a byte.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_llm.core.file_errors import cut_short, damaged, unreadable
from desktop_llm.core.sayings import Saying

HEADER_LIMIT = 8_000_000
"""Bytes of a header at most, 60,000 tensors: a larger one would hold up every other thread."""
NAME = re.compile(r"[^\x00-\x1f\x7f/\\]{1,512}")
"""A tensor's name. Libraries make file names and paths of attributes out of it."""
BITS = {
    "F64": 64, "I64": 64, "U64": 64, "C64": 64, "F32": 32, "I32": 32, "U32": 32, "F16": 16,
    "BF16": 16, "I16": 16, "U16": 16, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "I8": 8, "U8": 8,
    "BOOL": 8, "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4,
}  # fmt: skip
_PICKLE = re.compile(rb"\x80[\x02-\x05]|PK\x03\x04|\x89HDF|\x93NUMPY")
_UNREADABLE = Saying("its header cannot be read")


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor of a safetensors file: its dtype as written there ("BF16"), and where it lies.

    `size` is in bytes, `start` is counted from the beginning of the file.
    """

    dtype: str
    shape: tuple[int, ...]
    size: int
    start: int = 0

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


def read_header(path: Path) -> dict[str, TensorInfo]:
    """The tensors of a safetensors file by name. Raises ModelError where it is cut short or damaged."""
    return parse_header(path, header_bytes(path))


def header_bytes(path: Path) -> bytes:
    """The JSON of a header, unread. Raises ModelError where it cannot be one."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            begin = file.read(8)
            if _PICKLE.match(begin):
                why = Saying("it is no safetensors file but another kind under that name")
                raise damaged(path, why)
            length = int.from_bytes(begin, "little")
            if size < 8 or length > size - 8:
                raise cut_short(path, size, length + 8)
            if length > HEADER_LIMIT:
                raise damaged(path, Saying("its header claims to be larger than any real one"))
            return file.read(length)
    except OSError as error:
        raise unreadable(path, error) from error


def parse_header(path: Path, header: bytes) -> dict[str, TensorInfo]:
    """The tensors that a header of this file names. Raises ModelError, saying what is wrong."""
    begin = 8 + len(header)
    try:
        entries = json.loads(header, object_pairs_hook=_without_duplicates)
        metadata = entries.pop("__metadata__", {})
        tensors = {name: _tensor(name, entry, begin) for name, entry in entries.items()}
    except _WrongError as error:
        raise damaged(path, error.why) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, MemoryError) as error:
        raise damaged(path, _UNREADABLE) from error
    if not isinstance(metadata, dict):
        raise damaged(path, _UNREADABLE)
    size = path.stat().st_size
    end = max((tensor.start + tensor.size for tensor in tensors.values()), default=begin)
    if end > size:
        raise cut_short(path, size, end)
    twice = _overlapping(tensors.items())
    if twice:
        first, second = map(repr, twice)
        why = Saying(
            "its tensors {first} and {second} share the same bytes", first=first, second=second
        )
        raise damaged(path, why)
    return tensors


class _WrongError(Exception):
    """What a header says that cannot be so."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence)
        self.why = Saying(sentence, **values)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _WrongError("its header names the same thing twice")
    return found


def _tensor(name: str, entry: dict[str, Any], begin: int) -> TensorInfo:
    told = name[:60]
    if not NAME.fullmatch(name) or ".." in name:
        raise _WrongError("its tensor {name} has a name that no tensor has", name=repr(told))
    start, end = (_whole(value, told) for value in entry["data_offsets"])
    shape = tuple(_whole(extent, told) for extent in entry["shape"])
    bits = BITS.get(entry["dtype"])
    if bits is None:
        raise _WrongError(
            "its tensor {name} has the unknown type {kind}",
            name=repr(told),
            kind=repr(str(entry["dtype"])[:20]),
        )
    if len(shape) > 8 or start > end or math.prod(shape) * bits != 8 * (end - start):
        raise _WrongError(
            "the size of its tensor {name} is not what its shape needs", name=repr(told)
        )
    return TensorInfo(entry["dtype"], shape, end - start, begin + start)


def _whole(value: object, name: str) -> int:
    if type(value) is not int or not 0 <= value < 2**62:
        raise _WrongError("its tensor {name} has an impossible shape or place", name=repr(name))
    return value


def _overlapping(tensors: Iterable[tuple[str, TensorInfo]]) -> tuple[str, str] | None:
    """Two tensors that share bytes, in the order of their places."""
    last, taken = "", 0
    for name, tensor in sorted(tensors, key=lambda pair: (pair[1].start, pair[1].size)):
        if tensor.size and tensor.start < taken:
            return last, name
        if tensor.size:
            last, taken = name, tensor.start + tensor.size
    return None
