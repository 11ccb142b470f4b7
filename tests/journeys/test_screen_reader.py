"""The window as a screen reader meets it, through AT-SPI: names and roles, lines, announcements."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

READER = Path(__file__).with_name("screen_reader.py")
SYSTEM_PYTHON = "/usr/bin/python3"
NO_ROLES = ("unknown", "invalid", "filler")


def _has_atspi() -> bool:
    if not os.environ.get("DISPLAY") or shutil.which("dbus-run-session") is None:
        return False
    code = "import gi; gi.require_version('Atspi', '2.0')"
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    asked = subprocess.run([SYSTEM_PYTHON, "-c", code], env=clean, capture_output=True, check=False)
    return asked.returncode == 0


@pytest.mark.journey
@pytest.mark.skipif(not _has_atspi(), reason="needs a screen, D-Bus and AT-SPI")
def test_a_screen_reader_finds_names_reads_lines_and_hears_the_reply() -> None:
    told = listened()
    met = [node for node in told["tree"] if node["focusable"] and node["showing"]]
    assert len(met) > 10
    assert [node for node in met if not node["name"]] == []
    assert [node for node in met if node["role"] in NO_ROLES] == []
    assert told["lines"][0] == "What is a large language model?"
    assert len(told["lines"]) > 3
    answer = " ".join(told["lines"][1:])
    assert " ".join(told["heard"]) in answer
    assert told["heard"][0].startswith(answer[:20])
    assert len(told["pages"]) == 10
    for page, tree in told["pages"].items():
        met = [node for node in tree if node["focusable"] and node["showing"]]
        assert len(met) > 5, page
        assert [node for node in met if not node["name"]] == [], page
        assert [node for node in met if node["role"] in NO_ROLES] == [], page


def listened() -> dict[str, Any]:
    """What the reader, in a session of its own, tells."""
    environment = {**os.environ, "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}
    done = subprocess.run(
        ["dbus-run-session", SYSTEM_PYTHON, str(READER), sys.executable, "-m", "desktop_llm"],
        env=environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
