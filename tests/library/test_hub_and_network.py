"""The hub is asked only when allowed; every request is written down; names are safe on every system."""

import os
import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hub_server import COMMIT, Repo, hub_server
from hub_server import Hub as Server
from huggingface_hub import ModelInfo

from desktop_llm.core.errors import HomeError, ModelError, SettingError, UserError
from desktop_llm.core.hub import HubQuery
from desktop_llm.library import hub
from desktop_llm.library.hub import Hub
from desktop_llm.library.names import check_repo, is_safe
from desktop_llm.library.network import Access, Door, NetworkLog, OfflineError

CARD = b"---\nlicense: mit\n---\n# Card\n\n![x](https://tracker.example/x.png)"
REPOS = {
    "a/Small-Chat": Repo({"config.json": b"{}", "README.md": CARD}, parameters=500_000_000, downloads=9),
    "a/Large-Chat": Repo({"config.json": b"{}"}, parameters=70_000_000_000, downloads=90),
    "b/Classifier": Repo({}, task="text-classification", licence="mit", parameters=40_000_000),
    "c/Small-GGUF": Repo({}, form="gguf", parameters=500_000_000, downloads=5),
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[Server]:
    with hub_server(REPOS) as running:
        yield running


@pytest.fixture
def log(tmp_path: Path) -> NetworkLog:
    return NetworkLog(tmp_path / "network.jsonl")


def asking(server: Server, log: NetworkLog) -> Hub:
    return Hub(Door(lambda: Access(online=True, endpoint=server.address), log))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (HubQuery(), ["a/Large-Chat", "a/Small-Chat", "c/Small-GGUF", "b/Classifier"]),
        (HubQuery("small"), ["a/Small-Chat", "c/Small-GGUF"]),
        (HubQuery(form="gguf"), ["c/Small-GGUF"]),
        (HubQuery(task="text-classification"), ["b/Classifier"]),
        (HubQuery(licence="mit"), ["b/Classifier"]),
        (HubQuery(most=8_000_000_000), ["a/Small-Chat", "c/Small-GGUF", "b/Classifier"]),
        (HubQuery(limit=1), ["a/Large-Chat"]),
        (HubQuery("no such thing"), []),
    ],
)
def test_search_filters(server: Server, log: NetworkLog, query: HubQuery, found: list[str]) -> None:
    assert [model.id for model in asking(server, log).search(query)] == found


def test_a_repository_tells_its_files_commit_and_card(server: Server, log: NetworkLog) -> None:
    repo = asking(server, log).look("a/Small-Chat")
    assert repo.revision == COMMIT
    assert {file.name: file.size for file in repo.files} == {
        "config.json": 2,
        "README.md": len(CARD),
    }
    assert repo.card.startswith("# Card")
    assert repo.model.licence == "apache-2.0"
    with pytest.raises(UserError, match="no such model"):
        asking(server, log).look("a/Missing")
    with pytest.raises(ModelError, match="not at this revision"):
        asking(server, log).look("a/Small-Chat", "f" * 40)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_search_that_is_refused_tells_of_the_address_and_not_of_a_model(
    server: Server, log: NetworkLog, status: int
) -> None:
    server.weather.refuses = status
    with pytest.raises(UserError, match="does not answer as the hub does") as caught:
        asking(server, log).search(HubQuery("small"))
    assert caught.value.why == f"It answered {status}."
    assert "address and the proxy" in caught.value.todo
    with pytest.raises(UserError, match="a/Small-Chat"):  # of a model the same says what it did
        asking(server, log).look("a/Small-Chat")


def test_offline_nothing_leaves(
    server: Server, log: NetworkLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", connect)
    hub = Hub(Door(lambda: Access(online=False, endpoint=server.address), log))
    for ask in (lambda: hub.search(HubQuery("x")), lambda: hub.look("a/Small-Chat")):
        with pytest.raises(OfflineError, match="Go online"):
            ask()
    assert log.entries() == ()
    assert server.seen == []


def test_after_a_question_the_library_has_no_connection(server: Server, log: NetworkLog) -> None:
    import huggingface_hub

    asking(server, log).search(HubQuery())
    asked = len(server.seen)
    with pytest.raises(ConnectionError, match="unless the person asks"):
        huggingface_hub.HfApi(endpoint=server.address).model_info("a/Small-Chat")
    assert len(server.seen) == asked


def test_every_request_is_written_down(server: Server, log: NetworkLog) -> None:
    hub = asking(server, log)
    hub.search(HubQuery("small"))
    hub.look("a/Small-Chat")
    entries = log.entries()
    assert [entry.why for entry in entries] == [
        "model card of a/Small-Chat", "look at a/Small-Chat", "search: small",
    ]  # fmt: skip
    assert {entry.host for entry in entries} == {"127.0.0.1"}
    assert entries[0].received == len(CARD)
    assert entries[0].outcome == "200"
    assert len(entries) == len(server.seen)


def test_a_log_survives_a_torn_line_and_an_end_that_never_came(
    log: NetworkLog, tmp_path: Path
) -> None:
    log.begin("one.example", "first")
    with (tmp_path / "network.jsonl").open("a") as file:
        file.write('{"id": "torn", "wh\n')
    log.end(log.begin("two.example", "second"), 5, "200")
    second, first = log.entries()
    assert (first.host, first.received) == ("one.example", None)
    assert (second.host, second.received) == ("two.example", 5)


def test_a_line_that_was_cut_off_takes_no_other_along(log: NetworkLog, tmp_path: Path) -> None:
    log.end(log.begin("one.example", "first"), 5, "200")
    log.begin("two.example", "cut off")
    file = tmp_path / "network.jsonl"
    os.truncate(file, file.stat().st_size - 10)
    log.end(log.begin("three.example", "next"), 7, "404")
    told = [(one.host, one.received, one.outcome) for one in log.entries()]
    assert told == [("three.example", 7, "404"), ("one.example", 5, "200")]
    assert b"\n\n" not in file.read_bytes()


@pytest.mark.parametrize(
    "asked", ["a\u2028b", "a\u2029b", "a\x85b", "a\r\nb", "not \udcff UTF-8", "灯塔"]
)
def test_whatever_is_asked_for_is_one_line_of_the_log(log: NetworkLog, asked: str) -> None:
    log.end(log.begin("one.example", f"search: {asked}"), 5, "200")
    assert [(one.why, one.received) for one in log.entries()] == [(f"search: {asked}", 5)]


def test_a_log_of_an_earlier_version_is_read_in_whole(log: NetworkLog, tmp_path: Path) -> None:
    line = '{"id": "1", "when": "2026-01-01T00:00:00+00:00", "host": "one", "why": "a\u2028b"}\n'
    (tmp_path / "network.jsonl").write_text(line, encoding="utf-8")
    assert [one.why for one in log.entries()] == ["a\u2028b"]


@pytest.mark.skipif(os.name != "posix", reason="other systems have other rights")
def test_a_log_that_others_could_read_is_closed_to_them(log: NetworkLog, tmp_path: Path) -> None:
    file = tmp_path / "network.jsonl"
    file.write_text("", encoding="utf-8")
    file.chmod(0o644)
    log.begin("one.example", "first")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.why for entry in log.entries()] == ["first"]


def test_where_the_log_cannot_be_kept_nothing_is_asked(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    hub = asking(server, NetworkLog(tmp_path / "file" / "network.jsonl"))
    with pytest.raises(HomeError, match=r"network\.jsonl cannot be written") as caught:
        hub.search(HubQuery())
    assert caught.value.todo
    assert server.seen == []


def test_where_it_cannot_be_written_how_a_request_ended_its_answer_is_taken(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "logs"

    def access() -> Access:
        if server.seen and folder.is_dir():  # it has been asked, and answers
            shutil.rmtree(folder)
            folder.write_text("", encoding="utf-8")
        return Access(online=True, endpoint=server.address)

    hub = Hub(Door(access, NetworkLog(folder / "network.jsonl")))
    assert [model.id for model in hub.search(HubQuery("classifier"))] == ["b/Classifier"]
    assert folder.is_file()
    assert "could not be written down" in caplog.text


@pytest.mark.parametrize("address", ["http://hub.example", "ftp://hub.example", "hub.example"])
def test_a_hub_that_anyone_could_change_is_refused(log: NetworkLog, address: str) -> None:
    with pytest.raises(SettingError, match="https"):
        Hub(Door(lambda: Access(online=True, endpoint=address), log)).search(HubQuery())


@pytest.mark.parametrize(
    "address", ["https://hub.example:80a", "https://[hub.example", "https://[hub]", "https://"]
)
def test_an_address_that_is_none_is_told(log: NetworkLog, address: str) -> None:
    door = Door(lambda: Access(online=True, endpoint=address), log)
    with pytest.raises(SettingError, match=r"cannot be the hub's address\..*https://HOST:PORT"):
        Hub(door).search(HubQuery())
    assert log.entries() == ()


def test_a_proxy_is_used(server: Server, log: NetworkLog) -> None:
    access = Access(online=True, endpoint="http://localhost:9", proxy=server.address)
    with pytest.raises(UserError, match="no such model"):
        Hub(Door(lambda: access, log)).look("a/Missing", "x")
    assert server.seen[0].path.startswith("http://localhost:9/")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A system without a proxy, to give one to."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize("name", ["http_proxy", "all_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_system_is_used_also_without_a_scheme(
    server: Server, log: NetworkLog, bare: pytest.MonkeyPatch, name: str
) -> None:
    bare.setenv(name, server.address.removeprefix("http://"))
    access = Access(online=True, endpoint="http://localhost:9")
    with pytest.raises(UserError, match="no such model"):
        Hub(Door(lambda: access, log)).look("a/Missing", "x")
    assert server.seen[0].path.startswith("http://localhost:9/")


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    "proxy", ["socks5://me:secret@127.0.0.1:1080", "http://127.0.0.1:port", "http://"]
)
def test_a_proxy_of_the_system_that_cannot_be_used_is_told(
    log: NetworkLog, bare: pytest.MonkeyPatch, name: str, proxy: str
) -> None:
    bare.setenv(name, proxy)
    with pytest.raises(SettingError, match=name) as caught:
        Hub(Door(lambda: Access(online=True), log)).search(HubQuery())
    assert "secret" not in str(caught.value)
    assert log.entries() == ()


def test_the_proxy_for_the_hubs_own_scheme_comes_before_that_for_all(
    server: Server, log: NetworkLog, bare: pytest.MonkeyPatch
) -> None:
    bare.setenv("http_proxy", server.address)
    bare.setenv("all_proxy", "socks5://127.0.0.1:1080")
    access = Access(online=True, endpoint="http://localhost:9")
    with pytest.raises(UserError, match="no such model"):
        Hub(Door(lambda: access, log)).look("a/Missing", "x")
    assert server.seen[0].path.startswith("http://localhost:9/")


GOOD = [
    "config.json",
    "model-00001-of-00002.safetensors",
    "sub/model.gguf",
    "a b.json",
    ".gitattributes",
]
BAD = [
    "", ".", "..", "../x", "a/../x", "a/./x", "/x", "//x", "x/", "a//b", "\\x", "a\\b", "..\\x",
    "C:x", "C:\\x", "c:/x", "\\\\host\\share", "//host/share", "x:stream", "x\0y", "x\ny", "x\x7f",
    "con", "CON", "con.json", "PRN", "aux.txt", "nul", "NUL.safetensors", "com1", "COM9.json",
    "lpt1", "LPT5.x", "com¹.txt", "CONIN$", "sub/nul", "sub/con.json", "x.", "x ", " x", "x/..",
    "a/ b", "x?", "x*", "x|y", "<x", "x>", '"x"', "é.json", "‮cod.json", "x" * 201,
    "a/" * 101 + "x", "~/x\\y", "..\0", "...", "x...", "a/.../b", "\u2025/x", "\uff0e\uff0e/x", "x\u200b",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD, ids=repr)
def test_names_that_could_leave_the_folder_are_refused(name: str) -> None:
    assert not is_safe(name)


@pytest.mark.parametrize("name", GOOD)
def test_ordinary_names_stay_inside_on_every_system(name: str) -> None:
    assert is_safe(name)
    for kind in (PurePosixPath, PureWindowsPath):
        path = kind("models") / name
        assert not kind(name).is_absolute()
        assert path.parts[0] == "models"
        assert ".." not in path.parts
        assert not kind(name).drive


@pytest.mark.parametrize(
    "repo", ["x", "a/b/c", "../b", "a/..", "a/b..c", "a b/c", "", "/a/b", "a/con"]
)
def test_a_repository_is_owner_and_name(repo: str) -> None:
    with pytest.raises(ModelError):
        check_repo(repo)
    assert check_repo("Qwen/Qwen3-0.6B")


@pytest.mark.parametrize(
    ("tags", "fits"),
    [
        (["safetensors", "qwen3"], True),
        (["safetensors", "qwen3_moe"], False),
        (["safetensors", "mixtral"], False),
        (["safetensors", "deepseek_v3"], False),
        (["safetensors", "base_model:a/mixtral"], True),
    ],
)
def test_a_mixture_whose_experts_stay_wide_must_be_smaller_to_fit(
    tags: list[str], fits: bool
) -> None:
    def told(parameters: int) -> ModelInfo:
        sizes = {"parameters": {"BF16": parameters}, "total": parameters}
        return ModelInfo(id="a/b", tags=tags, safetensors=sizes, pipeline_tag="text-generation")

    assert hub._fits(told(7_000_000_000), 8_000_000_000) is fits
    assert hub._fits(told(2_000_000_000), 8_000_000_000)
