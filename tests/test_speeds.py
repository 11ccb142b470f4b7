"""The process that measures for the window: it is the app, with the window's own folders."""

from pathlib import Path

import pytest

from desktop_llm import speeds
from desktop_llm.storage.paths import HOME_VARIABLE


def test_it_keeps_things_where_the_window_does_though_the_folder_is_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(HOME_VARIABLE, "things-of-a-test")
    process = speeds._start(["--model", "there is no such model"])
    _, said = process.communicate(timeout=60)
    assert "there is no such model" in said
    assert (tmp_path / "things-of-a-test" / "models").is_dir()
