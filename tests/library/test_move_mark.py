"""What moving meets on other systems: a mark that cannot be taken away, links as Windows tells them."""

import sys
import threading
from pathlib import Path

import gguf_files
import pytest
from elsewhere import holding

from desktop_llm.core.errors import StoreError
from desktop_llm.library.moving import UNFINISHED, move_models


def ignore(done: int, total: int) -> None:
    """No one watches."""


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with a model in it."""
    gguf_files.write(tmp_path / "models" / "one.gguf", b"one")
    return tmp_path / "models"


def test_a_mark_that_stays_makes_no_failure_of_a_move(models: Path, tmp_path: Path) -> None:
    target, third, switched = tmp_path / "disk", tmp_path / "third", list[Path]()
    with holding(target / UNFINISHED):
        move_models(models, target, switched.append, ignore, threading.Event())
    assert switched == [target]
    assert (target / "one.gguf").read_bytes() == b"one"
    assert not list(models.iterdir())
    move_models(target, third, switched.append, ignore, threading.Event())
    assert [path.name for path in third.iterdir()] == ["one.gguf"]
    assert not list(target.iterdir())


def test_a_mark_that_stays_hides_no_error(models: Path, tmp_path: Path) -> None:
    target = tmp_path / "disk"

    def refuse(folder: Path) -> None:
        raise StoreError("The settings could not be saved.")

    with holding(target / UNFINISHED), pytest.raises(StoreError, match="settings"):
        move_models(models, target, refuse, ignore, threading.Event())
    assert (models / "one.gguf").read_bytes() == b"one"
    assert [path.name for path in target.iterdir()] == [UNFINISHED]
    move_models(models, target, lambda folder: None, ignore, threading.Event())
    assert [path.name for path in target.iterdir()] == ["one.gguf"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_by_its_whole_path_moves_along_as_windows_tells_it_too(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (models / "twin.gguf").symlink_to(models / "one.gguf")
    plainly = Path.readlink

    def as_windows_does(link: Path) -> Path:
        said = plainly(link)
        return Path(f"\\\\?\\{said}") if said.is_absolute() else said

    with monkeypatch.context() as patched:
        patched.setattr(Path, "readlink", as_windows_does)
        move_models(models, tmp_path / "disk", lambda _: None, ignore, threading.Event())
    assert (tmp_path / "disk" / "twin.gguf").readlink() == Path("one.gguf")
