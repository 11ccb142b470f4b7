"""Where downloads come to lie, beside what is there already, and that the library takes them there."""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import gguf_files
import hostile
import pytest
from hub_client import fetch, make
from hub_server import COMMIT, Repo, hub_server
from hub_server import Hub as Server

from desktop_llm.core.errors import ModelError
from desktop_llm.library.download import MANIFEST, Downloads
from desktop_llm.library.fetch import PART
from desktop_llm.library.inspector.process import problem_with
from desktop_llm.library.models import Library
from desktop_llm.library.needed import needed
from desktop_llm.library.records import Record, Records

REPO = "someone/Tiny"
MANY = "someone/Tiny-GGUF"
WHOLE = {
    "config.json": b'{"model_type": "llama"}',
    "tokenizer.json": b"{}",
    "model.safetensors": b"0" * 30_000,
}
GGUFS = {f"{name}.gguf": name.encode() * 30_000 for name in "abc"}


@pytest.fixture
def server() -> Iterator[Server]:
    with hub_server({MANY: Repo(dict(GGUFS), form="gguf")}) as running:
        yield running


def test_two_files_of_one_repository_are_two_downloads(tmp_path: Path, server: Server) -> None:
    hub, downloads = make(tmp_path, server)
    look = hub.look(MANY)
    first, second = downloads.add(look, ["a.gguf"]), downloads.add(look, ["b.gguf"])
    assert downloads.pending() == (first, second)
    assert (first.name, second.name) == (f"{MANY}/a.gguf", f"{MANY}/b.gguf")
    assert downloads.add(look, ["a.gguf"]).id == first.id
    folder = fetch(downloads, first)
    assert downloads.pending() == (second,)
    assert fetch(downloads, second) == folder
    assert downloads.pending() == ()
    assert {path.name for path in folder.iterdir()} == {"a.gguf", "b.gguf", MANIFEST}


@pytest.mark.parametrize("name", ["a#1.gguf", "a%62.gguf", "a[b].gguf", "in here/a+b&c;d=e.gguf"])
def test_a_file_is_fetched_by_its_name_whatever_that_says_in_an_address_or_a_pattern(
    tmp_path: Path, server: Server, name: str
) -> None:
    files = server.repos[MANY].files
    files |= {"ab.gguf": b"other" * 3000, name: name.encode() * 3000}
    hub, downloads = make(tmp_path, server)
    download = downloads.add(hub.look(MANY), [name])
    assert [file.name for file in download.files] == [name]
    assert (fetch(downloads, download) / name).read_bytes() == files[name]


def test_a_file_is_a_model_by_itself_in_whatever_letters_its_ending_is(
    tmp_path: Path, server: Server
) -> None:
    good = gguf_files.gguf(gguf_files.good(), gguf_files.GOOD_TENSORS)
    server.repos[MANY] = Repo({"A.GGUF": good, "B.Gguf": good})
    hub, _ = make(tmp_path, server)
    look = hub.look(MANY)
    downloads = Downloads(tmp_path / "models", hub._door, problem_with)  # as the window has it
    with pytest.raises(ModelError, match="--files"):
        downloads.add(look)
    for name in ("A.GGUF", "B.Gguf"):
        download = downloads.add(look, [name])
        assert download.name == f"{MANY}/{name}"
        assert fetch(downloads, download) == tmp_path / "models" / MANY
    again = downloads.add(look, ["A.GGUF"], again=True)
    assert [file.name for file in again.files] == ["A.GGUF"]
    names = {model.name for model in Library(tmp_path / "models", None).list()}
    assert names == {"A", "B"}


def test_files_of_one_repository_come_to_lie_together_and_are_known_there(
    tmp_path: Path, server: Server
) -> None:
    hub, downloads = make(tmp_path, server)
    look = hub.look(MANY)
    for name, data in GGUFS.items():
        folder = fetch(downloads, downloads.add(look, [name]))
        assert folder == tmp_path / "models" / MANY
        assert (folder / name).read_bytes() == data
    models = Library(tmp_path / "models", None).list()
    assert [model.id for model in models] == [f"{MANY}/{name}" for name in GGUFS]
    for name in GGUFS:
        with pytest.raises(ModelError, match="there already"):
            downloads.add(look, [name])
    manifest = json.loads((tmp_path / "models" / MANY / MANIFEST).read_text())
    assert {file["name"] for file in manifest["files"]} == manifest["hashes"].keys() == set(GGUFS)
    (tmp_path / "models" / MANY / "b.gguf").unlink()
    assert fetch(downloads, downloads.add(look, ["b.gguf"])) == tmp_path / "models" / MANY


def test_whatever_lies_in_its_place_a_model_finds_another_and_is_known_there(
    tmp_path: Path, server: Server
) -> None:
    server.repos[REPO] = Repo(WHOLE | GGUFS)
    hub, downloads = make(tmp_path, server)
    look = hub.look(REPO)
    other = tmp_path / "models" / "someone" / "Tiny"
    other.mkdir(parents=True)
    (other / "mine.txt").write_text("Mine.")
    single = fetch(downloads, downloads.add(look, ["a.gguf"]))
    assert single.name == f"Tiny@{COMMIT[:8]}"
    assert fetch(downloads, downloads.add(look, ["b.gguf"])) == single
    whole = fetch(downloads, downloads.add(look))
    assert whole.name == f"Tiny@{COMMIT[:8]}-2"
    for names in (["a.gguf"], ["b.gguf"], []):
        with pytest.raises(ModelError, match="there already"):
            downloads.add(look, names)
    shutil.rmtree(single)
    assert fetch(downloads, downloads.add(look, ["a.gguf"])) == single  # not in the model's folder
    ids = {model.id for model in Library(tmp_path / "models", None).list()}
    assert ids == {f"someone/{single.name}/a.gguf", f"someone/{whole.name}"}
    assert (other / "mine.txt").read_text() == "Mine."


def test_a_file_that_an_earlier_version_began_to_fetch_goes_on(
    tmp_path: Path, server: Server
) -> None:
    hub, downloads = make(tmp_path, server)
    look = hub.look(MANY)
    room = tmp_path / "models" / ".downloads"
    before = f"{MANY.replace('/', '--')}@{COMMIT[:12]}"
    (room / downloads.add(look, ["a.gguf"]).id).rename(room / before)
    (room / before / ("a.gguf" + PART)).write_bytes(GGUFS["a.gguf"][:9000])
    kept = downloads.add(look, ["a.gguf"])
    assert (kept.id, kept.done) == (before, 9000)
    downloads.add(look, ["b.gguf"])
    assert len(downloads.pending()) == 2
    assert (fetch(downloads, kept) / "a.gguf").read_bytes() == GGUFS["a.gguf"]


@pytest.mark.parametrize("name", ["Q8/a-Q8_0.gguf", "gguf/Q8/a-Q8_0.gguf"])
def test_a_file_from_a_folder_of_a_repository_is_found_by_the_name_of_its_download(
    tmp_path: Path, server: Server, name: str
) -> None:
    server.repos[MANY] = Repo({name: b"GGUF" * 9000})
    hub, downloads = make(tmp_path, server)
    download = downloads.add(hub.look(MANY), [name])
    folder = fetch(downloads, download)
    library = Library(tmp_path / "models", None)
    assert [model.id for model in library.list()] == [download.name]
    assert library.find(download.name).path == folder / name


@pytest.mark.parametrize("form", ["safetensors", "gguf"])
def test_what_arrives_where_something_else_was_deleted_by_hand_is_not_held_against_that(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    made = tmp_path / "made"
    files = [hostile.model_folder(made)] if form == "safetensors" else gguf_files.write_parts(made)
    names = [] if form == "safetensors" else [files[0].name]
    server.repos[REPO] = Repo({file.name: file.read_bytes() for file in made.iterdir()}, form=form)
    hub, downloads = make(tmp_path, server)
    folder = fetch(downloads, downloads.add(hub.look(REPO), names))
    library = Library(tmp_path / "models", None)
    library.check(library.find("Tiny"), lambda *_: None, threading.Event())
    shutil.rmtree(folder)
    weights = "model.safetensors" if form == "safetensors" else files[-1].name
    raw = bytearray(server.repos[REPO].files[weights])
    raw[-3] ^= 1
    server.repos[REPO].files[weights] = bytes(raw)
    monkeypatch.setattr("hub_server.COMMIT", "c" * 40)
    assert fetch(downloads, downloads.add(hub.look(REPO), names)) == folder
    library.check(library.find("Tiny"), lambda *_: None, threading.Event())
    assert library.verify(library.find("Tiny"), lambda *_: None, threading.Event())


def test_what_arrives_beside_a_file_leaves_what_is_known_of_that(
    tmp_path: Path, server: Server
) -> None:
    hub, downloads = make(tmp_path, server)
    look, records = hub.look(MANY), Records(tmp_path / "models")
    file = fetch(downloads, downloads.add(look, ["a.gguf"])) / "a.gguf"
    pinned = Record({}, hashes={"a.gguf": "0" * 64})
    records.put({file: pinned, file.with_name("b.gguf"): pinned})
    fetch(downloads, downloads.add(look, ["b.gguf"]))
    assert records.get(file) == pinned
    assert records.get(file.with_name("b.gguf")) is None


@pytest.mark.parametrize("damage", ["a bit", "cut", "gone"])
def test_what_is_fetched_again_takes_the_place_of_damaged_files(
    tmp_path: Path, server: Server, damage: str
) -> None:
    made = hostile.model_folder(tmp_path / "made")
    server.repos[REPO] = Repo({file.name: file.read_bytes() for file in made.iterdir()})
    hub, downloads = make(tmp_path, server)
    look = hub.look(REPO)
    folder = fetch(downloads, downloads.add(look))
    library, weights = Library(tmp_path / "models", None), folder / "model.safetensors"
    library.check(library.find("Tiny"), lambda *_: None, threading.Event())
    raw = bytearray(weights.read_bytes())
    raw[-3] ^= 1
    weights.write_bytes(raw if damage == "a bit" else raw[:-5])
    if damage == "gone":
        weights.unlink()
    (folder / "mine.txt").write_text("Mine.")
    with pytest.raises(ModelError, match=r"download it again|has no weights|cut short"):
        library.check(library.find("Tiny"), lambda *_: None, threading.Event())
    assert fetch(downloads, downloads.add(look, again=True)) == folder
    assert weights.read_bytes() == server.repos[REPO].files["model.safetensors"]
    library.check(library.find("Tiny"), lambda *_: None, threading.Event())
    assert library.verify(library.find("Tiny"), lambda *_: None, threading.Event())
    assert [model.id for model in library.list()] == [REPO]
    assert (folder / "mine.txt.old").read_text() == "Mine."
    assert downloads.pending() == ()


def test_what_somebody_put_beside_the_files_is_not_read_after_they_were_fetched_again(
    tmp_path: Path, server: Server
) -> None:
    server.repos[REPO] = Repo(dict(WHOLE))
    hub, downloads = make(tmp_path, server)
    look = hub.look(REPO)
    folder = fetch(downloads, downloads.add(look))
    for times in (1, 2):
        (folder / "chat_template.jinja").write_text(f"{times}")
        fetch(downloads, downloads.add(look, again=True))
    assert {path.name for path in folder.iterdir()} == {
        *WHOLE, MANIFEST, "chat_template.jinja.old", "chat_template.jinja.old2",
    }  # fmt: skip


def test_a_gguf_file_that_is_fetched_again_leaves_those_beside_it(
    tmp_path: Path, server: Server
) -> None:
    hub, downloads = make(tmp_path, server)
    look, records = hub.look(MANY), Records(tmp_path / "models")
    folder = fetch(downloads, downloads.add(look, ["a.gguf", "b.gguf"]))
    pinned = Record({}, hashes={"a.gguf": "0" * 64})
    records.put({folder / "a.gguf": pinned, folder / "b.gguf": pinned})
    for name in ("a.gguf", "b.gguf"):
        (folder / name).write_bytes(b"0" * 30_000)
    assert fetch(downloads, downloads.add(look, ["a.gguf"], again=True)) == folder
    assert (folder / "a.gguf").read_bytes() == GGUFS["a.gguf"]
    assert (folder / "b.gguf").read_bytes() == b"0" * 30_000
    assert records.get(folder / "a.gguf") is None
    assert records.get(folder / "b.gguf") == pinned
    (folder / "c.gguf").write_bytes(b"mine")
    assert fetch(downloads, downloads.add(look, ["*.gguf"], again=True)) != folder
    assert (folder / "c.gguf").read_bytes() == b"mine"


def test_where_a_part_of_a_model_is_wanted_again_all_of_it_is_fetched(
    tmp_path: Path, server: Server
) -> None:
    server.repos[REPO] = Repo(dict(WHOLE))
    hub, downloads = make(tmp_path, server)
    look, records = hub.look(REPO), Records(tmp_path / "models")
    folder = fetch(downloads, downloads.add(look))
    pinned = Record({}, hashes={"model.safetensors": "0" * 64})
    records.put({folder: pinned})
    wanted = downloads.add(look, ["config.json"], again=True)
    assert {file.name for file in wanted.files} == {file.name for file in needed(look)}
    assert fetch(downloads, wanted) == folder
    assert records.get(folder) != pinned, "what is there now came from the hub's own"
