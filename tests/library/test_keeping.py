"""Removing models into a real trash, and moving all of them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import gguf_files
import hostile
import pytest

from desktop_llm.core.errors import Cancelled, HomeError, ModelError, StoreError, UsageError
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.library.models import Library
from desktop_llm.library.moving import SPARE, UNFINISHED, move_models
from desktop_llm.resources import resource

GUIDE = resource("guide_model")


def ignore(done: int, total: int) -> None:
    """No one watches."""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    hostile.model_folder(tmp_path / "models" / "org" / "Small")
    gguf_files.write(tmp_path / "models" / "one.gguf", gguf_files.gguf(gguf_files.good(), {}))
    return Library(tmp_path / "models", GUIDE)


def removed(name: str, models: Path, data: Path) -> int:
    """Remove a model into the trash below `data`; the bytes that it is told to have held."""
    # send2trash reads the variable when it is imported.
    code = (
        "import sys; from pathlib import Path; from desktop_llm.library.models import Library\n"
        "library = Library(Path(sys.argv[1]), None)\n"
        "print(library.remove(library.find(sys.argv[2])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(models), name], capture_output=True, text=True,
        check=True, timeout=60, env=os.environ | {"XDG_DATA_HOME": str(data)},
    )  # fmt: skip
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="knows where Linux's trash is")
def test_a_model_goes_into_the_trash_and_its_owners_empty_folder_goes(
    library: Library, tmp_path: Path
) -> None:
    held = sum(file.stat().st_size for file in (tmp_path / "models" / "org" / "Small").iterdir())
    assert removed("Small", tmp_path / "models", tmp_path / "data") == held
    assert not (tmp_path / "models" / "org").exists()
    assert (tmp_path / "data" / "Trash" / "files" / "Small" / "config.json").is_file()
    assert [model.id for model in library.list()] == ["guide", "one.gguf"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="knows where Linux's trash is")
@pytest.mark.parametrize("whole", [True, False])
def test_of_a_model_in_parts_none_stays(library: Library, tmp_path: Path, whole: bool) -> None:
    parts = gguf_files.write_parts(tmp_path / "models" / "org" / "Parts", first_empty=True)
    if not whole:
        parts.pop(1).unlink()
    held = sum(part.stat().st_size for part in parts)
    assert library.find("Tiny").size == held
    assert removed("Tiny", tmp_path / "models", tmp_path / "data") == held
    assert not (tmp_path / "models" / "org" / "Parts").exists()
    trash = {path.name for path in (tmp_path / "data" / "Trash" / "files").iterdir()}
    assert trash == {part.name for part in parts}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="knows where Linux's trash is")
def test_of_a_model_that_is_a_link_the_link_goes_and_that_frees_nothing(tmp_path: Path) -> None:
    models, elsewhere = tmp_path / "models", tmp_path / "elsewhere"
    hostile.model_folder(elsewhere / "Mine")
    gguf_files.write(elsewhere / "x.gguf", gguf_files.gguf(gguf_files.good(), {}))
    models.mkdir()
    for name in ("Mine", "x.gguf"):
        (models / name).symlink_to(elsewhere / name)
        assert removed(name, models, tmp_path / "data") == 0
        assert (tmp_path / "data" / "Trash" / "files" / name).is_symlink()
    assert not any(path.is_symlink() for path in models.iterdir())
    assert (elsewhere / "Mine" / "config.json").is_file()
    assert (elsewhere / "x.gguf").is_file()


def test_linked_models_are_only_unlinked_and_the_guide_stays(
    library: Library, tmp_path: Path
) -> None:
    folder = hostile.model_folder(tmp_path / "elsewhere" / "Mine")
    added = library.add(folder)
    assert added.linked
    assert library.remove(library.find("Mine")) == 0
    assert folder.is_dir()
    with pytest.raises(ModelError, match="no model named"):
        library.find("Mine")
    with pytest.raises(UsageError, match="part of the app"):
        library.remove(library.find("guide"))
    assert GUIDE.is_dir()


def test_moving_takes_all_along_and_forgets_no_hash(library: Library, tmp_path: Path) -> None:
    library.check(library.find("Small"), ignore, threading.Event())
    before = {model.id for model in library.list()}
    switched: list[Path] = []
    library._moved = switched.append
    told: list[tuple[int, int]] = []
    target = tmp_path / "disk" / "llms"
    library.move(target, lambda done, total: told.append((done, total)), threading.Event())
    assert switched == [target]
    assert {model.id for model in library.list()} == before
    assert library.find("Small").path == target / "org" / "Small"
    assert library.verify(library.find("Small"), ignore, threading.Event())
    assert not list((tmp_path / "models").iterdir())
    assert told[-1][0] == told[-1][1]
    assert not (target / UNFINISHED).exists()


@pytest.mark.parametrize("late", [False, True], ids=["at once", "after the last byte"])
def test_a_cancelled_move_leaves_everything_and_nothing_behind(
    library: Library, tmp_path: Path, late: bool
) -> None:
    before = {p: p.read_bytes() for p in (tmp_path / "models").rglob("*") if p.is_file()}
    cancel = threading.Event()

    def stop(done: int, total: int) -> None:
        if done == total or not late:
            cancel.set()

    with pytest.raises(Cancelled):
        library.move(tmp_path / "disk", stop, cancel)
    assert not list((tmp_path / "disk").iterdir())
    after = {p: p.read_bytes() for p in (tmp_path / "models").rglob("*") if p.is_file()}
    assert after == before


def test_an_end_while_the_new_place_is_kept_in_mind_leaves_the_old_one_there(
    library: Library, tmp_path: Path
) -> None:
    kept: list[Path] = []

    def end_once_it_is_kept(folder: Path) -> None:
        kept.append(folder)
        if len(kept) == 1:
            raise KeyboardInterrupt

    library._moved = end_once_it_is_kept
    with pytest.raises(KeyboardInterrupt):
        library.move(tmp_path / "disk", ignore, threading.Event())
    assert kept == [tmp_path / "disk", tmp_path / "models"]
    assert not list((tmp_path / "disk").iterdir())
    assert library.find("Small").path == tmp_path / "models" / "org" / "Small"


def test_a_model_added_while_the_others_move_is_there_afterwards(
    library: Library, tmp_path: Path
) -> None:
    library.add(hostile.model_folder(tmp_path / "elsewhere" / "First"))
    mine, added = hostile.model_folder(tmp_path / "elsewhere" / "Mine"), False

    def add(done: int, total: int) -> None:
        nonlocal added
        if done == total and not added:  # the list with the first one has been copied
            added = True
            library.add(mine)

    library.move(tmp_path / "disk", add, threading.Event())
    assert {model.name for model in library.list() if model.linked} == {"First", "Mine"}
    assert not list((tmp_path / "models").iterdir())


@pytest.mark.parametrize("copied", [False, True])
def test_a_model_removed_while_the_others_move_stays_removed(
    library: Library, tmp_path: Path, copied: bool
) -> None:
    def remove(done: int, total: int) -> None:
        if done == total or not copied:
            shutil.rmtree(tmp_path / "models" / "org", ignore_errors=True)

    library.move(tmp_path / "disk", remove, threading.Event())
    assert [model.id for model in library.list()] == ["guide", "one.gguf"]
    assert not (tmp_path / "disk" / "org").exists()


def test_a_models_folder_that_is_gone_when_it_was_copied_is_not_taken_for_an_emptied_one(
    library: Library, tmp_path: Path
) -> None:
    switched: list[Path] = []
    library._moved = switched.append

    def take_away(done: int, total: int) -> None:
        if done == total:
            (tmp_path / "models").rename(tmp_path / "unplugged")

    with pytest.raises(HomeError, match="where they were"):
        library.move(tmp_path / "disk", take_away, threading.Event())
    assert switched == []
    assert (tmp_path / "unplugged" / "org" / "Small" / "config.json").is_file()


def test_a_models_folder_that_is_not_there_is_not_moved(tmp_path: Path) -> None:
    switched: list[Path] = []
    library = Library(tmp_path / "drive" / "models", GUIDE, moved=switched.append)
    with pytest.raises(HomeError, match=r"no folder .*drive"):
        library.move(tmp_path / "disk", ignore, threading.Event())
    assert switched == []
    assert not (tmp_path / "disk").exists()


def test_where_the_new_place_cannot_be_kept_in_mind_the_models_stay(
    library: Library, tmp_path: Path
) -> None:
    told: list[Path] = []

    def moved(folder: Path) -> None:
        told.append(folder)
        raise StoreError("It applies now, but could not be saved.", "The disk is full.")

    library = Library(tmp_path / "models", GUIDE, moved=moved)
    before = [model.path for model in library.list()]
    with pytest.raises(HomeError, match=r"stay where they were.*disk is full"):
        library.move(tmp_path / "new", ignore, threading.Event())
    assert [model.path for model in library.list()] == before
    assert told == [tmp_path / "new", tmp_path / "models"]
    assert list((tmp_path / "new").iterdir()) == []


def test_while_models_move_nobody_else_moves_them(library: Library, tmp_path: Path) -> None:
    refused: list[str] = []

    def move_too(done: int, total: int) -> None:
        with pytest.raises(HomeError) as caught:
            move_models(tmp_path / "models", tmp_path / "other", ignore_switch, ignore, never)
        refused.append(caught.value.what)

    def ignore_switch(folder: Path) -> None:
        raise AssertionError("both have moved them")

    never = threading.Event()
    library.move(tmp_path / "disk", move_too, never)
    assert set(refused) == {"The models cannot be moved now."}
    assert library.find("Small").path == tmp_path / "disk" / "org" / "Small"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_move_as_links_wherever_they_lead(library: Library, tmp_path: Path) -> None:
    models, letter = tmp_path / "models", tmp_path / "letter.txt"
    disk = tmp_path / "disk" / "deeper"
    letter.write_text("mine", encoding="utf-8")
    (models / "gone.gguf").symlink_to(tmp_path / "nowhere")
    (models / "letter").symlink_to(letter)
    (models / "org" / "twin").symlink_to("Small")
    (models / "org" / "out").symlink_to("../../letter.txt")
    (models / "org" / "whole path").symlink_to(models / "org" / "Small")
    (models / "org" / "out and in").symlink_to("../../models/one.gguf")
    (models / "org" / "up").symlink_to("..")
    (models / "to a link").symlink_to(models / "letter")
    library.move(disk, ignore, threading.Event())
    assert (disk / "gone.gguf").readlink() == tmp_path / "nowhere"
    assert (disk / "letter").readlink() == (disk / "org" / "out").readlink() == letter
    for name in ("twin", "whole path"):
        assert (disk / "org" / name).readlink() == Path("Small")
    assert (disk / "org" / "out and in").readlink() == Path("../one.gguf")
    assert (disk / "org" / "up").readlink() == Path("..")
    assert (disk / "to a link").readlink() == Path("letter")
    assert not list(models.iterdir())
    assert letter.read_text("utf-8") == "mine"


@pytest.mark.parametrize("where", ["models/inside", ".", "full", "file", "caf\udce9", "x" * 300])
def test_places_that_cannot_take_models_are_refused(
    library: Library, tmp_path: Path, where: str
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(HomeError) as caught:
        library.move(tmp_path / where, ignore, threading.Event())
    assert caught.value.todo
    assert library.find("Small").path.is_dir()


MOVE = """
import sys, threading
from pathlib import Path
from desktop_llm.library.moving import move_models
def slowly(done, total):
    import time; time.sleep(0.004)
move_models(Path(sys.argv[1]), Path(sys.argv[2]), lambda t: Path(sys.argv[3]).touch(), slowly,
            threading.Event())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_killed_at_any_moment_one_place_is_whole_and_the_move_can_be_made_again(
    tmp_path: Path,
) -> None:
    source, target, switched = tmp_path / "a", tmp_path / "b", tmp_path / "switched"
    content = {}
    for number in range(40):
        file = source / "org" / f"m{number}" / "config.json"
        file.parent.mkdir(parents=True)
        file.write_bytes(bytes([number]) * 2000)
        content[file.relative_to(source)] = file.read_bytes()
    for delay in (0.1, 0.15, 0.2, 0.3, 0.4):
        process = subprocess.Popen(
            [sys.executable, "-c", MOVE, *map(str, (source, target, switched))]
        )
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        whole = target if switched.exists() else source
        assert {p.relative_to(whole): p.read_bytes() for p in whole.rglob("*.json")} == content
        if switched.exists():
            break
    if not switched.exists():
        move_models(source, target, lambda folder: switched.touch(), ignore, threading.Event())
    assert {p.relative_to(target): p.read_bytes() for p in target.rglob("*.json")} == content


KILLED = """
import os, sys, threading
from pathlib import Path
from desktop_llm.library.moving import move_models
source, target, at = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
move_models(source, target, lambda folder: os._exit(9),
            lambda done, total: os._exit(9) if at == "c" and done > 9000 else None,
            threading.Event())
"""


FOUR = {f"{name}/config.json": name.encode() * 2000 for name in "abcd"}


def killed(tmp_path: Path, at: str) -> tuple[Path, Path]:
    """A folder of four, and where to their move was killed: while c was copied, or at its end."""
    source, target = tmp_path / "from", tmp_path / "to"
    for name, data in FOUR.items():
        gguf_files.write(source / name, data)
    command = [sys.executable, "-c", KILLED, str(source), str(target), at]
    assert subprocess.run(command, check=False, timeout=60).returncode == 9
    return source, target


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_what_was_removed_since_a_move_was_killed_does_not_come_back(tmp_path: Path) -> None:
    source, target = killed(tmp_path, "c")
    assert {path.parent.name for path in target.rglob("config.json")} == {"a", "b", "c"}
    for name in "abc":
        shutil.rmtree(source / name)
    (target / "b" / "config.json").write_bytes(b"mine")
    (target / "letter.txt").write_bytes(b"mine too")
    move_models(source, target, lambda folder: None, ignore, threading.Event())
    assert content(target) == {
        "b/config.json": b"mine", "d/config.json": b"d" * 2000, "letter.txt": b"mine too",
    }  # fmt: skip
    assert not list(source.iterdir())


def test_what_a_killed_move_has_left_takes_no_room_from_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = killed(tmp_path, "c")
    monkeypatch.setattr(
        "desktop_llm.library.moving.shutil.disk_usage",
        lambda folder: SimpleNamespace(
            free=SPARE + 10_000 - sum(map(len, content(folder).values()))
        ),
    )
    move_models(source, target, lambda folder: None, ignore, threading.Event())
    assert content(target) == FOUR


def test_where_all_was_there_when_a_move_was_killed_nothing_is_deleted(tmp_path: Path) -> None:
    source, target = killed(tmp_path, "the end")
    shutil.rmtree(source / "a")  # the other is where models are kept now, perhaps
    move_models(source, target, lambda folder: None, ignore, threading.Event())
    assert content(target) == FOUR


def test_a_mark_that_was_left_does_not_move_with_the_models(tmp_path: Path) -> None:
    _, target = killed(tmp_path, "the end")
    third, sources = tmp_path / "third", set()

    def look(done: int, total: int) -> None:
        sources.add((third / UNFINISHED).read_text("ascii").splitlines()[0])

    move_models(target, third, lambda folder: None, look, threading.Event())
    assert sources == {json.dumps({"source": str(target)})}
    assert content(third) == FOUR
    assert not list(target.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_list_that_a_stranger_wrote_deletes_nothing_outside_the_target(
    library: Library, tmp_path: Path
) -> None:
    letter, target = tmp_path / "letters" / "letter.txt", tmp_path / "disk"
    gguf_files.write(letter, b"mine")
    target.mkdir()
    (target / "link").symlink_to(letter.parent)
    (target / "round").symlink_to("round")
    names = ["../letters/letter.txt", str(letter), "link/letter.txt", "round/x", "\0", ".", ""]
    lines = [{"source": str(tmp_path / "models")}]
    lines += [{"name": name, "copied": None} for name in names]
    (target / UNFINISHED).write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    library.move(target, ignore, threading.Event())
    assert letter.read_bytes() == b"mine"
    assert library.find("Small").path == target / "org" / "Small"


def test_three_hundred_models_are_remembered(tmp_path: Path) -> None:
    first = hostile.model_folder(tmp_path / "models" / "m0")
    for number in range(1, 300):
        shutil.copytree(first, tmp_path / "models" / f"m{number}")
    library = Library(tmp_path / "models", GUIDE)
    listed: tuple[ModelOnDisk, ...] = ()
    for _ in range(50):  # each look has only so much patience
        listed = library.list()
        if all(model.architecture for model in listed):
            break
    assert len(listed) == 301
    assert all(model.architecture == "Llama" for model in listed)
    assert all(model.architecture for model in Library(tmp_path / "models", GUIDE).list())
