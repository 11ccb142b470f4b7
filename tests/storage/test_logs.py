"""The log takes whatever the app tells it."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from hub_client import fetch, make
from hub_server import LARGE, Repo, hub_server

from desktop_llm.core.errors import ModelError, SettingError
from desktop_llm.core.hub import HubQuery
from desktop_llm.storage.logs import (
    crash_file,
    log_file,
    log_if_possible,
    start_logging,
    stop_logging,
    told,
)
from desktop_llm.storage.paths import Paths, find_paths


def test_a_path_that_is_no_utf8_is_logged() -> None:
    paths = find_paths()
    paths.prepare()
    start_logging(paths)
    try:
        logging.getLogger("desktop_llm").warning("%s was left behind", "mod\udce8le")
    finally:
        stop_logging()
    assert "mod\\udce8le was left behind" in log_file(paths).read_text("utf-8")


def test_the_values_of_an_error_are_not_logged_for_they_may_quote_a_person() -> None:
    error = ModelError("It cannot be expressed.", "It says: {failure}.", failure="my secret")
    assert told(error) == (
        "desktop_llm.core.errors.ModelError: It cannot be expressed. It says: {failure}."
    )
    assert told(SettingError("{value} is none.", value="mine")).endswith(": {value} is none.")
    assert told(ValueError("my secret")) == "builtins.ValueError"
    assert told(OSError(28, "No space left")) == "builtins.OSError: [Errno 28] No space left"


def test_what_is_searched_for_and_where_files_come_from_is_not_logged(
    paths: Paths, tmp_path: Path
) -> None:
    repos = {"a/Zorgel": Repo({"config.json": b"{}", "model.safetensors": bytes(LARGE)})}
    start_logging(paths)
    try:
        with hub_server(repos) as server:
            hub, downloads = make(tmp_path, server)
            assert [found.id for found in hub.search(HubQuery("zorgel"))] == ["a/Zorgel"]
            fetch(downloads, downloads.add(hub.look("a/Zorgel")))
            asked = " ".join(seen.path for seen in server.seen)
        logging.getLogger("huggingface_hub.utils._http").warning("500 of %s", "?search=zorgel")
        logging.getLogger("desktop_llm").info("it was asked")
    finally:
        stop_logging()
    assert "search=zorgel" in asked
    assert "/cdn/a/Zorgel/model.safetensors" in asked
    logged = log_file(paths).read_text("utf-8")
    assert "it was asked" in logged
    assert "zorgel" not in logged
    assert "/cdn/" not in logged


@pytest.mark.parametrize("name", [log_file, crash_file])
def test_a_file_that_cannot_be_opened_is_told_and_there_is_no_log(
    paths: Paths, name: Callable[[Paths], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    name(paths).mkdir()
    try:
        (notice,) = log_if_possible(paths)
        logging.getLogger("desktop_llm").error("nobody reads this")
    finally:
        stop_logging()
    assert str(name(paths)) in str(notice)
    assert capsys.readouterr().err == ""
