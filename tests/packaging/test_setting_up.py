"""What `make run` and `make test` install, and when: the real script beside a Python that installs nothing."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = """#!/bin/sh
case "$*" in
"-c import "*"print(sys.version)") echo "3.12.1 (main)" ;;
"-m venv --clear .venv") rm -rf .venv && mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
"-m pip install -q --disable-pip-version-check "*) shift 5 && echo "$*" >>installed.txt ;;
esac
"""
"""Makes an environment of itself, and writes down what pip is asked for."""
ANOTHER = PYTHON.replace("3.12.1", "3.11.9")
OFFLINE = PYTHON.replace('shift 5 && echo "$*" >>installed.txt', "exit 1")
BROKEN = "#!/bin/sh\nexit 1\n"
CPU, GPU = "https://torch.example/cpu", "https://torch.example/cu130"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="runs a script of the shell")


@pytest.fixture
def set_up(tmp_path: Path) -> Callable[..., list[str]]:
    """Runs the script, with TORCH_INDEX and PYTHON as named; gives what it installed, by line."""
    (tmp_path / "packaging").mkdir()
    for name in ("pyproject.toml", "packaging/constraints.txt", "packaging/setup.sh"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("debian-packages.txt", "debian-test-packages.txt"):
        (tmp_path / "packaging" / name).touch()  # the computer's own packages are left alone
    program(tmp_path / "bin" / "python3.13", PYTHON)  # the newest is asked for first
    installed = tmp_path / "installed.txt"

    def run(what: str, index: str = "", python: str = "") -> list[str]:
        installed.write_text("", encoding="utf-8")
        command = ["sh", str(tmp_path / "packaging" / "setup.sh"), what]
        path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "PYTHON": python, "TORCH_INDEX": index}
        subprocess.run(command, env=environment, check=True, timeout=60)
        return installed.read_text("utf-8").splitlines()

    return run


def program(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return str(path)


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
    program(pip, OFFLINE)
    with pytest.raises(subprocess.CalledProcessError):
        set_up("run", GPU)
    program(pip, PYTHON)
    assert set_up("run", CPU) == torch_from(CPU) + own()


@pytest.mark.parametrize("left", [None, BROKEN, ANOTHER], ids=["gone", "no pip", "another"])
def test_an_environment_whose_python_is_another_now_is_filled_again(
    set_up: Callable[..., list[str]], tmp_path: Path, left: str | None
) -> None:
    assert set_up("test") == own("[dev]")
    python = tmp_path / ".venv" / "bin" / "python"
    python.unlink()  # as an upgrade of the system does
    if left is not None:
        program(python, left)
    assert set_up("run") == own()
    assert set_up("run") == []
    assert set_up("test") == own("[dev]")


@pytest.mark.parametrize("left", ["whole", "half copied", "gone"])
def test_pip_is_whole_where_its_list_of_files_is_there(tmp_path: Path, left: str) -> None:
    script = (ROOT / "packaging" / "setup.sh").read_text("utf-8")
    found = re.search(r'version_of \.venv/bin/python "(.+?)"', script)
    assert found is not None
    (tmp_path / "pip").mkdir()
    if left != "gone":
        notes = tmp_path / "pip-26.0.dist-info"
        notes.mkdir()
        (notes / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: pip\nVersion: 26.0\n", "utf-8"
        )
        if left == "whole":
            (notes / "RECORD").write_text("pip/__init__.py,,\n", "utf-8")
    # Without the packages of the Python that runs this: it has a pip of its own.
    code = f"import sys; sys.path[:] = [sys.argv[1], *sys.path[1:3]]; {found[1]}print('whole')"
    command = [sys.executable, "-I", "-S", "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout.strip() == "whole") == (left == "whole"), done.stderr


def test_an_environment_whose_making_was_stopped_is_made_anew(
    set_up: Callable[..., list[str]], tmp_path: Path
) -> None:
    program(tmp_path / ".venv" / "bin" / "python", BROKEN)
    (tmp_path / ".venv" / "half").touch()
    assert set_up("run") == own()
    assert not (tmp_path / ".venv" / "half").exists()


def test_a_python_that_is_named_is_taken_and_stays(
    set_up: Callable[..., list[str]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert set_up("test") == own("[dev]")
    named, taken = program(tmp_path / "named", ANOTHER), tmp_path / ".venv" / "bin" / "python"
    assert set_up("test", python=named) == own("[dev]")
    assert taken.read_text("utf-8") == ANOTHER
    assert f"another than {named}" in capfd.readouterr().err
    assert set_up("test", python=named) == set_up("test") == []
    assert taken.read_text("utf-8") == ANOTHER


def test_a_python_that_is_named_and_does_not_suit_is_told(
    set_up: Callable[..., list[str]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    named = program(tmp_path / "named", BROKEN)
    with pytest.raises(subprocess.CalledProcessError):
        set_up("test", python=named)
    assert f"PYTHON={named} is not Python 3.11 or later" in capfd.readouterr().err
    assert not (tmp_path / ".venv").exists()
