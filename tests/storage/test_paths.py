"""Where things are kept, and what is said where they cannot be."""

import os
import stat
import sys
from pathlib import Path

import pytest

from desktop_llm.core.errors import HomeError
from desktop_llm.storage.paths import find_paths


def test_a_portable_home_holds_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKTOP_LLM_HOME", str(tmp_path / "here"))
    paths = find_paths()
    assert paths.portable
    files = (paths.history, paths.key, paths.settings, paths.presets, paths.state, paths.models)
    assert all(path.is_relative_to(tmp_path / "here") for path in (*files, *paths.folders()))


def test_without_a_portable_home_the_key_lies_apart_from_the_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DESKTOP_LLM_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    paths = find_paths()
    assert not paths.portable
    assert paths.home == paths.data
    assert all("desktop-llm" in str(folder) for folder in paths.folders())
    if sys.platform == "linux":
        assert paths.history == tmp_path / "data" / "desktop-llm" / "history.db"
        assert paths.key.parent != paths.history.parent


def test_a_packaged_program_with_a_file_named_portable_keeps_things_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DESKTOP_LLM_HOME")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "desktop-llm"))
    (tmp_path / "portable").touch()
    assert not find_paths().portable  # some Python with a file beside it is no packaged program
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert find_paths().home == tmp_path / "data"
    (tmp_path / "portable").unlink()
    assert not find_paths().portable


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESKTOP_LLM_HOME", "here")
    assert find_paths().home == tmp_path / "here"


def test_prepare_makes_the_folders_for_this_user_alone_and_can_be_repeated() -> None:
    paths = find_paths()
    paths.prepare()
    paths.prepare()
    assert all(folder.is_dir() for folder in paths.folders())
    if os.name == "posix":
        assert stat.S_IMODE(paths.models.stat().st_mode) == 0o700
    assert not any(path.name.startswith(".probe") for path in paths.home.rglob("*"))


def test_a_file_in_the_way_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").write_text("a file")
    monkeypatch.setenv("DESKTOP_LLM_HOME", str(tmp_path / "home" / "inner"))
    with pytest.raises(HomeError, match=r"home.*file stands where a folder.*DESKTOP_LLM_HOME"):
        find_paths().prepare()


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder nobody can write, even root")
def test_an_unwritable_home_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKTOP_LLM_HOME", "/proc/desktop-llm")
    with pytest.raises(HomeError) as caught:
        find_paths().prepare()
    assert "/proc/desktop-llm" in caught.value.what
    assert "DESKTOP_LLM_HOME" in caught.value.todo


def test_a_home_folder_of_nobody_is_told_and_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESKTOP_LLM_HOME", "~nobody9/llm")
    with pytest.raises(HomeError, match=r"~nobody9.*no user of that name.*DESKTOP_LLM_HOME"):
        find_paths()
    assert not list(tmp_path.iterdir())
