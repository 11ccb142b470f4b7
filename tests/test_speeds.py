"""The process that measures for the window: it is the app, with the window's own folders."""

import threading
from pathlib import Path

import pytest

from desktop_llm import speeds
from desktop_llm.core.errors import ModelError
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


def test_why_a_model_is_not_measured_comes_with_its_sentences_apart_for_the_windows_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    work = speeds._bench("no/such-model", "int4")
    with pytest.raises(ModelError) as told:
        work(lambda done, total: None, threading.Event())
    assert told.value.what.startswith("There is no model named 'no/such-model'")
    assert told.value.without_values().startswith("There is no model named {wanted}")
