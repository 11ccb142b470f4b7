"""The header of a GGUF file, walked within bounds: knows no weights, no model and no torch.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Counts and lengths in it are
64 bits wide and a stranger's; readers were made to hang and to read past their memory by them. So
every length is held against what is left of the file before anything is read.
"""

import array
import math
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

from desktop_llm.core.errors import ModelError
from desktop_llm.core.file_errors import cut_short, damaged, unreadable
from desktop_llm.core.sayings import Saying

MAGIC = b"GGUF"
VERSIONS = (2, 3)
ALIGNMENT = "general.alignment"
ARCHITECTURE = "general.architecture"

MOST_KEYS = 100_000
MOST_TENSORS = 100_000
LONGEST_KEY = 65_535
LONGEST_STRING = 16_000_000
MOST_ELEMENTS = 10_000_000
"""Elements of all arrays together; the largest vocabularies have 260,000 tokens."""
DEEPEST = 2
MOST_DIMENSIONS = 4

QUANTA = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22), 7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292), 16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50), 20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1),
    25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
}  # fmt: skip
"""ggml's types by number: name, numbers in a block, bytes of a block."""
_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "B",
    10: "Q",
    11: "q",
    12: "d",
}
_BOOL, _STRING, _ARRAY = 7, 8, 9
_A_KEY, _A_TEXT, _A_NAME = Saying("a key"), Saying("a text"), Saying("a tensor's name")


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """One tensor: ggml's name of its type ("Q4_K"), its shape as torch writes it, and its place.

    `start` and `size` are bytes, counted from the beginning of the file.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    start: int
    size: int

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a GGUF file says of itself. Arrays of `metadata` are `array.array`, strings are tuples."""

    path: Path
    metadata: dict[str, Any]
    tensors: dict[str, GgufTensor]

    @property
    def architecture(self) -> str:
        """llama.cpp's name of the architecture ("llama", "qwen2"); may be empty."""
        return str(self.metadata.get(ARCHITECTURE, ""))


def is_gguf(path: Path) -> bool:
    """Whether a file begins as GGUF does, whatever its name: Ollama's have none."""
    try:
        with path.open("rb") as file:
            return file.read(4) == MAGIC
    except OSError:
        return False


def gguf_architecture(path: Path) -> str:
    """The architecture alone, from the first keys: quick however long the vocabulary is.

    Empty where it does not stand among them. Raises ModelError where the file does not begin as GGUF.
    """
    try:
        with path.open("rb") as file:
            return _Walk(path, file, path.stat().st_size, arrays=False).architecture()
    except OSError as error:
        raise unreadable(path, error) from error


def read_gguf(path: Path, *, arrays: bool = True) -> GgufHeader:
    """The whole header; without `arrays`, an array is only counted (its value is that number).

    Raises ModelError, naming the file, for whatever the format does not allow or the file lacks.
    """
    try:
        with path.open("rb") as file:
            walk = _Walk(path, file, path.stat().st_size, arrays)
            return walk.header()
    except OSError as error:
        raise unreadable(path, error) from error


class _Walk:
    """Reads on from where it is, never past the end of the file."""

    def __init__(self, path: Path, file: BufferedReader, size: int, arrays: bool) -> None:
        self._path, self._file, self._arrays = path, file, arrays
        self._size, self._left = size, size
        self._elements = 0
        self._order = "<"

    def header(self) -> GgufHeader:
        tensors, keys = self._counts()
        metadata: dict[str, Any] = {}
        for _ in range(keys):
            key = self._text(LONGEST_KEY, _A_KEY)
            if not key or key in metadata:
                raise self._wrong(
                    "the key {key} stands in it twice or is empty", key=repr(key[:60])
                )
            metadata[key] = self._value(self._number("I"), 0)
        infos = [self._info() for _ in range(tensors)]
        return GgufHeader(self._path, metadata, self._placed(infos, metadata.get(ALIGNMENT, 32)))

    def architecture(self) -> str:
        _, keys = self._counts()
        for _ in range(keys):
            key, kind = self._text(LONGEST_KEY, _A_KEY), self._number("I")
            if kind == _ARRAY:
                break
            value = self._value(kind, 0)
            if key == ARCHITECTURE:
                return str(value)
        return ""

    def _counts(self) -> tuple[int, int]:
        if self._read(4) != MAGIC:
            raise self._wrong("it is no GGUF file")
        raw = self._read(4)
        version = struct.unpack("<I", raw)[0]
        if version not in VERSIONS and struct.unpack(">I", raw)[0] in VERSIONS:
            version, self._order = struct.unpack(">I", raw)[0], ">"
        if version not in VERSIONS:
            raise ModelError(
                "{path} is GGUF of version {version}.",
                "The app reads versions 2 and 3.",
                "Look for a newer file of the same model.",
                path=self._path,
                version=version,
            )
        tensors, keys = self._number("Q"), self._number("Q")
        # 24 bytes are the least that a tensor takes in the header, 13 the least of a key.
        if tensors > min(MOST_TENSORS, self._left // 24):
            raise self._wrong("it claims {number} tensors", number=f"{tensors:,}")
        if keys > min(MOST_KEYS, self._left // 13):
            raise self._wrong("it claims {number} keys", number=f"{keys:,}")
        return tensors, keys

    def _value(self, kind: int, depth: int) -> Any:
        if kind == _STRING:
            return self._text(LONGEST_STRING, _A_TEXT)
        if kind == _ARRAY:
            return self._array(depth + 1)
        code = _SCALARS.get(kind)
        if code is None:
            raise self._wrong("a value in it has the unknown type {kind}", kind=kind)
        value = self._number(code)
        return bool(value) if kind == _BOOL else value

    def _array(self, depth: int) -> Any:
        kind, count = self._number("I"), self._number("Q")
        self._elements += count
        code = _SCALARS.get(kind)
        smallest = struct.calcsize("<" + code) if code else 8
        if depth > DEEPEST or self._elements > MOST_ELEMENTS or count * smallest > self._left:
            raise self._wrong("it claims a list of {number} values", number=f"{count:,}")
        if code:
            return self._numbers(code, count, smallest)
        if kind not in (_STRING, _ARRAY):
            raise self._wrong("a list in it has the unknown type {kind}", kind=kind)
        found = self._strings(count) if kind == _STRING else self._lists(count, depth)
        if self._arrays:
            return tuple(found)
        for _ in found:
            pass
        return count

    def _strings(self, count: int) -> Iterator[str]:
        """A vocabulary's 260,000 tokens come through here, so it reads on its own."""
        length_of, read = struct.Struct(self._order + "Q").unpack, self._file.read
        for _ in range(count):
            head = read(8)
            length = length_of(head)[0] if len(head) == 8 else -1
            if not 0 <= length <= min(LONGEST_STRING, self._left - 8):
                raise self._wrong("a list of texts in it does not end")
            self._left -= 8 + length
            yield read(length).decode("utf-8", "replace")

    def _lists(self, count: int, depth: int) -> Iterator[Any]:
        for _ in range(count):
            yield self._array(depth + 1)

    def _numbers(self, code: str, count: int, each: int) -> "array.array[Any] | int":
        if not self._arrays:
            self._pass(count * each)
            return count
        numbers: array.array[Any] = array.array(code)
        numbers.frombytes(self._read(count * each))
        if self._order != ("<" if sys.byteorder == "little" else ">"):
            numbers.byteswap()
        return numbers

    def _info(self) -> tuple[str, int, tuple[int, ...], int]:
        """A tensor's name, type, shape (ggml's order) and offset into the data."""
        name = self._text(LONGEST_KEY, _A_NAME)
        dimensions = self._number("I")
        if not 0 < dimensions <= MOST_DIMENSIONS:
            raise self._wrong(
                "its tensor {name} has {number} dimensions", name=repr(name[:60]), number=dimensions
            )
        shape = tuple(self._number("Q") for _ in range(dimensions))
        return name, self._number("I"), shape, self._number("Q")

    def _placed(
        self, infos: Sequence[tuple[str, int, tuple[int, ...], int]], alignment: object
    ) -> dict[str, GgufTensor]:
        if type(alignment) is not int or alignment not in (1 << power for power in range(3, 17)):
            raise self._wrong("its alignment is {number}", number=str(alignment)[:20])
        at = self._size - self._left
        data = (at + alignment - 1) // alignment * alignment
        tensors: dict[str, GgufTensor] = {}
        taken = data
        for name, kind, shape, offset in sorted(infos, key=lambda info: info[3]):
            tensor = self._tensor(name, kind, shape, data + offset)
            if name in tensors or offset % alignment or tensor.start < taken:
                raise self._wrong(
                    "its tensor {name} lies where another one is", name=repr(name[:60])
                )
            if tensor.start + tensor.size > self._size:
                raise self._short(tensor.start + tensor.size)
            tensors[name], taken = tensor, tensor.start + tensor.size
        return tensors

    def _tensor(self, name: str, kind: int, shape: tuple[int, ...], start: int) -> GgufTensor:
        if kind not in QUANTA:
            raise ModelError(
                "The tensor {name} in {path} is of the unknown type {kind}.",
                "The file may be newer than this version of the app.",
                "Choose the same model in Q4_K_M or Q8_0.",
                name=f"{name[:60]!r}",
                path=self._path,
                kind=kind,
            )
        told, block, size = QUANTA[kind]
        count = math.prod(shape)
        if count == 0 or shape[0] % block:
            raise self._wrong(
                "its tensor {name} has the impossible shape {shape}",
                name=repr(name[:60]),
                shape=shape,
            )
        return GgufTensor(name, told, tuple(reversed(shape)), start, count // block * size)

    # Bytes

    def _number(self, code: str) -> Any:
        return struct.unpack(self._order + code, self._read(struct.calcsize("<" + code)))[0]

    def _text(self, longest: int, what: Saying) -> str:
        raw = self._read(self._length(longest, what))
        return raw.decode("utf-8", "replace")

    def _length(self, longest: int, what: Saying) -> int:
        length: int = self._number("Q")
        if length > min(longest, self._left):
            raise self._wrong("{what} in it claims {size} bytes", what=what, size=f"{length:,}")
        return length

    def _read(self, count: int) -> bytes:
        self._left -= count
        if self._left < 0:
            raise self._short(self._size - self._left)
        got = self._file.read(count)
        if len(got) != count:
            raise self._short(self._size)
        return got

    def _pass(self, count: int) -> None:
        self._left -= count
        self._file.seek(count, 1)

    def _wrong(self, sentence: str, **values: object) -> ModelError:
        return damaged(self._path, Saying(sentence, **values))

    def _short(self, wanted: int) -> ModelError:
        return cut_short(self._path, self._size, wanted)
