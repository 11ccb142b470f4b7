"""What tests fetch with: the real hub and downloads, at the hub of the tests. Refuses no model."""

import threading
from pathlib import Path

from hub_server import Hub as Server

from desktop_llm.core.hub import Download
from desktop_llm.library.download import Downloads
from desktop_llm.library.hub import Hub
from desktop_llm.library.network import Access, Door, NetworkLog


def make(tmp_path: Path, server: Server, token: str = "") -> tuple[Hub, Downloads]:
    settings = Access(online=True, endpoint=server.address)
    door = Door(lambda: settings, NetworkLog(tmp_path / "network.jsonl"), lambda: token)
    return Hub(door), Downloads(tmp_path / "models", door, lambda _: ())


def fetch(downloads: Downloads, download: Download) -> Path:
    return downloads.fetch(download.id, lambda *_: None, threading.Event())
