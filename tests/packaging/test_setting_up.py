"""What `make run` and `make test` install, and when: the real script beside a Python that installs nothing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = """#!/bin/sh
case "$*" in
"-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
"-m pip install -q --disable-pip-version-check "*) shift 5 && echo "$*" >>installed.txt ;;
esac
"""
"""Makes an environment of itself, and writes down what pip is asked for."""
CPU, GPU = "https://torch.example/cpu", "https://torch.example/cu130"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="runs a script of the shell")


@pytest.fixture
def set_up(tmp_path: Path) -> Callable[..., list[str]]:
    """Runs the script, with TORCH_INDEX where one is named; gives what it installed, line by line."""
    (tmp_path / "packaging").mkdir()
    for name in ("pyproject.toml", "packaging/constraints.txt", "packaging/setup.sh"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("debian-packages.txt", "debian-test-packages.txt"):
        (tmp_path / "packaging" / name).touch()  # the computer's own packages are left alone
    python, installed = tmp_path / "python", tmp_path / "installed.txt"
    python.write_text(PYTHON, encoding="utf-8")
    python.chmod(0o755)

    def run(what: str, index: str = "") -> list[str]:
        installed.write_text("", encoding="utf-8")
        command = ["sh", str(tmp_path / "packaging" / "setup.sh"), what]
        environment = os.environ | {"PYTHON": str(python), "TORCH_INDEX": index}
        subprocess.run(command, env=environment, check=True, timeout=60)
        return installed.read_text("utf-8").splitlines()

    return run


def torch_from(index: str) -> list[str]:
    return [
        f"--index-url {index} --force-reinstall --no-deps torch==2.13.0",
        f"--index-url {index} torch==2.13.0",
    ]


def own(extra: str = "") -> list[str]:
    return [f"-c packaging/constraints.txt -e .{extra}"]


def test_what_is_in_place_is_not_installed_again(set_up: Callable[..., list[str]]) -> None:
    assert set_up("run") == own()
    assert set_up("run") == []
    assert set_up("test") == own("[dev]")
    assert set_up("test") == set_up("run") == []


def test_another_build_of_torch_is_installed_where_one_is_there_and_stays(
    set_up: Callable[..., list[str]],
) -> None:
    assert set_up("run") == own()
    assert set_up("run", CPU) == torch_from(CPU) + own()
    assert set_up("run", CPU) == set_up("run") == []
    assert set_up("test", CPU) == own("[dev]")
    assert set_up("test", GPU) == torch_from(GPU) + own("[dev]")
    assert set_up("run", GPU) == []
    assert set_up("run", CPU) == torch_from(CPU) + own()


def test_a_build_of_torch_that_did_not_come_is_not_taken_for_there(
    set_up: Callable[..., list[str]], tmp_path: Path
) -> None:
    assert set_up("run", CPU) == torch_from(CPU) + own()
    pip = tmp_path / ".venv" / "bin" / "python"
    pip.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")  # the network is gone
    with pytest.raises(subprocess.CalledProcessError):
        set_up("run", GPU)
    shutil.copy(tmp_path / "python", pip)
    assert set_up("run", CPU) == torch_from(CPU) + own()
