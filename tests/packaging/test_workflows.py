"""What GitHub is asked to do: on machines that it still lends, and with nothing waiting for ever."""

import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
RETIRED = {
    "macos-11", "macos-12", "macos-13", "macos-14", "windows-2019", "ubuntu-18.04", "ubuntu-20.04",
}  # fmt: skip
"""Labels that no machine answers to any more: a job that asks for one is queued until it is given up."""


def jobs_of(path: Path) -> dict[str, dict[str, Any]]:
    """The jobs of a workflow by their names."""
    jobs: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text("utf-8"))["jobs"]
    return jobs


def machines(job: dict[str, Any]) -> set[str]:
    """The labels that a job asks for, those of its matrix included."""
    legs = job.get("strategy", {}).get("matrix", {}).get("include", [])
    return {leg["os"] for leg in legs} or {job["runs-on"]}


def waits_for(jobs: dict[str, dict[str, Any]], name: str) -> set[str]:
    """The jobs that must end well before this one begins."""
    needed = jobs[name].get("needs", [])
    direct = {needed} if isinstance(needed, str) else set(needed)
    return direct.union(*(waits_for(jobs, one) for one in direct))


def test_no_job_asks_for_a_machine_that_is_lent_no_more() -> None:
    asked = {
        label
        for path in WORKFLOWS.glob("*.yml")
        for job in jobs_of(path).values()
        for label in machines(job)
    }
    assert {"macos-15", "windows-2022", "ubuntu-24.04"} <= asked
    assert not asked & RETIRED


def test_the_draft_waits_for_linux_and_for_nothing_that_may_fail() -> None:
    jobs = jobs_of(WORKFLOWS / "release.yml")
    before = waits_for(jobs, "draft")
    assert before == {"linux", "prove", "python"}
    for name in before:
        assert machines(jobs[name]) == {"ubuntu-24.04"}
        assert "continue-on-error" not in jobs[name]


def test_what_the_other_systems_made_joins_the_draft_even_where_one_of_them_failed() -> None:
    jobs = jobs_of(WORKFLOWS / "release.yml")
    assert set(jobs["complete"]["needs"]) == {"draft", "others"}
    assert "!cancelled()" in jobs["complete"]["if"]
    assert "needs.draft.result == 'success'" in jobs["complete"]["if"]


def test_the_oldest_supported_python_is_the_one_that_is_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    steps = jobs_of(WORKFLOWS / "test.yml")["test"]["steps"]
    (set_up,) = [step["with"] for step in steps if "setup-python" in step.get("uses", "")]
    (command,) = [step["run"] for step in steps if "run" in step]
    assert set_up["python-version"] == oldest
    assert command == f"make test PYTHON=python{oldest}"


def test_make_hands_the_name_of_the_python_on_to_the_set_up(tmp_path: Path) -> None:
    (tmp_path / "packaging").mkdir()
    shutil.copy(ROOT / "Makefile", tmp_path)
    setup = tmp_path / "packaging" / "setup.sh"
    setup.write_text('#!/bin/sh\necho "set up with $PYTHON"; exit 1\n', "utf-8")
    setup.chmod(0o755)
    done = subprocess.run(
        ["make", "test", "PYTHON=python3.11"], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert "set up with python3.11" in done.stdout
