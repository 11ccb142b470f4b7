"""The build's modules are scripts beside each other, no package."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


@pytest.fixture(autouse=True)
def build_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """They can be imported, and are forgotten after each test."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(PACKAGING / "freeze"))
    monkeypatch.syspath_prepend(str(PACKAGING))
    yield
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("leave_out", "bundle", "icons", "linux", "smoke"):
            del sys.modules[name]
