"""Catalogue, search, download and network log from the command line, against a hub on this computer."""

import io
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from hub_server import COMMIT, Hub, Repo, hub_server
from keyring_in_memory import Backend

from desktop_llm import cli
from desktop_llm.cli import home
from desktop_llm.core.errors import StoreError, UsageError
from desktop_llm.resources import resource
from desktop_llm.storage.keys import KeyringError, SystemKeyring
from desktop_llm.storage.model_notes import ModelNotes
from desktop_llm.storage.paths import find_paths
from desktop_llm.storage.state_file import StateFile
from desktop_llm.storage.tokens import USER, HubToken

GUIDE = {
    path.name: path.read_bytes()
    for path in resource("guide_model").iterdir()
    if path.suffix in (".json", ".safetensors", ".jinja")
}
REPO = "someone/Guide"


@pytest.fixture
def hub() -> Iterator[Hub]:
    paths = find_paths()
    paths.prepare()
    StateFile(paths.state).put("bandwidth", 20e9)
    with hub_server({REPO: Repo(GUIDE, parameters=3_500_000)}) as running:
        cli.run(["settings", "set", "privacy.hub", running.address])
        yield running


def test_the_catalogue_tells_what_fits_here(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.run(["models", "catalogue", "--json"]) == 0
    models = json.loads(capsys.readouterr().out)
    assert len(models) >= 25
    for model in models:
        assert [one["precision"] for one in model["here"]] == ["bf16", "int8", "int4"]
        writes = model["kind"] not in ("classifier", "embedding")
        assert all((one["tokens_per_s"] > 0) is writes for one in model["here"])
    assert cli.run(["models", "catalogue"]) == 0
    assert "about" in capsys.readouterr().out
    assert hub.seen == []


def test_offline_is_the_default_and_is_told(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["models", "search", "guide"]) == 1
    assert cli.run(["models", "download", REPO]) == 1
    assert "settings set privacy.online true" in capsys.readouterr().err
    assert hub.seen == []


def test_search_download_ask_and_log(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["settings", "set", "privacy.online", "true"])
    assert cli.run(["models", "search", "guide", "--format", "safetensors", "--fits"]) == 0
    assert REPO in capsys.readouterr().out
    assert cli.run(["models", "search", "no such model"]) == 1
    assert cli.run(["models", "search", "no such model", "--json"]) == 1
    assert cli.run(["models", "download", REPO, "--revision", "main"]) == 0
    assert COMMIT[:12] in capsys.readouterr().out
    assert cli.run(["ask", "Hello", "--model", REPO, "--max-new-tokens", "3"]) == 0
    capsys.readouterr()
    assert cli.run(["network", "log", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert len(entries) == len(hub.seen)
    assert {entry["host"] for entry in entries} == {"127.0.0.1", "localhost"}
    fetched = sum(entry["received"] for entry in entries)
    assert fetched > len(GUIDE["model.safetensors"])
    assert cli.run(["network", "log"]) == 0
    assert f"download of {REPO}" in capsys.readouterr().out


def test_network_without_an_action_shows_the_log(
    hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.run(["settings", "set", "privacy.online", "true"])
    cli.run(["models", "search", "guide"])
    capsys.readouterr()
    assert cli.run(["network"]) == 0
    told = capsys.readouterr().out
    assert told.count("\n") == len(hub.seen) > 0
    assert cli.run(["network", "log"]) == 0
    assert capsys.readouterr().out == told


def test_interrupted_it_goes_on_with_the_same_command(hub: Hub) -> None:
    big = random.Random(1).randbytes(3_000_000)
    hub.repos["someone/Big"] = Repo({**GUIDE, "README.md": big})
    cli.run(["settings", "set", "privacy.online", "true"])
    hub.weather.bytes_per_s = 1_500_000
    command = [sys.executable, "-m", "desktop_llm", "models", "download", "someone/Big"]
    # Where the tests run in the background, a program they start would ignore the signal as they do.
    before_that = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, before_that)
    with process:
        while hub.sent < 1_000_000:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "goes on from here" in told
    hub.weather.bytes_per_s, before = 0, hub.sent
    assert cli.run(["models", "download", "someone/Big"]) == 0
    assert hub.sent - before < sum(map(len, GUIDE.values())) + len(big) - 500_000
    assert (find_paths().models / "someone" / "Big" / "README.md").read_bytes() == big


def test_after_a_refusal_the_newest_is_fetched(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.run(["settings", "set", "privacy.online", "true"])
    hub.repos[REPO] = Repo(GUIDE | {"chat_template.jinja": b"{{ ''.__class__.__mro__ }}"})
    for _ in range(2):
        assert cli.run(["models", "download", REPO]) == 3
    hub.repos[REPO] = Repo(GUIDE)
    monkeypatch.setattr("hub_server.COMMIT", "c" * 40)
    capsys.readouterr()
    assert cli.run(["models", "download", REPO]) == 0
    assert "at cccccccccccc" in capsys.readouterr().out


def test_chosen_files_that_wait_are_not_taken_for_the_model(hub: Hub) -> None:
    cli.run(["settings", "set", "privacy.online", "true"])
    hub.repos["someone/Both"] = Repo(GUIDE | {"x.gguf": b"GGUF" * 9000})
    paths = find_paths()
    kept = home.settings(paths)
    look, downloads = home.hub(paths, kept).look("someone/Both"), home.downloads(paths, kept)
    waiting = [downloads.add(look, names).id for names in (["x.gguf"], ["config.json"])]
    assert cli.run(["models", "download", "someone/Both"]) == 0
    assert (paths.models / "someone" / "Both" / "model.safetensors").is_file()
    assert [one.id for one in downloads.pending()] == waiting


def test_a_model_is_fetched_again_where_that_is_asked_for_and_called_as_it_is_listed(
    hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.run(["settings", "set", "privacy.online", "true"])
    other = find_paths().models / "someone" / "Guide" / "mine.txt"
    other.parent.mkdir(parents=True)
    other.write_text("Mine.")
    assert cli.run(["models", "download", REPO]) == 0
    name = f"{REPO}@{COMMIT[:8]}"
    assert f"ask --model {name} TEXT" in capsys.readouterr().out
    assert cli.run(["models", "info", name]) == 0
    assert cli.run(["models", "download", REPO]) == 3
    assert "fetch it again (--again)" in capsys.readouterr().err
    weights = find_paths().models / name / "model.safetensors"
    weights.write_bytes(bytes(len(GUIDE["model.safetensors"])))
    assert cli.run(["models", "download", REPO, "--again"]) == 0
    assert weights.read_bytes() == GUIDE["model.safetensors"]


def test_the_token_is_kept_in_the_keyring_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    backend = Backend()
    keyring = SystemKeyring(backend, "test")
    token = HubToken(lambda: keyring)
    assert token.get() == ""
    token.put("  hf_secret\n")
    assert token.get() == "hf_secret"
    assert [user for _, user in backend.kept] == [USER]
    token.put("")
    assert backend.kept == {}
    token.put("")
    monkeypatch.setenv("HF_TOKEN", "hf_for_this_run")
    assert token.get() == "hf_for_this_run"


@pytest.mark.parametrize(
    "token", ["hf_secret\u200b", "hf_s\u0435cret", "hf_secret\nhf_2", "hf secret"]
)
def test_a_token_that_could_not_be_sent_is_refused_wherever_it_comes_from(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    backend = Backend()
    keyring = SystemKeyring(backend, "test")
    kept = HubToken(lambda: keyring)
    with pytest.raises(UsageError, match=r"It holds U\+.*Copy it again") as caught:
        kept.put(token)
    assert backend.kept == {}
    assert "secret" not in str(caught.value)
    keyring.put_text(USER, token)  # by an earlier version
    with pytest.raises(UsageError, match=r"It holds U\+.*Settings, Privacy"):
        kept.get()
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(UsageError, match=r"It holds U\+.*HF_TOKEN"):
        kept.get()


def test_online_steps_say_what_is_wrong_with_the_token(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.run(["settings", "set", "privacy.online", "true"])
    monkeypatch.setenv("HF_TOKEN", "hf_secret\u200b")
    assert cli.run(["models", "search", "guide"]) == 2
    assert "U+200B" in capsys.readouterr().err
    assert hub.seen == []


def test_without_a_keyring_the_token_is_not_kept(capsys: pytest.CaptureFixture[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "desktop_llm", "network", "token"],
        input="hf_secret", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "HF_TOKEN" in done.stderr
    home = find_paths().home
    kept = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert not any(b"hf_secret" in content for content in kept)


@pytest.mark.parametrize(
    ("given", "code", "kept"),
    [
        (b"hf_new\n", 0, ["hf_new"]),
        ("\ufeffhf_new\r\nand more\n".encode(), 0, ["hf_new"]),
        (b"\n", 0, []),
        (b"", 2, ["hf_old"]),
    ],
    ids=["a line", "two lines", "an empty line", "nothing"],
)
def test_a_line_is_the_token_and_no_input_at_all_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, given: bytes, code: int, kept: list[str]
) -> None:
    backend = Backend()
    keyring = SystemKeyring(backend, "test")
    HubToken(lambda: keyring).put("hf_old")
    monkeypatch.setattr(home, "hub_token", lambda paths: HubToken(lambda: keyring))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    assert cli.run(["network", "token"]) == code
    assert list(backend.kept.values()) == kept


def test_a_token_is_taken_at_the_end_of_its_line() -> None:
    command = [sys.executable, "-m", "desktop_llm", "network", "token"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        process.stdin.write(b"hf_secret\n")
        process.stdin.flush()
        assert process.wait(60) == 1  # there is no keyring; the input is still open


def test_why_a_token_is_not_kept_names_what_is_missing() -> None:
    with pytest.raises(StoreError, match="This system has no keyring"):
        HubToken(lambda: None).put("hf_secret")
    with pytest.raises(StoreError, match="in one folder uses no keyring"):
        HubToken(None).put("hf_secret")


def test_a_keyring_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)

    class Locked(Backend):
        def get_password(self, service: str, user: str) -> str | None:
            raise KeyringError("locked")

    with pytest.raises(Exception, match="does not answer"):
        HubToken(lambda: SystemKeyring(Locked(), "test")).get()

    def gone() -> SystemKeyring:
        raise ModuleNotFoundError("No module named 'no.such'")

    with pytest.raises(StoreError, match=r"does not answer.*no\.such"):
        HubToken(gone).get()
    with pytest.raises(StoreError, match=r"does not answer.*no\.such"):
        HubToken(gone).put("hf_secret")


WATCH = """
import sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        print("CONNECTED", event, arguments, file=sys.stderr)
sys.addaudithook(watch)
from desktop_llm.__main__ import main
sys.argv[0] = "desktop-llm"
sys.exit(main())
"""


@pytest.mark.parametrize(
    "arguments",
    [["ask", "Hello", "--max-new-tokens", "2"], ["models", "catalogue"], ["models", "list"]],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_nothing_connects_without_being_asked(hub: Hub, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *arguments], capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "CONNECTED" not in done.stderr
    assert hub.seen == []


def test_ask_uses_what_was_set_for_the_model(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    notes = ModelNotes(find_paths().model_notes)
    variant = notes.add_variant("guide", "guide", "Brief guide")
    notes.change(variant.id, "sampling.max_new_tokens", 2)
    cli.run(["settings", "set", "sampling.max_new_tokens", "5"])  # holds for other models
    ask = ["ask", "What is a token?", "--model", "brief guide", "--json"]
    for given, count in (((), 2), (("--max-new-tokens", "3"), 3)):
        capsys.readouterr()
        assert cli.run([*ask, *given]) == 0
        end = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert (end["reason"], end["new_tokens"]) == ("length", count)
    assert cli.run(["models", "list"]) == 0
    assert variant.id in capsys.readouterr().out
