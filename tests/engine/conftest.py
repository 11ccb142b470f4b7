"""Tiny real models, made once for all tests of the engine."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_models import CHATML, loaded_engine, make_model

from desktop_llm.engine import paces
from desktop_llm.engine.engine import TransformersEngine

MAKER = Path(__file__).resolve().parents[2] / "packaging" / "freeze" / "ready_kernels.py"


@pytest.fixture(scope="session")
def model_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One folder of each kind: llama, gpt2 (no chat template), gemma2 and mistral (sliding windows)."""
    home = tmp_path_factory.mktemp("models")
    templates = {"gpt2": None}
    return {
        kind: make_model(home / kind, kind, templates.get(kind, CHATML))
        for kind in ("llama", "gpt2", "gemma2", "mistral")
    }


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The resources of a package, as far as they are machine code."""
    if shutil.which("ld") is None:
        pytest.skip("there is no linker here")
    folder = tmp_path_factory.mktemp("resources")
    done = subprocess.run(
        [sys.executable, MAKER, folder / "kernels"], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def engine(model_folders: dict[str, Path]) -> TransformersEngine:
    """An engine with the tiny Llama."""
    return loaded_engine(model_folders["llama"])


@pytest.fixture
def first_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every matrix goes through the same kind of layer. Which is fastest depends on its size and on the
    moment, and kinds round what they are given differently."""
    monkeypatch.setattr(paces, "fastest", lambda kinds, *_: kinds[0])
