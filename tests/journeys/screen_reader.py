"""A screen reader's part, in the system's Python: AT-SPI comes from Debian, not from PyPI.

    dbus-run-session python3 screen_reader.py COMMAND...     (COMMAND starts the app)

Starts the accessibility bus and the app, looks at the tree, asks a question through it, listens, and
goes through the settings and the models. Prints one JSON object: `tree` (role, name, focusable, showing
of every node), `lines` of the conversation read one by one, `heard`: the announcements, and `pages`: the
tree of every page.
"""

import json
import subprocess
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
WAIT_S = 90
SECTIONS = ("General", "Model", "Sampling", "Safety filter", "Privacy", "Appearance")
MODELS = ("On this computer", "Catalogue", "Search the hub", "Downloads")
QUESTION = "What is a large language model?"


def main() -> int:
    """Do it all, and end what was started."""
    bus = subprocess.Popen([LAUNCHER, "--launch-immediately"], stderr=subprocess.DEVNULL)
    time.sleep(1)
    app = subprocess.Popen(sys.argv[1:])
    try:
        print(json.dumps(_look_and_listen()))
    finally:
        for process in (app, bus):
            process.terminate()
            process.wait(20)
    return 0


def _look_and_listen() -> dict:
    Atspi.init()
    heard: list[str] = []
    listener = Atspi.EventListener.new(lambda event: heard.append(str(event.any_data)))
    listener.register("object:announcement")
    card = _until(lambda: _find("push button", QUESTION))
    _until(lambda: (_find_starting("push button", "Model: ") or card) is not card)
    _until(lambda: "Not loaded" not in _name_of_model() and "Loading" not in _name_of_model())
    tree = _tree()
    card.get_action_iface().do_action(0)
    view = _until(lambda: _find("label", "Conversation"))
    _until(lambda: any("model" in said for said in heard))
    _pump(3)
    found = {"tree": tree, "lines": _lines(view), "heard": list(heard)}
    return found | {"pages": _settings() | _models()}


def _settings() -> dict:
    """The tree of each section of the settings."""
    _press("push button", "Settings")
    pages = {}
    for section in SECTIONS:
        _press("radio button", section)
        pages[f"settings: {section}"] = _tree()
    return pages


def _models() -> dict:
    """The tree of each section of the models page, which has no button: its keys open it."""
    window = _output("xdotool", "search", "--onlyvisible", "--name", "Desktop LLM").split()[-1]
    subprocess.run(["xdotool", "windowfocus", "--sync", window], check=True, timeout=30)
    subprocess.run(["xdotool", "key", "ctrl+shift+l"], check=True, timeout=30)
    pages = {}
    for section in MODELS:
        _press("radio button", section)
        pages[f"models: {section}"] = _tree()
    return pages


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, timeout=30, capture_output=True, text=True).stdout


def _press(role: str, name: str) -> None:
    """What the reader's person does with a button."""
    node = _until(lambda: _find_starting(role, name))
    node.get_action_iface().do_action(0)
    _pump(0.7)


def _name_of_model() -> str:
    found = _find_starting("push button", "Model: ")
    return found.get_name() if found else "Not loaded"


def _until(found):
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        _pump(0.2)
        if result := found():
            return result
    raise TimeoutError


def _pump(seconds: float) -> None:
    """Let events come in."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        GLib.MainContext.default().iteration(False)
        time.sleep(0.005)


def _nodes():
    desktop = Atspi.get_desktop(0)
    waiting = [desktop.get_child_at_index(i) for i in range(desktop.get_child_count())]
    while waiting:
        node = waiting.pop(0)
        if node is not None:
            yield node
            waiting += [node.get_child_at_index(i) for i in range(node.get_child_count())]


def _find(role: str, name: str):
    return next((n for n in _nodes() if n.get_role_name() == role and n.get_name() == name), None)


def _find_starting(role: str, name: str):
    return next(
        (n for n in _nodes() if n.get_role_name() == role and n.get_name().startswith(name)), None
    )


def _tree() -> list:
    def has(node, state) -> bool:
        return node.get_state_set().contains(state)

    return [
        {
            "role": node.get_role_name(),
            "name": node.get_name(),
            "focusable": has(node, Atspi.StateType.FOCUSABLE),
            "showing": has(node, Atspi.StateType.SHOWING),
        }
        for node in _nodes()
    ]


def _lines(view) -> list:
    """The text as a screen reader steps through it."""
    text, lines, offset = view.get_text_iface(), [], 0
    count = text.get_character_count()
    while offset < count:
        piece = text.get_string_at_offset(offset, Atspi.TextGranularity.LINE)
        if piece.content.strip() and piece.start_offset >= offset:
            lines.append(piece.content.strip())
        offset = max(offset + 1, piece.end_offset)  # a message begins with a sign of no width
    return lines


if __name__ == "__main__":
    sys.exit(main())
