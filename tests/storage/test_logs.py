"""The log takes whatever the app tells it."""

import logging

from desktop_llm.storage.logs import log_file, start_logging, stop_logging
from desktop_llm.storage.paths import find_paths


def test_a_path_that_is_no_utf8_is_logged() -> None:
    paths = find_paths()
    paths.prepare()
    start_logging(paths)
    try:
        logging.getLogger("desktop_llm").warning("%s was left behind", "mod\udce8le")
    finally:
        stop_logging()
    assert "mod\\udce8le was left behind" in log_file(paths).read_text("utf-8")
