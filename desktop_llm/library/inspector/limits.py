"""What the inspector's process may use, set by itself before it opens anything. Knows no model.

Two fences: the system's own limits, where it has them, and Python's audit events, which every
system has and which refuse what an inspection never needs: writing, the network, other programs.
The app's side watches time and memory besides, and that is all there is on Windows.
"""

import os
import sys

MEMORY = 2 * 1024**3
"""Bytes of address space. The largest vocabularies in use need a quarter of it."""
OPEN_FILES = 64
_FORBIDDEN = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
    "os.startfile", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink",
    "os.truncate", "os.chmod", "os.chown", "os.kill", "os.putenv", "shutil.", "pickle.",
    "ctypes.", "winreg.", "_winapi.CreateProcess", "urllib.", "http.", "ftplib.", "smtplib.",
    "webbrowser.", "cpython.run_", "tempfile.", "sqlite3.", "mmap.",
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


def limit_this_process() -> None:
    """Give up, for good, what an inspection does not need."""
    _limit_resources()
    sys.addaudithook(_refuse)


def limit_cpu(seconds: int) -> None:
    """From now on at most that much processor time; the system ends the process then."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _limit_resources() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = (("RLIMIT_AS", MEMORY), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0),
              ("RLIMIT_NOFILE", OPEN_FILES))  # fmt: skip
    for name, most in wanted:
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
        except (AttributeError, ValueError, OSError):
            continue  # macOS knows RLIMIT_AS but refuses most values; the app watches memory too


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        flags = arguments[2] if len(arguments) > 2 else 0
        if isinstance(flags, int) and flags & _WRITING:
            raise PermissionError("The inspector may not write.")
    elif event.startswith(_FORBIDDEN):
        raise PermissionError(f"The inspector may not do this: {event}.")
