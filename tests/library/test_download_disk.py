"""Downloads and the disk that they come to: too full, not plugged in, or full when all is there."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_client import fetch, make
from hub_server import Hub as Server
from hub_server import Repo, hub_server

from desktop_llm.core.errors import HomeError, ModelError
from desktop_llm.core.sayings import Saying
from desktop_llm.library.download import Downloads

REPO = "someone/Tiny"
WEIGHTS = random.Random(7).randbytes(1_000_000)
FILES = {
    "config.json": b'{"model_type": "llama"}',
    "tokenizer.json": b"{}" * 20_000,
    "model.safetensors": WEIGHTS,
}


@pytest.fixture
def server() -> Iterator[Server]:
    with hub_server({REPO: Repo(dict(FILES), parameters=500_000)}) as running:
        yield running


def test_too_little_disk_is_told_before_anything_is_fetched(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, downloads = make(tmp_path, server)
    look = hub.look(REPO)
    monkeypatch.setattr("desktop_llm.library.download.SPARE", 10**15)
    with pytest.raises(ModelError, match="too little space"):
        downloads.add(look)
    assert server.sent < 1000
    assert downloads.pending() == ()


def test_what_has_wholly_arrived_is_taken_in_however_little_space_is_left(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, downloads = make(tmp_path, server)

    def end_the_app(folder: Path) -> tuple[Saying, ...]:
        raise KeyboardInterrupt

    interrupted = Downloads(tmp_path / "models", downloads._door, end_the_app)
    download = interrupted.add(hub.look(REPO))
    with pytest.raises(KeyboardInterrupt):
        fetch(interrupted, download)
    monkeypatch.setattr("desktop_llm.library.download.SPARE", 10**15)
    assert (fetch(downloads, download) / "model.safetensors").read_bytes() == WEIGHTS


def test_where_no_models_folder_can_be_that_is_told(tmp_path: Path, server: Server) -> None:
    hub, downloads = make(tmp_path, server)
    look = hub.look(REPO)
    (tmp_path / "models").rmdir()  # the drive that it is on is taken away
    with pytest.raises(HomeError, match=r"models folder .*Plug in the drive"):
        downloads.add(look)
    assert not (tmp_path / "models").exists()
    (tmp_path / "models").write_text("a file", encoding="utf-8")
    with pytest.raises(HomeError, match="models folder"):
        downloads.add(look)
