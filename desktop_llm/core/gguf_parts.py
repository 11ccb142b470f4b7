"""A GGUF model in several files: which they are, and what their headers say together. Reads no weights.

Whoever cuts one into parts calls them NAME-00001-of-00003.gguf and so on; the first has the keys, and
is what a list shows. It may hold no tensors (llama.cpp's and gguf-py's `no-tensor-first-split`).
"""

import re
from pathlib import Path

from desktop_llm.core.errors import ModelError
from desktop_llm.core.gguf import GgufHeader, read_gguf
from desktop_llm.core.on_disk import is_file

MOST_PARTS = 1000
"""A name that speaks of more is a name as any other: a stranger's must not cost a look at each."""
_FIRST = re.compile(r"(.*-)00001(-of-([0-9]{5})\.gguf)", re.I | re.S)
_LATER = re.compile(r"-(?!00001-of)[0-9]{5}-of-[0-9]{5}\.gguf$", re.I)
_NO_MODEL = re.compile(r"mmproj|imatrix", re.I)


def is_gguf_name(name: str) -> bool:
    """Whether a file is called as GGUF files are, in letters of any case."""
    return name.lower().endswith(".gguf")


def is_single_file(name: str) -> bool:
    """A GGUF file that is a model by itself, or the first part of one."""
    return is_gguf_name(name) and not (_NO_MODEL.search(name) or _LATER.search(name))


def part_names(name: str) -> tuple[str, ...]:
    """The names of a model's files, of which it is the first or the only one."""
    found = _FIRST.fullmatch(name)
    count = int(found[3]) if found else 1
    if found is None or count > MOST_PARTS:
        return (name,)
    return (name, *(f"{found[1]}{number:05}{found[2]}" for number in range(2, count + 1)))


def parts_of(path: Path) -> tuple[Path, ...]:
    """The files of a model, there or not, of which it is the first or the only one."""
    return (path, *map(path.with_name, part_names(path.name)[1:]))


def parts_there(path: Path) -> tuple[Path, ...]:
    """The same without those that are missing; the first is given in any case."""
    return tuple(part for part in parts_of(path) if part == path or is_file(part))


def require_parts(path: Path) -> tuple[Path, ...]:
    """All of them, where none is missing. Raises ModelError, naming one that is missing."""
    parts = parts_of(path)
    for part in parts[1:]:
        if not is_file(part):
            raise ModelError(
                "The model in {path} is incomplete: {part} is missing.",
                todo="Download it again.",
                path=path,
                part=part.name,
            )
    return parts


def read_parts(path: Path, *, arrays: bool = True) -> tuple[GgufHeader, ...]:
    """The header of each file of a model. Raises ModelError as `read_gguf` does, and for a missing one."""
    return tuple(read_gguf(part, arrays=arrays) for part in require_parts(path))


def read_whole(path: Path, *, arrays: bool = True) -> GgufHeader:
    """The keys of the first file and the tensors of all, each with its place in its own.

    Raises ModelError as `read_parts` does.
    """
    headers = read_parts(path, arrays=arrays)
    tensors = {name: one for header in headers for name, one in header.tensors.items()}
    return GgufHeader(path, headers[0].metadata, tensors)
