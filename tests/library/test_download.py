"""Downloads arrive whole whatever the line does, and never count as a model before they are."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hub_client import fetch, make
from hub_server import COMMIT, Repo, hub_server
from hub_server import Hub as Server

from desktop_llm.core.errors import Cancelled, HomeError, ModelError, UsageError, UserError
from desktop_llm.core.hub import Download, DownloadState, HubQuery
from desktop_llm.core.sayings import Saying
from desktop_llm.library.download import MANIFEST, Downloads
from desktop_llm.library.fetch import PART
from desktop_llm.library.hub import Hub
from desktop_llm.library.models import Library
from desktop_llm.library.network import Access, Door, NetworkLog, OfflineError

REPO = "someone/Tiny"
WEIGHTS = random.Random(7).randbytes(1_000_000)
FILES = {
    "config.json": b'{"model_type": "llama"}',
    "tokenizer.json": b"{}" * 20_000,
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": b"\x80\x04.",
    "modeling_tiny.py": b"print('hello')",
    "README.md": b"---\nlicense: mit\n---\n# Tiny\n\nA model.",
    "onnx/model.onnx": b"0",
    "../evil.json": b"{}",
}
WANTED = {"config.json", "tokenizer.json", "model.safetensors", "README.md"}


@pytest.fixture
def server() -> Iterator[Server]:
    with hub_server({REPO: Repo(dict(FILES), parameters=500_000)}) as running:
        yield running


def begin(tmp_path: Path, server: Server, token: str = "") -> tuple[Downloads, Download]:
    hub, downloads = make(tmp_path, server, token)
    return downloads, downloads.add(hub.look(REPO))


def test_only_what_is_needed_arrives_and_is_what_the_hub_has(
    tmp_path: Path, server: Server
) -> None:
    downloads, download = begin(tmp_path, server)
    told: list[tuple[int, int]] = []
    folder = downloads.fetch(
        download.id, lambda done, total: told.append((done, total)), threading.Event()
    )
    assert folder == tmp_path / "models" / "someone" / "Tiny"
    names = {path.name for path in folder.iterdir()}
    assert names == WANTED | {MANIFEST}
    assert all((folder / name).read_bytes() == FILES[name] for name in WANTED)
    assert told[-1] == (download.total, download.total)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert downloads.pending() == ()
    manifest = json.loads((folder / MANIFEST).read_text())
    assert manifest["revision"] == COMMIT
    assert manifest["hashes"]["model.safetensors"] == hashlib.sha256(WEIGHTS).hexdigest()


def test_a_partial_model_is_not_listed(tmp_path: Path, server: Server) -> None:
    downloads, download = begin(tmp_path, server)
    cancel = threading.Event()

    def stop_in_the_middle(done: int, total: int) -> None:
        if done > total / 2:
            cancel.set()

    with pytest.raises(Cancelled):
        downloads.fetch(download.id, stop_in_the_middle, cancel)
    assert Library(tmp_path / "models", None).list() == ()
    (kept,) = downloads.pending()
    assert kept.state is DownloadState.PAUSED
    assert download.total / 2 < kept.done < download.total
    server.sent = 0
    assert (fetch(downloads, kept) / "model.safetensors").read_bytes() == WEIGHTS
    assert server.sent < len(WEIGHTS) * 0.6
    assert any(seen.range for seen in server.seen)
    assert [model.id for model in Library(tmp_path / "models", None).list()] == [REPO]


def test_the_token_stays_with_the_hub(tmp_path: Path, server: Server) -> None:
    downloads, download = begin(tmp_path, server, token="hf_secret")
    fetch(downloads, download)
    cdn = [seen for seen in server.seen if seen.path.startswith("/cdn/")]
    assert cdn
    assert all(seen.token == "" for seen in cdn)
    assert all(seen.token == "Bearer hf_secret" for seen in server.seen if seen not in cdn)


@pytest.mark.parametrize(
    "weather",
    [
        {"reset_every": 64 * 1024},
        {"busy": 2, "retry_after": "1"},
        {"busy": 1, "retry_after": format_datetime(datetime.now(UTC) + timedelta(seconds=1))},
        {"broken": 1},
        {"corrupt": 1},
        {"ranges": False, "reset_every": 0},
        {"bytes_per_s": 2_000_000},
    ],
    ids=["resets", "busy", "busy until", "broken", "wrong hash once", "no ranges", "slow"],
)
def test_it_arrives_in_any_weather(
    tmp_path: Path, server: Server, weather: dict[str, object]
) -> None:
    downloads, download = begin(tmp_path, server)
    for name, value in weather.items():
        setattr(server.weather, name, value)
    folder = fetch(downloads, download)
    assert all((folder / name).read_bytes() == FILES[name] for name in WANTED)


def test_resets_cost_no_byte_twice(tmp_path: Path, server: Server) -> None:
    downloads, download = begin(tmp_path, server)
    server.weather.reset_every = 64 * 1024
    fetch(downloads, download)
    assert server.sent <= 1.1 * download.total
    assert sum(1 for seen in server.seen if seen.range) >= len(WEIGHTS) // (64 * 1024)


def test_a_hash_that_stays_wrong_is_refused(tmp_path: Path, server: Server) -> None:
    downloads, download = begin(tmp_path, server)
    server.weather.corrupt = 100
    with pytest.raises(UserError, match="hash differs"):
        fetch(downloads, download)
    assert not list((tmp_path / "models").rglob("*" + PART))
    assert Library(tmp_path / "models", None).list() == ()


def test_a_server_without_ranges_begins_anew(tmp_path: Path, server: Server) -> None:
    downloads, download = begin(tmp_path, server)
    part = tmp_path / "models" / ".downloads" / download.id / ("model.safetensors" + PART)
    part.write_bytes(WEIGHTS[:1000])
    server.weather.ranges = False
    assert (fetch(downloads, download) / "model.safetensors").read_bytes() == WEIGHTS


def test_a_part_that_is_wrong_or_too_long_is_replaced(tmp_path: Path, server: Server) -> None:
    for wrong in (b"x" * 5000, WEIGHTS + b"more"):
        downloads, download = begin(tmp_path / str(len(wrong)), server)
        folder = tmp_path / str(len(wrong)) / "models" / ".downloads" / download.id
        (folder / ("model.safetensors" + PART)).write_bytes(wrong)
        assert (fetch(downloads, download) / "model.safetensors").read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("last", "weather"),
    [
        ("config.json", {}),
        ("config.json", {"busy": 1, "retry_after": "0"}),
        ("tokenizer.json", {}),
    ],
    ids=["another file", "the same again", "where it was sent on to"],
)
def test_once_it_is_switched_off_nothing_more_is_asked_for(
    tmp_path: Path, server: Server, last: str, weather: dict[str, object]
) -> None:
    def access() -> Access:
        asked = [seen.path for seen in server.seen if "/resolve/" in seen.path]
        online = not asked or not asked[-1].endswith(last)
        return Access(online=online, endpoint=server.address)

    door = Door(access, NetworkLog(tmp_path / "network.jsonl"))
    downloads = Downloads(tmp_path / "models", door, lambda _: ())
    download = downloads.add(Hub(door).look(REPO))
    for name, value in weather.items():
        setattr(server.weather, name, value)
    with pytest.raises(OfflineError):
        fetch(downloads, download)
    assert server.seen[-1].path.endswith(f"/resolve/{COMMIT}/{last}")
    folder = fetch(make(tmp_path, server)[1], download)
    assert all((folder / name).read_bytes() == FILES[name] for name in WANTED)


def test_switched_off_in_the_middle_of_a_file_no_more_of_it_is_taken(
    tmp_path: Path, server: Server
) -> None:
    settings = [Access(online=True, endpoint=server.address)]
    door = Door(lambda: settings[-1], NetworkLog(tmp_path / "network.jsonl"))
    downloads = Downloads(tmp_path / "models", door, lambda _: ())
    download = downloads.add(Hub(door).look(REPO))
    told: list[int] = []

    def switch_off_in_the_middle(done: int, total: int) -> None:
        told.append(done)
        if done > total / 2:
            settings.append(Access(online=False, endpoint=server.address))

    with pytest.raises(OfflineError):
        downloads.fetch(download.id, switch_off_in_the_middle, threading.Event())
    (kept,) = downloads.pending()
    assert kept.state is DownloadState.PAUSED
    assert kept.done == told[-1] < download.total
    settings.append(Access(online=True, endpoint=server.address))
    assert (fetch(downloads, kept) / "model.safetensors").read_bytes() == WEIGHTS


def test_terms_and_tokens_are_explained(tmp_path: Path, server: Server) -> None:
    server.repos[REPO].gated = True
    server.weather.token, server.weather.accepted = "hf_right", False
    hub, _ = make(tmp_path, server)
    with pytest.raises(UserError, match="access token"):
        hub.look(REPO)
    hub, _ = make(tmp_path, server, token="hf_right")
    with pytest.raises(UserError, match="accept them"):
        hub.look(REPO)
    server.weather.accepted = True
    downloads, download = begin(tmp_path, server, token="hf_right")
    fetch(downloads, download)


def test_a_token_that_the_hub_does_not_know_is_told_also_where_none_is_needed(
    tmp_path: Path, server: Server
) -> None:
    _, download = begin(tmp_path, server)
    server.weather.token = "hf_new"
    hub, downloads = make(tmp_path, server, token="hf_old")
    for ask in (
        lambda: hub.search(HubQuery()),
        lambda: hub.look(REPO),
        lambda: fetch(downloads, download),
    ):
        with pytest.raises(UserError, match=r"does not accept your access token.*forget it"):
            ask()
    server.weather.token = "hf_old"
    fetch(downloads, download)


def test_nothing_answers(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop_llm.library.fetch.LONGEST_WAIT_S", 0.01)
    downloads, download = begin(tmp_path, server)
    settings = Access(online=True, endpoint="http://127.0.0.1:9")
    door = Door(lambda: settings, NetworkLog(tmp_path / "network.jsonl"))
    with pytest.raises(UserError, match="cannot be reached"):
        fetch(Downloads(tmp_path / "models", door, lambda _: ()), download)
    (kept,) = downloads.pending()
    fetch(downloads, kept)


def test_the_verdict_decides(tmp_path: Path, server: Server) -> None:
    hub, accepting = make(tmp_path, server)
    settings = Access(online=True, endpoint=server.address)
    door = Door(lambda: settings, NetworkLog(tmp_path / "network.jsonl"))
    bad = (Saying("{file} is bad.", file="config.json"), Saying("Choose another."))
    strict = Downloads(tmp_path / "models", door, lambda folder: bad)
    download = strict.add(hub.look(REPO))
    with pytest.raises(ModelError, match=r"refused\. config\.json is bad\. Choose another\."):
        fetch(strict, download)
    (kept,) = strict.pending()
    assert kept.state is DownloadState.REFUSED
    assert kept.problem == bad
    assert Library(tmp_path / "models", None).list() == ()
    strict.discard(kept.id)
    assert strict.pending() == ()
    with pytest.raises(UserError, match="no longer there"):
        fetch(accepting, kept)


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


def test_where_no_models_folder_can_be_that_is_told(tmp_path: Path, server: Server) -> None:
    (tmp_path / "models").write_text("a file", encoding="utf-8")
    with pytest.raises(HomeError, match="models folder"):
        begin(tmp_path, server)


@pytest.mark.parametrize("place", [".lock", "{id}/.lock", "{id}/model.safetensors.part"])
def test_what_is_in_a_downloads_way_is_told_and_nothing_is_lost(
    tmp_path: Path, server: Server, place: str
) -> None:
    downloads, download = begin(tmp_path, server)
    in_the_way = tmp_path / "models" / ".downloads" / place.format(id=download.id)
    in_the_way.mkdir()
    with pytest.raises(HomeError, match=f"{in_the_way.name} cannot be written.*What has arrived"):
        fetch(downloads, download)
    in_the_way.rmdir()
    assert (fetch(downloads, download) / "model.safetensors").read_bytes() == WEIGHTS


def test_a_file_where_a_folder_of_the_download_should_be_is_told(
    tmp_path: Path, server: Server
) -> None:
    hub, downloads = make(tmp_path, server)
    download = downloads.add(hub.look(REPO), ["onnx/model.onnx"])
    (tmp_path / "models" / ".downloads" / download.id / "onnx").write_text("a file")
    with pytest.raises(HomeError, match=r"model.onnx cannot be written"):
        fetch(downloads, download)


def test_a_file_that_is_shorter_than_the_hub_says_does_not_stay_for_ever(
    tmp_path: Path, server: Server
) -> None:
    downloads, download = begin(tmp_path, server)
    server.repos[REPO].files["model.safetensors"] = WEIGHTS[:500_000]
    with pytest.raises(UserError, match="416"):
        fetch(downloads, download)
    assert not list((tmp_path / "models").rglob("*" + PART))
    server.repos[REPO].files["model.safetensors"] = WEIGHTS
    assert (fetch(downloads, download) / "model.safetensors").read_bytes() == WEIGHTS


def test_who_is_sent_round_in_a_circle_is_told(tmp_path: Path, server: Server) -> None:
    downloads, download = begin(tmp_path, server)
    server.weather.circle = True
    with pytest.raises(UserError, match="TooManyRedirects in what it sent"):
        fetch(downloads, download)
    server.weather.circle = False
    assert (fetch(downloads, download) / "model.safetensors").read_bytes() == WEIGHTS


@pytest.mark.skipif(sys.platform == "win32", reason="asks for a file's mode as POSIX tells it")
def test_only_what_is_open_for_writing_is_put_on_the_disk(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    put = os.fsync
    writable: list[bool] = []

    def looked_at(descriptor: int) -> None:  # Windows refuses any other
        mode = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        writable.append(bool(mode & (os.O_WRONLY | os.O_RDWR)))
        put(descriptor)

    monkeypatch.setattr(os, "fsync", looked_at)
    fetch(*begin(tmp_path, server))
    assert len(writable) >= len(WANTED)
    assert all(writable)


def test_two_cannot_fetch_the_same(tmp_path: Path, server: Server) -> None:
    downloads, download = begin(tmp_path, server)
    server.weather.bytes_per_s = 1_000_000
    thread = threading.Thread(target=fetch, args=(downloads, download))
    thread.start()
    while not downloads.pending()[0].done:
        time.sleep(0.01)
    with pytest.raises(UserError, match="already"):
        fetch(downloads, download)
    server.weather.bytes_per_s = 0
    thread.join()
    assert (tmp_path / "models" / REPO / "model.safetensors").read_bytes() == WEIGHTS


def test_what_is_there_is_not_fetched_again(tmp_path: Path, server: Server) -> None:
    downloads, download = begin(tmp_path, server)
    fetch(downloads, download)
    hub, _ = make(tmp_path, server)
    with pytest.raises(ModelError, match="there already"):
        downloads.add(hub.look(REPO))


def test_pickles_are_never_fetched(tmp_path: Path, server: Server) -> None:
    hub, downloads = make(tmp_path, server)
    with pytest.raises(UsageError, match="never fetched"):
        downloads.add(hub.look(REPO), ["pytorch_model.bin"])
    del server.repos[REPO].files["model.safetensors"]
    with pytest.raises(ModelError, match="pickles"):
        downloads.add(hub.look(REPO))


def test_a_gguf_file_is_fetched_by_name(tmp_path: Path, server: Server) -> None:
    server.repos["someone/Tiny-GGUF"] = Repo({"a-Q4_0.gguf": b"GGUF" * 9000, "b.gguf": b"GGUF"})
    hub, downloads = make(tmp_path, server)
    look = hub.look("someone/Tiny-GGUF")
    with pytest.raises(ModelError, match="--files"):
        downloads.add(look)
    download = downloads.add(look, ["*Q4_0.gguf"])
    assert [file.name for file in download.files] == ["a-Q4_0.gguf"]
    assert (fetch(downloads, download) / "a-Q4_0.gguf").read_bytes() == b"GGUF" * 9000


def test_a_manifest_that_was_tampered_with_is_not_followed(tmp_path: Path, server: Server) -> None:
    downloads, download = begin(tmp_path, server)
    manifest = tmp_path / "models" / ".downloads" / download.id / MANIFEST
    manifest.write_text(manifest.read_text().replace("config.json", "../../../evil.json"))
    assert downloads.pending() == ()


FETCH = """
import sys, threading
from pathlib import Path
from desktop_llm.library.download import Downloads
from desktop_llm.library.network import Access, Door, NetworkLog
home, address = Path(sys.argv[1]), sys.argv[2]
door = Door(lambda: Access(online=True, endpoint=address), NetworkLog(home / "network.jsonl"))
downloads = Downloads(home / "models", door, lambda _: ())
(download,) = downloads.pending()
downloads.fetch(download.id, lambda *_: print("x", flush=True), threading.Event())
"""


def test_killed_five_times_it_still_arrives(tmp_path: Path) -> None:
    data = random.Random(3).randbytes(8_000_000)
    with hub_server({REPO: Repo(FILES | {"model.safetensors": data})}) as server:
        downloads, download = begin(tmp_path, server)
        server.weather.bytes_per_s = 12_000_000
        for share in (0.1, 0.3, 0.45, 0.6, 0.9):
            command = [sys.executable, "-c", FETCH, str(tmp_path), server.address]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
                while downloads.pending()[0].done < share * download.total:
                    assert process.poll() is None
                    time.sleep(0.005)
                os.kill(process.pid, signal.SIGKILL)
        (kept,) = downloads.pending()
        assert kept.done >= 0.9 * download.total
        server.weather.bytes_per_s = 0
        folder = fetch(downloads, kept)
        assert (folder / "model.safetensors").read_bytes() == data
        assert server.sent <= 1.1 * download.total + 5 * 64 * 1024
