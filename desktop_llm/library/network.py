"""The one door out of this computer: shut unless the person allows it, and every passage written down.

Everything that the app fetches passes here. huggingface_hub gets its connection from here too, for
the time of one question; at all other times it has none. Knows no model.
"""

import contextlib
import json
import logging
import os
import threading
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import httpx2

from desktop_llm import __version__
from desktop_llm.core import private
from desktop_llm.core.errors import HomeError, SettingError, UserError
from desktop_llm.core.hub import Connection
from desktop_llm.core.sayings import Saying
from desktop_llm.core.settings import Privacy

HUB = "https://huggingface.co"
CONNECT_S, SILENT_S = 15.0, 20.0
"""Seconds to wait for a connection, and for the next bytes of an answer."""
HERE = ("127.0.0.1", "localhost", "::1")

log = logging.getLogger(__name__)


class OfflineError(UserError):
    """Something would have needed the network, and the person has not allowed it."""


@dataclass(frozen=True, slots=True)
class Access:
    """What the person has set: whether to go out, the hub's address (empty: its own), a proxy."""

    online: bool = False
    endpoint: str = ""
    proxy: str = ""


def access_of(privacy: Privacy) -> Access:
    """What the settings say."""
    return Access(privacy.online, privacy.hub.strip(), privacy.proxy.strip())


class NetworkLog:
    """A file with a line of JSON when a request begins and one when it ends. Safe from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def begin(self, host: str, why: str) -> str:
        """Write that a request leaves. Returns the id to end it with.

        Raises HomeError where the log cannot be kept: nothing leaves this computer unwritten.
        """
        entry = uuid.uuid4().hex[:12]
        when = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            self._write({"id": entry, "when": when, "host": host, "why": why})
        except OSError as error:
            raise _unwritten(self._path, error) from error
        return entry

    def end(self, entry: str, received: int, outcome: str) -> None:
        """Write how it ended: bytes received, and the status or the failure.

        A disk that refuses is logged: that it left is written, and an error of the request itself
        must be told instead.
        """
        try:
            self._write({"id": entry, "received": received, "outcome": outcome})
        except OSError as error:
            log.warning("How a request ended could not be written down: %s", error)

    def entries(self) -> tuple[Connection, ...]:
        """All requests that were ever made, the newest first."""
        begun: dict[str, dict[str, Any]] = {}
        for line in self._lines():
            begun.setdefault(line["id"], {}).update(line)
        found = [_connection(entry) for entry in begun.values() if "when" in entry]
        return tuple(reversed(found))

    def _lines(self) -> Iterator[dict[str, Any]]:
        if not self._path.is_file():
            return
        for text in self._path.read_text("utf-8", "replace").split("\n"):
            # A line that was cut off by a power cut must not hide the others.
            with contextlib.suppress(ValueError):
                line = json.loads(text)
                if isinstance(line, dict) and "id" in line:
                    yield line

    def _write(self, line: dict[str, Any]) -> None:
        """Add a line. Raises OSError."""
        with self._lock:
            private.make_folder(self._path.parent)
            private.make_file(self._path)  # it holds every search
            text = json.dumps(line) + "\n"  # in ASCII, so that it can always be written
            with self._path.open("a+b") as file:
                file.write(_ending(file) + text.encode("ascii"))


def _ending(file: BinaryIO) -> bytes:
    """What ends a last line that was cut off, by a full disk perhaps: it would take the next along."""
    if not file.seek(0, os.SEEK_END):
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"


def _unwritten(path: Path, error: OSError) -> HomeError:
    return HomeError(
        "Nothing was asked of the network.",
        "Every request is written down first, and {path} cannot be written. "
        "The system says: {said}.",
        "Free some space, or check the folder's permissions.",
        path=path,
        said=error.strerror or error,
    )


def _connection(entry: dict[str, Any]) -> Connection:
    return Connection(
        datetime.fromisoformat(str(entry["when"])),
        str(entry.get("host", "")),
        str(entry.get("why", "")),
        entry.get("received"),
        str(entry.get("outcome", "")),
    )


class Door:
    """Opens connections where `access()` allows it; asks each time, so that a switch works at once.

    `token` gives the person's access token, or "": it may ask a keyring, which can take a while.
    """

    def __init__(
        self,
        access: Callable[[], Access],
        network_log: NetworkLog,
        token: Callable[[], str] = lambda: "",
    ) -> None:
        self._access, self.log, self._token = access, network_log, token
        self._asking = threading.Lock()

    @property
    def endpoint(self) -> str:
        """The hub's address, without a slash at its end. Raises SettingError for none, or an unsafe one."""
        return _checked_endpoint(self._access().endpoint or HUB)

    @property
    def is_open(self) -> bool:
        """Whether the person allows connections now."""
        return self._access().online

    def check_open(self) -> None:
        """Raise OfflineError unless the person allows connections now."""
        if not self.is_open:
            raise OfflineError(
                "The app is offline.",
                "It connects to nothing unless you allow it.",
                "Switch on Settings, Privacy, Go online when I ask "
                "(or: desktop-llm settings set privacy.online true).",
            )

    @contextlib.contextmanager
    def client(self, why: str) -> Iterator[httpx2.Client]:
        """A connection for one purpose, which the log names.

        Raises OfflineError, SettingError, and what asking for the token raises. Whatever it is used
        for raises OfflineError from when the person switches it off.
        """
        self.check_open()
        headers = {"user-agent": f"desktop-llm/{__version__}"}
        token = self._token()
        if token:
            headers["authorization"] = f"Bearer {token}"
        proxy = _proxy(self._access(), self.endpoint)
        transport = _Watched(proxy, self.log, why, self.check_open)
        timeout = httpx2.Timeout(SILENT_S, connect=CONNECT_S)
        with httpx2.Client(
            transport=transport, headers=headers, timeout=timeout, follow_redirects=True
        ) as client:
            yield client

    @contextlib.contextmanager
    def api(self, why: str) -> Iterator[Any]:
        """huggingface_hub's HfApi over such a connection, for the time of one question."""
        os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
        import huggingface_hub  # 0.3 s, and only for those who go online

        with self._asking, self.client(why) as client:
            huggingface_hub.set_client_factory(lambda: client)
            try:
                # A token that another program left on this computer is not ours to send.
                yield huggingface_hub.HfApi(endpoint=self.endpoint, token=self._token() or False)
            finally:
                huggingface_hub.set_client_factory(_shut)


class _Watched(httpx2.BaseTransport):
    """The connection itself: writes down every request, also each hop of a redirect.

    `check_open` raises where the person has switched it off, before any request and between pieces.
    """

    def __init__(
        self,
        proxy: str | None,
        network_log: NetworkLog,
        why: str,
        check_open: Callable[[], None],
    ) -> None:
        self._inner = httpx2.HTTPTransport(proxy=proxy)
        self._log, self._why, self._check_open = network_log, why, check_open

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass the request on. Raises what httpx2 raises, OfflineError and HomeError."""
        self._check_open()
        entry = self._log.begin(request.url.host, self._why)
        try:
            response = self._inner.handle_request(request)
        except httpx2.TransportError as error:
            self._log.end(entry, 0, type(error).__name__)
            raise
        assert isinstance(response.stream, httpx2.SyncByteStream)
        response.stream = _Counted(
            response.stream,
            lambda size: self._log.end(entry, size, str(response.status_code)),
            self._check_open,
        )
        return response

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class _Counted(httpx2.SyncByteStream):
    """The body of an answer; tells its size once when it is closed."""

    def __init__(
        self,
        inner: httpx2.SyncByteStream,
        tell: Callable[[int], None],
        check_open: Callable[[], None],
    ) -> None:
        self._inner, self._tell, self._check_open = inner, tell, check_open
        self._size = 0
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        for part in self._inner:
            self._size += len(part)
            yield part
            self._check_open()

    def close(self) -> None:
        """The answer has ended, or is not wanted any longer."""
        self._inner.close()
        if not self._closed:
            self._closed = True
            self._tell(self._size)


def _shut() -> httpx2.Client:
    """What huggingface_hub gets when nothing was asked for: a connection that refuses."""
    return httpx2.Client(event_hooks={"request": [_refuse]})


def _refuse(request: httpx2.Request) -> NoReturn:
    raise ConnectionError(f"{request.url.host}: nothing is fetched unless the person asks for it")


def _checked_endpoint(address: str) -> str:
    url = _read(address)
    if url is None:
        raise SettingError(
            "{address} cannot be the hub's address.",
            todo="Give https://HOST, or https://HOST:PORT.",
            address=address,
        )
    if url.scheme == "https" or (url.scheme == "http" and url.host in HERE):
        return address.rstrip("/")
    raise SettingError(
        "{address} cannot be the hub's address.",
        "Over http anyone on the way could change a model.",
        "Give an address that begins with https://.",
        address=address,
    )


def _proxy(access: Access, endpoint: str) -> str | None:
    """The proxy that was set, else the system's own for the hub. None: straight."""
    if access.proxy:
        if not _is_proxy(access.proxy):
            raise SettingError(
                "{proxy} cannot be a proxy.", todo="Give http://HOST:PORT.", proxy=access.proxy
            )
        return access.proxy
    hub = httpx2.URL(endpoint)
    if urllib.request.proxy_bypass(hub.host):
        return None
    known = urllib.request.getproxies()
    kind = hub.scheme if hub.scheme in known else "all"
    found = known.get(kind, "")
    # One without a scheme is taken for what most are, as other programs take it.
    proxy = found if "://" in found or not found else f"http://{found}"
    if proxy and not _is_proxy(proxy):
        raise _no_proxy(f"{kind}_proxy")
    return proxy or None


def _is_proxy(address: str) -> bool:
    """Whether httpx2 takes it. SOCKS would need another package."""
    url = _read(address)
    return url is not None and url.scheme in ("http", "https")


def _read(address: str) -> httpx2.URL | None:
    """An address as the connection will read it; None where it cannot, or no host is in it."""
    try:
        urllib.parse.urlsplit(address)  # httpx2 takes a bracket that is never closed for a name
        url = httpx2.URL(address)
        return url if url.host else None
    except (httpx2.InvalidURL, ValueError):
        return None


def _no_proxy(variable: str) -> SettingError:
    """Names where the proxy was found, and not the proxy: a password may stand in it."""
    names = (name for name in (variable, variable.upper()) if os.environ.get(name))
    return SettingError(
        "The proxy of this system cannot be used.",
        "{place} gives none of the form http://HOST:PORT. Others, such as SOCKS, are not "
        "understood.",
        "Give an http proxy in Settings, Privacy, or take that one away.",
        place=next(names, Saying("The system's network settings")),
    )
