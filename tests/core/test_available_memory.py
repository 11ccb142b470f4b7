"""The memory that is available: the machine's, or what the limits of cgroups leave of it."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop_llm import speeds
from desktop_llm.core import available_memory as module
from desktop_llm.core.available_memory import available_memory
from desktop_llm.library.catalogue import this_machine

GB = 10**9
MACHINE = 64 * GB
NO_LIMIT_IN_V1 = 9_223_372_036_854_771_712


@pytest.fixture(autouse=True)
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with much memory, and a folder that stands for its / with no cgroup yet."""
    monkeypatch.setattr(module, "OWN", tmp_path / "proc/self/cgroup")
    monkeypatch.setattr(module, "MOUNTED", tmp_path / "sys/fs/cgroup")
    memory = SimpleNamespace(available=MACHINE)
    monkeypatch.setattr(module.psutil, "virtual_memory", lambda: memory)
    return tmp_path


def in_cgroup(kernel: Path, *lines: str) -> None:
    own = kernel / "proc/self/cgroup"
    own.parent.mkdir(parents=True)
    own.write_text("".join(f"{line}\n" for line in lines))


def group(
    kernel: Path, path: str, limit: object, used: int, inactive: int = 0, version: int = 2
) -> None:
    """A cgroup's folder with the files of the kernel."""
    folder = kernel / "sys/fs/cgroup" / path
    folder.mkdir(parents=True, exist_ok=True)
    names = ("memory.max", "memory.current")
    stat = f"anon 12\ninactive_file {inactive}\nactive_file 5\n"
    if version == 1:
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
        stat = f"cache 12\ninactive_file 7\ntotal_inactive_file {inactive}\n"
    for name, value in zip(names, (limit, used), strict=True):
        (folder / name).write_text(f"{value}\n")
    (folder / "memory.stat").write_text(stat)


def test_without_cgroups_the_machines_memory_counts() -> None:
    assert available_memory() == MACHINE


def test_a_containers_limit_counts(kernel: Path) -> None:
    in_cgroup(kernel, "0::/")
    group(kernel, "", 4 * GB, GB, inactive=GB // 2)
    assert available_memory() == 3 * GB + GB // 2


def test_the_limits_of_all_parents_count(kernel: Path) -> None:
    in_cgroup(kernel, "0::/user.slice/app.slice/run.scope")
    (kernel / "sys/fs/cgroup").mkdir(parents=True)  # the root has no such files
    group(kernel, "user.slice", 6 * GB, 4 * GB)
    group(kernel, "user.slice/app.slice", "max", 3 * GB)
    group(kernel, "user.slice/app.slice/run.scope", 4 * GB, GB)
    group(kernel, "other.slice", GB, GB)
    assert available_memory() == 2 * GB


def test_in_version_1_the_group_of_memory_counts(kernel: Path) -> None:
    in_cgroup(kernel, "5:cpu,cpuacct:/elsewhere", "4:hugetlb,memory:/docker/abc", "0::/")
    group(kernel, "memory/docker", NO_LIMIT_IN_V1, 20 * GB, version=1)
    group(kernel, "memory/docker/abc", 4 * GB, 3 * GB, inactive=GB, version=1)
    group(kernel, "memory/elsewhere", GB, GB, version=1)
    assert available_memory() == 2 * GB


def test_a_container_that_is_told_the_hosts_path_finds_its_own_limit(kernel: Path) -> None:
    in_cgroup(kernel, "4:memory:/docker/abc", "0::/")
    group(kernel, "memory", 4 * GB, GB, version=1)
    assert available_memory() == 3 * GB


@pytest.mark.parametrize(("limit", "version"), [("max", 2), (NO_LIMIT_IN_V1, 1)])
def test_no_limit_is_none(kernel: Path, limit: object, version: int) -> None:
    in_cgroup(kernel, "4:memory:/a" if version == 1 else "0::/a")
    group(kernel, "memory/a" if version == 1 else "a", limit, 90 * GB, version=version)
    assert available_memory() == MACHINE


def test_a_limit_above_the_machines_memory_changes_nothing(kernel: Path) -> None:
    in_cgroup(kernel, "0::/")
    group(kernel, "", 200 * GB, GB)
    assert available_memory() == MACHINE


def test_a_group_that_is_full_leaves_nothing(kernel: Path) -> None:
    in_cgroup(kernel, "0::/")
    group(kernel, "", GB, GB + 4096)
    assert available_memory() == 0


@pytest.mark.parametrize("name", ["memory.max", "memory.current", "memory.stat"])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"a b c\n"])
def test_what_cannot_be_read_is_no_limit(kernel: Path, name: str, content: bytes | None) -> None:
    in_cgroup(kernel, "0::/a", "", "nonsense")
    group(kernel, "a", 4 * GB, GB)
    file = kernel / "sys/fs/cgroup/a" / name
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    empty = name == "memory.stat" and content == b""  # nothing is cached
    assert available_memory() == (3 * GB if empty else MACHINE)


def test_a_limit_counts_for_the_catalogue_and_for_measuring_unasked(
    kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speeds.psutil, "getloadavg", lambda: (0.0, 0.0, 0.0))
    monkeypatch.setattr(speeds.psutil, "sensors_battery", lambda: None, raising=False)
    assert speeds._at_ease()
    in_cgroup(kernel, "0::/")
    group(kernel, "", 4 * GB, 2 * GB)
    assert this_machine().free == 2 * GB
    assert not speeds._at_ease()
