"""Fetches one file over HTTP: goes on where it stopped, waits when told to, and checks what came.

Knows addresses, sizes and hashes, no models. The file being fetched is NAME.part; only one that
has the right size and hash gets its name.
"""

import contextlib
import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx2

from desktop_llm.core.errors import Cancelled, HomeError
from desktop_llm.core.hub import HubFile
from desktop_llm.core.on_disk import is_file
from desktop_llm.library.hub import HubError, refused, refused_by, unreachable, unread

PART = ".part"
TRIES = 8
"""Failures in a row, with not one byte between them, after which a file is given up."""
FIRST_WAIT_S, LONGEST_WAIT_S, LONGEST_PAUSE_S = 0.25, 8.0, 600.0
"""Waits between such tries double from the first to the longest; a pause is what the hub asks for."""
BLOCK = 1 << 20
SMALL = 20_000_000
"""Bytes up to which git's own hash is checked; the hub keeps anything larger by its SHA-256."""

Tell = Callable[[int], None]
"""Called with the bytes of the file that are there."""


class Fetcher:
    """Fetches files over one connection. `cancel` is polled between all parts and in every wait."""

    def __init__(self, client: httpx2.Client, repo: str, cancel: threading.Event) -> None:
        self._client, self._repo, self._cancel = client, repo, cancel

    def fetch(self, address: str, file: HubFile, target: Path, tell: Tell) -> str:
        """Fetch `address` to `target`, or the rest of it; returns its SHA-256.

        What arrives with a wrong hash is fetched anew, once. Raises Cancelled (the part stays),
        HubError, HomeError where the disk refuses.
        """
        part = target.with_name(target.name + PART)
        for _ in range(2):
            digest = self._complete(address, file, part, tell)
            if digest.matches(file):
                _publish(part, target)
                return digest.sha256
            with disk_refusals(part):
                part.unlink()
        raise HubError(
            "{file} did not arrive as it left.",
            "Its hash differs from the one that the hub gives, twice in a row.",
            "Something changes it on the way: try another network, proxy or hub address.",
            file=file.name,
        )

    def _complete(self, address: str, file: HubFile, part: Path, tell: Tell) -> "_Digest":
        """Fetch until the size is right. Returns the digest of what is there."""
        with disk_refusals(part):
            digest = self._digest_of(part, file.size, tell)
        failures = 0
        while digest.size < file.size:
            before = digest.size
            try:
                self._go_on(address, file, part, digest, tell)
            except httpx2.TransportError as error:
                failures = 0 if digest.size > before else failures + 1
                if failures >= TRIES:
                    raise unreachable(error) from error
                self._wait(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**failures) if failures else 0)
            except httpx2.RequestError as error:  # sent round in a circle: no other try helps
                raise unread(error) from error
            except _Pause as pause:
                failures += 1
                if failures >= TRIES:
                    raise refused_by(self._repo, pause.status) from pause
                self._wait(pause.seconds)
        if file.size == 0:
            with disk_refusals(part):
                part.touch()
        return digest

    def _go_on(
        self, address: str, file: HubFile, part: Path, digest: "_Digest", tell: Tell
    ) -> None:
        """One request for what is missing. Raises TransportError where it is cut off, _Pause."""
        headers = {"accept-encoding": "identity"}
        if digest.size:
            headers["range"] = f"bytes={digest.size}-"
        with self._client.stream("GET", address, headers=headers) as answer:
            if answer.status_code == 416:  # the hub's own is shorter: the next try begins anew
                with disk_refusals(part):
                    part.unlink(missing_ok=True)
            _check_status(self._repo, answer)
            if digest.size and not _continues(answer, digest.size):
                digest.begin()
            self._write(answer, part, digest, tell)
        if digest.size < file.size:
            raise httpx2.ReadError(f"{file.name} was cut off")

    def _write(self, answer: httpx2.Response, part: Path, digest: "_Digest", tell: Tell) -> None:
        # Unbuffered: what has arrived is the system's at once, and survives this process.
        with disk_refusals(part), part.open("ab" if digest.size else "wb", buffering=0) as out:
            for piece in answer.iter_raw():
                if self._cancel.is_set():
                    raise Cancelled
                rest = memoryview(piece)[: digest.total - digest.size]
                while rest:
                    written = out.write(rest) or 0
                    digest.add(rest[:written])
                    rest = rest[written:]
                tell(digest.size)

    def _digest_of(self, part: Path, size: int, tell: Tell) -> "_Digest":
        """Read what is already there; it is hashed like what comes after it. Raises OSError."""
        digest = _Digest(size)
        if not is_file(part) or part.stat().st_size > size:
            part.unlink(missing_ok=True)
            return digest
        with part.open("rb") as file:
            while block := file.read(BLOCK):
                if self._cancel.is_set():
                    raise Cancelled
                digest.add(block)
                tell(digest.size)
        return digest

    def _wait(self, seconds: float) -> None:
        if self._cancel.wait(seconds):
            raise Cancelled


class _Pause(Exception):  # noqa: N818 - inside this module: the hub asks for it
    """The hub is busy or wants fewer requests: try again in `seconds`."""

    def __init__(self, status: int, seconds: float) -> None:
        super().__init__(status)
        self.status, self.seconds = status, seconds


class _Digest:
    """Size and SHA-256 of a file so far; and git's SHA-1, for files that are not stored as large."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.begin()

    def begin(self) -> None:
        """Forget what came: the file begins anew."""
        self.size = 0
        self._sha256 = hashlib.sha256()
        self._git = hashlib.sha1(b"blob %d\0" % self.total, usedforsecurity=False)

    def add(self, piece: bytes | memoryview) -> None:
        """Take the next bytes."""
        self.size += len(piece)
        self._sha256.update(piece)
        if self.total <= SMALL:
            self._git.update(piece)

    def matches(self, file: HubFile) -> bool:
        """Whether this is the file that the hub described."""
        if file.sha256:
            return self.size == file.size and self.sha256 == file.sha256
        if file.blob and self.total <= SMALL:
            return self._git.hexdigest() == file.blob
        return self.size == file.size

    @property
    def sha256(self) -> str:
        """In hexadecimal digits."""
        return self._sha256.hexdigest()


def _check_status(repo: str, answer: httpx2.Response) -> None:
    status = answer.status_code
    if status in (408, 429, 500, 502, 503, 504):
        raise _Pause(status, _retry_after(answer))
    if status >= 400:
        raise refused(repo, answer)


def _retry_after(answer: httpx2.Response) -> float:
    """The pause that the answer asks for, in seconds or as a date; two seconds where it is silent."""
    said = answer.headers.get("retry-after", "").strip()
    seconds = 2.0
    if said.isdigit():
        seconds = float(said)
    elif said:
        try:
            seconds = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            seconds = 2.0
    return min(LONGEST_PAUSE_S, max(0.1, seconds))


def _continues(answer: httpx2.Response, offset: int) -> bool:
    """Whether the answer is the rest from `offset` on, and not the whole file from its start."""
    begins = re.match(r"bytes (\d+)-", answer.headers.get("content-range", ""))
    return answer.status_code == 206 and begins is not None and int(begins[1]) == offset


def _publish(part: Path, target: Path) -> None:
    with disk_refusals(target):
        with part.open("r+b") as file:  # Windows syncs no file that is open for reading alone
            os.fsync(file.fileno())
        part.replace(target)


@contextlib.contextmanager
def disk_refusals(path: Path) -> Iterator[None]:
    """Turn what the disk raises about a file into a HomeError that says what to do."""
    try:
        yield
    except httpx2.HTTPError:
        raise
    except OSError as error:
        raise disk_refuses(path, error) from error


def disk_refuses(path: Path, error: OSError) -> HomeError:
    """The disk is full, or the folder cannot be written."""
    return HomeError(
        "{file} cannot be written to {folder}.",
        "The system says: {said}.",
        "Free some space, or check the folder's permissions. What has arrived is kept.",
        file=path.name,
        folder=path.parent,
        said=error.strerror or error,
    )
