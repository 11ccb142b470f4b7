"""A hub on 127.0.0.1 that speaks the real one's protocol, and misbehaves on demand. Holds random bytes.

Large files are answered with a redirect to a second host (localhost, another port), as the real hub
sends people to its CDN: so that it is seen whether a token goes along.
"""

import hashlib
import json
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 20_000
PIECE = 64 * 1024


@dataclass
class Repo:
    """A repository: file contents by name, and what the hub says of it."""

    files: dict[str, bytes]
    task: str = "text-generation"
    licence: str = "apache-2.0"
    parameters: int = 0
    downloads: int = 0
    gated: bool = False
    form: str = "safetensors"
    config: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


@dataclass
class Weather:
    """How the server behaves from now on. `reset_every` bytes the line is cut; 0 never.

    `refuses` is the status that every answer has, as a company's filter gives it; 0: none.
    """

    reset_every: int = 0
    bytes_per_s: int = 0
    busy: int = 0
    retry_after: str = "1"
    broken: int = 0
    corrupt: int = 0
    ranges: bool = True
    token: str = ""
    accepted: bool = True
    silent: bool = False
    circle: bool = False
    refuses: int = 0


@dataclass
class Seen:
    """A request that came in: where, for what, with which token and range."""

    host: str
    path: str
    token: str
    range: str


@dataclass
class Hub:
    """The running server."""

    repos: dict[str, Repo]
    weather: Weather = field(default_factory=Weather)
    seen: list[Seen] = field(default_factory=list)
    sent: int = 0
    address: str = ""
    cdn: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, size: int) -> None:
        """Note bytes of files that were sent."""
        with self.lock:
            self.sent += size

    def take(self, name: str) -> bool:
        """Whether one more answer shall fail in that way (`busy`, `broken`, `corrupt`)."""
        with self.lock:
            left = getattr(self.weather, name)
            setattr(self.weather, name, max(0, left - 1))
            return left > 0


@contextmanager
def hub_server(repos: dict[str, Repo]) -> Iterator[Hub]:
    """Run a hub with these repositories."""
    hub = Hub(repos)
    servers = []
    for _ in range(2):
        server = _Server(("127.0.0.1", 0), _Handler)
        server.hub = hub
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        servers.append((server, thread))
    hub.address = f"http://127.0.0.1:{servers[0][0].server_port}"
    hub.cdn = f"http://localhost:{servers[1][0].server_port}"
    try:
        yield hub
    finally:
        for server, thread in servers:
            server.shutdown()
            server.server_close()
            thread.join()


class _Server(ThreadingHTTPServer):
    hub: Hub
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what is tested here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        hub, parts = self.server.hub, urllib.parse.urlsplit(self.path)
        token = self.headers.get("authorization", "")
        with hub.lock:
            hub.seen.append(
                Seen(self.headers["host"], self.path, token, self.headers.get("range", ""))
            )
        if hub.weather.refuses:
            self._status(hub.weather.refuses)
        elif token and hub.weather.token and token != f"Bearer {hub.weather.token}":
            self._status(401, {"x-error-message": "Invalid credentials in Authorization header"})
        elif parts.path == "/api/models":
            self._search(urllib.parse.parse_qs(parts.query))
        elif parts.path.startswith("/api/models/"):
            self._info(parts.path.removeprefix("/api/models/"))
        elif "/resolve/" in parts.path:
            self._resolve(parts.path, token)
        elif parts.path.startswith("/cdn/"):
            self._blob(parts.path.removeprefix("/cdn/"))
        else:
            self._status(404)

    # The API

    def _search(self, asked: dict[str, list[str]]) -> None:
        text = asked.get("search", [""])[0].lower()
        tags = set(asked.get("filter", [])) | set(asked.get("pipeline_tag", []))
        found = [
            self._described(name, repo)
            for name, repo in self.server.hub.repos.items()
            if text in name.lower()
        ]
        found = [one for one in found if tags <= {*one["tags"], one["pipeline_tag"]}]
        found.sort(key=lambda one: -one["downloads"])
        self._json(found[: int(asked.get("limit", ["100"])[0])])

    def _info(self, rest: str) -> None:
        name, _, revision = rest.partition("/revision/")
        repo = self.server.hub.repos.get(name)
        if repo is None:
            self._status(401)  # the real one does not tell what is not there from what is private
        elif revision not in ("", "main", COMMIT):
            self._status(404)
        else:
            files = [self._sibling(file, data) for file, data in repo.files.items()]
            self._json(self._described(name, repo) | {"siblings": files})

    def _described(self, name: str, repo: Repo) -> dict[str, Any]:
        numbers = {"parameters": {"BF16": repo.parameters}, "total": repo.parameters}
        return {
            "id": name, "sha": COMMIT, "pipeline_tag": repo.task, "downloads": repo.downloads,
            "likes": 1, "gated": "manual" if repo.gated else False,
            "tags": [repo.form, f"license:{repo.licence}", repo.task, *repo.tags],
            "config": repo.config,
            "safetensors" if repo.form == "safetensors" else "gguf": numbers,
        }  # fmt: skip

    def _sibling(self, name: str, data: bytes) -> dict[str, Any]:
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        entry: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": blob}
        if len(data) >= LARGE:
            entry["lfs"] = {
                "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "pointerSize": 134,
            }  # fmt: skip
        return entry

    # Files

    def _resolve(self, path: str, token: str) -> None:
        hub = self.server.hub
        name, _, rest = path.lstrip("/").partition("/resolve/")
        file = urllib.parse.unquote(rest.partition("/")[2])
        repo = hub.repos.get(name)
        if hub.take("busy"):
            self._status(429, {"retry-after": hub.weather.retry_after})
        elif hub.weather.circle:
            self._status(302, {"location": path})
        elif hub.take("broken"):
            self._status(503)
        elif repo is None or file not in repo.files:
            self._status(404)
        elif repo.gated and token != f"Bearer {hub.weather.token}":
            self._status(401)
        elif repo.gated and not hub.weather.accepted:
            self._status(403)
        elif len(repo.files[file]) >= LARGE:
            there = f"{hub.cdn}/cdn/{name}/{urllib.parse.quote(file)}"
            self._status(302, {"location": there, "x-repo-commit": COMMIT})
        else:
            self._send(repo.files[file])

    def _blob(self, rest: str) -> None:
        owner, name, file = urllib.parse.unquote(rest).split("/", 2)
        self._send(self.server.hub.repos[f"{owner}/{name}"].files[file])

    def _send(self, data: bytes) -> None:
        hub = self.server.hub
        asked = self.headers.get("range", "")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        whole = not asked or not hub.weather.ranges
        if not whole and start >= len(data):
            self._status(416)
            return
        if hub.take("corrupt"):
            data = bytes([data[0] ^ 1]) + data[1:]
        self.send_response(200 if whole else 206)
        self.send_header("etag", f'"{hashlib.sha256(data).hexdigest()[:16]}"')
        self.send_header("accept-ranges", "bytes")
        body = data if whole else data[start:]
        if not whole:
            self.send_header("content-range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self._pour(body)

    def _pour(self, body: bytes) -> None:
        hub, gone = self.server.hub, 0
        view = memoryview(body)
        while gone < len(view) and not hub.weather.silent:
            cut = hub.weather.reset_every
            size = min(PIECE, cut - gone) if cut else PIECE
            if hub.weather.bytes_per_s:
                size = max(1, min(size, hub.weather.bytes_per_s // 20))
                time.sleep(size / hub.weather.bytes_per_s)
            self.wfile.write(view[gone : gone + size])
            hub.count(len(view[gone : gone + size]))
            gone += size
            if cut and gone >= cut and gone < len(view):
                self._reset()
                return
        while hub.weather.silent:
            time.sleep(0.02)

    def _reset(self) -> None:
        """Cut the line hard, as a bad network does."""
        self.wfile.flush()
        on, at_once = 1, 0
        linger = on.to_bytes(4, "little") + at_once.to_bytes(4, "little")
        time.sleep(0.005)  # what was sent may still arrive
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        self.close_connection = True

    # Answers

    def _json(self, data: Any) -> None:
        body = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _status(self, code: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-length", "0")
        self.end_headers()
