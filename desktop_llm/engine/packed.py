"""Rounded weights kept on disk, so that a model is rounded once: written while rounding, mapped back.

A file is its tensors one behind the other, then an index in JSON, then its digest, where it begins,
and a mark. It appears under its name only when complete and on the disk. Knows tensors and names, no
model.
"""

import contextlib
import errno
import hashlib
import json
import logging
import math
import mmap
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import psutil
import torch

from desktop_llm import __version__
from desktop_llm.core.model_files import ModelFiles

FOLDER = "packed"
ENDING = ".packed"
PART = ".part"
"""What a file in the making ends with, behind the number of the process that makes it."""
DAY = 86_400
MARK = b"DLPACK02"
ALIGNED = 64
"""Bytes that a tensor's place is a multiple of: kernels read whole cache lines."""
LIMIT = 30_000_000_000
"""Bytes that all files together take at most; those not used for longest go first."""
SPARE = 2_000_000_000
"""Bytes that stay free on the disk."""
SAMPLE, SAMPLES = 4096, 256
"""Bytes that are read of a large file at so many places, to tell it from another of the same shape."""

Tensors = Mapping[str, torch.Tensor]
_Index = Mapping[str, tuple[str, list[int], int]]
"""Each tensor's type, shape and place."""
log = logging.getLogger(__name__)


class _DamagedError(Exception):
    """A packed file that is not what was written."""


def key_of(files: ModelFiles, precision: str, layout: str) -> str:
    """A name for a model's weights in a precision on this processor.

    Whole files are not read, which would take as long as rounding: a model is told by its headers,
    the sizes and times of its files, and the beginning of every weight.
    """
    digest = hashlib.sha256(f"{MARK!r} {__version__} {torch.__version__} {precision}".encode())
    digest.update(f"{torch.backends.cpu.get_cpu_capability()} {layout} {files.hash}".encode())
    for path in files.weights:
        stat = path.stat()
        digest.update(os.fsencode(f"{path.name} {stat.st_size} {stat.st_mtime_ns}"))
        with path.open("rb") as file:
            for sample in _samples(file, stat.st_size):
                digest.update(sample)
    return digest.hexdigest()[:40]


def _samples(file: BinaryIO, end: int) -> Iterator[bytes]:
    """Bytes from all over a file, up to `end`: all of them where it is small."""
    for start in range(0, end, max(SAMPLE, end // SAMPLES)):
        file.seek(start)
        yield file.read(min(SAMPLE, end - start))


class Mapped(dict[str, torch.Tensor]):
    """Tensors that share the memory of a mapped file, which nothing writes."""

    def __init__(self, file: mmap.mmap | None = None) -> None:
        super().__init__()
        self._file = file
        self._begin = 0 if file is None else torch.frombuffer(file, dtype=torch.uint8).data_ptr()

    def give_back(self, tensor: torch.Tensor) -> None:
        """Let the system take the pages of one of the tensors: they count as this process's memory
        once read. They are read again when used. Windows takes them only when it needs them."""
        if self._file is None or not hasattr(self._file, "madvise"):
            return
        start, page = tensor.data_ptr() - self._begin, mmap.PAGESIZE
        first, end = -(-start // page) * page, (start + tensor.nbytes) // page * page
        if first < end:
            self._file.madvise(mmap.MADV_DONTNEED, first, end - first)


class Store:
    """The packed files in the app's cache folder. None of its failures stops a load."""

    def __init__(self, cache: Path) -> None:
        self._folder = cache / FOLDER

    def find(self, key: str) -> Tensors | None:
        """The tensors kept under that key, mapped from the file; None where there are none.

        A damaged file is set aside, so that it is made anew.
        """
        path = self._path(key)
        try:
            found = _read(path)
            os.utime(path)
        except FileNotFoundError:
            return None
        except (_DamagedError, OSError) as error:
            log.warning("The packed weights in %s are set aside: %s", path, error)
            with contextlib.suppress(OSError):
                path.replace(path.with_suffix(".damaged"))
            return None
        return found

    def keep(self, key: str, tensors: Iterable[tuple[str, torch.Tensor]], size: int) -> Tensors:
        """Write the tensors as they come, and return them mapped; `size` is about their bytes.

        Where the disk does not take them, they are returned in memory.
        """
        with self.writing(key, size) as file:
            for name, tensor in tensors:
                file.add(name, tensor)
            return file.finish()

    def writing(self, key: str, size: int) -> "Writing":
        """The same for tensors that come one by one."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._make_room(size)
        except OSError as error:
            log.warning("The packed weights are not kept: %s", error)
            return Writing(None)
        return Writing(self._path(key))

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{ENDING}"

    def _make_room(self, size: int) -> None:
        """Remove what is left over and what was not used for longest. Raises OSError."""
        for path in self._folder.iterdir():
            if path.suffix != ENDING and not _is_being_written(path):
                path.unlink(missing_ok=True)
        stats = [(stat, path) for path in self._folder.iterdir() if (stat := _stat(path))]
        taken = sum(stat.st_size for stat, _ in stats)
        by_age = sorted(
            (stat.st_mtime, stat.st_size, path) for stat, path in stats if path.suffix == ENDING
        )
        while by_age and (taken + size > LIMIT or self._free() < size + SPARE):
            _, freed, oldest = by_age.pop(0)
            taken -= freed
            oldest.unlink(missing_ok=True)
        if self._free() < size + SPARE:
            raise OSError("the disk is nearly full")

    def _free(self) -> int:
        return shutil.disk_usage(self._folder).free


def _stat(path: Path) -> os.stat_result | None:
    """None where another process has removed the file meanwhile."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _is_being_written(path: Path) -> bool:
    """Whether a process that still runs is making the file; its number stands in the name.

    Another process may have been given the number meanwhile: nobody writes for a whole day.
    """
    number = path.stem.rpartition(".")[2]
    if path.suffix != PART or not number.isdecimal():
        return False
    stat = _stat(path)
    return stat is not None and time.time() - stat.st_mtime < DAY and psutil.pid_exists(int(number))


class Writing:
    """A packed file that is being written. What the disk does not take stays in memory."""

    def __init__(self, path: Path | None) -> None:
        """Without a path, everything stays in memory."""
        self._path = path
        self._held: dict[str, torch.Tensor] = {}
        self._index: dict[str, tuple[str, list[int], int]] = {}
        self._file: BinaryIO | None = None

    def __enter__(self) -> "Writing":
        if self._path is not None:
            try:
                self._file = self._part.open("w+b")  # read too, where it is taken back
            except OSError as error:
                log.warning("The packed weights are not kept: %s", error)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._close()
        # Who was handed the tensors holds them; what wrote them may live on until garbage is collected.
        self._held = {}

    @property
    def _part(self) -> Path:
        assert self._path is not None
        return self._path.with_suffix(f".{os.getpid()}{PART}")

    def add(self, name: str, tensor: torch.Tensor) -> None:
        """Take another tensor."""
        if self._file is not None:
            try:
                self._put(self._file, name, tensor)
            except OSError as error:
                self._take_back(error)
            else:
                return
        self._held[name] = tensor

    def finish(self) -> Tensors:
        """All tensors, mapped from the file, which is complete now."""
        if self._file is not None and self._path is not None:
            try:
                _end(self._file, self._index)
                self._file.flush()
                _sync(self._file)
                if os.name == "nt":  # where no open file is renamed
                    self._file.close()
                self._part.replace(self._path)
                found = _read(self._path)
                self._file.close()
                self._file = None
                return found
            except (_DamagedError, OSError) as error:
                self._take_back(error)
        return self._held

    def _put(self, file: BinaryIO, name: str, tensor: torch.Tensor) -> None:
        start = -(-file.tell() // ALIGNED) * ALIGNED
        file.seek(start)
        dump(file, tensor)
        file.flush()  # so that what stands in the index can be read back
        self._index[name] = (
            str(tensor.dtype).removeprefix("torch."), list(tensor.shape), start,
        )  # fmt: skip

    def _take_back(self, error: Exception) -> None:
        """The disk failed: what was written goes back into memory."""
        log.warning("The packed weights are not kept: %s", error)
        assert self._file is not None
        assert self._path is not None
        # Out of the open file: another process may have removed its name.
        if self._file.closed:
            left = self._part if self._part.exists() else self._path
            self._file = left.open("rb")
        written = _mapped(self._file, self._index)
        self._held.update((name, tensor.clone()) for name, tensor in written.items())
        del written  # Windows removes no file that is mapped
        self._close()

    def _close(self) -> None:
        assert self._file is not None
        with contextlib.suppress(OSError):
            self._file.close()
        self._file = None
        with contextlib.suppress(OSError):  # what is left goes when room is made for the next
            self._part.unlink(missing_ok=True)


def _sync(file: BinaryIO) -> None:
    """Else a power cut may leave the name and the size of a file that was never written.

    Where a file system knows no such thing, the samples tell it at the next load.
    """
    try:
        os.fsync(file.fileno())
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
            raise


def _end(file: BinaryIO, index: _Index) -> None:
    begin = file.tell()
    text = json.dumps({"tensors": index, "sample": _sampled(file, begin)}).encode()
    file.seek(begin)
    file.write(text + hashlib.sha256(text).digest() + begin.to_bytes(8, "little") + MARK)


def _sampled(file: BinaryIO, end: int) -> str:
    """What tells tensors from those of which a stretch got lost. All are not read: that takes as long
    as the model takes to load."""
    digest = hashlib.sha256()
    for sample in _samples(file, end):
        digest.update(sample)
    return digest.hexdigest()


def dump(file: BinaryIO, tensor: torch.Tensor) -> None:
    """Write a tensor's bytes. Raises OSError."""
    file.write(tensor.contiguous().view(-1).view(torch.uint8).numpy().data)


def _read(path: Path) -> Mapped:
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 16))
        begin, mark = int.from_bytes(file.read(8), "little"), file.read(8)
        if mark != MARK or begin > size - 48:
            raise _DamagedError("it does not end as it should")
        file.seek(begin)
        text, digest = file.read(size - 48 - begin), file.read(32)
        if hashlib.sha256(text).digest() != digest:
            raise _DamagedError("its index is not what was written")
        told = json.loads(text)
        if _sampled(file, begin) != told["sample"]:
            raise _DamagedError("its tensors are not what was written")
        return _mapped(file, told["tensors"])


def _mapped(file: BinaryIO, index: _Index) -> Mapped:
    """The tensors of an index, sharing the memory of the file, mapped."""
    if not index:
        return Mapped()
    # A copy on write: torch takes no memory that cannot be written, and nothing writes.
    mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    whole = torch.frombuffer(mapped, dtype=torch.uint8)
    found = Mapped(mapped)
    for name, (kind, shape, start) in index.items():
        dtype = getattr(torch, kind)
        end = start + math.prod(shape) * dtype.itemsize
        found[name] = whole[start:end].view(dtype).view(shape)
    return found
