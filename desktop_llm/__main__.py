"""The one entry point: sets the process up, then opens the window or runs the command line.

Imports nothing heavy itself: what must come before what is decided here.
"""

import os
import socket
import sys
from pathlib import Path

from desktop_llm.core.errors import UserError
from desktop_llm.core.launch import Launch, from_arguments

SETTINGS_OF_LIBRARIES = {
    # Nothing leaves this computer: without these, the libraries would ask the hub.
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}

INSPECT = "--inspect-models"
"""Makes this process the inspector: see `library.inspector.process`, which starts it."""


def main() -> int:
    """Open the window, or do what a command says. Returns the exit code."""
    os.environ.update(SETTINGS_OF_LIBRARIES)
    _leave_no_core_dump()
    if sys.argv[1:] == [INSPECT]:
        from desktop_llm.library.inspector.child import main as inspect

        return inspect()
    launch = from_arguments(sys.argv[1:])
    if launch is None:
        from desktop_llm.cli import run

        return run(sys.argv[1:])
    return _open_window(launch)


def _leave_no_core_dump() -> None:
    """A core dump would hold conversations in the clear."""
    try:
        import resource
    except ImportError:  # Windows writes none by default
        return
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def _open_window(launch: Launch) -> int:
    if launch.quit:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"  # it only speaks to the one that has a window
    if _no_display():
        return _refuse("there is no display to open a window on.")
    try:
        broken = _load_torch_before_qt(launch)
        from desktop_llm.app import main as open_window
        from desktop_llm.app import refuse
    except ImportError as error:
        return _refuse(f"the window cannot be opened: {error}. {_what_helps()} what is missing.")
    return refuse(sys.argv, broken) if broken else open_window(sys.argv, launch)


def _what_helps() -> str:
    """Only a checkout has a Makefile; doctor is in every copy."""
    makefile = Path(__file__).resolve().parents[1] / "Makefile"
    return "`make run` installs" if makefile.is_file() else "`desktop-llm doctor` tells"


def _load_torch_before_qt(launch: Launch) -> UserError | None:
    """Only on Windows. Returns what to tell where torch is there and cannot be loaded."""
    if sys.platform != "win32" or launch.quit:  # who asks another window to close needs none
        return None
    try:
        # Loaded after Qt, torch's libraries fail there (WinError 1114, pytorch issue 166628).
        __import__("torch")
    except ModuleNotFoundError:
        raise
    except (ImportError, OSError) as error:
        return UserError(
            "torch, which runs the models, cannot be loaded.",
            "The system says: {said}.",
            "Install the Microsoft Visual C++ Redistributable from "
            "https://aka.ms/vs/17/release/vc_redist.x64.exe, then start the app again.",
            said=str(error).rstrip("."),
        )
    return None


def _refuse(why: str) -> int:
    if sys.stderr is not None:  # it was closed, or there is no console
        sys.stderr.write(f'desktop-llm: {why} Without a window: desktop-llm ask "your question"\n')
    return 1


def _no_display() -> bool:
    """Only Linux can be without; there Qt would abort the process instead of raising."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return False
    return not (_wayland_answers() or _x11_answers())


def _wayland_answers() -> bool:
    name, folder = os.environ.get("WAYLAND_DISPLAY"), os.environ.get("XDG_RUNTIME_DIR", "")
    return bool(name) and _answers(str(Path(folder, name or "")))


def _x11_answers() -> bool:
    host, _, rest = os.environ.get("DISPLAY", "").rpartition(":")
    number = rest.partition(".")[0]
    if host not in ("", "unix"):
        return True  # a screen on another machine; Qt will find out
    address = f"/tmp/.X11-unix/X{number}"
    return bool(number) and (_answers(address) or _answers("\0" + address))


def _answers(address: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.settimeout(1.0)
        try:
            door.connect(address)
        except OSError:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
