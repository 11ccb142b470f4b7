"""A file is replaced as a whole or not at all, and who may read it is as it is meant to be."""

import os
from pathlib import Path

import pytest

from desktop_llm.storage.atomic import write_atomically


def test_a_write_that_fails_midway_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        for private in (True, False):
            with pytest.raises(OSError, match="No space"):
                write_atomically(path, b"new", private=private)
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"old"]
    write_atomically(path, b"new")
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"new"]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_what_is_not_private_may_be_read_as_before(tmp_path: Path) -> None:
    ordinary, shared = tmp_path / "ordinary", tmp_path / "shared"
    for path in (ordinary, shared):
        path.write_bytes(b"")
    shared.chmod(0o664)
    wanted = {"new": ordinary.stat().st_mode, "shared": shared.stat().st_mode}
    for name, mode in wanted.items():
        write_atomically(tmp_path / name, b"x", private=False)
        assert (tmp_path / name).stat().st_mode == mode
        write_atomically(tmp_path / name, b"x")
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_an_export_goes_where_no_other_file_can_be_made_or_has_a_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other people's folders, and network file systems; as root no folder refuses anything."""
    path = tmp_path / "export.md"
    path.write_bytes(b"old")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr("shutil.copymode", refuse)
        patched.setattr("os.open", refuse)
        write_atomically(path, b"new", private=False)
    assert path.read_bytes() == b"new"
    monkeypatch.setattr(Path, "touch", refuse)
    write_atomically(path, b"newer", private=False)
    assert path.read_bytes() == b"newer"
    with pytest.raises(PermissionError):
        write_atomically(path, b"secret")
    with pytest.raises(PermissionError):
        write_atomically(tmp_path / "other.md", b"new", private=False)


def test_a_file_whose_name_is_as_long_as_the_system_allows_is_written(tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 252}.md"
    for content in (b"old", b"new"):
        write_atomically(path, content, private=False)
        assert [one.read_bytes() for one in tmp_path.iterdir()] == [content]
