"""How much memory this process can still take: what the machine has free, or less where its cgroup has a limit.

Containers and systemd's units have such limits, and the kernel kills whoever takes more. The machine's
own numbers do not show them. Reads the kernel's files; knows no model and no GPU.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

OWN = Path("/proc/self/cgroup")
MOUNTED = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class _Names:
    """What a version of cgroups calls its files; `cached` is a line of memory.stat.

    It counts parts of files that were not used lately: the kernel gives them up before it kills.
    """

    limit: str
    used: str
    cached: str


_V1 = _Names("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_V2 = _Names("memory.max", "memory.current", "inactive_file")


def available_memory() -> int:
    """Bytes that this process could take now, without other programs being put to disk."""
    machine = int(psutil.virtual_memory().available)
    left = [_left(folder, names) for folder, names in _groups()]
    return max(0, min([machine, *(one for one in left if one is not None)]))


def _groups() -> Iterator[tuple[Path, _Names]]:
    """The folder of the process's own cgroup and those of all its parents, in both versions."""
    try:
        lines = OWN.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return  # another system than Linux
    for line in lines:  # NUMBER:CONTROLLERS:PATH, with no controllers in version 2
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "memory" not in controllers.split(","):
            continue
        top, names = (MOUNTED / "memory", _V1) if controllers else (MOUNTED, _V2)
        own = top / path.lstrip("/")
        # In a container the path may be the host's. Then `top` alone is there, and is the container's.
        for folder in (own, *own.parents):
            if folder.is_relative_to(top):
                yield folder, names


def _left(folder: Path, names: _Names) -> int | None:
    """Bytes that a cgroup's limit still allows; None where it has no limit that can be read."""
    try:
        limit = int((folder / names.limit).read_text("utf-8"))
        used = int((folder / names.used).read_text("utf-8"))
        lines = (folder / "memory.stat").read_text("utf-8").splitlines()
        cached = int(dict(line.split() for line in lines).get(names.cached, "0"))
    except (OSError, ValueError):
        return None  # the limit is "max", or a file is missing: the root has none of them
    return limit - used + cached
