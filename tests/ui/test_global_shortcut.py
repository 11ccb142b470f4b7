"""Keys from anywhere: on a real X server, over a real bus with a portal in it, and where there is neither."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.core.errors import UserError
from desktop_llm.core.keys import read_keys
from desktop_llm.ui.controls.keys_field import KeysField
from desktop_llm.ui.hotkey.shortcut import GlobalShortcut, way_of
from desktop_llm.ui.hotkey.windows import virtual_key
from desktop_llm.ui.look import Look

on_x11 = pytest.mark.skipif(
    not os.environ.get("DISPLAY") or not shutil.which("xdotool"), reason="no X server or xdotool"
)
on_a_bus = pytest.mark.skipif(not shutil.which("dbus-daemon"), reason="no dbus-daemon")


def strike(keys: str) -> None:
    subprocess.run(["xdotool", "key", keys], check=True)


@pytest.fixture
def shortcut(qapp: QObject, monkeypatch: pytest.MonkeyPatch) -> Iterator[GlobalShortcut]:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    parent = QObject()
    made = GlobalShortcut(parent)
    yield made
    made.close()
    parent.deleteLater()


def test_each_desktop_has_its_way_or_none() -> None:
    assert way_of("linux", "xcb", {}) == "x11"
    assert way_of("linux", "wayland", {}) == "portal"
    assert way_of("linux", "xcb", {"WAYLAND_DISPLAY": "wayland-0"}) == "portal"
    assert way_of("linux", "offscreen", {}) == ""
    assert way_of("win32", "windows", {}) == "windows"
    assert way_of("darwin", "cocoa", {}) == ""


def test_keys_have_the_numbers_that_windows_knows() -> None:
    names = ("A", "7", "F1", "F24", "Space", "Right")
    assert [virtual_key(name) for name in names] == [0x41, 0x37, 0x70, 0x87, 0x20, 0x27]


@on_x11
def test_keys_are_heard_while_another_program_is_in_front(
    shortcut: GlobalShortcut, qtbot: QtBot
) -> None:
    shortcut.set_keys("Ctrl+Alt+Space")
    with qtbot.waitSignal(shortcut.pressed):
        strike("ctrl+alt+space")
    shortcut.set_keys("Meta+F7")
    with qtbot.assertNotEmitted(shortcut.pressed, wait=150):
        strike("ctrl+alt+space")
    with qtbot.waitSignal(shortcut.pressed):
        strike("super+F7")
    shortcut.set_keys("")
    with qtbot.assertNotEmitted(shortcut.pressed, wait=150):
        strike("super+F7")


@on_x11
def test_num_lock_makes_no_difference(shortcut: GlobalShortcut, qtbot: QtBot) -> None:
    shortcut.set_keys("Ctrl+Alt+PgUp")
    strike("Num_Lock")
    try:
        with qtbot.waitSignal(shortcut.pressed):
            strike("ctrl+alt+Page_Up")
    finally:
        strike("Num_Lock")


@on_x11
def test_keys_that_another_program_holds_are_told_and_may_be_had_later(
    shortcut: GlobalShortcut, qtbot: QtBot
) -> None:
    from desktop_llm.ui.hotkey.x11 import X11Keys

    parent = QObject()
    other = X11Keys(lambda: None, parent)
    other.hold(read_keys("Ctrl+Alt+Q"))
    with qtbot.waitSignal(shortcut.failed) as told:
        shortcut.set_keys("Ctrl+Alt+Q")
    assert "Another program has these keys" in str(told.args[0])
    with qtbot.assertNotEmitted(shortcut.failed):
        shortcut.setting_changed("appearance.zoom")
        shortcut.set_keys("Ctrl+Alt+Q")
    other.close()
    parent.deleteLater()
    shortcut.setting_changed("general.quick_ask_keys")
    shortcut.set_keys("Ctrl+Alt+Q")
    with qtbot.waitSignal(shortcut.pressed):
        strike("ctrl+alt+q")


def test_where_no_way_is_there_the_person_is_told_what_to_do(
    shortcut: GlobalShortcut, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    with qtbot.waitSignal(shortcut.failed) as told:
        shortcut.set_keys("Ctrl+Alt+Space")
    assert "desktop-llm --quick-ask" in str(told.args[0])


PORTAL = '''
"""A portal that gives every combination unless it holds a Q, and presses it when told to on stdin."""
import sys
from jeepney import DBusAddress, HeaderFields, MessageType, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

bus = open_dbus_connection(bus="SESSION")
bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.portal.Desktop"))
print("ready", flush=True)
path, name = "/org/freedesktop/portal/desktop", "org.freedesktop.portal."

def answer(message, options, code, results):
    sender = message.header.fields[HeaderFields.sender]
    mine = sender[1:].replace(".", "_")
    request = f"{path}/request/{mine}/{options['handle_token'][1]}"
    bus.send(new_method_return(message, "o", (request,)))
    bus.send(new_signal(DBusAddress(request, interface=name + "Request"), "Response", "ua{sv}",
                        (code, results)))

while True:
    message = bus.receive()
    if message.header.message_type is not MessageType.method_call:
        continue
    member = message.header.fields[HeaderFields.member]
    if member == "Get":
        bus.send(new_method_return(message, "v", (("u", 1),)))
    elif member == "CreateSession":
        (options,) = message.body
        session = path + "/session/a/" + options["session_handle_token"][1]
        answer(message, options, 0, {"session_handle": ("s", session)})
    elif member == "BindShortcuts":
        session, shortcuts, _parent, options = message.body
        (id, about), = shortcuts
        keys = about["preferred_trigger"][1]
        print(keys, flush=True)
        answer(message, options, 1 if keys.endswith("q") else 0, {})
        if not keys.endswith("q"):
            bus.send(new_signal(DBusAddress(path, interface=name + "GlobalShortcuts"), "Activated",
                                "osta{sv}", (session, id, 1, {})))
    elif member == "Close":
        print("closed", flush=True)
'''


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """A session bus with that portal; calling it gives the next line that it says."""
    import sys

    config = "--config-file=/usr/share/dbus-1/session.conf"
    bus = subprocess.Popen(
        ["dbus-daemon", config, "--print-address", "--nofork"], stdout=subprocess.PIPE, text=True
    )
    assert bus.stdout is not None
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.stdout.readline().strip())
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    script = tmp_path / "portal.py"
    script.write_text(PORTAL)
    desktop = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert desktop.stdout is not None
    assert desktop.stdout.readline() == "ready\n"
    yield lambda: desktop.stdout.readline().strip()
    for process in (desktop, bus):
        process.terminate()
        process.wait(10)
        process.stdout.close()


@on_a_bus
def test_the_portal_is_asked_for_the_keys_and_tells_when_they_are_pressed(
    shortcut: GlobalShortcut, qtbot: QtBot, portal: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with qtbot.waitSignal(shortcut.pressed):
        shortcut.set_keys("Ctrl+Alt+Space")
    assert portal() == "CTRL+ALT+space"
    shortcut.set_keys("")
    assert portal() == "closed"


@on_a_bus
def test_a_person_who_declines_at_the_portal_is_told_where_to_choose_others(
    shortcut: GlobalShortcut, qtbot: QtBot, portal: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with qtbot.waitSignal(shortcut.failed) as told:
        shortcut.set_keys("Meta+Q")
    assert isinstance(told.args[0], UserError)
    assert "declined" in str(told.args[0])
    assert portal() == "LOGO+q"
    shortcut.setting_changed("general.quick_ask_keys")
    with qtbot.waitSignal(shortcut.failed):
        shortcut.set_keys("Meta+Q")
    assert [portal(), portal()] == ["closed", "LOGO+q"]
    shortcut.setting_changed("general.quick_ask_keys")
    shortcut.set_keys("")
    assert portal() == "closed"


@on_x11
def test_a_digit_with_shift_can_be_chosen_on_a_real_keyboard(look: Look, qtbot: QtBot) -> None:
    field = KeysField(look, "Quick ask from anywhere")
    qtbot.addWidget(field)
    field.show()
    field.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    with qtbot.waitSignal(field.committed) as told:
        strike("ctrl+shift+1")
    assert told.args == ["Ctrl+Shift+1"]


PRESSED = [
    ("linux", Qt.Key.Key_Exclam, 10, 0x21, "Ctrl+Shift+1"),
    ("linux", Qt.Key.Key_ParenRight, 19, 0x29, "Ctrl+Shift+0"),
    ("win32", Qt.Key.Key_Exclam, 2, 0x31, "Ctrl+Shift+1"),
    ("linux", Qt.Key.Key_Q, 24, 0x51, "Ctrl+Shift+Q"),
    ("linux", Qt.Key.Key_Question, 61, 0x3F, "Ctrl+Shift+?"),  # which is refused later
    ("linux", Qt.Key.Key_Up, 111, 0xFF52, "Ctrl+Shift+Up"),
]


@pytest.mark.parametrize(("system", "key", "place", "code", "told"), PRESSED)
def test_a_digit_is_told_by_its_key_whatever_that_writes_with_shift(
    look: Look, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, system: str, key: Qt.Key,
    place: int, code: int, told: str,
) -> None:  # fmt: skip
    monkeypatch.setattr("sys.platform", system)
    field, heard = KeysField(look, "Quick ask from anywhere"), []
    qtbot.addWidget(field)
    field.committed.connect(heard.append)
    held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    event = QKeyEvent(QEvent.Type.KeyPress, key, held, place, code, 0)
    QApplication.sendEvent(field, event)
    assert heard == [told]


def test_the_field_takes_what_is_pressed_and_backspace_empties_it(look: Look, qtbot: QtBot) -> None:
    field = KeysField(look, "Quick ask from anywhere")
    qtbot.addWidget(field)
    field.show()
    ctrl_alt = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    with qtbot.waitSignal(field.committed) as told:
        qtbot.keyClick(field, Qt.Key.Key_Space, ctrl_alt)
    assert told.args == ["Ctrl+Alt+Space"]
    field.show_text(told.args[0])
    assert field.text() == "Ctrl+Alt+Space"
    with qtbot.waitSignal(field.committed) as told:
        qtbot.keyClick(field, Qt.Key.Key_Backspace)
    assert told.args == [""]
    with qtbot.assertNotEmitted(field.committed):
        qtbot.keyClick(field, Qt.Key.Key_Control)
        qtbot.keyClick(field, Qt.Key.Key_Tab)
