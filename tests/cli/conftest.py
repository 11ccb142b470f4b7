"""Commands within the tests' own process, where torch is loaded: each start of another takes seconds."""

import subprocess
from collections.abc import Callable

import pytest

from desktop_llm import cli


@pytest.fixture
def run_here(capsys: pytest.CaptureFixture[str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Does what the arguments say; its exit code and what it told, as if of a process of its own."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        capsys.readouterr()
        code = cli.run(arguments)
        told = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, told.out, told.err)

    return run
